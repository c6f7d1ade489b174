#include <string.h>
#include "view/screen.h"

#define LIST_COLS 100
#define LIST_COLS_LEAST 60
#define FORM_COLS 66
#define FORM_MESSAGE_ROWS 2

/* The middle of the screen, above status and input. */
static struct rect center(const struct screen *screen, int rows, int cols)
{
	int all = screen->layout.status.y, width = screen->wanted.cols;

	if (rows > all)
		rows = all;
	if (cols > width)
		cols = width;
	return (struct rect){(all - rows) / 2, (width - cols) / 2, rows, cols};
}

/* The upper or lower line of a frame, with its corners. */
static void draw_edge(const struct view *view, int y, uint32_t left, uint32_t right)
{
	int cols = view->rect.cols;

	view_fill(view, y, 0, cols, view_horizontal(), STYLE_border);
	view_fill(view, y, 0, 1, glyph_ascii() ? '+' : left, STYLE_border);
	view_fill(view, y, cols - 1, 1, glyph_ascii() ? '+' : right, STYLE_border);
}

static void draw_frame(const struct view *view, const char *title)
{
	int rows = view->rect.rows, cols = view->rect.cols;

	view_cover(view);
	view_clear(view, STYLE_popup);
	for (int y = 1; y + 1 < rows; y++) {
		view_fill(view, y, 0, 1, view_vertical(), STYLE_border);
		view_fill(view, y, cols - 1, 1, view_vertical(), STYLE_border);
	}
	draw_edge(view, 0, 0x250c, 0x2510);
	draw_edge(view, rows - 1, 0x2514, 0x2518);
	view_puts(view, 0, 2, cols - 4, title, STYLE_popup_title);
}

/* --- lists --- */

static int text_cols(const char *text)
{
	return text ? (int)glyph_width(text, strlen(text)) : 0;
}

/* Where details stand: behind the widest label, but in the left part. */
static int detail_column(const struct list *list, int cols)
{
	int widest = 0;

	for (size_t i = 0; i < list->count; i++) {
		int n = list->items[i].detail ? text_cols(list->items[i].label) : 0;

		if (n > widest)
			widest = n;
	}
	return 4 + (widest < cols / 3 ? widest : cols / 3);
}

/* As wide as its widest row. */
static int list_cols(const struct list *list)
{
	int widest = LIST_COLS_LEAST, column = detail_column(list, LIST_COLS);

	for (size_t i = 0; i < list->count && widest < LIST_COLS; i++) {
		int n = text_cols(list->items[i].label), details = text_cols(list->items[i].detail);

		n = 4 + (details ? (n + 4 > column ? n + 4 : column) + details : n);
		if (n > widest)
			widest = n;
	}
	return widest < LIST_COLS ? widest : LIST_COLS;
}

static struct rect list_rect(const struct screen *screen, const struct list *list)
{
	int want = (int)list->count + 3, most = screen->layout.status.y - 2;

	return center(screen, want < most ? want : most, list_cols(list));
}

int pane_list_rows(const struct screen *screen, const struct list *list)
{
	int rows = list_rect(screen, list).rows - 3;

	return rows > 1 ? rows : 1;
}

static void draw_item(const struct view *view, int y, const struct list_item *item, int column,
	bool reads, bool current)
{
	enum style style = current ? STYLE_popup_current : STYLE_popup;
	enum style label = reads && item->detail ? STYLE_popup_key : style;
	int cols = view->rect.cols - 4, x;

	view_fill(view, y, 1, view->rect.cols - 2, ' ', style);
	view_puts(view, y, 1, 1, current ? ">" : " ", style);
	x = view_puts(
		view, y, 2, item->detail ? cols - (cols > 40 ? 10 : 2) : cols, item->label, label);
	if (!item->detail)
		return;
	/* What is short stands in a column of its own. */
	x = x + 4 > column ? x + 4 : column;
	view_puts(view, y, x, view->rect.cols - 2 - x, item->detail, style);
}

