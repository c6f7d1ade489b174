#include "text/bidi.h"

#include <string.h>
#include <fribidi.h>

#define CELLS_MAX 512 /* cells; longer lines stay in logical order */

static bool has_rtl(const struct cell *cells, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t c = cells[i].glyph.chars[0];

		/* Hebrew to Arabic Extended-A, presentation forms, and the scripts of plane 1. */
		if ((c >= 0x590 && c < 0x900) || (c >= 0xfb1d && c < 0xff00) ||
			(c >= 0x10800 && c < 0x11000) || (c >= 0x1e800 && c < 0x1f000))
			return true;
	}
	return false;
}

void bidi_reorder(struct cell *cells, size_t n)
{
	FriBidiChar chars[CELLS_MAX];
	FriBidiCharType types[CELLS_MAX];
	FriBidiBracketType brackets[CELLS_MAX];
	FriBidiLevel levels[CELLS_MAX];
	FriBidiStrIndex map[CELLS_MAX];
	FriBidiParType direction = FRIBIDI_PAR_LTR;
	FriBidiStrIndex count = (FriBidiStrIndex)n;
	struct cell old[CELLS_MAX];

	if (n > CELLS_MAX || !has_rtl(cells, n))
		return;
	for (size_t i = 0; i < n; i++) {
		chars[i] = cells[i].glyph.chars[0];
		map[i] = (FriBidiStrIndex)i;
	}
	fribidi_get_bidi_types(chars, count, types);
	fribidi_get_bracket_types(chars, count, types, brackets);
	if (!fribidi_get_par_embedding_levels_ex(types, brackets, count, &direction, levels))
		return;
	memcpy(old, cells, n * sizeof(*cells));
	for (size_t i = 0; i < n; i++) {
		FriBidiChar mirrored;

		if ((levels[i] & 1) && fribidi_get_mirror_char(chars[i], &mirrored))
			old[i].glyph.chars[0] = mirrored;
	}
	if (!fribidi_reorder_line(
		    FRIBIDI_FLAGS_DEFAULT, types, count, 0, direction, levels, NULL, map))
		return;
	for (size_t i = 0; i < n; i++)
		cells[i] = old[map[i]];
}
