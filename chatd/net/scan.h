#ifndef CHATD_NET_SCAN_H
#define CHATD_NET_SCAN_H

/* Runs of characters in a head; for its parser alone. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "net/slice.h"

/* A set of ASCII characters, a bit each. */
struct set {
	uint64_t bits[2];
};

/* RFC 9110, section 5.6.2: letters, digits and !#$%&'*+-.^_`|~ */
static const struct set token_chars = {{0x03ff6cfa00000000, 0x57ffffffc7fffffe}};
/* All that is visible but '#'. More than RFC 3986 has: browsers leave some of it unencoded. */
static const struct set target_chars = {{0xfffffff600000000, 0x7fffffffffffffff}};
static const struct set digit_chars = {{0x03ff000000000000, 0}};

static inline bool is_in(char c, const struct set *set)
{
	unsigned char byte = (unsigned char)c;

	return byte < 128 && (set->bits[byte / 64] >> (byte % 64) & 1) != 0;
}

static inline const char *skip(const char *at, const char *end, const struct set *set)
{
	while (at < end && is_in(*at, set))
		at++;
	return at;
}

static inline struct slice slice_of(const char *at, const char *end)
{
	return (struct slice){at, (size_t)(end - at)};
}

static inline bool is_all(struct slice text, const struct set *set)
{
	const char *end = text.at + text.len;

	return skip(text.at, end, set) == end;
}

static inline bool is_exactly(struct slice text, const char *word)
{
	return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

#endif
