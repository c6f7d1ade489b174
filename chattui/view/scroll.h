#ifndef CHATTUI_SCROLL_H
#define CHATTUI_SCROLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct screen;
struct history;
struct message;
struct pending;

/*
 * What part of the open channel's messages is on the screen. It hangs on what is at the bottom: so
 * it does not move when older ones are loaded above, or new ones come below.
 */
struct scroll {
	bool follows;   /* the newest is at the bottom, and new ones push it up */
	int64_t bottom; /* else the message whose end is at the bottom, */
	int hidden;     /* but for so many lines */
	int blank;      /* rows left free below, when following by jumps */
	int64_t drawn;  /* the newest message when it was drawn last, following; 0: never */
	int drawn_rows; /* rows of messages that were on the screen then */
	int drawn_tail; /* rows of what was not sent yet, below that message */
};

/* A row of the message pane: a message, or one that is not sent yet, in their order. */
struct entry {
	const struct message *message; /* or */
	const struct pending *pending;
	size_t index;
};

/* How many there are in the open channel, and the i-th. */
size_t entry_count(const struct screen *screen);
bool entry_at(const struct screen *screen, size_t i, struct entry *entry);

/* True for the entry that is selected. */
bool entry_is_selected(const struct screen *screen, const struct entry *entry);

/* Lays an entry out in screen->lines; its rows with the lines that stand above it. */
int entry_layout(struct screen *screen, const struct entry *entry);

/* Lines above an entry: a gap in what is known, another day, what is new. */
enum above { ABOVE_GAP = 1 << 0, ABOVE_DAY = 1 << 1, ABOVE_NEW = 1 << 2 };
unsigned entry_above(const struct screen *screen, const struct entry *entry);

/* The entry at the bottom and how many of its lines are hidden. */
size_t scroll_bottom(const struct screen *screen, int *hidden);

/* Up (or with a negative number down) by rows. True if it moved. */
bool scroll_by(struct screen *screen, int rows);
void scroll_end(struct screen *screen);

/* Moves no more than it takes to have the entry on the screen. */
void scroll_to(struct screen *screen, size_t i);

/* Columns before a message's text: time and name. */
int scroll_indent(const struct screen *screen);

#endif
