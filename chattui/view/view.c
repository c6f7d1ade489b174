#include "view/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <curses.h>
#include <chat/buf.h>
#include "text/bidi.h"
#include "view/term.h"

#define PAIRS_MAX 128
#define LINKS_MAX 64
#define LINK_BYTES 8192 /* of one link on the screen, with its URL */
#define SCROLL_BYTES 96

/* A style as curses wants it. */
struct ink {
	attr_t attrs;
	short pair;
	int16_t fg, bg; /* for links, which are drawn past curses */
};

static struct {
	struct ink inks[STYLE_COUNT];
	struct {
		int16_t fg, bg;
	} pairs[PAIRS_MAX];
	short n_pairs;
	bool color, bidi, margins;

	/* Links of this frame and of the one that the terminal shows. */
	struct link {
		int y, x;
		char *sent; /* the bytes that make it clickable */
	} links[LINKS_MAX], shown[LINKS_MAX];
	size_t n_links, n_shown;

	bool cut[ROWS_MAX]; /* rows in which a wide character is cut by what lies over it */
} view;

/* --- styles --- */

/* A colour that the terminal has; with 8 of them the bright ones become bold or dim. */
static int16_t real_color(int16_t color, attr_t *attrs)
{
	if (color == COLOR_DEFAULT || color < COLORS)
		return color;
	if (color > 15)
		return COLOR_DEFAULT;
	*attrs |= color == 8 ? A_DIM : A_BOLD;
	return color == 8 ? COLOR_DEFAULT : (int16_t)(color - 8);
}

static short pair_of(int16_t fg, int16_t bg)
{
	if (fg == COLOR_DEFAULT && bg == COLOR_DEFAULT)
		return 0;
	for (short i = 1; i < view.n_pairs; i++)
		if (view.pairs[i].fg == fg && view.pairs[i].bg == bg)
			return i;
	if (view.n_pairs >= PAIRS_MAX || view.n_pairs >= COLOR_PAIRS)
		return 0;
	view.pairs[view.n_pairs].fg = fg;
	view.pairs[view.n_pairs].bg = bg;
	init_pair(view.n_pairs, fg, bg);
	return view.n_pairs++;
}

static attr_t curses_attrs(uint8_t attrs)
{
	/* Not every curses has italics, and not every terminal with it. */
	return (attrs & ATTR_BOLD ? A_BOLD : 0) | (attrs & ATTR_DIM ? A_DIM : 0) |
	       (attrs & ATTR_ITALIC ? A_ITALIC : 0) | (attrs & ATTR_UNDERLINE ? A_UNDERLINE : 0) |
	       (attrs & ATTR_REVERSE ? A_REVERSE : 0);
}

void view_setup(const struct look looks[STYLE_COUNT], bool color, bool bidi)
{
	view.bidi = bidi;
	view.color = color && has_colors();
	view.n_pairs = 1;
	for (enum style style = 0; style < STYLE_COUNT; style++) {
		const struct look *look = &looks[style];
		struct ink *ink = &view.inks[style];

		*ink = (struct ink){.attrs = curses_attrs(look->attrs),
			.fg = COLOR_DEFAULT,
			.bg = COLOR_DEFAULT};
		if (!view.color) {
			if (look->bg != COLOR_DEFAULT)
				ink->attrs |= A_REVERSE;
			continue;
		}
		ink->fg = real_color(look->fg, &ink->attrs);
		ink->bg = real_color(look->bg, &ink->attrs);
		ink->pair = pair_of(ink->fg, ink->bg);
	}
}

bool view_has_colors(void)
{
	return view.color;
}

/* --- drawing --- */

static void put_glyph(int y, int x, const struct glyph *glyph, const struct ink *ink, attr_t more)
{
	wchar_t chars[GLYPH_CHARS + 1] = {0};
	cchar_t cell;

	for (size_t i = 0; i < GLYPH_CHARS; i++)
		chars[i] = (wchar_t)glyph->chars[i];
	setcchar(&cell, chars, ink->attrs | more, ink->pair, NULL);
	mvadd_wch(y, x, &cell);
}

static struct look_at based(const struct view *v, struct look_at look)
{
	if (look.style == STYLE_normal)
		look.style = v->base.style;
	look.attrs |= v->base.attrs;
	return look;
}

void view_cell(const struct view *v, int y, int x, const struct cell *cell)
{
	struct look_at look = based(v, cell->look);
	struct glyph glyph = cell->glyph;

	if (y < 0 || x < 0 || y >= v->rect.rows || x >= v->rect.cols || !glyph.width)
		return;
	if (look.attrs & ATTR_SPOILER) {
		glyph.chars[0] = glyph_ascii() ? '#' : 0x2592;
		glyph.chars[1] = 0;
		look.style = STYLE_spoiler;
		if (glyph.width == 2 && x + 1 < v->rect.cols)
			put_glyph(v->rect.y + y, v->rect.x + x + 1, &glyph, &view.inks[look.style],
				0);
	} else if (x + glyph.width > v->rect.cols) {
		glyph = (struct glyph){{' '}, 1};
	}
	put_glyph(v->rect.y + y, v->rect.x + x, &glyph, &view.inks[look.style],
		curses_attrs(look.attrs));
}

