#include "text/glyph.h"

#include <string.h>
#include <wchar.h>
#include <utf8proc.h>

#define REPLACEMENT 0xfffd
#define DOTTED_CIRCLE 0x25cc /* carries a mark that has no base */
#define CONTROL_PICTURES 0x2400
#define REGIONAL_A 0x1f1e6
#define REGIONAL_Z 0x1f1ff
#define CLUSTER_MAX 256 /* bytes; what is longer is cut, so that no text makes this slow */

static bool ascii_only;

void glyph_setup(bool ascii)
{
	ascii_only = ascii;
}

bool glyph_ascii(void)
{
	return ascii_only;
}

size_t glyph_decode(const char *text, size_t n, uint32_t *point)
{
	utf8proc_int32_t c;
	utf8proc_ssize_t size;

	if ((unsigned char)*text < 0x80) {
		*point = (unsigned char)*text;
		return 1;
	}
	size = utf8proc_iterate(
		(const utf8proc_uint8_t *)text, (utf8proc_ssize_t)(n > 4 ? 4 : n), &c);
	if (size <= 0) {
		*point = REPLACEMENT;
		return 1;
	}
	*point = (uint32_t)c;
	return (size_t)size;
}

size_t glyph_encode(uint32_t point, char out[4])
{
	return (size_t)utf8proc_encode_char((utf8proc_int32_t)point, (utf8proc_uint8_t *)out);
}

size_t glyph_cluster(const char *text, size_t n)
{
	utf8proc_int32_t state = 0;
	uint32_t last, next;
	size_t i = glyph_decode(text, n, &last);

	while (i < n && i < CLUSTER_MAX) {
		size_t size = glyph_decode(text + i, n - i, &next);

		if (utf8proc_grapheme_break_stateful(
			    (utf8proc_int32_t)last, (utf8proc_int32_t)next, &state))
			break;
		last = next;
		i += size;
	}
	return i;
}

/* Clusters are only found forwards: from the start of the line. */
size_t glyph_cluster_back(const char *text, size_t n)
{
	const char *line = n > 1 ? memrchr(text, '\n', n - 1) : NULL;
	size_t i = line ? (size_t)(line - text) + 1 : 0;
	size_t size = 1;

	while (i < n) {
		size = glyph_cluster(text + i, n - i);
		i += size;
	}
	return size;
}

/* What takes no room and shows nothing: joiners, selectors, tags, marks of direction. */
static bool is_invisible(uint32_t c)
{
	return c == 0xad || c == 0x34f || c == 0x61c || (c >= 0x180b && c <= 0x180f) ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2060 && c <= 0x2065) ||
	       (c >= 0x206a && c <= 0x206f) || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff ||
	       (c >= 0xe0000 && c <= 0xe0fff);
}

/* What would change how the text around it is written: U+202A-202E and U+2066-2069. */
static bool turns_direction(uint32_t c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* A character that is safe to draw instead of c. */
static uint32_t inert(uint32_t c)
{
	int width;

	if (c == '\t' || c == 0x2028 || c == 0x2029)
		return ' ';
	if (c < 0x20)
		return ascii_only ? '?' : CONTROL_PICTURES + c;
	if (c < 0x7f)
		return c;
	if (ascii_only)
		return '?';
	if (c == 0x7f)
		return CONTROL_PICTURES + 0x21;
	if (c >= REGIONAL_A && c <= REGIONAL_Z)
		return 'A' + (c - REGIONAL_A);
	width = wcwidth((wchar_t)c);
	/* Newer characters have a width in one table and not yet in the other. */
	if (turns_direction(c) || width < 0 ||
		(width == 1 && utf8proc_charwidth((utf8proc_int32_t)c) == 2))
		return REPLACEMENT;
	return c;
}

/* A mark that is drawn over the character before it. */
static bool is_mark(uint32_t c)
{
	return c >= 0x300 && !is_invisible(c) && !turns_direction(c) && wcwidth((wchar_t)c) == 0;
}

/* What an emoji sequence adds to its base: skin tones, and whatever a joiner joins. */
static bool is_sequence(uint32_t c, bool joined)
{
	return joined || is_invisible(c) || (c >= 0x1f3fb && c <= 0x1f3ff) || c == 0x20e3;
}

/* Takes the rest of the cluster whose base is drawn already: the n bytes at text. */
static size_t take_marks(const char *text, size_t n, struct glyph *glyph)
{
	size_t i = 0, count = 1;
	bool joined = false;

	while (i < n) {
		uint32_t c;
		size_t size = glyph_decode(text + i, n - i, &c);

		if (is_sequence(c, joined)) {
			joined = c == 0x200d;
		} else if (is_mark(c)) {
			if (count < GLYPH_CHARS && !ascii_only)
				glyph->chars[count++] = c;
		} else {
			break; /* a vowel sign with a width: a glyph of its own */
		}
		i += size;
	}
	return i;
}

size_t glyph_next(const char *text, size_t n, struct glyph *glyph)
{
	uint32_t c;
	size_t size = glyph_decode(text, n, &c);
	size_t cluster;
	int width;

	*glyph = (struct glyph){.width = 1};
	if (c < 0x7f && (n == size || (unsigned char)text[size] < 0x80)) {
		glyph->chars[0] = inert(c);
		return size;
	}
	if (is_invisible(c)) {
		glyph->width = 0;
		return size;
	}
	if (is_mark(c) && !ascii_only) {
		glyph->chars[0] = DOTTED_CIRCLE;
		glyph->chars[1] = c;
		return size;
	}
	glyph->chars[0] = inert(c);
	width = wcwidth((wchar_t)glyph->chars[0]);
	glyph->width = width == 2 ? 2 : 1;
	if (c >= REGIONAL_A && c <= REGIONAL_Z)
		return size;
	cluster = glyph_cluster(text, n);
	return size + (cluster > size ? take_marks(text + size, cluster - size, glyph) : 0);
}

size_t glyph_width(const char *text, size_t n)
{
	struct glyph glyph;
	size_t width = 0;

	for (size_t i = 0; i < n;) {
		i += glyph_next(text + i, n - i, &glyph);
		width += glyph.width;
	}
	return width;
}
