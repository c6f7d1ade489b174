/* What keys, pastes and the mouse do. */
#include "dispatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <chat/text.h>

#define WHEEL_ROWS 3

void dispatch_action(struct app *app, enum action action)
{
	static void (*const actions[])(struct app *) = {
#define ACTION(mode, name, keys, doc) action_##name,
#include "config/actions.def"
#undef ACTION
	};

	actions[action](app);
}

/* The key's character, if it types one; its length in bytes. */
static size_t typed(chat_key key, char bytes[4])
{
	if (key & (KEY_CTRL | KEY_ALT) || (key & KEY_BASE) >= KEY_NAMED || (key & KEY_BASE) < ' ')
		return 0;
	return glyph_encode(key & KEY_BASE, bytes);
}

/* Actions of the line editor, which work in every line of input. */
static bool is_editing(enum action action)
{
	return action >= ACTION_left && action <= ACTION_yank && action != ACTION_up &&
	       action != ACTION_down;
}

/* What any line of input does with a key; false if it does nothing. */
static bool edit_key(struct app *app, chat_key key)
{
	enum action action = keymap_find(&app->config.keymap, ACTION_MAIN, key);
	char bytes[4];
	size_t n = typed(key, bytes);

	if (action != ACTION_NONE && is_editing(action)) {
		dispatch_action(app, action);
		return true;
	}
	if (!n)
		return false;
	edit_insert(app_edit(app), bytes, n);
	app_edited(app);
	return true;
}

static bool is_cancel(const struct app *app, chat_key key)
{
	return key == KEY_ESC ||
	       keymap_find(&app->config.keymap, ACTION_MAIN, key) == ACTION_cancel;
}

/* --- forms --- */

static void form_key(struct app *app, chat_key key)
{
	struct form *form = &app->dialog.form;

	app->screen.dirty |= PANE_POPUP;
	if (is_cancel(app, key)) {
		form_close(form);
		app->screen.dirty = PANE_ALL;
	} else if (form->busy) {
		return;
	} else if (key == KEY_TAB || key == KEY_DOWN) {
		form_move(form, 1);
	} else if (key == (KEY_TAB | KEY_SHIFT) || key == KEY_UP) {
		form_move(form, -1);
	} else if (key == KEY_F2 && form->other) {
		form->other(app);
	} else if (key == KEY_ENTER && form->current + 1 < form->count) {
		form_move(form, 1);
	} else if (key == KEY_ENTER) {
		buf_reset(&form->message);
		form->submit(app, form);
	} else {
		edit_key(app, key);
	}
}

/* --- lists --- */

static void choose(struct app *app)
{
	const struct list_item *item = list_current(&app->dialog.list);
	struct list list = app->dialog.list;

	if (!item)
		return;
	/* What is chosen may open another list. */
	app->dialog.list = (struct list){0};
	list.chosen(app, item);
	list_close(&list);
	app_layout(app);
}

static void list_key(struct app *app, chat_key key)
{
	struct list *list = &app->dialog.list;
	enum action action = keymap_find(&app->config.keymap, ACTION_MAIN, key);
	int rows = pane_list_rows(&app->screen, &app->dialog.list);

	app->screen.dirty |= PANE_POPUP;
	if (is_cancel(app, key) || (list->reads && key == KEY_ENTER)) {
		list_close(list);
		app->screen.dirty = PANE_ALL;
	} else if (key == KEY_ENTER) {
		choose(app);
	} else if (key == KEY_UP || action == ACTION_previous_channel) {
		list_move(list, -1, rows);
	} else if (key == KEY_DOWN || action == ACTION_next_channel || key == KEY_TAB) {
		list_move(list, 1, rows);
	} else if (key == KEY_PGUP) {
		list_move(list, -rows, rows);
	} else if (key == KEY_PGDN) {
		list_move(list, rows, rows);
	} else {
		edit_key(app, key);
	}
}

/* --- prompts --- */

static void prompt_key(struct app *app, chat_key key)
{
	enum action action = keymap_find(&app->config.keymap, ACTION_MAIN, key);

	if (app->dialog.prompt.is_question)
		app_answer(app, key == 'y' || key == 'Y');
	else if (is_cancel(app, key))
		app_answer(app, false);
	else if (key == KEY_ENTER)
		app_answer(app, true);
	else if (action == ACTION_search)
		dispatch_action(app, action);
	else
		edit_key(app, key);
}

/* --- the main screen --- */

