#ifndef CHATTUI_RESULT_H
#define CHATTUI_RESULT_H

#include <stddef.h>
#include <chat/buf.h>
#include "net/worker.h"

struct model;

/* What a command's answer says, for people. */

/* Called for each row: its text; or a name and a detail. key is what to copy of it, or NULL. */
typedef void result_row(const char *text, const char *detail, const char *key, void *context);

/* Gives the rows of an answer: of one object its fields, of a list a heading and a line for each
 * thing. None if it says nothing. */
void result_rows(const struct job *job, const struct model *model, result_row *row, void *context);

/* Appends the answer in one line: "done" where it says nothing. */
void result_line(const struct job *job, const struct model *model, struct buf *out);

/* True if an answer is to be read and not only to be noticed. */
bool result_is_long(const struct job *job);

#endif
