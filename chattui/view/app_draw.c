/* Which panes are drawn when. */
#include "actions/app.h"

#define FLOOD_FRAME_MS 4000 /* between two frames in a flood, which nobody reads */

static void draw_panes(struct app *app, unsigned dirty)
{
	const struct {
		enum pane pane;
		const struct rect *rect;
		void (*draw)(struct app *);
	} panes[] = {
		{PANE_TITLE, &app->layout.title, pane_title},
		{PANE_MESSAGES, &app->layout.messages, pane_messages},
		{PANE_TYPING, &app->layout.typing, pane_typing},
		{PANE_TREE, &app->layout.tree, pane_tree},
		{PANE_MEMBERS, &app->layout.members, pane_members},
		{PANE_STATUS, &app->layout.status, pane_status},
		{PANE_INPUT, &app->layout.input, pane_input},
	};

	/* What is laid over the messages is drawn after them. */
	if ((dirty & PANE_MESSAGES) && app->layout.tree_over)
		dirty |= PANE_TREE;
	if ((dirty & PANE_MESSAGES) && app->layout.members_over)
		dirty |= PANE_MEMBERS;
	for (size_t i = 0; i < sizeof(panes) / sizeof(panes[0]); i++)
		if ((dirty & panes[i].pane) && panes[i].rect->rows > 0 && panes[i].rect->cols > 0)
			panes[i].draw(app);
	if (dirty & (PANE_TREE | PANE_MESSAGES | PANE_MEMBERS))
		pane_borders(app);
}

static void draw_too_small(const struct app *app)
{
	struct view view = {.rect = {0, 0, app->wanted.rows, app->wanted.cols}};

	view_clear(&view, STYLE_normal);
	view_puts(&view, 0, 0, view.rect.cols, "too small", STYLE_normal);
}

void app_draw(struct app *app, unsigned dirty)
{
	bool popup = list_is_open(&app->list) || form_is_open(&app->form);

	if (app->layout.too_small) {
		draw_too_small(app);
	} else {
		draw_panes(app, dirty);
		if (popup)
			pane_popup(app);
		else if (dirty & PANE_INPUT)
			;
		else if (!app->selecting)
			pane_input(app); /* the cursor goes back there */
	}
	view_show(app->redraw);
	app->redraw = false;
	app->dirty &= ~dirty;
}

/* When the flood may be taken for ended: nothing has come for a part of the time between frames.
 * What comes in bursts soon has frames further apart than these. */
static int64_t flood_end(const struct app *app)
{
	int64_t at = app->arrived_at + app->frame_ms / 4, first = app->drawn_at + FRAME_MS;

	return at > first ? at : first;
}

int64_t app_frame_at(const struct app *app)
{
	int64_t at = app->drawn_at + app->frame_ms;

	return app->frame_ms > FRAME_MS && flood_end(app) < at ? flood_end(app) : at;
}

void app_draw_due(struct app *app, unsigned asked)
{
	int64_t now = session_now();
	size_t arrived = app->session.model.n_arrived;
	bool is_due;

	if (app->arrived != arrived)
		app->arrived_at = now;
	app->arrived = arrived;
	is_due = app->redraw || (app->dirty && now >= app_frame_at(app));
	if (!is_due && asked)
		app_draw(app, asked);
	if (!is_due)
		return;
	app_draw(app, app->dirty);
	app->frame_ms *= 2;
	if (arrived - app->drawn_arrived <= (size_t)app->layout.messages.rows)
		app->frame_ms = FRAME_MS;
	else if (app->frame_ms > FLOOD_FRAME_MS)
		app->frame_ms = FLOOD_FRAME_MS;
	app->drawn_at = now;
	app->drawn_arrived = arrived;
}
