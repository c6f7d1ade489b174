#ifndef CHATTUI_RICH_H
#define CHATTUI_RICH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <chat/buf.h>
#include "text/glyph.h"
#include "text/style.h"

/* How a piece of text looks. */
struct look_at {
	uint8_t style; /* enum style */
	uint8_t attrs; /* of enum attr */
	uint8_t link;  /* 1 for the first of rich.links, 0 for none */
};

/* One glyph of a wrapped line. */
struct cell {
	struct glyph glyph;
	struct look_at look;
};

struct rich_span {
	size_t end; /* byte of the text where it ends */
	struct look_at look;
};

struct rich_para {
	size_t start;   /* byte of the text */
	uint8_t hang;   /* columns that all but its first line are moved in by */
	uint8_t quotes; /* bars before each line */
	bool code;      /* broken where it is full, not between words */
};

#define RICH_LINKS 99

/*
 * Styled text in paragraphs: what a message is before it is wrapped. Made once and reset for each
 * message, so that its memory is kept. Appending past the bounds appends nothing.
 */
struct rich {
	struct buf text;
	struct rich_span *spans;
	size_t n_spans, cap_spans;
	struct rich_para *paras;
	size_t n_paras, cap_paras;
	char *links[RICH_LINKS];
	size_t n_links;
};

void rich_init(struct rich *rich);
void rich_release(struct rich *rich);
void rich_reset(struct rich *rich);

/* Begins a paragraph, on a new line. The first one begins by itself. */
void rich_para(struct rich *rich, uint8_t hang, uint8_t quotes, bool code);

void rich_put(struct rich *rich, const char *text, size_t n, struct look_at look);
void rich_puts(struct rich *rich, const char *text, struct look_at look);

/* Changes the looks of the bytes from..to: adds attrs, and takes style if not STYLE_COUNT. */
void rich_restyle(struct rich *rich, size_t from, size_t to, uint8_t attrs, enum style style);

/* How the byte at `at` looks, which the text has. */
struct look_at rich_look(const struct rich *rich, size_t at);

/* The number of a link, as looks have it; 0 when there are too many. Copies the URL. */
uint8_t rich_link(struct rich *rich, const char *url, size_t n);

struct rich_line {
	size_t first, count; /* of cells */
	size_t width;        /* columns */
};

/* Wrapped text. Made once, used for every wrap. */
struct rich_lines {
	struct cell *cells;
	size_t n_cells, cap_cells;
	struct rich_line *lines;
	size_t n_lines, cap_lines;
};

void rich_lines_init(struct rich_lines *lines);
void rich_lines_release(struct rich_lines *lines);

/* Breaks into lines of at most width columns (at least 1 glyph each). At least one line. */
void rich_wrap(const struct rich *rich, size_t width, struct rich_lines *out);

#endif
