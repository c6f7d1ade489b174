#include "sanitize.h"

#include <stdint.h>
#include <string.h>
#include <wchar.h>
#include <chat/buf.h>
#include <chat/text.h>

/* The code point at text, of n bytes, and its length in bytes; an invalid byte counts as itself,
 * with *valid false. */
static uint32_t decode(const char *text, size_t n, size_t *length, bool *valid)
{
	unsigned char first = (unsigned char)*text;
	uint32_t point;

	*length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	*valid = *length <= n && text_is_utf8(text, *length);
	if (!*valid || *length == 1) {
		*length = 1;
		return first;
	}
	point = first & (0xffU >> (*length + 1));
	for (size_t i = 1; i < *length; i++)
		point = point << 6 | ((unsigned char)text[i] & 0x3f);
	return point;
}

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

bool sanitize_put(struct buf *out, const char *text, size_t n, const char *keep)
{
	for (size_t i = 0; i < n;) {
		size_t length;
		bool valid;
		uint32_t c = decode(text + i, n - i, &length, &valid);
		bool kept = c > 0 && c < 0x20 && strchr(keep, (int)c);

		if (kept || (valid && !is_control(c)))
			buf_append(out, text + i, length);
		else
			buf_printf(out, "\\u%04x", c);
		i += length;
	}
	return buf_ok(out);
}

size_t sanitize_width(const char *text, size_t n)
{
	size_t width = 0;

	for (size_t i = 0; i < n;) {
		size_t length;
		bool valid;
		int columns = wcwidth((wchar_t)decode(text + i, n - i, &length, &valid));

		width += columns > 0 ? (size_t)columns : 0;
		i += length;
	}
	return width;
}
