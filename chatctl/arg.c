#include "arg.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <chat/buf.h>

/* --- names --- */

void arg_put_flag(struct buf *out, const char *name)
{
	buf_puts(out, "--");
	for (; *name; name++)
		buf_putc(out, *name == '_' ? '-' : *name);
}

void arg_put_argument(struct buf *out, const struct arg *arg)
{
	if (arg->argument) {
		buf_puts(out, arg->argument);
	} else if (arg->kind != ARG_SWITCH) {
		for (const char *c = arg->name; *c; c++)
			buf_putc(out, (char)toupper(*c));
	}
}

void arg_put_name(struct buf *out, const struct arg *arg)
{
	if (arg->flags & ARG_POSITIONAL)
		arg_put_argument(out, arg);
	else
		arg_put_flag(out, arg->name);
}

bool arg_is_named(const struct arg *arg, const char *flag, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = flag[i] == '-' ? '_' : flag[i];

		if (arg->name[i] != c)
			return false;
	}
	return !arg->name[n];
}

/* --- values --- */

bool arg_number(const char *text, int64_t min, int64_t max, int64_t *value)
{
	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > 18 || text[n])
		return false;
	*value = strtoll(text, NULL, 10);
	return *value >= min && *value <= max;
}

bool arg_seconds(const char *text, int64_t *ms)
{
	size_t whole = strspn(text, "0123456789");
	size_t part = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") + 1 : 0;
	double seconds;

	if (whole == 0 || part == 1 || whole + part > 15 || text[whole + part])
		return false;
	seconds = strtod(text, NULL);
	*ms = (int64_t)(seconds * 1000);
	return *ms > 0 && *ms <= 86400 * 1000;
}

static bool is_choice(const char *choices, const char *value, bool any_case)
{
	size_t n = strlen(value);

	while (*choices) {
		size_t length = strcspn(choices, "|");

		if (length == n && !(any_case ? strncasecmp : strncmp)(choices, value, n))
			return true;
		choices += length + (choices[length] == '|');
	}
	return false;
}

static bool is_name(const struct arg *arg)
{
	return arg->kind == ARG_SERVER || arg->kind == ARG_CHANNEL || arg->kind == ARG_USER;
}

bool arg_check(const struct arg *arg, const char *value, struct buf *why)
{
	const char *wants = NULL;
	int64_t number;

	if (arg->kind == ARG_NUMBER && !arg_number(value, 0, INT64_MAX, &number))
		wants = "a whole number";
	else if (arg->kind == ARG_SECONDS && !arg_seconds(value, &number))
		wants = "a number of seconds above 0";
	else if (arg->kind == ARG_CHOICE &&
		 !is_choice(arg->choices, value, arg->flags & ARG_ANY_CASE))
		wants = arg->choices;
	else if (is_name(arg) && !*value)
		wants = "a name or an id";
	if (!wants)
		return true;
	arg_put_name(why, arg);
	buf_puts(why, " must be ");
	for (; *wants; wants++)
		buf_printf(why, "%.*s", *wants == '|' ? 4 : 1, *wants == '|' ? " or " : wants);
	buf_printf(why, ", not %s", *value ? value : "\"\"");
	return false;
}
