#include <chat/conf.h>
#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/roff.h>
#include <chat/suggest.h>
#include <chat/text.h>

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME_SIZE 64 /* bytes of an option's name in either spelling, with the NUL */
#define HELP_INDENT "      "

static char *field_of(const struct conf_option *option, void *target)
{
	return (char *)target + option->offset;
}

/* Values may be anything: quoted, escaped, and cut where they would hide the rest. */
static void put_value(struct buf *why, const char *value)
{
	char head[64];
	size_t n = strlen(value);

	if (!text_is_utf8(value, n)) {
		buf_puts(why, "a value that is not UTF-8");
		return;
	}
	if (n < sizeof(head)) {
		buf_put_json_string(why, value);
		return;
	}
	n = sizeof(head) - 1;
	while (((unsigned char)value[n] & 0xc0) == 0x80)
		n--;
	memcpy(head, value, n);
	head[n] = '\0';
	buf_put_json_string(why, head);
	buf_puts(why, "...");
}

/* What stands for the value in a usage line. */
static const char *hint_of(const struct conf_option *option)
{
	if (option->argument)
		return option->argument;
	return option->type == CONF_CHOICE ? option->values : "VALUE";
}

static enum chat_err set_number(const struct conf_option *option, void *target, const char *value,
	const char *where, struct buf *why)
{
	char *end = NULL;
	long number;

	errno = 0;
	number = strtol(value, &end, 10);
	/* strtol skips spaces and takes signs; only a minus is wanted. */
	if (!(isdigit((unsigned char)value[0]) || value[0] == '-') || *end || errno ||
		number < option->min || number > option->max) {
		buf_printf(why, "%s: ", where);
		put_value(why, value);
		buf_printf(why, " is not a number from %ld to %ld", option->min, option->max);
		return CHAT_ERR_CONFIG;
	}
	memcpy(field_of(option, target), &number, sizeof(number));
	return CHAT_OK;
}

/* Length of the first of the values, which are separated by '|'. */
static size_t choice_length(const char *values)
{
	return strcspn(values, "|");
}

static const char *choice_next(const char *values)
{
	values += choice_length(values);
	return *values ? values + 1 : values;
}

static void put_choices(struct buf *out, const char *values)
{
	while (*values) {
		const char *next = choice_next(values);

		buf_append(out, values, choice_length(values));
		if (*next)
			buf_puts(out, *choice_next(next) ? ", " : " or ");
		values = next;
	}
}

static enum chat_err set_choice(const struct conf_option *option, void *target, const char *value,
	const char *where, struct buf *why)
{
	size_t n = strlen(value);
	int index = 0;

	for (const char *at = option->values; *at; at = choice_next(at), index++) {
		if (choice_length(at) == n && strncasecmp(at, value, n) == 0) {
			memcpy(field_of(option, target), &index, sizeof(index));
			return CHAT_OK;
		}
	}
	buf_printf(why, "%s: ", where);
	put_value(why, value);
	buf_puts(why, " is not ");
	put_choices(why, option->values);
	return CHAT_ERR_CONFIG;
}

enum chat_err conf_set(const struct conf_option *option, void *target, const char *value,
	const char *where, struct arena *arena, struct buf *why)
{
	switch (option->type) {
	case CONF_NUMBER:
		return set_number(option, target, value, where, why);
	case CONF_CHOICE:
		return set_choice(option, target, value, where, why);
	case CONF_TEXT:
	case CONF_SECRET:
		break;
	}
	if (arena)
		value = arena_strdup(arena, value);
	if (!value) {
		buf_puts(why, err_info(CHAT_ERR_NO_MEMORY)->detail);
		return CHAT_ERR_NO_MEMORY;
	}
	memcpy(field_of(option, target), &value, sizeof(value));
	return CHAT_OK;
}

enum chat_err conf_defaults(const struct conf_table *table, void *target, struct buf *why)
{
	enum chat_err err = CHAT_OK;

