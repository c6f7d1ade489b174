/* Actions that go from channel to channel, and through one. */
#include <stdlib.h>
#include <string.h>
#include <chat/time.h>
#include "actions/app.h"
#include "text/mention.h"

/* --- drafts --- */

void app_save_draft(struct app *app)
{
	struct channel *channel = app->session.model.open;

	app->draft_at = 0;
	if (!channel || !app->edit_changed || app->editing)
		return;
	free(channel->draft);
	channel->draft = edit_is_empty(&app->edit) ? NULL : strdup(edit_text(&app->edit));
	cache_set_draft(app->session.cache, channel->id, edit_text(&app->edit));
	app->edit_changed = false;
}

static void load_draft(struct app *app, struct channel *channel)
{
	struct buf text;

	buf_init(&text, (size_t)1 << 20);
	if (channel && channel->draft)
		buf_puts(&text, channel->draft);
	else if (channel)
		cache_draft(app->session.cache, channel->id, &text);
	edit_set(&app->edit, buf_str(&text));
	app->edit_changed = false;
	buf_release(&text);
}

void app_end_edit(struct app *app)
{
	app->editing = 0;
	load_draft(app, app->session.model.open);
	app->completion.end = 0;
	app_layout(app);
}

void app_put_aside(struct app *app, const char *text, const char *why)
{
	char key[KEY_TEXT_SIZE];

	keymap_first(&app->config.keymap, ACTION_yank, key);
	app_notice(app, true, "%s; %s inserts what you wrote", why, key);
	edit_set_killed(&app->edit, text);
}

/* --- channels --- */

void app_open(struct app *app, struct channel *channel)
{
	struct channel *before = app->session.model.open;

	if (channel == before)
		return;
	if (app->editing)
		app_put_aside(app, edit_text(&app->edit), "the edit was not saved");
	app_save_draft(app);
	if (before)
		app->last_channel = before->id;
	app->editing = 0;
	app->selecting = false;
	session_open(&app->session, channel);
	load_draft(app, channel);
	scroll_end(app);
	if (app->layout.tree_over)
		app->wanted.tree_toggled = false;
	app_layout(app);
}

/* The i-th channel of all, or NULL past the last. */
static struct channel *nth_channel(const struct model *model, size_t n)
{
	for (size_t i = 0; i < model->n_servers; i++) {
		if (n < model->servers[i]->n_channels)
			return model->servers[i]->channels[n];
		n -= model->servers[i]->n_channels;
	}
	return NULL;
}

static size_t count_channels(const struct model *model)
{
	size_t count = 0;

	for (size_t i = 0; i < model->n_servers; i++)
		count += model->servers[i]->n_channels;
	return count;
}

static size_t open_index(const struct model *model)
{
	size_t i = 0;

	while (nth_channel(model, i) && nth_channel(model, i) != model->open)
		i++;
	return i;
}

/* The channel that was open last, else the first. */
void app_open_any(struct app *app)
{
	const struct model *model = &app->session.model;
	struct channel *best = NULL, *channel;

	for (size_t i = 0; (channel = nth_channel(model, i)) != NULL; i++)
		if (!best || channel->opened_at > best->opened_at)
			best = channel;
	app_open(app, best);
}

static void go(struct app *app, size_t step)
{
	const struct model *model = &app->session.model;
	size_t count = count_channels(model);

	if (!count)
		return;
	if (!model->open)
		app_open_any(app);
	else
		app_open(app, nth_channel(model, (open_index(model) + step) % count));
}

void action_next_channel(struct app *app)
{
	go(app, 1);
}

void action_previous_channel(struct app *app)
{
	go(app, count_channels(&app->session.model) - 1);
}

void action_channel_number(struct app *app)
{
	chat_key digit = app->key & KEY_BASE;
	struct channel *channel =
		digit >= '1' && digit <= '9' ? nth_channel(&app->session.model, digit - '1') : NULL;

	if (channel)
		app_open(app, channel);
	else
		app_notice(app, true, "there is no channel of that number");
}

void action_last_channel(struct app *app)
{
	struct channel *channel = model_channel(&app->session.model, app->last_channel);

	if (channel)
		app_open(app, channel);
}

