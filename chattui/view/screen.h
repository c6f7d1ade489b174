#ifndef CHATTUI_SCREEN_H
#define CHATTUI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "config/config.h"
#include "input/compose.h"
#include "input/dialog.h"
#include "net/session.h"
#include "text/rich.h"
#include "view/layout.h"
#include "view/scroll.h"
#include "view/view.h"

/* The parts of the screen, drawn when they are dirty. */
enum pane {
	PANE_TREE = 1 << 0,
	PANE_TITLE = 1 << 1,
	PANE_MESSAGES = 1 << 2,
	PANE_TYPING = 1 << 3,
	PANE_MEMBERS = 1 << 4,
	PANE_STATUS = 1 << 5,
	PANE_INPUT = 1 << 6,
	PANE_POPUP = 1 << 7,
	PANE_ALL = (1 << 8) - 1,
};

#define NOTICE_SIZE 512
#define NOTICE_MS 5000 /* that a notice stands in the place of the state */

/* What is shown of a session, and where. */
struct screen {
	struct session *session;
	const struct config *config;
	struct rich rich;        /* of the message that is laid out just now, */
	struct rich_lines lines; /* and its lines */

	struct layout_input wanted;
	struct layout layout;
	unsigned dirty;       /* of enum pane */
	bool redraw;          /* the whole terminal */
	int64_t drawn_at;     /* when the last frame was sent, of session_now() */
	int64_t frame_ms;     /* to the next one: grows in a flood */
	size_t drawn_arrived; /* model.n_arrived then, */
	size_t arrived;       /* and when it was looked at last */
	int64_t arrived_at;   /* when it grew last, of session_now() */
	bool focused;

	struct scroll scroll;
	bool selecting;
	int64_t selected; /* a message's id, or 0 with selected_nonce */
	char selected_nonce[33];
	char *found; /* what a search looks for, or NULL */

	char notice[NOTICE_SIZE];
	bool notice_is_error;
	int64_t notice_at; /* when it began to stand there, of session_now() */
};

void screen_init(struct screen *screen, struct session *session, const struct config *config);
void screen_release(struct screen *screen);

/* Puts the panes where the terminal has room for them; everything is to be drawn then. */
void screen_layout(
	struct screen *screen, const struct compose *compose, const struct dialog *dialog);

/* Draws panes, now. */
void screen_draw(struct screen *screen, const struct compose *compose, const struct dialog *dialog,
	unsigned dirty);

/*
 * Draws what is due. The panes that a key has changed (asked) never wait. In a flood, when more
 * than a screenful comes from one frame to the next, frames become rare.
 */
void screen_draw_due(struct screen *screen, const struct compose *compose,
	const struct dialog *dialog, unsigned asked);

/* When the next frame may be drawn that no key asks for, of session_now(). */
int64_t screen_frame_at(const struct screen *screen);

/* --- drawing: pane_*.c --- */
void pane_tree(struct screen *screen);
void pane_title(struct screen *screen);
void pane_messages(struct screen *screen);
void pane_typing(struct screen *screen);
void pane_members(struct screen *screen);
void pane_status(struct screen *screen, const struct compose *compose);
void pane_input(struct screen *screen, const struct compose *compose, const struct dialog *dialog);
void pane_popup(struct screen *screen, const struct dialog *dialog);
void pane_borders(struct screen *screen);
/* Rows that the input wants at this width. */
int pane_input_rows(const struct compose *compose, const struct dialog *dialog, int cols);
/* Rows that a notice may take, of which only the last one is the status line's; 0: there is none.
 */
int pane_notice_rows(const struct screen *screen);
/* The channel on that row of the tree; NULL for none. */
struct channel *pane_tree_at(const struct screen *screen, int y);
/* Rows of the list that is open. */
int pane_list_rows(const struct screen *screen, const struct list *list);

#endif
