#ifndef CHATD_NET_SLICE_H
#define CHATD_NET_SLICE_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes within a buffer that somebody else owns; not terminated. */
struct slice {
	const char *at;
	size_t len;
};

/* Whether it is the word, which is given in lower case, in any case; only ASCII has cases here. */
static inline bool slice_is(struct slice slice, const char *lower)
{
	size_t i;

	for (i = 0; i < slice.len && lower[i] != '\0'; i++) {
		char c = slice.at[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c != lower[i])
			return false;
	}
	return i == slice.len && lower[i] == '\0';
}

#endif
