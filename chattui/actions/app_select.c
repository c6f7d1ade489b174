/* What is selected of the open channel. */
#include <stdlib.h>
#include <string.h>
#include "actions/app.h"

void app_select(struct app *app, size_t i)
{
	struct entry entry;

	if (!entry_at(&app->screen, i, &entry))
		return;
	app->screen.selected = entry.message ? entry.message->id : 0;
	if (entry.pending)
		memcpy(app->screen.selected_nonce, entry.pending->nonce,
			sizeof(app->screen.selected_nonce));
	scroll_to(&app->screen, i);
	app->screen.dirty |= PANE_MESSAGES;
}

size_t app_selected_index(const struct app *app)
{
	const struct channel *channel = app->session.model.open;
	size_t count = entry_count(&app->screen), i;
	struct entry entry;

	if (!channel || !count)
		return 0;
	if (app->screen.selected) {
		i = history_index(&channel->history, app->screen.selected);
		return i < count ? i : count - 1;
	}
	for (i = channel->history.count; i < count && entry_at(&app->screen, i, &entry); i++)
		if (strcmp(entry.pending->nonce, app->screen.selected_nonce) == 0)
			return i;
	return count - 1;
}

bool app_selected(struct app *app, struct entry *entry)
{
	size_t i = app_selected_index(app);

	if (!app->screen.selecting || !entry_at(&app->screen, i, entry))
		return false;
	if (entry_is_selected(&app->screen, entry))
		return true;
	app_select(app, i);
	app_notice(app, true, "that message is gone: this is the next one");
	return false;
}

void app_leave_select(struct app *app)
{
	app->screen.selecting = false;
	free(app->screen.found);
	app->screen.found = NULL;
	app->screen.dirty |= PANE_MESSAGES | PANE_STATUS | PANE_INPUT;
}

/* Selects what is on the screen: the entry at the bottom, or going up the one at the top. */
void app_select_visible(struct app *app, bool at_top)
{
	int hidden, rows = 0;
	size_t i = scroll_bottom(&app->screen, &hidden);
	struct entry entry;

	while (at_top && i > 0 && entry_at(&app->screen, i, &entry)) {
		rows += entry_layout(&app->screen, &entry) - hidden;
		hidden = 0;
		if (rows >= app->screen.layout.messages.rows)
			break;
		i--;
	}
	if (!entry_at(&app->screen, i, &entry))
		return;
	app->screen.selecting = true;
	app->screen.selected = entry.message ? entry.message->id : 0;
	if (entry.pending)
		memcpy(app->screen.selected_nonce, entry.pending->nonce,
			sizeof(app->screen.selected_nonce));
	app->screen.dirty |= PANE_MESSAGES | PANE_STATUS | PANE_INPUT;
}

void app_show_message(struct app *app, int64_t id)
{
	const struct channel *channel = app->session.model.open;
	size_t i = channel ? history_index(&channel->history, id) : 0;

	if (!channel || i >= channel->history.count)
		return;
	app->screen.selecting = true;
	app->screen.selected = channel->history.items[i].id;
	scroll_to(&app->screen, i);
	app->screen.dirty |= PANE_MESSAGES | PANE_STATUS;
}
