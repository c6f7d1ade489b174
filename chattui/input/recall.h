#ifndef CHATTUI_RECALL_H
#define CHATTUI_RECALL_H

#include <stddef.h>

#define RECALL_MAX 200 /* lines */

/* What was sent and run before, to be had again: the oldest goes first. */
struct recall {
	char *lines[RECALL_MAX];
	size_t count;
	size_t back;   /* how far back the one in the input is; 0: it is none of them */
	char *present; /* what was written before going back; or NULL */
	char *path;    /* the file that keeps them, or NULL */
};

/* Reads what the file has, which need not be there. path is taken over; NULL keeps nothing. */
void recall_init(struct recall *recall, char *path);
void recall_release(struct recall *recall);

/* Adds a line, unless it is the last one once more. */
void recall_add(struct recall *recall, const char *line);

/* The line before (step 1) or after (-1) the one in the input, whose text is `now`; NULL past the
 * last. The recall's, until the next call. */
const char *recall_step(struct recall *recall, int step, const char *now);

#endif
