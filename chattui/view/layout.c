#include "view/layout.h"

static int clamp(int value, int min, int max)
{
	return value < min ? min : value > max ? max : value;
}

static void place_tree(const struct layout_input *in, struct layout *out, int rows)
{
	bool shown = in->cols >= LAYOUT_MEDIUM;
	/* Two panes leave the tree 20 columns where three would give it 24. */
	int cols = in->cols >= LAYOUT_WIDE ? in->tree_cols : in->tree_cols * 5 / 6;

	if (in->bare || shown == in->tree_toggled)
		return;
	out->tree_over = !shown;
	cols = clamp(cols, 10, in->cols / 2);
	out->tree = (struct rect){0, 0, rows, cols};
	out->tree_border = cols;
}

static void place_members(const struct layout_input *in, struct layout *out, int rows)
{
	bool shown = in->cols >= LAYOUT_WIDE;
	int cols = clamp(in->member_cols, 8, in->cols / 3);

	if (in->bare || shown == in->members_toggled)
		return;
	out->members_over = in->cols < LAYOUT_MEDIUM;
	out->members = (struct rect){0, in->cols - cols, rows, cols};
	out->members_border = in->cols - cols - 1;
}

void layout_compute(const struct layout_input *in, struct layout *out)
{
	int input_rows, rows, left, right;

	*out = (struct layout){.tree_border = -1, .members_border = -1};
	out->too_small = in->rows < LAYOUT_ROWS_MIN || in->cols < LAYOUT_COLS_MIN;
	if (out->too_small)
		return;
	/* The input leaves the messages half of the screen. */
	input_rows = clamp(in->input_rows, 1, clamp((in->rows - 2) / 2, 1, LAYOUT_INPUT_ROWS));
	rows = in->rows - input_rows - 1;
	out->border_rows = rows;
	place_tree(in, out, rows);
	place_members(in, out, rows);
	left = out->tree.cols && !out->tree_over ? out->tree.cols + 1 : 0;
	right = out->members.cols && !out->members_over ? out->members_border : in->cols;
	out->title = (struct rect){0, left, 1, right - left};
	out->messages = (struct rect){1, left, rows - 2, right - left};
	out->typing = (struct rect){rows - 1, left, 1, right - left};
	out->status = (struct rect){rows, 0, 1, in->cols};
	out->input = (struct rect){rows + 1, 0, input_rows, in->cols};
}

bool rect_contains(const struct rect *rect, int y, int x)
{
	return y >= rect->y && y < rect->y + rect->rows && x >= rect->x && x < rect->x + rect->cols;
}
