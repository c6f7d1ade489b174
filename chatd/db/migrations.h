#ifndef CHATD_MIGRATIONS_H
#define CHATD_MIGRATIONS_H

#include <stddef.h>

/* The schema's steps, made from migrations/NNN_name.sql by the build, in the order of their
 * versions: 1, 2, 3 and so on. */
struct migration {
	int version;
	const char *name;
	const char *sql; /* one or more statements */
};

extern const struct migration migrations[];
extern const size_t n_migrations;

#endif
