#ifndef CHATCTL_NEAREST_H
#define CHATCTL_NEAREST_H

#include <stddef.h>

struct buf;

#define NEAREST_MAX 63 /* bytes of a candidate */

/* The candidate that a misspelled word is nearest to: start with the word and zeroes, try all. */
struct nearest {
	const char *word;
	char best[NEAREST_MAX + 1]; /* "": none is near */
	size_t distance;
};

/* A candidate of n bytes. */
void nearest_try(struct nearest *nearest, const char *candidate, size_t n);

/* Appends "; did you mean X?" if a candidate is near; before is what stands before it. */
void nearest_put(const struct nearest *nearest, const char *before, struct buf *why);

#endif
