#include "view/scroll.h"

#include <string.h>
#include <time.h>
#include <chat/time.h>
#include "actions/app.h"
#include "text/markdown.h"

static const struct history *open_history(const struct app *app)
{
	const struct channel *channel = app->session.model.open;

	return channel ? &channel->history : NULL;
}

static const struct pending *nth_pending(const struct app *app, size_t n)
{
	const struct model *model = &app->session.model;
	const struct pending *pending = model->pending;

	for (; pending; pending = pending->next)
		if (pending->channel_id == model->open->id && n-- == 0)
			break;
	return pending;
}

size_t entry_count(const struct app *app)
{
	const struct history *history = open_history(app);
	size_t count = history ? history->count : 0;

	if (history)
		for (size_t i = 0; nth_pending(app, i); i++)
			count++;
	return count;
}

bool entry_at(const struct app *app, size_t i, struct entry *entry)
{
	const struct history *history = open_history(app);

	*entry = (struct entry){.index = i};
	if (!history)
		return false;
	if (i < history->count)
		entry->message = &history->items[i];
	else
		entry->pending = nth_pending(app, i - history->count);
	return entry->message || entry->pending;
}

static int64_t entry_time(const struct entry *entry)
{
	return entry->message ? entry->message->created_at : entry->pending->at;
}

static bool same_day(int64_t a, int64_t b)
{
	time_t seconds_a = (time_t)(a / 1000), seconds_b = (time_t)(b / 1000);
	struct tm day_a, day_b;

	localtime_r(&seconds_a, &day_a);
	localtime_r(&seconds_b, &day_b);
	return day_a.tm_yday == day_b.tm_yday && day_a.tm_year == day_b.tm_year;
}

/* The first message of others above the mark; with a mark of -1 all are above it. */
static bool is_first_new(const struct app *app, const struct entry *entry)
{
	const struct channel *channel = app->session.model.open;
	const struct history *history = &channel->history;

	if (!channel->new_after || !entry->message || entry->message->id <= channel->new_after)
		return false;
	return entry->index == 0 ? history->is_complete || channel->new_after > 0
				 : history->items[entry->index - 1].id <= channel->new_after;
}

unsigned entry_above(const struct app *app, const struct entry *entry)
{
	struct entry before;
	unsigned above = 0;

	if (is_first_new(app, entry))
		above |= ABOVE_NEW;
	if (entry->index == 0 || !entry_at(app, entry->index - 1, &before))
		return above | ABOVE_DAY;
	if (before.message && before.message->is_stale && entry->message &&
		!entry->message->is_stale)
		above |= ABOVE_GAP;
	if (!same_day(entry_time(&before), entry_time(entry)))
		above |= ABOVE_DAY;
	return above;
}

static int count_bits(unsigned bits)
{
	return __builtin_popcount(bits);
}

int scroll_indent(const struct app *app)
{
	int cols = app->layout.messages.cols;
	int nick = (int)app->config.settings.nick_width;
	time_t now = 0;
	struct tm tm;
	char text[64];
	size_t n;

	if (cols < 30 || app->wanted.bare)
		return 0;
	localtime_r(&now, &tm);
	n = strftime(text, sizeof(text), app->config.settings.time_format, &tm);
	n = glyph_width(text, n);
	return (int)n + (n > 0) + (cols < 60 && nick > 8 ? 8 : nick) + 1;
}

static void layout_message(struct app *app, const struct message *message)
{
	const struct person *self = app->session.model.self;
	struct markdown_options options = {
		.self = self ? self->name : NULL,
		.marks = !view_has_colors(),
		.number = app->config.settings.links == LINKS_NUMBERED,
	};
	size_t n = strlen(message->content);

	markdown_put(&app->rich, message->content, n, &options);
	if (app->found && *app->found) {
		const char *text = buf_str(&app->rich.text), *at = text;

		while ((at = strcasestr(at, app->found)) != NULL) {
			size_t from = (size_t)(at - text);

			rich_restyle(&app->rich, from, from + strlen(app->found), 0, STYLE_match);
			at += strlen(app->found);
		}
	}
	if (message->is_edited)
		rich_puts(&app->rich, " (edited)", (struct look_at){STYLE_dim, 0, 0});
}

static void layout_pending(struct app *app, const struct pending *pending)
{
	struct look_at look = {STYLE_pending, 0, 0};

	rich_puts(&app->rich, pending->content, look);
	if (!pending->error)
		return;
	rich_para(&app->rich, 0, 0, false);
	look.style = STYLE_failed;
	rich_puts(&app->rich, "not sent: ", look);
	rich_puts(&app->rich, pending->error, look);
}

