#ifndef CHAT_CONF_H
#define CHAT_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <chat/err.h>

struct arena;
struct buf;

/*
 * Typed options from a table. Each source overrides those after it: command line, environment, a
 * .env file, default. A row FOO_BAR is --foo-bar on the command line and FOO_BAR elsewhere.
 */
enum conf_type {
	CONF_TEXT,   /* const char * */
	CONF_SECRET, /* const char *, never printed */
	CONF_NUMBER, /* long, within min..max */
	CONF_CHOICE, /* int: the index in values, which are separated by '|'; any case will do */
};

struct conf_option {
	const char *name;
	enum conf_type type;
	const char *fallback; /* the default as text; NULL leaves the field as it is */
	long min, max;
	const char *values;   /* CONF_CHOICE */
	size_t offset;        /* of the field in the caller's struct */
	const char *argument; /* what help calls the value: "PORT"; NULL for a choice's values */
	const char *help;     /* one sentence, without a full stop */
};

struct conf_table {
	const struct conf_option *options;
	size_t n_options;
};

/* Puts every default into target. */
enum chat_err conf_defaults(const struct conf_table *table, void *target, struct buf *why);

/*
 * Reads a .env file: NAME=value lines, '#' comments, an optional "export ", single quotes (nothing
 * is special in them) or double quotes (\n, \r, \t, \", \\ and \$ are); a quoted value may go over
 * several lines. Unknown names are ignored (the file may serve others too); an empty value counts
 * as not set. A missing file is an error only if required. Values are copied to the arena.
 */
enum chat_err conf_file(const struct conf_table *table, void *target, const char *path,
	bool required, struct arena *arena, struct buf *why);

/* Takes what the environment has; an empty variable counts as not set. */
enum chat_err conf_environment(
	const struct conf_table *table, void *target, struct arena *arena, struct buf *why);

/*
 * Takes one option from the command line: argv[*at] is "--name=value" or "--name" with the value in
 * the next place, where it does not begin with "--"; *at moves past what was used. On an error why
 * says what, with the nearest option's name where one is near.
 */
enum chat_err conf_argument(const struct conf_table *table, void *target, int argc, char **argv,
	int *at, struct arena *arena, struct buf *why);

/*
 * Sets one option from text, as all of the above do. where: for the error, "PORT in .env". Without
 * an arena a text is not copied and must live as long as target.
 */
enum chat_err conf_set(const struct conf_option *option, void *target, const char *value,
	const char *where, struct arena *arena, struct buf *why);

/* Appends the options with their arguments and defaults, the help below them, at most 80 wide. */
void conf_help(const struct conf_table *table, struct buf *out);

/* Appends a .env file with comments and every option at its default. */
void conf_example(const struct conf_table *table, struct buf *out);

/* Appends the options as a list in mdoc(7), for a manual page: as flags, or by their names in the
 * environment. */
void conf_manual(const struct conf_table *table, bool flags, struct buf *out);

#endif
