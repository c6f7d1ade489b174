/* What keys, pastes and the mouse do. */
#include "dispatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* The answer's text outlives the prompt, which what is done may replace. */
static void answer(struct app *app, bool given)
{
	void (*done)(struct app *, const char *) = app->dialog.prompt.done;
	char *text = given ? strdup(edit_text(&app->dialog.prompt.edit)) : NULL;

	app_end_prompt(app);
	done(app, text);
	free(text);
}

static void prompt_key(struct app *app, chat_key key)
{
	enum action action = keymap_find(&app->config.keymap, ACTION_MAIN, key);

	if (app->dialog.prompt.is_question)
		answer(app, key == 'y' || key == 'Y');
	else if (is_cancel(app, key))
		answer(app, false);
	else if (key == KEY_ENTER)
		answer(app, true);
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
	app->key = key;
	if (*app->screen.notice) {
		*app->screen.notice = '\0';
		app->screen.dirty |= PANE_STATUS;
	}
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

static void insert_paste(struct app *app, const char *confirmed)
{
	struct buf *paste = &app->input.paste;
	bool one_line = app_edit(app) != &app->compose.edit;

	if (!confirmed)
		return;
	while (paste->len && paste->data[paste->len - 1] == '\n')
		buf_truncate(paste, paste->len - 1);
	for (size_t i = 0; one_line && i < paste->len; i++)
		if (paste->data[i] == '\n' || paste->data[i] == '\r')
			paste->data[i] = ' ';
	if (paste->len && !edit_insert(app_edit(app), paste->data, paste->len))
		app_notice(app, true, "that is too long");
	app_edited(app);
}

static void paste_event(struct app *app)
{
	const struct buf *paste = &app->input.paste;
	long lines = 1;
	size_t length = 0;
	char question[128];

	/* Terminals send the line ends of a paste as Enter does. */
	for (size_t i = 0; i < paste->len; i++) {
		if (paste->data[i] == '\r')
			paste->data[i] = '\n';
		lines += paste->data[i] == '\n' && i + 1 < paste->len;
		length += ((unsigned char)paste->data[i] & 0xc0) != 0x80;
	}
	app->screen.selecting = false;
	if (app_edit(app) != &app->compose.edit || lines <= app->config.settings.paste_lines) {
		insert_paste(app, "");
		return;
	}
	snprintf(question, sizeof(question), "Paste %ld lines, %zu characters? (y/n) ", lines,
		length);
	app_ask(app, question, insert_paste);
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
