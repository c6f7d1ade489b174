#include <stdio.h>
#include <string.h>
#include <time.h>
#include "actions/app.h"

void pane_title(struct app *app)
{
	struct view view = {.rect = app->layout.title};
	const struct channel *channel = app->session.model.open;
	int x;

	view_clear(&view, STYLE_title);
	if (!channel)
		return;
	x = view_puts(&view, 0, 0, 1, "#", STYLE_title);
	x += view_puts(&view, 0, x, view.rect.cols - x, channel->name, STYLE_title);
	view_puts(&view, 0, x + 2, view.rect.cols - x - 2, channel->topic, STYLE_topic);
}

void pane_typing(struct app *app)
{
	struct view view = {.rect = app->layout.typing};
	struct model *model = &app->session.model;
	const struct person *typing[TYPISTS_MAX];
	int64_t next;
	size_t n;
	char text[256];

	view_clear(&view, STYLE_dim);
	n = model->open ? model_typing(model, model->open->id, session_now(), typing, &next) : 0;
	if (n == 1)
		snprintf(text, sizeof(text), "%s is typing", typing[0]->name);
	else if (n == 2)
		snprintf(text, sizeof(text), "%s and %s are typing", typing[0]->name,
			typing[1]->name);
	else
		snprintf(text, sizeof(text), "several people are typing");
	if (n > 0) {
		int x = view_puts(&view, 0, 0, view.rect.cols, text, STYLE_dim);

		view_puts(&view, 0, x, view.rect.cols - x, glyph_ascii() ? "..." : "\u2026",
			STYLE_dim);
	}
}

/* --- the status line --- */

static int put_place(const struct app *app, const struct view *view)
{
	const struct channel *channel = app->session.model.open;
	char text[512];

	if (channel)
		snprintf(text, sizeof(text), "[%s/#%s]", channel->server->name, channel->name);
	else
		snprintf(text, sizeof(text), "[%s]", app->session.account.url);
	return view_puts(view, 0, 0, view->rect.cols / 2, text, STYLE_status) + 1;
}

static void put_connection(const struct app *app, char *text, size_t size)
{
	const struct model *model = &app->session.model;
	int lag = app->session.gateway ? gateway_lag_ms(app->session.gateway) : -1;
	time_t at = (time_t)(model->retry_at / 1000);
	char when[32] = "";
	struct tm tm;

	if (!app->session.gateway || model->state == GATEWAY_REFUSED) {
		snprintf(text, size, "logged out");
	} else if (model->state == GATEWAY_LIVE) {
		*text = '\0';
		if (lag >= 0)
			snprintf(text, size, "lag %dms", lag);
	} else if (model->state_why || at) {
		localtime_r(&at, &tm);
		if (at)
			strftime(when, sizeof(when), ", next try %T", &tm);
		snprintf(text, size, "offline: %s%s", model->state_why ? model->state_why : "",
			when);
	} else {
		snprintf(text, size, "connecting");
	}
}

/* "quote:r": what an action is called there, and its first key. */
static void put_hint(const struct app *app, struct buf *out, const char *what, enum action action)
{
	char key[KEY_TEXT_SIZE];

	keymap_first(&app->config.keymap, action, key);
	if (*key != '/')
		buf_printf(out, " %s:%s", what, key);
}

/* What the keys do where they do not write, or how to get help. */
static void put_hints(const struct app *app, struct buf *out)
{
	char key[KEY_TEXT_SIZE];

	if (app->selecting) {
		buf_puts(out, "SELECT");
		put_hint(app, out, "quote", ACTION_reply);
		put_hint(app, out, "edit", ACTION_edit);
		put_hint(app, out, "delete", ACTION_delete);
		put_hint(app, out, "copy", ACTION_copy);
		put_hint(app, out, "link", ACTION_copy_link);
	} else if (app->editing) {
		buf_puts(out, "EDIT");
		put_hint(app, out, "save", ACTION_send);
		put_hint(app, out, "leave", ACTION_select);
	} else if (!app->scroll.follows) {
		buf_puts(out, "SCROLLED");
		put_hint(app, out, "down", ACTION_scroll_down);
		put_hint(app, out, "end", ACTION_scroll_end);
	} else {
		keymap_first(&app->config.keymap, ACTION_help, key);
		buf_printf(out, *key == '/' ? "%s" : "%s help", key);
	}
}

