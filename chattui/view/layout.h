#ifndef CHATTUI_LAYOUT_H
#define CHATTUI_LAYOUT_H

#include <stdbool.h>

/* A part of the screen, in cells; rows or cols 0: not shown. */
struct rect {
	int y, x, rows, cols;
};

/* What decides where things are. */
struct layout_input {
	int rows, cols; /* of the terminal */
	int tree_cols;  /* wanted at full width */
	int member_cols;
	int input_rows;    /* wanted, with no more than LAYOUT_INPUT_ROWS granted */
	bool tree_toggled; /* F7: shown where it would not be, and the other way round */
	bool members_toggled;
	bool bare; /* the messages alone, for copying */
};

#define LAYOUT_WIDE 110  /* columns from which three panes are shown, */
#define LAYOUT_MEDIUM 80 /* and two */
#define LAYOUT_INPUT_ROWS 10
#define LAYOUT_ROWS_MIN 5
#define LAYOUT_COLS_MIN 20

struct layout {
	bool too_small; /* nothing is shown */
	struct rect tree, title, messages, typing, members, status, input;
	bool tree_over, members_over;    /* laid over the messages */
	int tree_border, members_border; /* columns of the lines between the panes, or -1 */
	int border_rows;
};

void layout_compute(const struct layout_input *in, struct layout *out);

bool rect_contains(const struct rect *rect, int y, int x);

#endif
