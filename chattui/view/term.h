#ifndef CHATTUI_TERM_H
#define CHATTUI_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include "view/layout.h"

/* Cells that are drawn on at most: curses counts in shorts, and allocates all of them. */
#define ROWS_MAX 500
#define COLS_MAX 2000

/*
 * The terminal: taken over and given back, whatever ends the program. There is one; all functions
 * are the main thread's.
 */

/* Takes the terminal of standard input and output over. NULL, or what is wrong (static). */
const char *term_start(void);
void term_stop(void);

/* What the terminal can do, as far as its name and the environment tell. */
struct term_features {
	bool colors;
	bool modern; /* it knows, or ignores, xterm's private modes */
	bool hyperlinks;
	bool remote; /* at the other end of SSH */
};
const struct term_features *term_features(void);

/* The size now, in cells; takes over a change of it. */
void term_size(int *rows, int *cols);

/* Reads what was typed; the number of bytes, 0 for nothing now, -1 when the terminal is gone. */
long term_read(char *bytes, size_t size);

/* Asks whether it has left and right margins; the answer comes as INPUT_MARGINS. */
void term_ask_margins(void);

void term_set_mouse(bool on);
void term_bell(void);

/* Sends a control string as it is, between two frames. */
void term_send(const char *bytes, size_t n);

/* Puts text on the clipboard of the terminal's user (OSC 52). */
void term_copy(const char *text, size_t n);

/* Gives the terminal back for a while: for an editor, or while stopped. */
void term_leave(void);
void term_return(void);

/* Stops the job, as Ctrl-Z does; returns when it goes on. */
void term_suspend(void);

#endif
