#include <stddef.h>
#include <string.h>
#include "net/cors.h"

/* One pattern of n bytes against the whole of text. */
static bool matches(const char *pattern, size_t n, const char *text)
{
	while (n > 0 && *pattern != '*') {
		if (*pattern++ != *text++)
			return false;
		n--;
	}
	if (n == 0)
		return *text == '\0';
	do {
		if (matches(pattern + 1, n - 1, text))
			return true;
	} while (*text != '/' && *text++ != '\0');
	return false;
}

bool cors_allows(const char *patterns, const char *origin)
{
	while (*patterns != '\0') {
		size_t skip = strspn(patterns, ", ");
		size_t n = strcspn(patterns += skip, ", ");

		if (n > 0 && ((n == 1 && *patterns == '*') || matches(patterns, n, origin)))
			return true;
		patterns += n;
	}
	return false;
}