/* Without columns for time and name they stand before the text. */
static void put_name(struct app *app, const struct entry *entry)
{
	const struct person *self = app->session.model.self;
	const char *name = entry->message ? entry->message->author->name : self ? self->name : "";

	rich_puts(&app->rich, name, (struct look_at){STYLE_nick, 0, 0});
	rich_puts(&app->rich, ": ", (struct look_at){STYLE_nick, 0, 0});
}

int entry_layout(struct app *app, const struct entry *entry)
{
	int indent = scroll_indent(app);

	rich_reset(&app->rich);
	if (!indent)
		put_name(app, entry);
	if (entry->message)
		layout_message(app, entry->message);
	else
		layout_pending(app, entry->pending);
	rich_wrap(&app->rich, (size_t)(app->layout.messages.cols - indent), &app->lines);
	return (int)app->lines.n_lines + count_bits(entry_above(app, entry));
}

/* --- moving --- */

size_t scroll_bottom(const struct app *app, int *hidden)
{
	const struct scroll *scroll = &app->scroll;
	const struct history *history = open_history(app);
	size_t count = entry_count(app), i;

	*hidden = 0;
	if (scroll->follows || !history || !count)
		return count ? count - 1 : 0;
	i = history_index(history, scroll->bottom);
	if (i < history->count && history->items[i].id == scroll->bottom) {
		*hidden = scroll->hidden;
		return i;
	}
	/* The message is gone: the one before it takes its place. */
	return i > 0 ? i - 1 : 0;
}

static int height_of(struct app *app, size_t i)
{
	struct entry entry;

	return entry_at(app, i, &entry) ? entry_layout(app, &entry) : 0;
}

void scroll_end(struct app *app)
{
	app->scroll = (struct scroll){.follows = true};
	app->dirty |= PANE_MESSAGES | PANE_STATUS;
}

/* The highest that it goes: the first entry at the top. False if all fits. */
static bool find_top(struct app *app, size_t *bottom, int *hidden)
{
	int rows = app->layout.messages.rows, total = 0;
	size_t count = entry_count(app);

	for (size_t i = 0; i < count; i++) {
		total += height_of(app, i);
		if (total >= rows) {
			*bottom = i;
			*hidden = total - rows;
			return true;
		}
	}
	return false;
}

static void hang_on(struct app *app, size_t bottom, int hidden)
{
	const struct history *history = open_history(app);

	/* What is not sent yet has no id to hang on. */
	if (!history->count)
		return;
	if (bottom >= history->count) {
		bottom = history->count - 1;
		hidden = 0;
	}
	app->scroll = (struct scroll){.bottom = history->items[bottom].id, .hidden = hidden};
	app->dirty |= PANE_MESSAGES | PANE_STATUS;
}

static bool move_up(struct app *app, int rows)
{
	int hidden, top_hidden, start_hidden;
	size_t i = scroll_bottom(app, &hidden), top, start = i;

	start_hidden = hidden;
	hidden += rows;
	for (int height; hidden >= (height = height_of(app, i)) && i > 0; i--)
		hidden -= height;
	if (!find_top(app, &top, &top_hidden))
		return false;
	if (i < top || (i == top && hidden > top_hidden)) {
		i = top;
		hidden = top_hidden;
	}
	if (i == start && hidden == start_hidden)
		return false;
	hang_on(app, i, hidden);
	return true;
}

static bool move_down(struct app *app, int rows)
{
	int hidden;
	size_t count = entry_count(app);
	size_t i = scroll_bottom(app, &hidden);

	if (app->scroll.follows)
		return false;
	hidden -= rows;
	while (hidden < 0 && ++i < count)
		hidden += height_of(app, i);
	if (hidden < 0 || (i + 1 == count && hidden == 0))
		scroll_end(app);
	else
		hang_on(app, i, hidden);
	return true;
}

bool scroll_by(struct app *app, int rows)
{
	if (!app->session.model.open || !entry_count(app))
		return false;
	return rows > 0 ? move_up(app, rows) : move_down(app, -rows);
}

void scroll_to(struct app *app, size_t i)
{
	int rows = app->layout.messages.rows, hidden, height, above;
	size_t bottom = scroll_bottom(app, &hidden);

	height = height_of(app, i);
	if (i > bottom || (i == bottom && hidden > 0)) {
		if (i + 1 == entry_count(app))
			scroll_end(app);
		else
			hang_on(app, i, 0);
		return;
	}
	/* Rows from the entry's top to the bottom of the screen. */
	above = -hidden;
	for (size_t j = i; j <= bottom && above <= rows; j++)
		above += height_of(app, j);
	if (above <= rows)
		return;
	/* Its top goes to the screen's top, if it is not higher than the screen. */
	for (above = 0, bottom = i; bottom < entry_count(app); bottom++) {
		above += height = height_of(app, bottom);
		if (above >= rows)
			break;
	}
	if (bottom == entry_count(app))
		scroll_end(app);
	else
		hang_on(app, bottom, above - rows);
}
