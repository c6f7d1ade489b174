#ifndef CHATTUI_EDIT_H
#define CHATTUI_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <chat/buf.h>

/* A text that is being written: UTF-8, with a cursor between two grapheme clusters. */
struct edit {
	struct buf text;
	size_t cursor;     /* byte */
	struct buf killed; /* what Ctrl-Y brings back */
};

/* max: bytes that the text may have. */
void edit_init(struct edit *edit, size_t max);
void edit_release(struct edit *edit);

const char *edit_text(const struct edit *edit);
bool edit_is_empty(const struct edit *edit);

/* Replaces the text; the cursor goes to its end. */
void edit_set(struct edit *edit, const char *text);

/* Inserts before the cursor; false if it does not fit. Line ends become \n; invalid UTF-8, and
 * control characters but \n and \t, are left out. */
bool edit_insert(struct edit *edit, const char *text, size_t n);

/* Replaces the bytes from..cursor by text. */
bool edit_replace(struct edit *edit, size_t from, const char *text);

void edit_backspace(struct edit *edit);
void edit_delete(struct edit *edit);

/* Where the cursor would be after these moves. */
size_t edit_left(const struct edit *edit);
size_t edit_right(const struct edit *edit);
size_t edit_word_left(const struct edit *edit);
size_t edit_word_right(const struct edit *edit);
size_t edit_line_start(const struct edit *edit);
size_t edit_line_end(const struct edit *edit);

/* Removes what is between the cursor and `to`, and keeps it for edit_yank. */
void edit_kill(struct edit *edit, size_t to);
void edit_set_killed(struct edit *edit, const char *text);
void edit_yank(struct edit *edit);

#endif
