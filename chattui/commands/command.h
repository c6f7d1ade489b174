#ifndef CHATTUI_COMMAND_H
#define CHATTUI_COMMAND_H

#include <stddef.h>
#include <chat/buf.h>
#include "net/worker.h"

struct model;

/*
 * The /commands: every endpoint of the REST API in chatctl's words ("server create NAME"), the
 * short words of aliases.def, and the actions of actions.def by their names. The open server and
 * channel are meant where no other is named: by --server or --channel, by #channel or
 * SERVER:#channel, or by a word before those that the command takes.
 */

/* The i-th command's words, in the order of help: NULL past the last. */
const char *command_at(size_t i, const char **summary);

/*
 * The request that a line (without its '/') asks for, to be given a done and submitted. NULL, with
 * why, for a line that is none; *secret is then the endpoint if it is one that needs a form, else
 * EP_COUNT.
 */
struct job *command_job(
	const struct model *model, const char *line, enum endpoint_id *secret, struct buf *why);

/* True for the line of a command that needs a form: what was typed behind it may be a password. */
bool command_is_secret(const char *line);

/* True for what cannot be undone: it is done when the user has confirmed it. */
bool command_asks(const struct job *job);

/* Appends the command in full, with what it acts on. */
void command_put(const struct model *model, const struct job *job, struct buf *out);

#endif