/* Draws cells in a row, from right to left where their text goes so. */
static void put_line(const struct view *v, int y, int x, struct cell *cells, size_t n)
{
	if (view.bidi)
		bidi_reorder(cells, n);
	for (size_t i = 0; i < n; i++) {
		view_cell(v, y, x, &cells[i]);
		x += cells[i].glyph.width;
	}
}

int view_text(
	const struct view *v, int y, int x, int max, const char *text, size_t n, enum style style)
{
	struct cell cells[COLS_MAX], cell = {.look = {(uint8_t)style, 0, 0}};
	size_t count = 0;
	int column = 0;
	bool is_cut = false;

	if (max > v->rect.cols - x)
		max = v->rect.cols - x;
	if (max > COLS_MAX)
		max = COLS_MAX;
	for (size_t i = 0; i < n && !is_cut;) {
		size_t size = glyph_next(text + i, n - i, &cell.glyph);
		bool last = i + size >= n;

		/* The last column is for the ellipsis unless the text ends there. */
		is_cut = column + cell.glyph.width > max - !last &&
			 (!last || column + cell.glyph.width > max) &&
			 glyph_width(text + i, n - i) > (size_t)(max - column);
		i += size;
		if (is_cut || !cell.glyph.width)
			continue;
		cells[count++] = cell;
		column += cell.glyph.width;
	}
	put_line(v, y, x, cells, count);
	if (is_cut && column < max) {
		cell.glyph = (struct glyph){{glyph_ascii() ? '~' : 0x2026}, 1};
		view_cell(v, y, x + column++, &cell);
	}
	return column;
}

int view_puts(const struct view *v, int y, int x, int max, const char *text, enum style style)
{
	return view_text(v, y, x, max, text, strlen(text), style);
}

void view_fill(const struct view *v, int y, int x, int n, uint32_t c, enum style style)
{
	struct cell cell = {.glyph = {{c}, 1}, .look = {(uint8_t)style, 0, 0}};

	for (int i = 0; i < n; i++)
		view_cell(v, y, x + i, &cell);
}

void view_clear_row(const struct view *v, int y, enum style style)
{
	view_fill(v, y, 0, v->rect.cols, ' ', style);
}

void view_clear(const struct view *v, enum style style)
{
	for (int y = 0; y < v->rect.rows; y++)
		view_clear_row(v, y, style);
}

/* True if the cell in that column and the one behind it are the halves of a character. */
static bool is_wide(int y, int x)
{
	wchar_t chars[CCHARW_MAX + 1] = {0};
	attr_t attrs;
	short pair;
	cchar_t cell;

	return x >= 0 && x + 1 < COLS && mvin_wch(y, x, &cell) == OK &&
	       getcchar(&cell, chars, &attrs, &pair, NULL) == OK && wcwidth(chars[0]) == 2;
}

void view_cover(const struct view *v)
{
	const struct rect *rect = &v->rect;

	for (int y = rect->y; y < rect->y + rect->rows && y < LINES && y < ROWS_MAX; y++)
		if (is_wide(y, rect->x - 1) || is_wide(y, rect->x + rect->cols - 1)) {
			view.cut[y] = true;
			wredrawln(stdscr, y, 1);
		}
}

void view_uncover(void)
{
	for (int y = 0; y < LINES && y < ROWS_MAX; y++) {
		if (view.cut[y])
			wredrawln(stdscr, y, 1);
		view.cut[y] = false;
	}
}

void view_cursor(const struct view *v, int y, int x)
{
	move(v->rect.y + y, v->rect.x + (x < v->rect.cols ? x : v->rect.cols - 1));
}

uint32_t view_vertical(void)
{
	return glyph_ascii() ? '|' : 0x2502;
}

uint32_t view_horizontal(void)
{
	return glyph_ascii() ? '-' : 0x2500;
}

/* --- scrolling --- */

void view_set_margins(bool supported)
{
	view.margins = supported;
}

bool view_has_margins(void)
{
	return view.margins;
}

/*
 * The terminal moves the rectangle (DECSLRM, DECSTBM, SU), and curses is told that it has happened:
 * the picture of what the terminal shows is moved as well. What then differs is sent with the
 * frame.
 */
