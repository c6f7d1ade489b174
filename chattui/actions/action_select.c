/* Actions on the selected message, and searches, which select one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "actions/app.h"
#include "text/markdown.h"
#include "view/term.h"

static void select_entry(struct app *app, size_t i)
{
	struct entry entry;

	if (!entry_at(app, i, &entry))
		return;
	app->selected = entry.message ? entry.message->id : 0;
	if (entry.pending)
		memcpy(app->selected_nonce, entry.pending->nonce, sizeof(app->selected_nonce));
	scroll_to(app, i);
	app->dirty |= PANE_MESSAGES;
}

/* The index of what is selected; what has gone is where the next one is now. */
static size_t selected_index(const struct app *app)
{
	const struct channel *channel = app->session.model.open;
	size_t count = entry_count(app), i;
	struct entry entry;

	if (!channel || !count)
		return 0;
	if (app->selected) {
		i = history_index(&channel->history, app->selected);
		return i < count ? i : count - 1;
	}
	for (i = channel->history.count; i < count && entry_at(app, i, &entry); i++)
		if (strcmp(entry.pending->nonce, app->selected_nonce) == 0)
			return i;
	return count - 1;
}

static bool selected(const struct app *app, struct entry *entry)
{
	return app->selecting && entry_at(app, selected_index(app), entry);
}

void action_leave_select(struct app *app)
{
	app->selecting = false;
	free(app->found);
	app->found = NULL;
	app->dirty |= PANE_MESSAGES | PANE_STATUS | PANE_INPUT;
}

void action_select_down(struct app *app)
{
	size_t i = selected_index(app);

	if (i + 1 < entry_count(app))
		select_entry(app, i + 1);
	else
		action_leave_select(app);
}

void action_select_up(struct app *app)
{
	size_t i = selected_index(app);

	session_want(&app->session, i > 20 ? i - 20 : 0);
	if (i > 0)
		select_entry(app, i - 1);
}

void action_select_first(struct app *app)
{
	select_entry(app, 0);
	session_want(&app->session, 0);
}

void action_select_last(struct app *app)
{
	size_t count = entry_count(app);

	if (count)
		select_entry(app, count - 1);
}

/* Quotes the message, with its author, before what is written. */
void action_reply(struct app *app)
{
	struct entry entry;
	struct buf quote;

	if (!selected(app, &entry) || !entry.message)
		return;
	buf_init(&quote, (size_t)1 << 16);
	for (const char *at = entry.message->content; *at;) {
		size_t n = strcspn(at, "\n");

		buf_puts(&quote, "> ");
		buf_append(&quote, at, n);
		buf_putc(&quote, '\n');
		at += n + (at[n] == '\n');
	}
	buf_printf(&quote, "@%s ", entry.message->author->name);
	app->edit.cursor = 0;
	edit_insert(&app->edit, buf_str(&quote), quote.len);
	app->edit.cursor = app->edit.text.len;
	buf_release(&quote);
	action_leave_select(app);
	app_edited(app);
}

/* A message that was not sent goes back into the input. */
static void take_back(struct app *app, const struct pending *pending)
{
	if (!pending->error) {
		app_notice(app, false, "it is still on its way");
		return;
	}
	app->edit.cursor = 0;
	edit_insert(&app->edit, pending->content, strlen(pending->content));
	model_forget(&app->session.model, pending->nonce);
	action_leave_select(app);
	app_edited(app);
}

void action_edit(struct app *app)
{
	struct entry entry;

	if (!selected(app, &entry))
		return;
	if (entry.pending) {
		take_back(app, entry.pending);
		return;
	}
	if (entry.message->author != app->session.model.self) {
		app_notice(app, true, "this message is not yours");
		return;
	}
	if (!app->editing)
		app_save_draft(app);
	app->editing = entry.message->id;
	edit_set(&app->edit, entry.message->content);
	action_leave_select(app);
	app_edited(app);
	app->edit_changed = false;
}

static void do_delete(struct app *app, const char *answer)
{
	struct entry entry;

	if (!answer || !selected(app, &entry))
		return;
	if (entry.message)
		session_delete(&app->session, entry.message);
	else if (entry.pending->error)
		model_forget(&app->session.model, entry.pending->nonce);
	action_leave_select(app);
}

