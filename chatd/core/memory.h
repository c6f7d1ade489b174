#ifndef CHATD_MEMORY_H
#define CHATD_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* Gives memory that a storm has left unused back to the system; zero at first. */
struct memory {
	int64_t next_at; /* ms, monotonic */
	size_t spare;    /* bytes at the last look */
	size_t kept;     /* bytes that could not be given back */
};

/* Looks each few seconds; now: ms, monotonic. The loop's. */
void memory_tick(struct memory *memory, int64_t now);

#endif
