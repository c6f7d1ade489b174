#include "text/rich.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)1 << 20) /* bytes; help and lists of links are longer than messages */
#define QUOTES_MAX 8

void rich_init(struct rich *rich)
{
	*rich = (struct rich){0};
	buf_init(&rich->text, TEXT_MAX);
}

void rich_reset(struct rich *rich)
{
	buf_reset(&rich->text);
	rich->n_spans = 0;
	rich->n_paras = 0;
	while (rich->n_links > 0)
		free(rich->links[--rich->n_links]);
}

void rich_release(struct rich *rich)
{
	rich_reset(rich);
	buf_release(&rich->text);
	free(rich->spans);
	free(rich->paras);
	*rich = (struct rich){0};
}

/* Room for one more element; the array may move. False without memory. */
static bool grow(void **array, size_t count, size_t *cap, size_t size)
{
	size_t more = *cap ? 2 * *cap : 32;
	void *grown;

	if (count < *cap)
		return true;
	grown = realloc(*array, more * size);
	if (!grown)
		return false;
	*array = grown;
	*cap = more;
	return true;
}

#define GROW(array, count, cap) grow((void **)&(array), (count), &(cap), sizeof(*(array)))

void rich_para(struct rich *rich, uint8_t hang, uint8_t quotes, bool code)
{
	if (!GROW(rich->paras, rich->n_paras, rich->cap_paras))
		return;
	rich->paras[rich->n_paras++] = (struct rich_para){
		rich->text.len, hang, quotes < QUOTES_MAX ? quotes : QUOTES_MAX, code};
}

static bool same_look(const struct look_at *a, const struct look_at *b)
{
	return a->style == b->style && a->attrs == b->attrs && a->link == b->link;
}

void rich_put(struct rich *rich, const char *text, size_t n, struct look_at look)
{
	struct rich_span *last = rich->n_spans ? &rich->spans[rich->n_spans - 1] : NULL;

	if (!rich->n_paras)
		rich_para(rich, 0, 0, false);
	if (!n || !GROW(rich->spans, rich->n_spans, rich->cap_spans))
		return;
	if (!buf_append(&rich->text, text, n))
		return;
	last = rich->n_spans ? &rich->spans[rich->n_spans - 1] : NULL;
	if (last && same_look(&last->look, &look))
		last->end = rich->text.len;
	else
		rich->spans[rich->n_spans++] = (struct rich_span){rich->text.len, look};
}

void rich_puts(struct rich *rich, const char *text, struct look_at look)
{
	rich_put(rich, text, strlen(text), look);
}

/* Makes a span begin at byte `at`, if there is text from there on. */
static bool split(struct rich *rich, size_t at)
{
	size_t i = 0;

	while (i < rich->n_spans && rich->spans[i].end <= at)
		i++;
	if (i == rich->n_spans || at == 0 || (i > 0 && rich->spans[i - 1].end == at))
		return true;
	if (!GROW(rich->spans, rich->n_spans, rich->cap_spans))
		return false;
	memmove(rich->spans + i + 1, rich->spans + i, (rich->n_spans - i) * sizeof(*rich->spans));
	rich->spans[i].end = at;
	rich->n_spans++;
	return true;
}

void rich_restyle(struct rich *rich, size_t from, size_t to, uint8_t attrs, enum style style)
{
	if (from >= to || !split(rich, from) || !split(rich, to))
		return;
	for (size_t i = 0, start = 0; i < rich->n_spans && start < to; i++) {
		if (start >= from) {
			rich->spans[i].look.attrs |= attrs;
			if (style != STYLE_COUNT)
				rich->spans[i].look.style = (uint8_t)style;
		}
		start = rich->spans[i].end;
	}
}

struct look_at rich_look(const struct rich *rich, size_t at)
{
	size_t i = 0;

	while (i + 1 < rich->n_spans && rich->spans[i].end <= at)
		i++;
	return rich->n_spans ? rich->spans[i].look : (struct look_at){0};
}

uint8_t rich_link(struct rich *rich, const char *url, size_t n)
{
	char *copy;

	if (!n)
		return 0;
	for (size_t i = 0; i < rich->n_links; i++)
		if (strlen(rich->links[i]) == n && memcmp(rich->links[i], url, n) == 0)
			return (uint8_t)(i + 1);
	if (rich->n_links == RICH_LINKS || !(copy = strndup(url, n)))
		return 0;
	rich->links[rich->n_links++] = copy;
	return (uint8_t)rich->n_links;
}

/* --- wrapping --- */

void rich_lines_init(struct rich_lines *lines)
{
	*lines = (struct rich_lines){0};
}

void rich_lines_release(struct rich_lines *lines)
{
	free(lines->cells);
	free(lines->lines);
	*lines = (struct rich_lines){0};
}

/* One paragraph on its way into lines. */
struct wrapper {
	struct rich_lines *out;
	const struct rich_para *para;
	size_t width;
	size_t column; /* of the line that is being filled */
	size_t first;  /* its first cell */
	size_t body;   /* its first cell behind the indent */
	size_t gap;    /* the cell behind its last space; 0 for none */
};

