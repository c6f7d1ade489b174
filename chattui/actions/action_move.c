/* Actions that go from channel to channel, and through one. */
#include <stdlib.h>
#include <string.h>
#include <chat/time.h>
#include "actions/app.h"
#include "text/mention.h"

static size_t open_index(const struct model *model)
{
	size_t i = 0;

	while (model_nth_channel(model, i) && model_nth_channel(model, i) != model->open)
		i++;
	return i;
}

static void go(struct app *app, size_t step)
{
	const struct model *model = &app->session.model;
	size_t count = model_n_channels(model);

	if (!model->open || model->open->gone_why)
		app_open_any(app);
	else if (!count)
		return;
	else
		app_open(app, model_nth_channel(model, (open_index(model) + step) % count));
}

void action_next_channel(struct app *app)
{
	go(app, 1);
}

void action_previous_channel(struct app *app)
{
	go(app, model_n_channels(&app->session.model) - 1);
}

void action_channel_number(struct app *app)
{
	chat_key digit = app->key & KEY_BASE;
	struct channel *channel = digit >= '1' && digit <= '9'
					  ? model_nth_channel(&app->session.model, digit - '1')
					  : NULL;

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
	size_t count = model_n_channels(model), start = open_index(model);
	struct channel *found = NULL;

	for (size_t i = 1; i <= count; i++) {
		struct channel *channel = model_nth_channel(model, (start + i) % count);

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

/* Goes to the next message that mentions the user, from the selected one in that direction. */
static void go_mention(struct app *app, int step)
{
	const struct model *model = &app->session.model;
	const struct history *history = model->open ? &model->open->history : NULL;
	size_t i;
	int hidden;

	if (!history || !history->count || !model->self)
		return;
	i = app->screen.selecting ? history_index(history, app->screen.selected)
				  : scroll_bottom(&app->screen, &hidden) + (step < 0);
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
	app_seek(app, channel->new_after > 0 ? channel->new_after + 1 : 1);
}

static int page(const struct app *app)
{
	int rows = app->screen.layout.messages.rows;

	return rows > 2 ? rows - 2 : 1;
}

void action_scroll_up(struct app *app)
{
	if (app->session.model.open)
		session_want(&app->session, 0);
	scroll_by(&app->screen, page(app));
	if (edit_is_empty(&app->compose.edit) && entry_count(&app->screen))
		app_select_visible(app, true);
}

void action_scroll_down(struct app *app)
{
	scroll_by(&app->screen, -page(app));
	if (app->screen.selecting && app->screen.scroll.follows)
		app_leave_select(app);
	else if (app->screen.selecting)
		app_select_visible(app, false);
}

void action_scroll_end(struct app *app)
{
	scroll_end(&app->screen);
}

void action_select(struct app *app)
{
	if (app->compose.editing) {
		app_end_edit(app);
	} else if (app->screen.selecting) {
		app_leave_select(app);
	} else if (entry_count(&app->screen)) {
		app_select_visible(app, false);
	}
}
