#include "view/scroll.h"

#include <string.h>
#include <time.h>
#include <chat/time.h>
#include "view/screen.h"
#include "text/markdown.h"

static const struct history *open_history(const struct screen *screen)
{
	const struct channel *channel = screen->session->model.open;

	return channel ? &channel->history : NULL;
}

static const struct pending *nth_pending(const struct screen *screen, size_t n)
{
	const struct model *model = &screen->session->model;
	const struct pending *pending = model->pending;

	for (; pending; pending = pending->next)
		if (pending->channel_id == model->open->id && n-- == 0)
			break;
	return pending;
}

size_t entry_count(const struct screen *screen)
{
	const struct history *history = open_history(screen);
	size_t count = history ? history->count : 0;

	if (history)
		for (size_t i = 0; nth_pending(screen, i); i++)
			count++;
	return count;
}

bool entry_at(const struct screen *screen, size_t i, struct entry *entry)
{
	const struct history *history = open_history(screen);

	*entry = (struct entry){.index = i};
	if (!history)
		return false;
	if (i < history->count)
		entry->message = &history->items[i];
	else
		entry->pending = nth_pending(screen, i - history->count);
	return entry->message || entry->pending;
}

bool entry_is_selected(const struct screen *screen, const struct entry *entry)
{
	if (!screen->selecting)
		return false;
	if (entry->message)
		return entry->message->id == screen->selected;
	return !screen->selected && strcmp(entry->pending->nonce, screen->selected_nonce) == 0;
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
static bool is_first_new(const struct screen *screen, const struct entry *entry)
{
	const struct channel *channel = screen->session->model.open;
	const struct history *history = &channel->history;

	if (!channel->new_after || !entry->message || entry->message->id <= channel->new_after)
		return false;
	return entry->index == 0 ? history->is_complete || channel->new_after > 0
				 : history->items[entry->index - 1].id <= channel->new_after;
}

unsigned entry_above(const struct screen *screen, const struct entry *entry)
{
	struct entry before;
	unsigned above = 0;

	if (is_first_new(screen, entry))
		above |= ABOVE_NEW;
	if (entry->index == 0 || !entry_at(screen, entry->index - 1, &before))
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

int scroll_indent(const struct screen *screen)
{
	int cols = screen->layout.messages.cols;
	int nick = (int)screen->config->settings.nick_width;
	time_t now = 0;
	struct tm tm;
	char text[64];
	size_t n;

	if (cols < 30 || screen->wanted.bare)
		return 0;
	localtime_r(&now, &tm);
	n = strftime(text, sizeof(text), screen->config->settings.time_format, &tm);
	n = glyph_width(text, n);
	return (int)n + (n > 0) + (cols < 60 && nick > 8 ? 8 : nick) + 1;
}

static void layout_message(struct screen *screen, const struct message *message)
{
	const struct person *self = screen->session->model.self;
	struct markdown_options options = {
		.self = self ? self->name : NULL,
		.marks = !view_has_colors(),
		.number = screen->config->settings.links == LINKS_NUMBERED,
	};
	size_t n = strlen(message->content);

	markdown_put(&screen->rich, message->content, n, &options);
	if (screen->found && *screen->found) {
		const char *text = buf_str(&screen->rich.text), *at = text;

		while ((at = strcasestr(at, screen->found)) != NULL) {
			size_t from = (size_t)(at - text);

			rich_restyle(
				&screen->rich, from, from + strlen(screen->found), 0, STYLE_match);
			at += strlen(screen->found);
		}
	}
	if (message->is_edited)
		rich_puts(&screen->rich, " (edited)", (struct look_at){STYLE_dim, 0, 0});
}

static void layout_pending(struct screen *screen, const struct pending *pending)
{
	struct look_at look = {STYLE_pending, 0, 0};

	rich_puts(&screen->rich, pending->content, look);
	if (!pending->error)
		return;
	rich_para(&screen->rich, 0, 0, false);
	look.style = STYLE_failed;
	rich_puts(&screen->rich, "not sent: ", look);
	rich_puts(&screen->rich, pending->error, look);
}

/* Without columns for time and name they stand before the text. */
static void put_name(struct screen *screen, const struct entry *entry)
{
	const struct person *self = screen->session->model.self;
	const char *name = entry->message ? entry->message->author->name : self ? self->name : "";

	rich_puts(&screen->rich, name, (struct look_at){STYLE_nick, 0, 0});
	rich_puts(&screen->rich, ": ", (struct look_at){STYLE_nick, 0, 0});
}

int entry_layout(struct screen *screen, const struct entry *entry)
{
	int indent = scroll_indent(screen);

	rich_reset(&screen->rich);
	if (!indent)
		put_name(screen, entry);
	if (entry->message)
		layout_message(screen, entry->message);
	else
		layout_pending(screen, entry->pending);
	rich_wrap(&screen->rich, (size_t)(screen->layout.messages.cols - indent), &screen->lines);
	return (int)screen->lines.n_lines + count_bits(entry_above(screen, entry));
}

/* --- moving --- */

size_t scroll_bottom(const struct screen *screen, int *hidden)
{
	const struct scroll *scroll = &screen->scroll;
	const struct history *history = open_history(screen);
	size_t count = entry_count(screen), i;

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

static int height_of(struct screen *screen, size_t i)
{
	struct entry entry;

	return entry_at(screen, i, &entry) ? entry_layout(screen, &entry) : 0;
}

void scroll_end(struct screen *screen)
{
	screen->scroll = (struct scroll){.follows = true};
	screen->dirty |= PANE_MESSAGES | PANE_STATUS;
}

/* The highest that it goes: the first entry at the top. False if all fits. */
static bool find_top(struct screen *screen, size_t *bottom, int *hidden)
{
	int rows = screen->layout.messages.rows, total = 0;
	size_t count = entry_count(screen);

	for (size_t i = 0; i < count; i++) {
		total += height_of(screen, i);
		if (total >= rows) {
			*bottom = i;
			*hidden = total - rows;
			return true;
		}
	}
	return false;
}

static void hang_on(struct screen *screen, size_t bottom, int hidden)
{
	const struct history *history = open_history(screen);

	/* What is not sent yet has no id to hang on. */
	if (!history->count)
		return;
	if (bottom >= history->count) {
		bottom = history->count - 1;
		hidden = 0;
	}
	screen->scroll = (struct scroll){.bottom = history->items[bottom].id, .hidden = hidden};
	screen->dirty |= PANE_MESSAGES | PANE_STATUS;
}

static bool move_up(struct screen *screen, int rows)
{
	int hidden, top_hidden, start_hidden;
	size_t i = scroll_bottom(screen, &hidden), top, start = i;

	start_hidden = hidden;
	hidden += rows;
	for (int height; hidden >= (height = height_of(screen, i)) && i > 0; i--)
		hidden -= height;
	if (!find_top(screen, &top, &top_hidden))
		return false;
	if (i < top || (i == top && hidden > top_hidden)) {
		i = top;
		hidden = top_hidden;
	}
	if (i == start && hidden == start_hidden)
		return false;
	hang_on(screen, i, hidden);
	return true;
}

static bool move_down(struct screen *screen, int rows)
{
	int hidden;
	size_t count = entry_count(screen);
	size_t i = scroll_bottom(screen, &hidden);

	if (screen->scroll.follows)
		return false;
	hidden -= rows;
	while (hidden < 0 && ++i < count)
		hidden += height_of(screen, i);
	if (hidden < 0 || (i + 1 == count && hidden == 0))
		scroll_end(screen);
	else
		hang_on(screen, i, hidden);
	return true;
}

bool scroll_by(struct screen *screen, int rows)
{
	if (!screen->session->model.open || !entry_count(screen))
		return false;
	return rows > 0 ? move_up(screen, rows) : move_down(screen, -rows);
}

void scroll_to(struct screen *screen, size_t i)
{
	int rows = screen->layout.messages.rows, hidden, height, above;
	size_t bottom = scroll_bottom(screen, &hidden);

	height = height_of(screen, i);
	if (i > bottom || (i == bottom && hidden > 0)) {
		if (i + 1 == entry_count(screen))
			scroll_end(screen);
		else
			hang_on(screen, i, 0);
		return;
	}
	/* Rows from the entry's top to the bottom of the screen. */
	above = -hidden;
	for (size_t j = i; j <= bottom && above <= rows; j++)
		above += height_of(screen, j);
	if (above <= rows)
		return;
	/* Its top goes to the screen's top, if it is not higher than the screen. */
	for (above = 0, bottom = i; bottom < entry_count(screen); bottom++) {
		above += height = height_of(screen, bottom);
		if (above >= rows)
			break;
	}
	if (bottom == entry_count(screen))
		scroll_end(screen);
	else
		hang_on(screen, bottom, above - rows);
}