void pane_status(struct app *app)
{
	struct view view = {.rect = app->layout.status};
	struct model *model = &app->session.model;
	size_t mentions = model_count(model, true), unread = model_count(model, false);
	struct buf hints;
	char text[NOTICE_SIZE];
	bool is_offline = model->state != GATEWAY_LIVE || !app->session.gateway;
	int x, right, need, cols = view.rect.cols;

	view_clear(&view, STYLE_status);
	if (*app->notice) {
		view_puts(&view, 0, 0, cols, app->notice,
			app->notice_is_error ? STYLE_status_alert : STYLE_status);
		return;
	}
	x = put_place(app, &view);
	if (mentions) {
		snprintf(text, sizeof(text), "%zu@", mentions);
		x += view_puts(&view, 0, x, cols - x, text, STYLE_status_alert) + 1;
	}
	if (unread) {
		snprintf(text, sizeof(text), "%zu*", unread);
		x += view_puts(&view, 0, x, cols - x, text, STYLE_status) + 1;
	}
	buf_init(&hints, NOTICE_SIZE);
	put_hints(app, &hints);
	put_connection(app, text, sizeof(text));
	need = x + 1 + (int)glyph_width(text, strlen(text));
	right = cols - (int)glyph_width(buf_str(&hints), hints.len);
	/* Where there is no room for both, being offline goes before the keys, and these before the
	 * lag. */
	if (is_offline && right < need + 1)
		right = cols;
	else if (right < x)
		right = x;
	view_puts(&view, 0, right, cols - right, buf_str(&hints), STYLE_status);
	if (is_offline || need < right)
		view_puts(&view, 0, x + 1, right - x - 1, text, STYLE_status);
	buf_release(&hints);
}

/* --- the input --- */

/* A text in lines as wide as the pane, and where its cursor is. */
struct placed {
	int rows, cursor_row, cursor_col;
};

/* Lays text out in `cols` columns, of which each row leaves `indent` free; draws the rows from
 * `top` on if there is a view. */
static struct placed lay_out(
	const struct edit *edit, int cols, int indent, const struct view *view, int top)
{
	const char *text = edit_text(edit);
	struct placed placed = {.rows = 1};
	struct cell cell = {.look = {STYLE_input, 0, 0}};
	int x = indent, y = 0;

	for (size_t i = 0;;) {
		bool line_end = i < edit->text.len && text[i] == '\n';
		size_t size = 0;

		cell.glyph.width = !line_end; /* behind the text the cursor needs a column */
		if (i < edit->text.len && !line_end)
			size = glyph_next(text + i, edit->text.len - i, &cell.glyph);
		if (x + cell.glyph.width > cols) {
			y++;
			x = indent;
		}
		if (i == edit->cursor) {
			placed.cursor_row = y;
			placed.cursor_col = x;
		}
		if (i >= edit->text.len)
			break;
		if (view && !line_end)
			view_cell(view, y - top, x, &cell);
		x = line_end ? indent : x + cell.glyph.width;
		y += line_end;
		i += size ? size : 1;
	}
	placed.rows = y + 1;
	return placed;
}

/* What is written now, and what stands before it; its columns. A label leaves room for the text. */
static const struct edit *shown_edit(struct app *app, int cols, const char **label, int *indent)
{
	const struct edit *edit = &app->edit;

	*label = "> ";
	if (prompt_is_open(app)) {
		*label = app->prompt.label;
		edit = &app->prompt.edit;
	} else if (app->editing) {
		*label = "edit> ";
	}
	*indent = (int)glyph_width(*label, strlen(*label));
	if (*indent > cols - 2)
		*indent = cols - 2;
	return edit;
}

int pane_input_rows(struct app *app, int cols)
{
	const char *label;
	int indent;
	const struct edit *edit = shown_edit(app, cols, &label, &indent);

	return lay_out(edit, cols, indent, NULL, 0).rows;
}

void pane_input(struct app *app)
{
	struct view view = {.rect = app->layout.input};
	const char *label;
	int indent;
	const struct edit *edit = shown_edit(app, view.rect.cols, &label, &indent);
	struct placed placed = lay_out(edit, view.rect.cols, indent, NULL, 0);
	int top = placed.cursor_row >= view.rect.rows ? placed.cursor_row - view.rect.rows + 1 : 0;

	view_clear(&view, STYLE_input);
	if (top == 0)
		view_puts(&view, 0, 0, indent, label, STYLE_prompt);
	lay_out(edit, view.rect.cols, indent, &view, top);
	if (!app->selecting && !list_is_open(&app->list) && !form_is_open(&app->form))
		view_cursor(&view, placed.cursor_row - top, placed.cursor_col);
}
