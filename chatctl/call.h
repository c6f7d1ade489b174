#ifndef CHATCTL_CALL_H
#define CHATCTL_CALL_H

#include "request.h"

#define CALL_FIELDS_MAX 16

/* An endpoint's arguments, as they come from a command line. */
struct call {
	struct path_params params;
	const char *query[CALL_FIELDS_MAX]; /* texts in the order of the object's fields */
	const char *body[CALL_FIELDS_MAX];
};

/*
 * Makes the call of the command line: connects, resolves names, reads a message's text and asks
 * for passwords (not in a dry run). Errors with ctl->why told.
 */
enum chat_err call_prepare(struct ctl *ctl, const struct invocation *in, struct call *call);

/* Connects and finds out the ids of what the path names. */
enum chat_err call_resolve(struct ctl *ctl, const struct invocation *in, struct call *call);

/* Sends the call (or shows it: then *sent is false) and gives the answer's objects, in the arena.
 */
enum chat_err call_send(struct ctl *ctl, const struct endpoint *endpoint, const struct call *call,
	bool *sent, void **items, size_t *count);

/* All that is left of standard input or of a file, in the arena, with its length and without its
 * last line end. name: for ctl->why. */
enum chat_err call_read_input(struct ctl *ctl, struct chat_lines *lines, int fd, const char *name,
	const char **text, size_t *n);

/* The index of the field of that name in an object, which has it. */
size_t call_field(enum object_id id, const char *name);

#endif