	for (size_t i = 0; i < table->n_options && !err; i++) {
		const struct conf_option *option = &table->options[i];

		if (option->fallback)
			err = conf_set(option, target, option->fallback, option->name, NULL, why);
	}
	return err;
}

enum chat_err conf_environment(
	const struct conf_table *table, void *target, struct arena *arena, struct buf *why)
{
	enum chat_err err = CHAT_OK;

	for (size_t i = 0; i < table->n_options && !err; i++) {
		const struct conf_option *option = &table->options[i];
		const char *value = getenv(option->name);
		char where[NAME_SIZE + 32];

		if (!value || !*value)
			continue;
		snprintf(where, sizeof(where), "%s in the environment", option->name);
		err = conf_set(option, target, value, where, arena, why);
	}
	return err;
}

/* FOO_BAR as foo-bar; cut to the size, which no option's name passes. */
static void spell_flag(const char *name, char out[NAME_SIZE])
{
	size_t i = 0;

	for (; name[i] && i < NAME_SIZE - 1; i++)
		out[i] = name[i] == '_' ? '-' : (char)tolower((unsigned char)name[i]);
	out[i] = '\0';
}

static const struct conf_option *find_flag(const struct conf_table *table, const char *flag)
{
	for (size_t i = 0; i < table->n_options; i++) {
		char name[NAME_SIZE];

		spell_flag(table->options[i].name, name);
		if (strcmp(name, flag) == 0)
			return &table->options[i];
	}
	return NULL;
}

/* The option's name that the name typed, which is none, may be meant for; "" if none is near. */
static void find_near(const struct conf_table *table, const char *typed, struct chat_suggest *near)
{
	char flag[NAME_SIZE];

	spell_flag(typed, flag);
	*near = (struct chat_suggest){.word = flag};
	for (size_t i = 0; i < table->n_options; i++) {
		char name[NAME_SIZE];

		spell_flag(table->options[i].name, name);
		chat_suggest_try(near, name, strlen(name));
	}
	near->word = NULL; /* which was of this function */
}

/*
 * Splits "--name=value", taking only what can be a name: the rest may be a secret. *value is NULL
 * where there is no '='. False if it is no option at all.
 */
static bool split_argument(const char *argument, char name[NAME_SIZE], const char **value)
{
	size_t dashes = strspn(argument, "-");
	size_t n = 0;

	while (n < NAME_SIZE - 1 &&
		(isalnum((unsigned char)argument[dashes + n]) || argument[dashes + n] == '-' ||
			argument[dashes + n] == '_')) {
		name[n] = argument[dashes + n];
		n++;
	}
	name[n] = '\0';
	*value = strchr(argument, '=');
	if (*value)
		++*value;
	return dashes > 0 && n > 0;
}

enum chat_err conf_argument(const struct conf_table *table, void *target, int argc, char **argv,
	int *at, struct arena *arena, struct buf *why)
{
	const char *argument = argv[*at];
	const struct conf_option *option;
	const char *value;
	char name[NAME_SIZE], where[NAME_SIZE + 2];
	struct chat_suggest near = {0};

	if (!split_argument(argument, name, &value)) {
		buf_printf(why, "argument %d is not an option: they are written --name=value", *at);
		return CHAT_ERR_CONFIG;
	}
	snprintf(where, sizeof(where), "--%s", name);
	option = find_flag(table, name);
	/* Only "--name" and "--name=" are whole: not "-name", "--name:", "---name". */
	if (!option || strncmp(argument, where, strlen(where)) != 0 ||
		(argument[strlen(where)] != '\0' && argument[strlen(where)] != '=')) {
		buf_printf(
			why, "unknown option %.*s%s", (int)strspn(argument, "-"), argument, name);
		if (!option)
			find_near(table, name, &near);
		if (option || *near.best)
			buf_printf(why, ": did you mean --%s?", option ? name : near.best);
		else
			buf_puts(why, ": --help lists them");
		return CHAT_ERR_CONFIG;
	}
	++*at;
	if (!value) {
		if (*at >= argc || strncmp(argv[*at], "--", 2) == 0) {
			buf_printf(why, "%s needs a value: %s=%s", where, where, hint_of(option));
			return CHAT_ERR_CONFIG;
		}
		value = argv[(*at)++];
	}
	return conf_set(option, target, value, where, arena, why);
}