static void put_cell(struct wrapper *w, const struct glyph *glyph, struct look_at look)
{
	struct rich_lines *out = w->out;

	if (!GROW(out->cells, out->n_cells, out->cap_cells))
		return;
	out->cells[out->n_cells++] = (struct cell){*glyph, look};
	w->column += glyph->width;
}

static void put_char(struct wrapper *w, uint32_t c, enum style style)
{
	put_cell(w, &(struct glyph){{c}, 1}, (struct look_at){(uint8_t)style, 0, 0});
}

static void begin_line(struct wrapper *w, bool first)
{
	size_t room = w->width > 8 ? w->width - 8 : 0; /* what an indent leaves for the text */

	w->first = w->out->n_cells;
	w->column = 0;
	w->gap = 0;
	for (size_t i = 0; i < w->para->quotes && w->column + 2 <= room; i++) {
		put_char(w, glyph_ascii() ? '|' : 0x2502, STYLE_quote);
		put_char(w, ' ', STYLE_normal);
	}
	for (size_t i = 0; !first && i < w->para->hang && w->column < room; i++)
		put_char(w, ' ', STYLE_normal);
	w->body = w->out->n_cells;
}

static size_t columns(const struct rich_lines *out, size_t from, size_t to)
{
	size_t width = 0;

	while (from < to)
		width += out->cells[from++].glyph.width;
	return width;
}

/* Ends the line before cell `end`; the cells from `next` on are what the next line begins with. */
static void end_line(struct wrapper *w, size_t end)
{
	struct rich_lines *out = w->out;

	if (!GROW(out->lines, out->n_lines, out->cap_lines))
		return;
	out->lines[out->n_lines++] =
		(struct rich_line){w->first, end - w->first, columns(out, w->first, end)};
}

static bool is_space(const struct cell *cell)
{
	return cell->glyph.chars[0] == ' ';
}

/* Breaks a full line: after its last space if it has one. What stood behind it moves on. */
static void break_line(struct wrapper *w)
{
	struct rich_lines *out = w->out;
	size_t at = w->gap > w->body && !w->para->code ? w->gap : out->n_cells;
	size_t moved = out->n_cells - at, end = at;
	struct cell *rest = moved ? malloc(moved * sizeof(*rest)) : NULL;

	if (moved && !rest)
		return;
	if (moved)
		memcpy(rest, out->cells + at, moved * sizeof(*rest));
	while (end > w->body && at == w->gap && is_space(&out->cells[end - 1]))
		end--;
	end_line(w, end);
	out->n_cells = end;
	begin_line(w, false);
	for (size_t i = 0; i < moved; i++)
		put_cell(w, &rest[i].glyph, rest[i].look);
	free(rest);
}

static void add_glyph(struct wrapper *w, const struct glyph *glyph, struct look_at look)
{
	bool space = glyph->chars[0] == ' ' && !w->para->code;

	if (!glyph->width)
		return;
	/* What moved on with the word may fill the next line, too, behind its indent. */
	while (w->column + glyph->width > w->width && w->out->n_cells > w->body) {
		/* A space where the line is full anyway is not carried over. */
		if (space) {
			w->gap = w->out->n_cells;
			break_line(w);
			return;
		}
		break_line(w);
	}
	put_cell(w, glyph, look);
	if (space || glyph->width == 2)
		w->gap = w->out->n_cells;
}

static void wrap_para(
	const struct rich *rich, size_t i, size_t width, size_t *span, struct rich_lines *out)
{
	const struct rich_para *para = &rich->paras[i];
	const char *text = buf_str(&rich->text);
	size_t end = i + 1 < rich->n_paras ? para[1].start : rich->text.len;
	struct wrapper w = {.out = out, .para = para, .width = width ? width : 1};

	begin_line(&w, true);
	for (size_t at = para->start; at < end;) {
		struct glyph glyph;
		size_t size;

		while (*span + 1 < rich->n_spans && rich->spans[*span].end <= at)
			++*span;
		if (text[at] == '\n') {
			end_line(&w, out->n_cells);
			begin_line(&w, false);
			at++;
			continue;
		}
		size = glyph_next(text + at, end - at, &glyph);
		add_glyph(&w, &glyph, rich->spans[*span].look);
		at += size;
	}
	end_line(&w, out->n_cells);
}

void rich_wrap(const struct rich *rich, size_t width, struct rich_lines *out)
{
	size_t span = 0;

	out->n_cells = 0;
	out->n_lines = 0;
	/* An empty line's cells begin somewhere, too. */
	if (!GROW(out->cells, out->n_cells, out->cap_cells))
		return;
	for (size_t i = 0; i < rich->n_paras; i++)
		wrap_para(rich, i, width, &span, out);
	if (!out->n_lines && GROW(out->lines, out->n_lines, out->cap_lines))
		out->lines[out->n_lines++] = (struct rich_line){0};
}
