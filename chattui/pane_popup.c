#include <string.h>
#include "app.h"

#define LIST_COLS 76
#define FORM_COLS 66

/* The middle of the screen, above status and input. */
static struct rect center(const struct app *app, int rows, int cols)
{
	int all = app->layout.status.y, width = app->wanted.cols;

	if (rows > all)
		rows = all;
	if (cols > width)
		cols = width;
	return (struct rect){(all - rows) / 2, (width - cols) / 2, rows, cols};
}

static void draw_frame(const struct view *view, const char *title)
{
	int rows = view->rect.rows, cols = view->rect.cols;

	view_clear(view, STYLE_popup);
	for (int y = 0; y<rows; y += rows> 1 ? rows - 1 : 1)
		view_fill(view, y, 0, cols, view_horizontal(), STYLE_border);
	for (int y = 0; y < rows; y++) {
		view_fill(view, y, 0, 1, y == 0 || y == rows - 1 ? '+' : view_vertical(),
			STYLE_border);
		view_fill(view, y, cols - 1, 1, y == 0 || y == rows - 1 ? '+' : view_vertical(),
			STYLE_border);
	}
	view_puts(view, 0, 2, cols - 4, title, STYLE_popup_title);
}

/* --- lists --- */

static struct rect list_rect(const struct app *app)
{
	int want = (int)app->list.count + 3, most = app->layout.status.y - 2;

	return center(app, want < most ? want : most, LIST_COLS);
}

int pane_list_rows(const struct app *app)
{
	int rows = list_rect(app).rows - 3;

	return rows > 1 ? rows : 1;
}

static void draw_item(const struct view *view, int y, const struct list_item *item, bool current)
{
	enum style style = current ? STYLE_popup_current : STYLE_popup;
	int cols = view->rect.cols - 4, half = cols / 2, x;

	view_fill(view, y, 1, view->rect.cols - 2, ' ', style);
	view_puts(view, y, 1, 1, current ? ">" : " ", style);
	x = view_puts(
		view, y, 2, item->detail ? cols - (cols > 40 ? 10 : 2) : cols, item->label, style);
	if (!item->detail)
		return;
	/* What is short stands in a column of its own. */
	x = 2 + (x < half - 8 ? half - 8 : x + 2);
	view_puts(view, y, x, view->rect.cols - 2 - x, item->detail,
		current ? style : STYLE_popup_key);
}

static void draw_list(struct app *app)
{
	const struct list *list = &app->list;
	struct view view = {.rect = list_rect(app)};
	const char *filter = edit_text(&list->filter);
	int rows = pane_list_rows(app), x;

	draw_frame(&view, list->title);
	x = 2 + view_puts(&view, 1, 2, 2, "/ ", STYLE_prompt);
	x += view_puts(&view, 1, x, view.rect.cols - x - 2, filter, STYLE_input);
	for (int i = 0; i < rows && list->top + (size_t)i < list->n_shown; i++) {
		size_t at = list->top + (size_t)i;

		draw_item(&view, 2 + i, &list->items[list->shown[at]],
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

static void draw_form(struct app *app)
{
	const struct form *form = &app->form;
	struct view view = {.rect = center(app, (int)form->count + 6, FORM_COLS)};
	const int label_cols = 14;
	int cols = view.rect.cols, cursor = 0;

	draw_frame(&view, form->title);
	for (size_t i = 0; i < form->count; i++) {
		int y = 2 + (int)i;
		bool current = i == form->current;
		int used;

		view_puts(&view, y, 1, 1, current ? ">" : " ", STYLE_prompt);
		view_puts(&view, y, 2, label_cols, form->fields[i].label, STYLE_popup);
		used = draw_value(
			&view, y, 2 + label_cols, cols - label_cols - 4, &form->fields[i]);
		if (current)
			cursor = 2 + label_cols + used;
	}
	if (form->busy)
		view_puts(&view, (int)form->count + 3, 2, cols - 4, "please wait", STYLE_dim);
	else if (form->message.len)
		view_puts(&view, (int)form->count + 3, 2, cols - 4, buf_str(&form->message),
			STYLE_failed);
	view_puts(&view, (int)form->count + 4, 2, cols - 4,
		form->hint ? form->hint : "Tab: next   Enter: send   Esc: leave", STYLE_dim);
	view_cursor(&view, 2 + (int)form->current, cursor);
}

void pane_popup(struct app *app)
{
	if (form_is_open(&app->form))
		draw_form(app);
	else if (list_is_open(&app->list))
		draw_list(app);
}