void action_next_unread(struct app *app)
{
	const struct model *model = &app->session.model;
	size_t count = count_channels(model), start = open_index(model);
	struct channel *found = NULL;

	for (size_t i = 1; i <= count; i++) {
		struct channel *channel = nth_channel(model, (start + i) % count);

		if (!channel || channel == model->open)
			continue;
		if (channel->mentions) {
			app_open(app, channel);
			return;
		}
		if (!found && channel->unread)
			found = channel;
	}
	if (found)
		app_open(app, found);
	else
		app_notice(app, false, "nothing is unread elsewhere");
}

/* --- within the channel --- */

void app_show_message(struct app *app, int64_t id)
{
	const struct channel *channel = app->session.model.open;
	size_t i = channel ? history_index(&channel->history, id) : 0;

	if (!channel || i >= channel->history.count)
		return;
	app->selecting = true;
	app->selected = channel->history.items[i].id;
	scroll_to(app, i);
	app->dirty |= PANE_MESSAGES | PANE_STATUS;
}

/* Goes to the next message that mentions the user, from the selected one in that direction. */
static void go_mention(struct app *app, int step)
{
	const struct model *model = &app->session.model;
	const struct history *history = model->open ? &model->open->history : NULL;
	size_t i;
	int hidden;

	if (!history || !history->count || !model->self)
		return;
	i = app->selecting ? history_index(history, app->selected)
			   : scroll_bottom(app, &hidden) + (step < 0);
	if (i > history->count)
		i = history->count;
	while (step < 0 ? i > 0 : i + 1 < history->count) {
		i += (size_t)step;
		if (history->items[i].author != model->self &&
			mention_of(history->items[i].content, model->self->name)) {
			app_show_message(app, history->items[i].id);
			return;
		}
	}
	app_notice(app, false, "no further mention of you here");
}

void action_next_mention(struct app *app)
{
	go_mention(app, 1);
}

void action_previous_mention(struct app *app)
{
	go_mention(app, -1);
}

void action_first_unread(struct app *app)
{
	const struct channel *channel = app->session.model.open;

	if (!channel || !channel->new_after || !channel->history.count) {
		app_notice(app, false, "nothing was unread here");
		return;
	}
	scroll_to(app, history_index(&channel->history, channel->new_after + 1));
}

static int page(const struct app *app)
{
	int rows = app->layout.messages.rows;

	return rows > 2 ? rows - 2 : 1;
}

/* Selects what is on the screen: the entry at the bottom, or going up the one at the top. */
static void select_visible(struct app *app, bool at_top)
{
	int hidden, rows = 0;
	size_t i = scroll_bottom(app, &hidden);
	struct entry entry;

	while (at_top && i > 0 && entry_at(app, i, &entry)) {
		rows += entry_layout(app, &entry) - hidden;
		hidden = 0;
		if (rows >= app->layout.messages.rows)
			break;
		i--;
	}
	if (!entry_at(app, i, &entry))
		return;
	app->selecting = true;
	app->selected = entry.message ? entry.message->id : 0;
	if (entry.pending)
		memcpy(app->selected_nonce, entry.pending->nonce, sizeof(app->selected_nonce));
	app->dirty |= PANE_MESSAGES | PANE_STATUS | PANE_INPUT;
}

void action_scroll_up(struct app *app)
{
	if (app->session.model.open)
		session_want(&app->session, 0);
	scroll_by(app, page(app));
	if (edit_is_empty(&app->edit) && entry_count(app))
		select_visible(app, true);
}

void action_scroll_down(struct app *app)
{
	scroll_by(app, -page(app));
	if (app->selecting && app->scroll.follows)
		action_leave_select(app);
	else if (app->selecting)
		select_visible(app, false);
}

void action_scroll_end(struct app *app)
{
	scroll_end(app);
}

void action_select(struct app *app)
{
	if (app->editing) {
		app_end_edit(app);
	} else if (app->selecting) {
		action_leave_select(app);
	} else if (entry_count(app)) {
		select_visible(app, false);
	}
}
