#ifndef CHATCTL_COMMAND_H
#define CHATCTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <chat/endpoint.h>
#include "arg.h"

struct ctl;
struct invocation;

#define ARGS_MAX 16

/* Runs a command; returns the exit status. */
typedef int command_run(struct ctl *ctl, const struct invocation *in);

struct command {
	const char *words; /* "server create" */
	const char *summary;
	const char *details;             /* a paragraph for its help, or NULL */
	const struct endpoint *endpoint; /* NULL for what is not one call */
	command_run *run;
	struct arg args[ARGS_MAX];
	size_t n_args;
};

/* The i-th command, in the order of help; false past the last. */
bool command_at(size_t i, struct command *command);

/* The first word of a command, or with `first` the one that comes after that; n is its length in
 * bytes. NULL if the command does not begin so, or ends there. */
const char *command_word(const struct command *command, const char *first, size_t *n);

#endif
