#ifndef CHATTUI_GLYPH_H
#define CHATTUI_GLYPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A base and its marks: ncurses takes five characters in a cell (CCHARW_MAX). */
#define GLYPH_CHARS 4

/*
 * What is drawn in one place of the terminal. Never a control character, a mark that turns the
 * direction of writing, or anything whose width the terminal may see otherwise than wcwidth(3).
 */
struct glyph {
	uint32_t chars[GLYPH_CHARS]; /* 0 ends them before the last */
	uint8_t width;               /* columns: 1 or 2; 0 when nothing is drawn */
};

/* With ascii every other character is drawn as '?': for a locale that is not UTF-8. */
void glyph_setup(bool ascii);
bool glyph_ascii(void);

/*
 * The first glyph of the n > 0 bytes at text, and how many bytes it takes (at least 1). Of an emoji
 * sequence only the base character is drawn, of a flag its two letters.
 */
size_t glyph_next(const char *text, size_t n, struct glyph *glyph);

/* Bytes of the first grapheme cluster (what a cursor moves over), and of the last one. n > 0. */
size_t glyph_cluster(const char *text, size_t n);
size_t glyph_cluster_back(const char *text, size_t n);

/* Columns that n bytes take when drawn in one line. */
size_t glyph_width(const char *text, size_t n);

/* The first code point of the n > 0 bytes and its length; U+FFFD and 1 for an invalid byte. */
size_t glyph_decode(const char *text, size_t n, uint32_t *point);

/* Encodes a code point; its length in bytes, 1 to 4. */
size_t glyph_encode(uint32_t point, char out[4]);

#endif
