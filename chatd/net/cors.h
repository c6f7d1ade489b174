#ifndef CHATD_CORS_H
#define CHATD_CORS_H

#include <stdbool.h>

/* Whether a page of this origin may call: patterns are separated by commas, and a '*' in one stands
 * for any run of characters but '/'. "*" alone is every origin. */
bool cors_allows(const char *patterns, const char *origin);

#endif