static void draw_list(const struct screen *screen, const struct list *list)
{
	struct view view = {.rect = list_rect(screen, list)};
	const char *filter = edit_text(&list->filter);
	int rows = pane_list_rows(screen, list), column = detail_column(list, view.rect.cols), x;

	draw_frame(&view, list->title);
	x = 2 + view_puts(&view, 1, 2, 2, "/ ", STYLE_prompt);
	x += view_puts(&view, 1, x, view.rect.cols - x - 2, filter, STYLE_input);
	for (int i = 0; i < rows && list->top + (size_t)i < list->n_shown; i++) {
		size_t at = list->top + (size_t)i;

		draw_item(&view, 2 + i, &list->items[list->shown[at]], column, list->reads,
			!list->reads && at == list->current);
	}
	if (!list->n_shown)
		view_puts(&view, 2, 2, view.rect.cols - 4, "nothing found", STYLE_dim);
	view_cursor(&view, 1, x);
}

/* --- forms --- */

/* The end of the text that fits, as stars if it is secret; the columns it takes. */
static int draw_value(
	const struct view *view, int y, int x, int max, const struct form_field *field)
{
	const char *text = edit_text(&field->edit);
	size_t n = field->edit.text.len;
	int column = 0;

	while (n > 0 && (int)glyph_width(text, n) > max - 1) {
		size_t size = glyph_cluster(text, n);

		text += size;
		n -= size;
	}
	if (!field->secret)
		return view_text(view, y, x, max, text, n, STYLE_input);
	for (size_t i = 0; i < n; column++) {
		view_puts(view, y, x + column, 1, "*", STYLE_input);
		i += glyph_cluster(text + i, n - i);
	}
	return column;
}

/* The columns that the widest label takes. */
static int label_cols(const struct form *form, int most)
{
	int widest = 8;

	for (size_t i = 0; i < form->count; i++) {
		int n = (int)glyph_width(form->fields[i].label, strlen(form->fields[i].label));

		if (n > widest)
			widest = n;
	}
	return widest < most ? widest : most;
}

/* What was wrong, in as many rows as there are. */
static void draw_message(struct screen *screen, const struct view *view, int y, int rows,
	const char *text, enum style style)
{
	rich_reset(&screen->rich);
	rich_puts(&screen->rich, text, (struct look_at){(uint8_t)style, 0, 0});
	rich_wrap(&screen->rich, (size_t)view->rect.cols - 4, &screen->lines);
	for (size_t i = 0; i < screen->lines.n_lines && (int)i < rows; i++) {
		const struct rich_line *line = &screen->lines.lines[i];
		int x = 2;

		for (size_t j = 0; j < line->count; j++) {
			view_cell(view, y + (int)i, x, &screen->lines.cells[line->first + j]);
			x += screen->lines.cells[line->first + j].glyph.width;
		}
	}
}

static void draw_form(struct screen *screen, const struct form *form)
{
	struct view view = {
		.rect = center(screen, (int)form->count + 5 + FORM_MESSAGE_ROWS, FORM_COLS)};
	int cols = view.rect.cols, labels = label_cols(form, cols / 2) + 3, cursor = 0;

	draw_frame(&view, form->title);
	for (size_t i = 0; i < form->count; i++) {
		int y = 2 + (int)i;
		bool current = i == form->current;
		int used;

		view_puts(&view, y, 1, 1, current ? ">" : " ", STYLE_prompt);
		view_puts(&view, y, 2, labels - 3, form->fields[i].label, STYLE_popup);
		used = draw_value(&view, y, labels, cols - labels - 2, &form->fields[i]);
		if (current)
			cursor = labels + used;
	}
	draw_message(screen, &view, (int)form->count + 3, FORM_MESSAGE_ROWS,
		form->busy ? "please wait" : buf_str(&form->message),
		form->busy ? STYLE_dim : STYLE_failed);
	view_puts(&view, view.rect.rows - 2, 2, cols - 4,
		form->hint ? form->hint : "Tab: next   Enter: send   Esc: leave", STYLE_dim);
	view_cursor(&view, 2 + (int)form->current, cursor);
}

void pane_popup(struct screen *screen, const struct dialog *dialog)
{
	if (form_is_open(&dialog->form))
		draw_form(screen, &dialog->form);
	else if (list_is_open(&dialog->list))
		draw_list(screen, &dialog->list);
}
