/* The open channel, and what is written in it. */
#include <stdlib.h>
#include <string.h>
#include "actions/app.h"

/* --- drafts --- */

void app_save_draft(struct app *app)
{
	struct channel *channel = app->session.model.open;

	app->compose.draft_at = 0;
	if (!channel || !app->compose.is_changed || app->compose.editing)
		return;
	free(channel->draft);
	channel->draft =
		edit_is_empty(&app->compose.edit) ? NULL : strdup(edit_text(&app->compose.edit));
	cache_set_draft(app->session.cache, channel->id, edit_text(&app->compose.edit));
	app->compose.is_changed = false;
}

static void load_draft(struct app *app, struct channel *channel)
{
	struct buf text;

	buf_init(&text, (size_t)1 << 20);
	if (channel && channel->draft)
		buf_puts(&text, channel->draft);
	else if (channel)
		cache_draft(app->session.cache, channel->id, &text);
	edit_set(&app->compose.edit, buf_str(&text));
	app->compose.is_changed = false;
	buf_release(&text);
}

void app_begin_edit(struct app *app, const struct message *message)
{
	if (!app->compose.editing)
		app_save_draft(app);
	app->compose.editing = message->id;
	edit_set(&app->compose.edit, message->content);
	app_leave_select(app);
	app_edited(app);
	app->compose.is_changed = false;
}

void app_end_edit(struct app *app)
{
	app->compose.editing = 0;
	load_draft(app, app->session.model.open);
	app->compose.completion.end = 0;
	app_layout(app);
}

void app_put_aside(struct app *app, const char *text, const char *why)
{
	char key[KEY_TEXT_SIZE];

	keymap_first(&app->config.keymap, ACTION_yank, key);
	app_notice(app, true, "%s; %s inserts what you wrote", why, key);
	edit_set_killed(&app->compose.edit, text);
}

/* --- channels --- */

void app_open(struct app *app, struct channel *channel)
{
	struct channel *before = app->session.model.open;

	if (channel == before)
		return;
	if (app->compose.editing)
		app_put_aside(app, edit_text(&app->compose.edit), "the edit was not saved");
	else if (before && before->gone_why && !edit_is_empty(&app->compose.edit))
		app_put_aside(app, edit_text(&app->compose.edit), "the channel is gone");
	app_save_draft(app);
	if (before && !before->gone_why)
		app->last_channel = before->id;
	app->compose.editing = 0;
	app->seek = 0;
	app->screen.selecting = false;
	session_open(&app->session, channel);
	load_draft(app, channel);
	scroll_end(&app->screen);
	if (app->screen.layout.tree_over)
		app->screen.wanted.tree_toggled = false;
	app_layout(app);
}

void app_open_any(struct app *app)
{
	app_open(app, model_latest_channel(&app->session.model));
}

void app_seek(struct app *app, int64_t id)
{
	const struct channel *channel = app->session.model.open;
	const struct history *history = channel ? &channel->history : NULL;

	app->seek = 0;
	if (!history || !history->count)
		return;
	if (history->is_complete || history->items[0].id < id) {
		scroll_to(&app->screen, history_index(history, id));
		app_end_notice(app);
		return;
	}
	app->seek = id;
	session_want(&app->session, 0);
	app_notice(app, false, "loading older messages, %zu so far; any key stops", history->count);
}
