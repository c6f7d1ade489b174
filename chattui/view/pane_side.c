#include <stdio.h>
#include <string.h>
#include "view/screen.h"

#define COUNT_MAX 99 /* what is more is "99+" */

/* --- servers and channels --- */

/* Rows of the tree: each server, then its channels. The row of what is open. */
static int open_row(const struct model *model, int *count)
{
	int found = 0;

	*count = 0;
	for (size_t i = 0; i < model->n_servers; i++) {
		const struct server *server = model->servers[i];

		for (size_t j = 0; j < server->n_channels; j++)
			if (server->channels[j] == model->open)
				found = *count + 1 + (int)j;
		*count += 1 + (int)server->n_channels;
	}
	return found;
}

/* How many rows are above the screen, so that what is open is on it. */
static int tree_top(const struct screen *screen)
{
	int count, rows = screen->layout.tree.rows;
	int row = open_row(&screen->session->model, &count);

	if (count <= rows || row < rows / 2)
		return 0;
	return row - rows / 2 < count - rows ? row - rows / 2 : count - rows;
}

/* A number at the right end of a row; the columns it takes with a space before it. */
static int draw_count(
	const struct view *view, int y, const char *mark, int64_t n, bool more, enum style style)
{
	char text[32];
	int width;

	if (n <= 0)
		return 0;
	if (more || n > COUNT_MAX)
		width = snprintf(text, sizeof(text), "%s%d+", mark, COUNT_MAX);
	else
		width = snprintf(text, sizeof(text), "%s%lld", mark, (long long)n);
	view_puts(view, y, view->rect.cols - width - 1, width, text, style);
	return width + 2;
}

static void draw_server(const struct view *view, int y, const struct server *server)
{
	int64_t mentions = 0;
	int taken;

	for (size_t i = 0; i < server->n_channels; i++)
		mentions += server->channels[i]->mentions;
	taken = draw_count(view, y, "@", mentions, false, STYLE_channel_mention);
	view_puts(view, y, 1, view->rect.cols - 1 - taken, server->name, STYLE_server);
}

static void draw_channel(
	const struct screen *screen, const struct view *view, int y, const struct channel *channel)
{
	bool open = channel == screen->session->model.open;
	enum style style = open                ? STYLE_channel_open
			   : channel->mentions ? STYLE_channel_mention
			   : channel->unread   ? STYLE_channel_unread
					       : STYLE_channel;
	const char *mark = channel->mentions ? "@" : channel->unread ? "*" : " ";
	int taken;

	if (open)
		view_clear_row(view, y, style);
	view_puts(view, y, 0, 1, open ? ">" : " ", style);
	view_puts(view, y, 1, 1, mark, style);
	taken = draw_count(view, y, "", channel->mentions ? channel->mentions : channel->unread,
		!channel->mentions && channel->more, style);
	view_puts(view, y, 2, 1, "#", style);
	view_puts(view, y, 3, view->rect.cols - 3 - taken, channel->name, style);
}

void pane_tree(struct screen *screen)
{
	const struct model *model = &screen->session->model;
	struct view view = {.rect = screen->layout.tree};
	int y = -tree_top(screen);

	if (screen->layout.tree_over)
		view_cover(&view);
	view_clear(&view, STYLE_normal);
	for (size_t i = 0; i < model->n_servers; i++) {
		const struct server *server = model->servers[i];

		draw_server(&view, y++, server);
		for (size_t j = 0; j < server->n_channels; j++)
			draw_channel(screen, &view, y++, server->channels[j]);
	}
}

struct channel *pane_tree_at(const struct screen *screen, int y)
{
	const struct model *model = &screen->session->model;

	y += tree_top(screen);
	for (size_t i = 0; i < model->n_servers; i++) {
		const struct server *server = model->servers[i];

		if (y == 0)
			return server->n_channels ? server->channels[0] : NULL;
		if (y <= (int)server->n_channels)
			return server->channels[y - 1];
		y -= 1 + (int)server->n_channels;
	}
	return NULL;
}

/* --- members --- */

static enum style status_style(enum chat_status status, const char **mark)
{
	bool ascii = glyph_ascii();

	switch (status) {
	case STATUS_ONLINE:
		*mark = ascii ? "+" : "\u25cf";
		return STYLE_online;
	case STATUS_AWAY:
		*mark = ascii ? "-" : "\u25d0";
		return STYLE_away;
	case STATUS_DND:
		*mark = ascii ? "x" : "\u2296";
		return STYLE_dnd;
	default:
		*mark = ascii ? " " : "\u25cb";
		return STYLE_offline;
	}
}

void pane_members(struct screen *screen)
{
	struct view view = {.rect = screen->layout.members};
	const struct channel *channel = screen->session->model.open;
	const struct server *server = channel ? channel->server : NULL;
	char text[64];
	int online = 0, rows = view.rect.rows - 1;

	if (screen->layout.members_over)
		view_cover(&view);
	view_clear(&view, STYLE_normal);
	if (!server)
		return;
	for (size_t i = 0; i < server->n_members; i++)
		online += server->members[i].person->status > STATUS_NONE &&
			  server->members[i].person->status != STATUS_OFFLINE;
	snprintf(text, sizeof(text), "online %d", online);
	view_puts(&view, 0, 0, view.rect.cols, text, STYLE_title);
	for (int i = 0; i < rows && (size_t)i < server->n_members; i++) {
		const struct person *person = server->members[i].person;
		const char *mark;
		enum style style = status_style(person->status, &mark);

		if (i + 1 == rows && (size_t)rows < server->n_members) {
			snprintf(text, sizeof(text), "and %zu more", server->n_members - (size_t)i);
			view_puts(&view, i + 1, 0, view.rect.cols, text, STYLE_dim);
			break;
		}
		view_puts(&view, i + 1, 0, 1, mark, style);
		view_puts(&view, i + 1, 2, view.rect.cols - 2, person->name,
			style == STYLE_offline ? STYLE_offline : STYLE_normal);
	}
}

/* --- the lines between --- */

static void draw_border(int x, int rows)
{
	struct view view = {.rect = {0, x, rows, 1}};

	for (int y = 0; x >= 0 && y < rows; y++)
		view_fill(&view, y, 0, 1, view_vertical(), STYLE_border);
}

void pane_borders(struct screen *screen)
{
	draw_border(screen->layout.tree_border, screen->layout.border_rows);
	draw_border(screen->layout.members_border, screen->layout.border_rows);
}
