#include <string.h>
#include <time.h>
#include <chat/time.h>
#include "view/screen.h"
#include "text/bidi.h"
#include "view/term.h"

/* Over a slow line a third of a pane at once costs less than one row each time. */
#define JUMP_PART 3

static bool jumps(const struct screen *screen)
{
	switch (screen->config->settings.scroll) {
	case SCROLL_JUMP:
		return true;
	case SCROLL_SMOOTH:
		return false;
	default:
		return term_features()->remote && !view_has_margins();
	}
}

/* --- one entry --- */

/* "------------- 12 May -------------" */
static void draw_rule(const struct view *view, int y, const char *label, enum style style)
{
	int cols = view->rect.cols, n = (int)glyph_width(label, strlen(label)), x;

	if (y < 0 || y >= view->rect.rows)
		return;
	view_fill(view, y, 0, cols, view_horizontal(), style);
	x = n + 2 < cols ? (cols - n - 2) / 2 : 0;
	view_puts(view, y, x, cols - x, " ", style);
	x++;
	x += view_puts(view, y, x, cols - x, label, style);
	view_puts(view, y, x, cols - x, " ", style);
}

static void draw_day(const struct view *view, int y, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000), now = time(NULL);
	struct tm day, today;
	char label[64];

	localtime_r(&seconds, &day);
	localtime_r(&now, &today);
	strftime(label, sizeof(label), day.tm_year == today.tm_year ? "%e %B" : "%e %B %Y", &day);
	draw_rule(view, y, label + (*label == ' '), STYLE_day);
}

static enum style nick_style(const struct screen *screen, const struct person *author)
{
	if (author == screen->session->model.self)
		return STYLE_self;
	if (!screen->config->settings.nick_colors)
		return STYLE_nick;
	return STYLE_nick1 + (enum style)(author->id % (STYLE_nick6 - STYLE_nick1 + 1));
}

/* Time and name, or that it is not sent yet. */
static void draw_head(const struct screen *screen, const struct view *view, int y,
	const struct entry *entry, int indent)
{
	const struct person *author =
		entry->message ? entry->message->author : screen->session->model.self;
	time_t seconds =
		(time_t)((entry->message ? entry->message->created_at : entry->pending->at) / 1000);
	struct tm tm;
	char text[64];
	int x = 0;

	localtime_r(&seconds, &tm);
	if (strftime(text, sizeof(text), screen->config->settings.time_format, &tm))
		x = view_puts(view, y, 0, indent, text, STYLE_time) + 1;
	if (entry->pending) {
		/* Told by a sign, too: what is not on the server looks like it. */
		view_puts(view, y, x - (x > 0), 1, entry->pending->error ? "!" : "~",
			entry->pending->error ? STYLE_failed : STYLE_pending);
	}
	if (author)
		view_puts(view, y, x, indent - 1 - x, author->name, nick_style(screen, author));
}

static void draw_links(const struct screen *screen, const struct view *view, int y, int x,
	const struct cell *cells, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint8_t link = cells[i].look.link;
		size_t first = i;
		int start = x;

		for (; i < n && cells[i].look.link == link; i++)
			x += cells[i].glyph.width;
		if (link && !(cells[first].look.attrs & ATTR_SPOILER) && x <= view->rect.cols)
			view_link(view, y, start, cells + first, i - first,
				screen->rich.links[link - 1]);
	}
}

static void draw_line(struct screen *screen, const struct view *view, int y, int x, size_t line)
{
	const struct rich_line *part = &screen->lines.lines[line];
	struct cell *cells = screen->lines.cells + part->first;

	if (screen->config->settings.bidi)
		bidi_reorder(cells, part->count);
	if (screen->config->settings.links == LINKS_OSC8)
		draw_links(screen, view, y, x, cells, part->count);
	for (size_t i = 0; i < part->count; i++) {
		/* Spoilers are shown while their message is selected. */
		if (view->base.style == STYLE_selected)
			cells[i].look.attrs &= (uint8_t)~ATTR_SPOILER;
		view_cell(view, y, x, &cells[i]);
		x += cells[i].glyph.width;
	}
}

/* Draws what entry_layout has laid out, from row y on. */
static void draw_entry(struct screen *screen, struct view *view, const struct entry *entry, int y)
{
	unsigned above = entry_above(screen, entry);
	int indent = scroll_indent(screen);
	int rows = view->rect.rows;

	if (above & ABOVE_GAP)
		draw_rule(view, y++, "messages may be missing here", STYLE_dim);
	if (above & ABOVE_DAY)
		draw_day(view, y++,
			entry->message ? entry->message->created_at : entry->pending->at);
	if (above & ABOVE_NEW)
		draw_rule(view, y++, "new", STYLE_unread_line);
	if (entry_is_selected(screen, entry)) {
		/* What has a style of its own is a part of the bar, too. */
		view->base = (struct look_at){
			STYLE_selected, screen->config->looks[STYLE_selected].attrs, 0};
		view_cursor(view, y < 0 ? 0 : y < rows ? y : rows - 1, 0);
	}
	for (size_t i = 0; i < screen->lines.n_lines; i++, y++) {
		if (y < 0 || y >= rows)
			continue;
		view_clear_row(view, y, view->base.style);
		if (i == 0 && indent)
			draw_head(screen, view, y, entry, indent);
		draw_line(screen, view, y, indent, i);
	}
	view->base = (struct look_at){STYLE_normal, 0, 0};
}

