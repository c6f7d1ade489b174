#ifndef CHATCTL_INVOCATION_H
#define CHATCTL_INVOCATION_H

#include <stddef.h>
#include "command.h"

enum global {
	GLOBAL_URL,
	GLOBAL_CONTEXT,
	GLOBAL_OUTPUT,
	GLOBAL_JSON,
	GLOBAL_RETRY,
	GLOBAL_TIMEOUT,
	GLOBAL_DRY_RUN,
	GLOBAL_CURL,
	GLOBAL_VERBOSE,
	GLOBAL_FILE,
	GLOBAL_HELP,
	GLOBAL_VERSION,
	GLOBAL_COUNT
};

/* A command line, taken apart. All texts are the caller's argv. */
struct invocation {
	struct command command; /* no words: none was named */
	const char *noun;       /* a noun without a verb, when help was asked for, or NULL */
	const char *globals[GLOBAL_COUNT];
	const char *values[ARGS_MAX]; /* as command.args; "" for a switch; NULL: not given */
	const char **list;            /* of the ARG_LIST; at least as long as argv */
	size_t n_list;
};

/* The value of the command's parameter of that name, NULL if it was not given. */
const char *invocation_value(const struct invocation *in, const char *name);

#endif
