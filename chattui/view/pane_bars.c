#include <stdio.h>
#include <string.h>
#include <time.h>
#include <chat/limits.h>
#include <chat/text.h>
#include "view/screen.h"

void pane_title(struct screen *screen)
{
	struct view view = {.rect = screen->layout.title};
	const struct channel *channel = screen->session->model.open;
	int x;

	view_clear(&view, STYLE_title);
	if (!channel)
		return;
	x = view_puts(&view, 0, 0, 1, "#", STYLE_title);
	x += view_puts(&view, 0, x, view.rect.cols - x, channel->name, STYLE_title);
	view_puts(&view, 0, x + 2, view.rect.cols - x - 2, channel->topic, STYLE_topic);
}

/* That the open channel is no more, and how to leave it. */
static void put_gone(const struct screen *screen, const struct view *view)
{
	const struct channel *channel = screen->session->model.open;
	char key[KEY_TEXT_SIZE], text[512];

	keymap_first(&screen->config->keymap, ACTION_next_channel, key);
	snprintf(text, sizeof(text), "#%s %s. %s goes on.", channel->name, channel->gone_why, key);
	view_puts(view, 0, 0, view->rect.cols, text, STYLE_status_alert);
}

void pane_typing(struct screen *screen)
{
	struct view view = {.rect = screen->layout.typing};
	struct model *model = &screen->session->model;
	const struct person *typing[TYPISTS_MAX];
	int64_t next;
	size_t n;
	char text[256];

	view_clear(&view, STYLE_dim);
	if (model->open && model->open->gone_why) {
		put_gone(screen, &view);
		return;
	}
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

#define COUNT_FROM (LIMIT_CONTENT_MAX - 200)
#define NAME_COLS 70 /* of the status line that has room for one's own name */

/* --- the status line --- */

static int put_place(const struct screen *screen, const struct view *view)
{
	const struct channel *channel = screen->session->model.open;
	char text[512];

	if (channel)
		snprintf(text, sizeof(text), "[%s/#%s]", channel->server->name, channel->name);
	else
		snprintf(text, sizeof(text), "[%s]", screen->session->account.url);
	return view_puts(view, 0, 0, view->rect.cols / 2, text, STYLE_status) + 1;
}

static void put_connection(const struct screen *screen, char *text, size_t size)
{
	const struct model *model = &screen->session->model;
	int lag = screen->session->gateway ? gateway_lag_ms(screen->session->gateway) : -1;
	time_t at = (time_t)(model->retry_at / 1000);
	char when[32] = "";
	struct tm tm;

	if (!screen->session->gateway || model->state == GATEWAY_REFUSED) {
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
static void put_hint(
	const struct screen *screen, struct buf *out, const char *what, enum action action)
{
	char key[KEY_TEXT_SIZE];

	keymap_first(&screen->config->keymap, action, key);
	if (*key != '/')
		buf_printf(out, " %s:%s", what, key);
}

/* What the keys do where they do not write, or how to get help. */
static void put_hints(const struct screen *screen, const struct compose *compose, struct buf *out)
{
	char key[KEY_TEXT_SIZE];
	size_t length = text_length(edit_text(&compose->edit), compose->edit.text.len);

	/* Near the limit it is good to know. */
	if (length > COUNT_FROM)
		buf_printf(out, "%zu/%d  ", length, LIMIT_CONTENT_MAX);
	if (screen->selecting) {
		buf_puts(out, "SELECT");
		put_hint(screen, out, "quote", ACTION_reply);
		put_hint(screen, out, "edit", ACTION_edit);
		put_hint(screen, out, "delete", ACTION_delete);
		put_hint(screen, out, "copy", ACTION_copy);
		put_hint(screen, out, "link", ACTION_copy_link);
	} else if (compose->editing) {
		buf_puts(out, "EDIT");
		put_hint(screen, out, "save", ACTION_send);
		put_hint(screen, out, "leave", ACTION_select);
	} else if (!screen->scroll.follows) {
		buf_puts(out, "SCROLLED");
		put_hint(screen, out, "down", ACTION_scroll_down);
		put_hint(screen, out, "end", ACTION_scroll_end);
	} else {
		keymap_first(&screen->config->keymap, ACTION_help, key);
		buf_printf(out, *key == '/' ? "%s" : "%s help", key);
	}
}

int pane_notice_rows(const struct screen *screen)
{
	int width = (int)glyph_width(screen->notice, strlen(screen->notice));
	int cols = screen->layout.status.cols, most = screen->layout.status.y / 2 + 1;
	/* Words that are not broken may take a row more. */
	int rows = width <= cols ? 1 : width / cols + 2;

	return !*screen->notice ? 0 : rows < most ? rows : most;
}

/* In the status line and, where it is longer, in rows above it. */
static void draw_notice(struct screen *screen)
{
	enum style style = screen->notice_is_error ? STYLE_status_alert : STYLE_status;
	const struct rect *status = &screen->layout.status;
	int most = pane_notice_rows(screen);
	int rows;
	struct view view;

	rich_reset(&screen->rich);
	rich_puts(&screen->rich, screen->notice, (struct look_at){(uint8_t)style, 0, 0});
	rich_wrap(&screen->rich, (size_t)status->cols, &screen->lines);
	rows = (int)screen->lines.n_lines < most ? (int)screen->lines.n_lines : most;
	view.rect = (struct rect){status->y - rows + 1, 0, rows, status->cols};
	view.base = (struct look_at){0};
	view_clear(&view, STYLE_status);
	for (int i = 0; i < rows; i++) {
		const struct rich_line *line = &screen->lines.lines[i];
		int x = 0;

		for (size_t j = 0; j < line->count; j++) {
			view_cell(&view, i, x, &screen->lines.cells[line->first + j]);
			x += screen->lines.cells[line->first + j].glyph.width;
		}
	}
}

void pane_status(struct screen *screen, const struct compose *compose)
{
	struct view view = {.rect = screen->layout.status};
	struct model *model = &screen->session->model;
	size_t mentions = model_count(model, true), unread = model_count(model, false);
	struct buf hints;
	char text[NOTICE_SIZE];
	bool is_offline = model->state != GATEWAY_LIVE || !screen->session->gateway;
	int x, right, need, cols = view.rect.cols;

	view_clear(&view, STYLE_status);
	if (*screen->notice) {
		draw_notice(screen);
		return;
	}
	x = put_place(screen, &view);
	if (model->self && cols >= NAME_COLS)
		x += view_puts(&view, 0, x, cols / 4, model->self->name, STYLE_status) + 1;
	if (mentions) {
		snprintf(text, sizeof(text), "%zu@", mentions);
		x += view_puts(&view, 0, x, cols - x, text, STYLE_status_alert) + 1;
	}
	if (unread) {
		snprintf(text, sizeof(text), "%zu*", unread);
		x += view_puts(&view, 0, x, cols - x, text, STYLE_status) + 1;
	}
	buf_init(&hints, NOTICE_SIZE);
	put_hints(screen, compose, &hints);
	put_connection(screen, text, sizeof(text));
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
static const struct edit *shown_edit(const struct compose *compose, const struct dialog *dialog,
	int cols, const char **label, int *indent)
{
	const struct edit *edit = &compose->edit;

	*label = "> ";
	if (prompt_is_open(&dialog->prompt)) {
		*label = dialog->prompt.label;
		edit = &dialog->prompt.edit;
	} else if (compose->editing) {
		*label = "edit> ";
	}
	*indent = (int)glyph_width(*label, strlen(*label));
	if (*indent > cols - 2)
		*indent = cols - 2;
	return edit;
}

int pane_input_rows(const struct compose *compose, const struct dialog *dialog, int cols)
{
	const char *label;
	int indent;
	const struct edit *edit = shown_edit(compose, dialog, cols, &label, &indent);

	return lay_out(edit, cols, indent, NULL, 0).rows;
}

void pane_input(struct screen *screen, const struct compose *compose, const struct dialog *dialog)
{
	struct view view = {.rect = screen->layout.input};
	const char *label;
	int indent;
	const struct edit *edit = shown_edit(compose, dialog, view.rect.cols, &label, &indent);
	struct placed placed = lay_out(edit, view.rect.cols, indent, NULL, 0);
	int top = placed.cursor_row >= view.rect.rows ? placed.cursor_row - view.rect.rows + 1 : 0;

	view_clear(&view, STYLE_input);
	if (top == 0)
		view_puts(&view, 0, 0, indent, label, STYLE_prompt);
	lay_out(edit, view.rect.cols, indent, &view, top);
	if (!screen->selecting && !list_is_open(&dialog->list) && !form_is_open(&dialog->form))
		view_cursor(&view, placed.cursor_row - top, placed.cursor_col);
}
