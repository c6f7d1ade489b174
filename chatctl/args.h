#ifndef CHATCTL_ARGS_H
#define CHATCTL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include "command.h"

struct buf;

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

/* The options that every command takes, in the enum's order. */
extern const struct arg args_globals[GLOBAL_COUNT];

/* A command line, taken apart. All texts are the caller's argv. */
struct invocation {
	struct command command; /* no words: none was named */
	const char *noun;       /* a noun without a verb, when help was asked for, or NULL */
	const char *globals[GLOBAL_COUNT];
	const char *values[ARGS_MAX]; /* as command.args; "" for a switch; NULL: not given */
	const char **list;            /* of the ARG_LIST; at least as long as argv */
	size_t n_list;
};

/*
 * Takes a command line (without the program's name) apart. list has room for argc texts. False for
 * what is no command line of chatctl, with why: one line that names the nearest that is. With
 * --help missing arguments are no fault.
 */
bool args_parse(struct invocation *in, int argc, char **argv, const char **list, struct buf *why);

/* What the words of an unfinished command line make of the next one. */
struct args_state {
	struct command command; /* no words: none is named yet */
	const char *first;      /* the first of its words, where that alone names none */
	const struct arg *flag; /* the flag whose value comes next, or NULL; of command or global */
	const char *begun; /* that value so far, where the last word names the flag too, or NULL */
	const char
		*globals[GLOBAL_COUNT]; /* values of global flags that take one; NULL: not given */
	size_t positionals;             /* how many arguments there are already */
	bool only_arguments;            /* after -- */
};

/* Goes through n words and one more, the unfinished one; overlooks what is wrong with them. Texts
 * of the state are the words'. */
void args_walk(struct args_state *state, char *const *words, size_t n);

/* The value of the command's parameter of that name, NULL if it was not given. */
const char *args_value(const struct invocation *in, const char *name);

#endif