void view_scroll(const struct view *v, int n)
{
	const struct rect *rect = &v->rect;
	char bytes[SCROLL_BYTES];
	WINDOW *part;
	int length;

	if (!view.margins || n <= 0 || n >= rect->rows)
		return;
	part = derwin(curscr, rect->rows, rect->cols, rect->y, rect->x);
	if (!part)
		return;
	length = snprintf(bytes, sizeof(bytes),
		"\0337\033[m\033[?69h\033[%d;%ds\033[%d;%dr\033[%dS\033[r\033[?69l\0338",
		rect->x + 1, rect->x + rect->cols, rect->y + 1, rect->y + rect->rows, n);
	term_send(bytes, (size_t)length);
	scrollok(part, TRUE);
	wscrl(part, n);
	delwin(part);
	wtouchln(newscr, rect->y, rect->rows, 1);
	for (size_t i = 0; i < view.n_shown;) {
		struct link *link = &view.shown[i];

		if (rect_contains(rect, link->y, link->x))
			link->y -= n;
		if (link->y < rect->y) {
			free(link->sent);
			*link = view.shown[--view.n_shown];
		} else {
			i++;
		}
	}
}

/* --- links --- */

static void put_color(struct buf *out, int16_t color, int base)
{
	if (color == COLOR_DEFAULT)
		return;
	if (color < 8)
		buf_printf(out, ";%d", base + color);
	else
		buf_printf(out, ";%d;5;%d", base + 8, color);
}

/* What curses has drawn there, once more between the marks of a link. */
static char *link_bytes(
	const struct view *v, int y, int x, const struct cell *cells, size_t n, const char *url)
{
	struct buf out;

	buf_init(&out, LINK_BYTES);
	buf_printf(&out, "\033[%d;%dH\033[0", v->rect.y + y + 1, v->rect.x + x + 1);
	for (size_t i = 0; i < n; i++) {
		struct look_at look = based(v, cells[i].look);
		const struct ink *ink = &view.inks[look.style];
		char bytes[4];

		if (i == 0) {
			attr_t attrs = ink->attrs | curses_attrs(look.attrs);

			buf_puts(&out, attrs & A_BOLD ? ";1" : "");
			buf_puts(&out, attrs & A_UNDERLINE ? ";4" : "");
			buf_puts(&out, attrs & A_REVERSE ? ";7" : "");
			put_color(&out, ink->fg, 30);
			put_color(&out, ink->bg, 40);
			buf_puts(&out, "m\033]8;;");
			/* Printable ASCII only: what else a URL has is escaped (RFC 3986). */
			for (const char *c = url; *c; c++) {
				if (*c > ' ' && *c < 0x7f)
					buf_putc(&out, *c);
				else
					buf_printf(&out, "%%%02X", (unsigned char)*c);
			}
			buf_puts(&out, "\033\\");
		}
		for (size_t j = 0; j < GLYPH_CHARS && cells[i].glyph.chars[j]; j++)
			buf_append(&out, bytes, glyph_encode(cells[i].glyph.chars[j], bytes));
	}
	buf_puts(&out, "\033]8;;\033\\");
	return buf_detach(&out);
}

void view_link(
	const struct view *v, int y, int x, const struct cell *cells, size_t n, const char *url)
{
	char *bytes;

	if (y < 0 || y >= v->rect.rows || view.n_links == LINKS_MAX)
		return;
	bytes = link_bytes(v, y, x, cells, n, url);
	if (bytes)
		view.links[view.n_links++] = (struct link){v->rect.y + y, v->rect.x + x, bytes};
}

static void free_links(struct link *links, size_t *n)
{
	while (*n > 0)
		free(links[--*n].sent);
}

void view_forget_links(void)
{
	free_links(view.links, &view.n_links);
}

static bool is_shown(const struct link *link)
{
	for (size_t i = 0; i < view.n_shown; i++)
		if (view.shown[i].y == link->y && view.shown[i].x == link->x &&
			strcmp(view.shown[i].sent, link->sent) == 0)
			return true;
	return false;
}

/* Sends the links that are not yet there; what was drawn over them has ended the others. */
static void show_links(void)
{
	bool any = false;

	for (size_t i = 0; i < view.n_links; i++) {
		if (is_shown(&view.links[i]))
			continue;
		if (!any)
			term_send("\0337", 2);
		any = true;
		term_send(view.links[i].sent, strlen(view.links[i].sent));
	}
	if (any)
		term_send("\0338", 2);
	free_links(view.shown, &view.n_shown);
	for (size_t i = 0; i < view.n_links; i++) {
		view.shown[i] = view.links[i];
		view.shown[i].sent = strdup(view.links[i].sent);
		if (view.shown[i].sent)
			view.n_shown = i + 1;
		else
			break;
	}
}

void view_show(bool everything)
{
	if (everything) {
		clearok(curscr, TRUE);
		free_links(view.shown, &view.n_shown);
	}
	wnoutrefresh(stdscr);
	doupdate();
	if (view.n_links || view.n_shown)
		show_links();
}