void action_delete(struct app *app)
{
	struct entry entry;

	if (selected(app, &entry))
		prompt_ask(app, "Delete this message? (y/n) ", do_delete);
}

void action_copy(struct app *app)
{
	struct entry entry;
	const char *text;

	if (!selected(app, &entry))
		return;
	text = entry.message ? entry.message->content : entry.pending->content;
	term_copy(text, strlen(text));
	action_leave_select(app);
	app_notice(app, false, "copied");
}

static void copy_chosen(struct app *app, const struct list_item *item)
{
	term_copy(item->label, strlen(item->label));
	app_notice(app, false, "copied %s", item->label);
}

void action_copy_link(struct app *app)
{
	const struct markdown_options options = {.self = NULL};
	struct entry entry;
	struct list *list = &app->list;

	if (!selected(app, &entry) || !entry.message)
		return;
	rich_reset(&app->rich);
	markdown_put(&app->rich, entry.message->content, strlen(entry.message->content), &options);
	if (!app->rich.n_links) {
		app_notice(app, false, "there is no link in this message");
		return;
	}
	list_open(list, "Copy a link", copy_chosen);
	for (size_t i = 0; i < app->rich.n_links; i++)
		list_add(list, app->rich.links[i], NULL, 0);
	list_update(list);
	action_leave_select(app);
	if (list->count == 1) {
		copy_chosen(app, &list->items[0]);
		list_close(list);
	}
	app->dirty |= PANE_ALL;
}

/* --- searches --- */

/* Selects the newest message before index `end` that has the text. */
static void find_before(struct app *app, size_t end)
{
	const struct channel *channel = app->session.model.open;
	const char *text = app->found;

	if (!channel || !text || !*text)
		return;
	if (end > channel->history.count)
		end = channel->history.count;
	for (size_t i = end; i-- > 0;) {
		if (!strcasestr(channel->history.items[i].content, text))
			continue;
		app_show_message(app, channel->history.items[i].id);
		return;
	}
	app_notice(app, false, "not in the loaded messages: %s", text);
}

static void search_changed(struct app *app, const char *text)
{
	free(app->found);
	app->found = strdup(text);
	app->dirty |= PANE_MESSAGES;
	find_before(app, entry_count(app));
}

static void search_done(struct app *app, const char *text)
{
	if (!text || !*text)
		action_leave_select(app);
}

void action_search(struct app *app)
{
	if (prompt_is_open(app) && app->prompt.changed == search_changed) {
		find_before(app, app->selecting ? selected_index(app) : entry_count(app));
		return;
	}
	if (!app->session.model.open)
		return;
	prompt_open(app, "search: ", search_done);
	app->prompt.changed = search_changed;
}

static void open_result(struct app *app, const struct list_item *item)
{
	struct channel *channel = model_channel(&app->session.model, item->kind);

	if (!channel)
		return;
	app_open(app, channel);
	app_show_message(app, item->id);
}

static void list_results(struct app *app, const struct server *server, const char *text)
{
	struct list *list = &app->list;
	char detail[512];

	for (size_t i = 0; i < server->n_channels; i++) {
		const struct channel *channel = server->channels[i];

		for (size_t j = 0; j < channel->history.count; j++) {
			const struct message *message = &channel->history.items[j];
			struct list_item *item;

			if (!strcasestr(message->content, text))
				continue;
			snprintf(detail, sizeof(detail), "#%s %s: %s", channel->name,
				message->author->name, message->content);
			item = list_add(list, detail, NULL, message->id);
			if (item) {
				item->kind = channel->id;
				item->rank = message->id;
			}
		}
	}
}

static void search_server_done(struct app *app, const char *text)
{
	const struct channel *open = app->session.model.open;
	char *wanted = text && *text ? strdup(text) : NULL;

	if (!wanted || !open) {
		free(wanted);
		return;
	}
	list_open(&app->list, "Found in the loaded messages", open_result);
	list_results(app, open->server, wanted);
	list_update(&app->list);
	app->dirty |= PANE_ALL;
	free(wanted);
}

void action_search_server(struct app *app)
{
	if (app->session.model.open)
		prompt_open(app, "search all channels: ", search_server_done);
}