/* --- all of them --- */

/* Rows that were added below since the last frame. */
static int added_rows(struct screen *screen)
{
	const struct history *history = &screen->session->model.open->history;
	size_t count = entry_count(screen);
	struct entry entry;
	int rows = -screen->scroll.drawn_tail, tail = 0;

	for (size_t i = history_index(history, screen->scroll.drawn + 1); i < count; i++) {
		int height = entry_at(screen, i, &entry) ? entry_layout(screen, &entry) : 0;

		rows += height;
		tail += entry.pending ? height : 0;
		if (rows > 2 * screen->layout.messages.rows)
			break;
	}
	screen->scroll.drawn_tail = tail;
	return rows;
}

/* When following: what the rows that are new do to those that are there. */
static void follow(struct screen *screen, const struct view *view)
{
	struct scroll *scroll = &screen->scroll;
	const struct history *history = &screen->session->model.open->history;
	int rows = view->rect.rows, added = added_rows(screen);
	int over = scroll->drawn_rows + added - (rows - scroll->blank);

	if (!scroll->drawn || !jumps(screen)) {
		scroll->blank = 0;
		if (scroll->drawn && over > 0 && over < rows)
			view_scroll(view, over);
	} else if (added > 0) {
		if (added > scroll->blank && scroll->drawn_rows + added > rows)
			scroll->blank = rows / JUMP_PART;
		else if (scroll->blank > 0)
			scroll->blank = scroll->blank > added ? scroll->blank - added : 0;
	}
	scroll->drawn = history->count ? history->items[history->count - 1].id : 0;
}

/* The first entry that is on the screen, with the rows of all from there to the bottom one. */
static size_t measure(struct screen *screen, size_t bottom, int rows, int *total)
{
	struct entry entry;

	for (size_t i = bottom;; i--) {
		if (entry_at(screen, i, &entry))
			*total += entry_layout(screen, &entry);
		if (*total >= rows || i == 0)
			return i;
	}
}

static void draw_nothing(const struct screen *screen, const struct view *view)
{
	const struct model *model = &screen->session->model;
	const char *text = "";
	bool live = screen->session->gateway && model->state == GATEWAY_LIVE;

	if (model->open && model->open->history.is_loaded)
		text = "Nobody has written here yet.";
	else if (model->open)
		text = live ? "Loading" : "Not loaded yet.";
	else if (!screen->session->account.token)
		text = "You are not logged in: /login, or /sign-up for a new account";
	else if (live && !model->n_servers)
		text = "You are in no server yet: /join CODE, or /server create NAME";
	else if (live)
		text = "There is no channel here yet: /channel create NAME";
	view_puts(view, 0, 1, view->rect.cols - 1, text, STYLE_dim);
}

/* What was on the screen has been read, and what is missing around it is wanted. */
static void take_note(struct screen *screen, size_t first, size_t bottom, int hidden)
{
	const struct history *history = &screen->session->model.open->history;

	session_want(screen->session, first);
	if (hidden > 0 && bottom > 0)
		bottom--;
	if (screen->focused && history->count)
		session_seen(screen->session,
			history->items[bottom < history->count ? bottom : history->count - 1].id);
}

void pane_messages(struct screen *screen)
{
	struct view view = {.rect = screen->layout.messages};
	int rows = view.rect.rows, hidden, total, y;
	size_t bottom, first;
	struct entry entry;

	view_forget_links();
	if (!screen->session->model.open || !entry_count(screen)) {
		view_clear(&view, STYLE_normal);
		draw_nothing(screen, &view);
		return;
	}
	if (screen->scroll.follows)
		follow(screen, &view);
	bottom = scroll_bottom(screen, &hidden);
	total = -hidden;
	first = measure(screen, bottom, rows, &total);
	screen->scroll.drawn_rows = total < rows ? total : rows;
	y = total <= rows - screen->scroll.blank ? 0 : rows - screen->scroll.blank - total;
	if (screen->scroll.blank && y == 0)
		screen->scroll.blank = 0;
	/* Drawing tells of the rows that are free as well. */
	for (size_t i = first; i <= bottom && entry_at(screen, i, &entry); i++) {
		int height = entry_layout(screen, &entry);

		draw_entry(screen, &view, &entry, y);
		y += height;
	}
	for (; y < rows; y++)
		view_clear_row(&view, y < 0 ? 0 : y, STYLE_normal);
	take_note(screen, first, bottom, hidden);
}
