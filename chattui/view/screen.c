#include "view/screen.h"

#include <stdlib.h>
#include "view/term.h"

#define FRAME_MS 50         /* between two frames at least */
#define FLOOD_FRAME_MS 4000 /* between two frames in a flood, which nobody reads */

void screen_init(struct screen *screen, struct session *session, const struct config *config)
{
	*screen = (struct screen){
		.session = session,
		.config = config,
		.focused = true,
		.frame_ms = FRAME_MS,
		.scroll.follows = true,
		.wanted.members_toggled = !config->settings.members,
	};
	rich_init(&screen->rich);
	rich_lines_init(&screen->lines);
}

void screen_release(struct screen *screen)
{
	free(screen->found);
	rich_release(&screen->rich);
	rich_lines_release(&screen->lines);
}

void screen_layout(
	struct screen *screen, const struct compose *compose, const struct dialog *dialog)
{
	struct layout_input *wanted = &screen->wanted;

	term_size(&wanted->rows, &wanted->cols);
	wanted->tree_cols = (int)screen->config->settings.tree_width;
	wanted->member_cols = (int)screen->config->settings.members_width;
	wanted->input_rows = pane_input_rows(compose, dialog, wanted->cols);
	layout_compute(wanted, &screen->layout);
	screen->scroll.drawn = 0;
	screen->dirty = PANE_ALL;
}

/* --- drawing --- */

static void draw_panes(struct screen *screen, unsigned dirty)
{
	const struct {
		enum pane pane;
		const struct rect *rect;
		void (*draw)(struct screen *);
	} panes[] = {
		{PANE_TITLE, &screen->layout.title, pane_title},
		{PANE_MESSAGES, &screen->layout.messages, pane_messages},
		{PANE_TYPING, &screen->layout.typing, pane_typing},
		{PANE_TREE, &screen->layout.tree, pane_tree},
		{PANE_MEMBERS, &screen->layout.members, pane_members},
	};

	/* What is laid over the messages is drawn after them. */
	if ((dirty & PANE_MESSAGES) && screen->layout.tree_over)
		dirty |= PANE_TREE;
	if ((dirty & PANE_MESSAGES) && screen->layout.members_over)
		dirty |= PANE_MEMBERS;
	for (size_t i = 0; i < sizeof(panes) / sizeof(panes[0]); i++)
		if ((dirty & panes[i].pane) && panes[i].rect->rows > 0 && panes[i].rect->cols > 0)
			panes[i].draw(screen);
	if (dirty & (PANE_TREE | PANE_MESSAGES | PANE_MEMBERS))
		pane_borders(screen);
}

static void draw_too_small(const struct screen *screen)
{
	struct view view = {.rect = {0, 0, screen->wanted.rows, screen->wanted.cols}};

	view_clear(&view, STYLE_normal);
	view_puts(&view, 0, 0, view.rect.cols, "too small", STYLE_normal);
}

void screen_draw(struct screen *screen, const struct compose *compose, const struct dialog *dialog,
	unsigned dirty)
{
	bool popup = list_is_open(&dialog->list) || form_is_open(&dialog->form);

	if (screen->layout.too_small) {
		draw_too_small(screen);
	} else {
		if (dirty == PANE_ALL)
			view_uncover();
		draw_panes(screen, dirty);
		if ((dirty & PANE_STATUS) || pane_notice_rows(screen) > 1)
			pane_status(screen, compose);
		/* The cursor goes back to the input. */
		if ((dirty & PANE_INPUT) || (!popup && !screen->selecting))
			pane_input(screen, compose, dialog);
		if (popup)
			pane_popup(screen, dialog);
	}
	view_show(screen->redraw);
	screen->redraw = false;
	screen->dirty &= ~dirty;
}

/* --- when --- */

/* When the flood may be taken for ended: nothing has come for a part of the time between frames.
 * What comes in bursts soon has frames further apart than these. */
static int64_t flood_end(const struct screen *screen)
{
	int64_t at = screen->arrived_at + screen->frame_ms / 4, first = screen->drawn_at + FRAME_MS;

	return at > first ? at : first;
}

int64_t screen_frame_at(const struct screen *screen)
{
	int64_t at = screen->drawn_at + screen->frame_ms;

	return screen->frame_ms > FRAME_MS && flood_end(screen) < at ? flood_end(screen) : at;
}

void screen_draw_due(struct screen *screen, const struct compose *compose,
	const struct dialog *dialog, unsigned asked)
{
	int64_t now = session_now();
	size_t arrived = screen->session->model.n_arrived;
	bool is_due;

	if (screen->arrived != arrived)
		screen->arrived_at = now;
	screen->arrived = arrived;
	is_due = screen->redraw || (screen->dirty && now >= screen_frame_at(screen));
	if (!is_due && asked)
		screen_draw(screen, compose, dialog, asked);
	if (!is_due)
		return;
	screen_draw(screen, compose, dialog, screen->dirty);
	screen->frame_ms *= 2;
	if (arrived - screen->drawn_arrived <= (size_t)screen->layout.messages.rows)
		screen->frame_ms = FRAME_MS;
	else if (screen->frame_ms > FLOOD_FRAME_MS)
		screen->frame_ms = FLOOD_FRAME_MS;
	screen->drawn_at = now;
	screen->drawn_arrived = arrived;
}
