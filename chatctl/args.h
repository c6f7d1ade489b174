#ifndef CHATCTL_ARGS_H
#define CHATCTL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include "invocation.h"

struct buf;

/* The options that every command takes, in the enum's order. */
extern const struct arg args_globals[GLOBAL_COUNT];

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

#endif
