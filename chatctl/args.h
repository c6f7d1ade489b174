#ifndef CHATCTL_ARGS_H
#define CHATCTL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <chat/endpoint.h>

struct buf;
struct ctl;
struct invocation;

/* What the text of a parameter is: how it is checked, completed and turned into a request. */
enum arg_kind {
	ARG_TEXT,
	ARG_NUMBER,
	ARG_SECONDS, /* with a fraction */
	ARG_SWITCH,  /* a flag without a value */
	ARG_CHOICE,  /* one of choices */
	ARG_SERVER,  /* places: an id or a name */
	ARG_CHANNEL,
	ARG_USER,
	ARG_FILE,
	ARG_CONTEXT,
};

/* Where the value goes: into the path, the query or the body, or to the command's own code. */
enum arg_part { PART_OWN, PART_PATH, PART_QUERY, PART_BODY };

enum arg_flag {
	ARG_POSITIONAL = 1 << 0,
	ARG_REQUIRED = 1 << 1,
	ARG_LIST = 1 << 2, /* takes any number; at most one of a command */
};

/* An argument or flag of a command: max_uses is shown as MAX_USES or --max-uses. */
struct arg {
	const char *name;
	char letter; /* 0: none */
	enum arg_kind kind;
	unsigned flags;       /* of enum arg_flag */
	const char *argument; /* what help calls the value; NULL: the name in capitals */
	const char *doc;
	const char *choices; /* of ARG_CHOICE, separated by '|' */
	enum arg_part part;
	size_t index; /* of the object's field, for PART_QUERY and PART_BODY */
};

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

/* A whole number of min..max in decimal digits; false for anything else. */
bool args_number(const char *text, int64_t min, int64_t max, int64_t *value);

/* A time in seconds, perhaps with a fraction, in ms; 0 < value <= a day. */
bool args_seconds(const char *text, int64_t *ms);

/* Appends how a parameter is shown: "CHANNEL", "--max-uses"; then what its value is called. */
void arg_put_name(struct buf *out, const struct arg *arg);
void arg_put_argument(struct buf *out, const struct arg *arg);

/* Appends "; did you mean X?" if one of the candidates is near. The state: start with zeroes. */
struct nearest {
	const char *word;
	const char *best;
	size_t distance;
};
void nearest_try(struct nearest *nearest, const char *candidate);
void nearest_put(const struct nearest *nearest, struct buf *why);

#endif
