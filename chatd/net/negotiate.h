#ifndef CHATD_NEGOTIATE_H
#define CHATD_NEGOTIATE_H

#include <stdbool.h>

/* What a client says about the forms of an answer that it takes and has. Any thread. */

/* Whether gzip is what a client wants by its Accept-Encoding, of all its fields; NULL without one:
 * RFC 9110, section 12.5.3. */
bool negotiate_gzip(const char *accept_encoding);

/* Whether an If-None-Match, of all its fields, names this entity tag, which has its quotes; NULL
 * without one: section 13.1.2. */
bool negotiate_has(const char *if_none_match, const char *etag);

#endif
