/* Anybody's text on its way to the screen: the first byte chooses the width. */
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "text/bidi.h"
#include "text/glyph.h"
#include "text/markdown.h"
#include "text/mention.h"
#include "text/rich.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_glyph(const struct glyph *glyph)
{
	if (glyph->width > 2)
		abort();
	for (size_t i = 0; i < GLYPH_CHARS && glyph->chars[i]; i++) {
		uint32_t c = glyph->chars[i];

		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
			(c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
			(c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct markdown_options options = {.self = "alice", .marks = true, .number = true};
	struct rich rich;
	struct rich_lines lines;
	size_t width = size ? 1 + data[0] % 100 : 1;
	char *text;

	setlocale(LC_CTYPE, "C.UTF-8");
	if (!size || !(text = malloc(size)))
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	rich_init(&rich);
	rich_lines_init(&lines);
	markdown_put(&rich, text, size - 1, &options);
	rich_wrap(&rich, width, &lines);
	for (size_t i = 0; i < lines.n_lines; i++) {
		const struct rich_line *line = &lines.lines[i];

		bidi_reorder(lines.cells + line->first, line->count);
		if (line->width > width && line->count > 1)
			abort();
		for (size_t j = 0; j < line->count; j++)
			check_glyph(&lines.cells[line->first + j].glyph);
	}
	mention_of(text, "alice");
	for (size_t i = 0; i + 1 < size;)
		i += glyph_cluster(text + i, size - 1 - i);
	rich_release(&rich);
	rich_lines_release(&lines);
	free(text);
	return 0;
}
