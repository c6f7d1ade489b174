#ifndef CHATTUI_VIEW_H
#define CHATTUI_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "view/layout.h"
#include "text/rich.h"
#include "text/style.h"

/*
 * The picture of the screen: panes draw their parts into it, and view_show sends what is different
 * from what the terminal has. A pane draws in the coordinates of its rectangle; what lies outside
 * is cut off.
 */
struct view {
	struct rect rect;
	struct look_at base; /* what text of STYLE_normal looks like: the base of a selected row */
};

/* Takes the styles; without color only their attributes count. bidi: right-to-left text is put into
 * the order that it is read in, where the terminal does not do it. */
void view_setup(const struct look looks[STYLE_COUNT], bool color, bool bidi);

/* True when colours are shown. */
bool view_has_colors(void);

void view_cell(const struct view *view, int y, int x, const struct cell *cell);

/* Draws a line of text in at most max columns, with an ellipsis where it is cut; the columns it
 * took. */
int view_text(const struct view *view, int y, int x, int max, const char *text, size_t n,
	enum style style);
int view_puts(const struct view *view, int y, int x, int max, const char *text, enum style style);

/* n columns of one character. */
void view_fill(const struct view *view, int y, int x, int n, uint32_t c, enum style style);

/* Empties a row, or all rows. */
void view_clear_row(const struct view *view, int y, enum style style);
void view_clear(const struct view *view, enum style style);

/* Says that the view is about to be laid over what is drawn already, whose wide characters its
 * edges may cut in two: what the terminal shows of those curses cannot tell, so their rows are sent
 * whole. */
void view_cover(const struct view *view);

/* Everything is about to be drawn anew: rows that were cut are sent whole. */
void view_uncover(void);

/* Where the cursor goes. */
void view_cursor(const struct view *view, int y, int x);

/* The lines between panes and around popups: plain ASCII where UTF-8 is not to be had. */
uint32_t view_vertical(void);
uint32_t view_horizontal(void);

/* Rows of the view moved up by n on the terminal itself, if it can do that (margins): a hint. */
void view_scroll(const struct view *view, int n);
void view_set_margins(bool supported);
bool view_has_margins(void);

/* A link that is on the screen there, to be made clickable after the frame. */
void view_link(
	const struct view *view, int y, int x, const struct cell *cells, size_t n, const char *url);
void view_forget_links(void);

/* Sends the frame. With everything, the whole screen, whatever the terminal should have. */
void view_show(bool everything);

#endif
