#ifndef CHATD_NET_SCAN_H
#define CHATD_NET_SCAN_H

/* Runs of characters in a head; for its parser alone. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "net/slice.h"

/* What a byte may be in; more than one is the union. */
enum {
	SCAN_TOKEN = 1,  /* RFC 9110, section 5.6.2 */
	SCAN_TARGET = 2, /* all that is visible but '#': browsers leave more unencoded than RFC 3986
			    has */
	SCAN_HOST =
		4, /* a reg-name of RFC 3986, section 3.2.2, without the ',' that joins two Hosts */
	SCAN_DIGIT = 8,
};

extern const uint8_t scan_classes[256];

static inline bool is_in(char c, unsigned class)
{
	return (scan_classes[(unsigned char)c] & class) != 0;
}

/* The end of a run of bytes of the class. */
static inline const char *skip(const char *at, const char *end, unsigned class)
{
	while (at < end && is_in(*at, class))
		at++;
	return at;
}

static inline struct slice slice_of(const char *at, const char *end)
{
	return (struct slice){at, (size_t)(end - at)};
}

static inline bool is_all(struct slice text, unsigned class)
{
	const char *end = text.at + text.len;

	return skip(text.at, end, class) == end;
}

static inline bool is_exactly(struct slice text, const char *word)
{
	return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

#endif