/* A value as conf_file() reads it back. */
static void put_env_value(struct buf *out, const char *value)
{
	if (!value[strcspn(value, " \t\r\n#'\"\\$")]) {
		buf_puts(out, value);
		return;
	}
	buf_putc(out, '"');
	for (; *value; value++) {
		if (*value == '\n' || *value == '\r' || *value == '\t') {
			buf_putc(out, '\\');
			buf_putc(out, *value == '\n' ? 'n' : *value == '\r' ? 'r' : 't');
			continue;
		}
		if (*value == '"' || *value == '\\' || *value == '$')
			buf_putc(out, '\\');
		buf_putc(out, *value);
	}
	buf_putc(out, '"');
}

void conf_help(const struct conf_table *table, struct buf *out)
{
	struct buf text;

	buf_init(&text, SIZE_MAX);
	for (size_t i = 0; i < table->n_options; i++) {
		const struct conf_option *option = &table->options[i];
		char name[NAME_SIZE];

		spell_flag(option->name, name);
		buf_printf(out, "  --%s %s\n", name, hint_of(option));
		buf_reset(&text);
		buf_puts(&text, option->help);
		if (option->fallback && *option->fallback && option->type != CONF_SECRET) {
			buf_puts(&text, " (default: ");
			put_env_value(&text, option->fallback);
			buf_putc(&text, ')');
		}
		buf_puts(out, HELP_INDENT);
		chat_text_wrap(out, buf_str(&text), HELP_INDENT, strlen(HELP_INDENT));
	}
	out->failed |= text.failed;
	buf_release(&text);
}

void conf_example(const struct conf_table *table, struct buf *out)
{
	struct buf text;

	buf_init(&text, SIZE_MAX);
	for (size_t i = 0; i < table->n_options; i++) {
		const struct conf_option *option = &table->options[i];

		buf_reset(&text);
		buf_puts(&text, option->help);
		if (option->type == CONF_NUMBER) {
			buf_printf(&text, " (%ld to %ld)", option->min, option->max);
		} else if (option->type == CONF_CHOICE) {
			buf_puts(&text, " (");
			put_choices(&text, option->values);
			buf_putc(&text, ')');
		}
		if (i > 0)
			buf_putc(out, '\n');
		buf_puts(out, "# ");
		chat_text_wrap(out, buf_str(&text), "# ", strlen("# "));
		buf_printf(out, "%s=", option->name);
		if (option->fallback && option->type != CONF_SECRET)
			put_env_value(out, option->fallback);
		buf_putc(out, '\n');
	}
	out->failed |= text.failed;
	buf_release(&text);
}

void conf_manual(const struct conf_table *table, bool flags, struct buf *out)
{
	buf_puts(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < table->n_options; i++) {
		const struct conf_option *option = &table->options[i];
		char name[NAME_SIZE];

		spell_flag(option->name, name);
		if (flags)
			buf_printf(out, ".It Fl \\-%s Ar %s\n", name, hint_of(option));
		else
			buf_printf(out, ".It Ev %s\n", option->name);
		roff_put(out, option->help);
		buf_puts(out, ".\n");
		if (option->type == CONF_NUMBER)
			buf_printf(out, "From %ld to %ld.\n", option->min, option->max);
		if (option->type == CONF_CHOICE) {
			buf_puts(out, "One of ");
			put_choices(out, option->values);
			buf_puts(out, ".\n");
		}
		if (option->fallback && *option->fallback && option->type != CONF_SECRET) {
			buf_puts(out, "The default is\n.Ql ");
			roff_put(out, option->fallback);
			buf_puts(out, " .\n");
		}
	}
	buf_puts(out, ".El\n");
}