static void main_key(struct app *app, chat_key key)
{
	enum action action = ACTION_NONE;
	char bytes[4];

	if (app->screen.selecting)
		action = keymap_find(&app->config.keymap, ACTION_SELECT, key);
	if (action == ACTION_NONE)
		action = keymap_find(&app->config.keymap, ACTION_MAIN, key);
	if (action != ACTION_NONE) {
		dispatch_action(app, action);
		return;
	}
	/* Who begins to write is done with selecting. */
	if (app->screen.selecting && typed(key, bytes))
		app_leave_select(app);
	edit_key(app, key);
}

static void key_event(struct app *app, chat_key key)
{
	char bytes[4];

	app->key = key;
	app->seek = 0;
	/* Who goes on writing has not read it. */
	if (!typed(key, bytes))
		app_end_notice(app);
	if (form_is_open(&app->dialog.form))
		form_key(app, key);
	else if (list_is_open(&app->dialog.list))
		list_key(app, key);
	else if (prompt_is_open(&app->dialog.prompt))
		prompt_key(app, key);
	else
		main_key(app, key);
}

/* --- pastes --- */

static void insert_paste(struct app *app, const char *text, size_t n)
{
	struct edit *edit = app_edit(app);

	if (n && !edit_insert(edit, text, n))
		app_notice(app, true, "that is too long");
	app_edited(app);
}

static void paste_confirmed(struct app *app, const struct prompt *prompt, const char *answer)
{
	if (answer && prompt->subject.text)
		insert_paste(app, prompt->subject.text, strlen(prompt->subject.text));
}

/* Line ends as \n, of which the last ones are no part of the message; its lines. Terminals send the
 * line ends of a paste as Enter does. A line of input has none. */
static long unify_lines(struct buf *paste, bool one_line)
{
	size_t kept = 0;
	long lines = 1;
	char before = 0;

	for (size_t i = 0; i < paste->len; i++) {
		char c = paste->data[i];

		if (c != '\n' || before != '\r')
			paste->data[kept++] = c == '\r' ? '\n' : c;
		before = c;
	}
	while (kept > 0 && paste->data[kept - 1] == '\n')
		kept--;
	buf_truncate(paste, kept);
	for (size_t i = 0; i < kept; i++) {
		lines += paste->data[i] == '\n';
		if (one_line && paste->data[i] == '\n')
			paste->data[i] = ' ';
	}
	return lines;
}

static void paste_event(struct app *app)
{
	struct buf *paste = &app->input.paste;
	bool is_message = app_edit(app) == &app->compose.edit;
	long lines = unify_lines(paste, !is_message);
	char question[128];

	app->screen.selecting = false;
	if (!is_message || lines <= app->config.settings.paste_lines) {
		insert_paste(app, paste->data, paste->len);
		return;
	}
	snprintf(question, sizeof(question), "Paste %ld lines, %zu characters? (y/n) ", lines,
		text_length(paste->data, paste->len));
	app_ask(app, question, paste_confirmed)->text = strndup(paste->data, paste->len);
}

/* --- all of them --- */

static void mouse_event(struct app *app, const struct input_event *event)
{
	const struct layout *layout = &app->screen.layout;
	struct channel *channel;

	if (list_is_open(&app->dialog.list)) {
		if (event->button >= 64)
			list_move(&app->dialog.list, event->button == 64 ? -WHEEL_ROWS : WHEEL_ROWS,
				pane_list_rows(&app->screen, &app->dialog.list));
		app->screen.dirty |= PANE_POPUP;
	} else if (rect_contains(&layout->tree, event->y, event->x)) {
		channel = event->button == 0 ? pane_tree_at(&app->screen, event->y) : NULL;
		if (channel)
			app_open(app, channel);
	} else if (event->button == 64) {
		if (!scroll_by(&app->screen, WHEEL_ROWS))
			session_want(&app->session, 0);
	} else if (event->button == 65) {
		scroll_by(&app->screen, -WHEEL_ROWS);
	}
}

void dispatch_event(struct app *app, const struct input_event *event)
{
	switch (event->kind) {
	case INPUT_KEY:
		key_event(app, event->key);
		break;
	case INPUT_PASTE:
		paste_event(app);
		break;
	case INPUT_MOUSE:
		mouse_event(app, event);
		break;
	case INPUT_FOCUS:
		app->screen.focused = event->focused;
		if (event->focused)
			app->screen.dirty |= PANE_MESSAGES;
		break;
	case INPUT_MARGINS:
		view_set_margins(event->supported);
		break;
	}
}
