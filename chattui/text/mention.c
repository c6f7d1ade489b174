#include "text/mention.h"

#include <string.h>
#include <strings.h>

/* Letters beyond ASCII are taken for granted: what is mentioned is compared with a name anyway. */
static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '-' || (unsigned char)c >= 0x80;
}

size_t mention_next(const char *text, size_t n, size_t *at)
{
	for (size_t i = *at; i < n; i++) {
		size_t end = i + 1;

		if (text[i] != '@' || (i > 0 && (is_name_char(text[i - 1]) || text[i - 1] == '@')))
			continue;
		while (end < n && is_name_char(text[end]))
			end++;
		if (end > i + 1) {
			*at = i;
			return end - i;
		}
	}
	*at = n;
	return 0;
}

bool mention_is(const char *mention, size_t n, const char *username)
{
	size_t length = strlen(username);

	/* A full stop or a dash behind the name is the sentence's. */
	while (n > length + 1 && (mention[n - 1] == '.' || mention[n - 1] == '-'))
		n--;
	return n == length + 1 && strncasecmp(mention + 1, username, length) == 0;
}

/* Where the code that begins with the run of backticks at `at` ends: behind the next run of the
 * same length. If there is none the run is no code, and ends itself. */
static size_t skip_code(const char *text, size_t at)
{
	size_t run = strspn(text + at, "`");

	for (size_t i = at + run; text[i];) {
		size_t other = strspn(text + i, "`");

		if (other == run)
			return i + run;
		i += other ? other : 1;
	}
	return at + run;
}

bool mention_of(const char *content, const char *username)
{
	size_t n = strlen(content);

	for (size_t at = 0; at < n;) {
		size_t code = at + strcspn(content + at, "`");
		size_t length;

		while ((length = mention_next(content, code, &at)) > 0) {
			if (mention_is(content + at, length, username))
				return true;
			at += length;
		}
		at = code < n ? skip_code(content, code) : n;
	}
	return false;
}
