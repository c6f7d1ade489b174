#ifndef CHATCTL_ARG_H
#define CHATCTL_ARG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

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
	ARG_ANY_CASE = 1 << 3,
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

/* True when the n bytes of a flag ("max-uses" or "max_uses") name the parameter. */
bool arg_is_named(const struct arg *arg, const char *flag, size_t n);

/* True when value is one that the parameter takes; else *why says which are. */
bool arg_check(const struct arg *arg, const char *value, struct buf *why);

/* A whole number of min..max in decimal digits; false for anything else. */
bool arg_number(const char *text, int64_t min, int64_t max, int64_t *value);

/* A time in seconds, perhaps with a fraction, in ms; 0 < value <= a day. */
bool arg_seconds(const char *text, int64_t *ms);

/* Appends how a parameter is shown: "CHANNEL", "--max-uses"; then what its value is called. */
void arg_put_name(struct buf *out, const struct arg *arg);
void arg_put_argument(struct buf *out, const struct arg *arg);

/* Appends a flag's name, max_uses, as it is typed: "--max-uses". */
void arg_put_flag(struct buf *out, const char *name);

#endif
