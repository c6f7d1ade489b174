/* Actions on the selected message, and searches, which select one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "actions/app.h"
#include "text/markdown.h"
#include "view/term.h"

void action_leave_select(struct app *app)
{
	app_leave_select(app);
}

void action_select_down(struct app *app)
{
	size_t i = app_selected_index(app);

	if (i + 1 < entry_count(&app->screen))
		app_select(app, i + 1);
	else
		app_leave_select(app);
}

void action_select_up(struct app *app)
{
	size_t i = app_selected_index(app);

	session_want(&app->session, i > 20 ? i - 20 : 0);
	if (i > 0)
		app_select(app, i - 1);
}

void action_select_first(struct app *app)
{
	app_select(app, 0);
	session_want(&app->session, 0);
}

void action_select_last(struct app *app)
{
	size_t count = entry_count(&app->screen);

	if (count)
		app_select(app, count - 1);
}

/* Quotes the message, with its author, before what is written. */
void action_reply(struct app *app)
{
	struct entry entry;
	struct buf quote;

	if (!app_selected(app, &entry) || !entry.message)
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
	app->compose.edit.cursor = 0;
	edit_insert(&app->compose.edit, buf_str(&quote), quote.len);
	app->compose.edit.cursor = app->compose.edit.text.len;
	buf_release(&quote);
	app_leave_select(app);
	app_edited(app);
}

/* A message that was not sent goes back into the input. */
static void take_back(struct app *app, const struct pending *pending)
{
	if (!pending->error) {
		app_notice(app, false, "it is still on its way");
		return;
	}
	app->compose.edit.cursor = 0;
	edit_insert(&app->compose.edit, pending->content, strlen(pending->content));
	model_forget(&app->session.model, pending->nonce);
	app_leave_select(app);
	app_edited(app);
}

void action_edit(struct app *app)
{
	struct entry entry;

	if (!app_selected(app, &entry))
		return;
	if (entry.pending) {
		take_back(app, entry.pending);
		return;
	}
	if (entry.message->author != app->session.model.self) {
		app_notice(app, true, "this message is not yours");
		return;
	}
	app_begin_edit(app, entry.message);
}

/* What was asked about may have gone meanwhile, or been sent after all: then there is nothing to
 * do, and nothing else that is done instead. */
static void delete_confirmed(struct app *app, const struct prompt *prompt, const char *answer)
{
	const struct prompt_subject *subject = &prompt->subject;
	const struct channel *channel = model_channel(&app->session.model, subject->channel);

	if (!answer)
		return;
	app_leave_select(app);
	if (!subject->message)
		model_forget(&app->session.model, subject->nonce);
	else if (channel && history_find(&channel->history, subject->message))
		session_delete(&app->session, subject->channel, subject->message);
	else
		app_notice(app, false, "that message is gone already");
}

void action_delete(struct app *app)
{
	struct prompt_subject *subject;
	struct entry entry;

	if (!app_selected(app, &entry))
		return;
	if (entry.pending && !entry.pending->error) {
		app_notice(app, false, "it is still on its way");
		return;
	}
	subject = app_ask(app, "Delete this message? (y/n) ", delete_confirmed);
	subject->channel = app->session.model.open->id;
	subject->message = entry.message ? entry.message->id : 0;
	if (entry.pending)
		memcpy(subject->nonce, entry.pending->nonce, sizeof(subject->nonce));
}

void action_copy(struct app *app)
{
	struct entry entry;
	const char *text;

	if (!app_selected(app, &entry))
		return;
	text = entry.message ? entry.message->content : entry.pending->content;
	term_copy(text, strlen(text));
	app_leave_select(app);
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
	struct list *list = &app->dialog.list;

	if (!app_selected(app, &entry) || !entry.message)
		return;
	rich_reset(&app->screen.rich);
	markdown_put(&app->screen.rich, entry.message->content, strlen(entry.message->content),
		&options);
	if (!app->screen.rich.n_links) {
		app_notice(app, false, "there is no link in this message");
		return;
	}
	list_open(list, "Copy a link", copy_chosen);
	for (size_t i = 0; i < app->screen.rich.n_links; i++)
		list_add(list, app->screen.rich.links[i], NULL, 0);
	list_update(list);
	app_leave_select(app);
	if (list->count == 1) {
		copy_chosen(app, &list->items[0]);
		list_close(list);
	}
	app->screen.dirty |= PANE_ALL;
}

/* --- searches --- */

/* Selects the newest message before index `end` that has the text. */
static void find_before(struct app *app, size_t end)
{
	const struct channel *channel = app->session.model.open;
	const char *text = app->screen.found;

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
	free(app->screen.found);
	app->screen.found = strdup(text);
	app->screen.dirty |= PANE_MESSAGES;
	find_before(app, entry_count(&app->screen));
}

static void search_done(struct app *app, const struct prompt *prompt, const char *text)
{
	(void)prompt;
	if (!text || !*text)
		app_leave_select(app);
}

void action_search(struct app *app)
{
	if (prompt_is_open(&app->dialog.prompt) && app->dialog.prompt.changed == search_changed) {
		find_before(app, app->screen.selecting ? app_selected_index(app)
						       : entry_count(&app->screen));
		return;
	}
	if (!app->session.model.open)
		return;
	app_prompt(app, "search: ", search_done);
	app->dialog.prompt.changed = search_changed;
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
	struct list *list = &app->dialog.list;
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

static void search_server_done(struct app *app, const struct prompt *prompt, const char *text)
{
	const struct channel *open = app->session.model.open;

	(void)prompt;
	if (!text || !*text || !open)
		return;
	list_open(&app->dialog.list, "Found in the loaded messages", open_result);
	list_results(app, open->server, text);
	list_update(&app->dialog.list);
	app->screen.dirty |= PANE_ALL;
}

void action_search_server(struct app *app)
{
	if (app->session.model.open)
		app_prompt(app, "search all channels: ", search_server_done);
}
