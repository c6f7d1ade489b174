#include <stddef.h>
#include <string.h>
#include "net/cors.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One pattern of n bytes against the whole of text. Where a port stands, '*' is one. */
static bool matches(const char *pattern, size_t n, const char *text)
{
	bool port = false;

	while (n > 0 && *pattern != '*') {
		port = *pattern == ':';
		if (*pattern++ != *text++)
			return false;
		n--;
	}
	if (n == 0)
		return *text == '\0';
	if (port && !is_digit(*text))
		return false;
	do {
		if (matches(pattern + 1, n - 1, text))
			return true;
	} while ((port ? is_digit(*text) : *text != '/') && *text++ != '\0');
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
