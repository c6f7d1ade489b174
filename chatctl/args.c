#include "args.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <chat/buf.h>
#include <chat/text.h>

const struct arg args_globals[GLOBAL_COUNT] = {
	[GLOBAL_URL] = {.name = "url",
		.doc = "The server; http://127.0.0.1:8000 unless CHATCTL_URL or "
		       "the context says another"},
	[GLOBAL_CONTEXT] = {.name = "context",
		.letter = 'c',
		.kind = ARG_CONTEXT,
		.argument = "NAME",
		.doc = "The server and account to use; see chatctl context"},
	[GLOBAL_OUTPUT] = {.name = "output",
		.letter = 'o',
		.kind = ARG_CHOICE,
		.argument = "FORMAT",
		.choices = "table|json|ndjson|tsv|id",
		.doc = "table (the default on a terminal), json, ndjson, tsv (elsewhere) or id"},
	[GLOBAL_JSON] = {.name = "json",
		.argument = "FIELDS",
		.doc = "Only these fields, separated by commas, as JSON"},
	[GLOBAL_RETRY] = {.name = "retry",
		.kind = ARG_NUMBER,
		.argument = "N",
		.doc = "How often a request that failed is sent again (3)"},
	[GLOBAL_TIMEOUT] = {.name = "timeout",
		.kind = ARG_SECONDS,
		.argument = "S",
		.doc = "Seconds for a request with its retries (30); for tail, for all of it"},
	[GLOBAL_DRY_RUN] = {.name = "dry_run",
		.kind = ARG_SWITCH,
		.doc = "Print the request instead of sending it"},
	[GLOBAL_CURL] = {.name = "curl",
		.kind = ARG_SWITCH,
		.doc = "Print it as a curl command, the token masked"},
	[GLOBAL_VERBOSE] = {.name = "verbose",
		.letter = 'v',
		.kind = ARG_SWITCH,
		.doc = "Show the exchange on standard error, secrets masked"},
	[GLOBAL_FILE] = {.name = "file",
		.letter = 'f',
		.kind = ARG_FILE,
		.argument = "FILE",
		.doc = "Run the commands of a file, a line each, up to the first that fails"},
	[GLOBAL_HELP] = {.name = "help", .letter = 'h', .kind = ARG_SWITCH, .doc = "Show help"},
	[GLOBAL_VERSION] = {.name = "version",
		.letter = 'V',
		.kind = ARG_SWITCH,
		.doc = "Show the version"},
};

/* --- names --- */

static void put_cased(struct buf *out, const char *name, bool upper)
{
	for (; *name; name++) {
		if (*name == '_')
			buf_putc(out, upper ? '_' : '-');
		else
			buf_putc(out, (char)(upper ? toupper(*name) : *name));
	}
}

void arg_put_argument(struct buf *out, const struct arg *arg)
{
	if (arg->argument)
		buf_puts(out, arg->argument);
	else if (arg->kind != ARG_SWITCH)
		put_cased(out, arg->name, true);
}

void arg_put_name(struct buf *out, const struct arg *arg)
{
	if (arg->flags & ARG_POSITIONAL) {
		arg_put_argument(out, arg);
	} else {
		buf_puts(out, "--");
		put_cased(out, arg->name, false);
	}
}

/* True when the n bytes of a flag ("max-uses" or "max_uses") name the parameter. */
static bool is_named(const struct arg *arg, const char *flag, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = flag[i] == '-' ? '_' : flag[i];

		if (arg->name[i] != c)
			return false;
	}
	return !arg->name[n];
}

void nearest_try(struct nearest *nearest, const char *candidate)
{
	size_t distance = text_distance(nearest->word, candidate);

	/* A third of the word may be wrong; more is no misspelling of it. */
	if (distance > (strlen(nearest->word) + 2) / 3 ||
		(nearest->best && distance >= nearest->distance))
		return;
	nearest->best = candidate;
	nearest->distance = distance;
}

void nearest_put(const struct nearest *nearest, struct buf *why)
{
	if (nearest->best)
		buf_printf(why, "; did you mean %s?", nearest->best);
}

/* --- values --- */

bool args_number(const char *text, int64_t min, int64_t max, int64_t *value)
{
	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > 18 || text[n])
		return false;
	*value = strtoll(text, NULL, 10);
	return *value >= min && *value <= max;
}

bool args_seconds(const char *text, int64_t *ms)
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

static bool is_choice(const char *choices, const char *value)
{
	size_t n = strlen(value);

	while (*choices) {
		size_t length = strcspn(choices, "|");

		if (length == n && !memcmp(choices, value, n))
			return true;
		choices += length + (choices[length] == '|');
	}
	return false;
}

static bool check_value(const struct arg *arg, const char *value, struct buf *why)
{
	const char *wants = NULL;
	int64_t number;

	if (arg->kind == ARG_NUMBER && !args_number(value, 0, INT64_MAX, &number))
		wants = "a whole number";
	else if (arg->kind == ARG_SECONDS && !args_seconds(value, &number))
		wants = "a number of seconds above 0";
	else if (arg->kind == ARG_CHOICE && !is_choice(arg->choices, value))
		wants = arg->choices;
	if (!wants)
		return true;
	arg_put_name(why, arg);
	buf_puts(why, " must be ");
	for (; *wants; wants++)
		buf_printf(why, "%.*s", *wants == '|' ? 4 : 1, *wants == '|' ? " or " : wants);
	buf_printf(why, ", not %s", value);
	return false;
}

/* --- taking apart --- */

struct parser {
	struct invocation *in;
	int argc;
	char **argv;
	int at;
	const char *first; /* the first of the words, while one alone names no command */
	size_t positional; /* how many of the command's positionals have their value */
	bool only_arguments;
	struct buf *why;
};

static bool find_command(const char *first, const char *second, struct command *command)
{
	size_t n = strlen(first);

	for (size_t i = 0; command_at(i, command); i++) {
		if (strncmp(command->words, first, n))
			continue;
		if (second ? command->words[n] == ' ' && !strcmp(command->words + n + 1, second)
			   : !command->words[n])
			return true;
	}
	*command = (struct command){0};
	return false;
}

static bool is_noun(const char *word)
{
	struct command command;
	size_t n = strlen(word);

	for (size_t i = 0; command_at(i, &command); i++) {
		if (!strncmp(command.words, word, n) && command.words[n] == ' ')
			return true;
	}
	return false;
}

static bool unknown_command(struct parser *p, const char *word)
{
	struct nearest nearest = {.word = word};
	struct command command;
	char first[32];
	size_t n = p->first ? strlen(p->first) : 0;

	buf_puts(p->why, "there is no command ");
	if (p->first)
		buf_printf(p->why, "%s ", p->first);
	buf_puts(p->why, word);
	for (size_t i = 0; command_at(i, &command); i++) {
		if (p->first && !strncmp(command.words, p->first, n) && command.words[n] == ' ') {
			nearest_try(&nearest, command.words + n + 1);
		} else if (!p->first) {
			size_t length = strcspn(command.words, " ");

			if (length >= sizeof(first))
				continue;
			memcpy(first, command.words, length);
			first[length] = '\0';
			nearest_try(&nearest, first);
			if (nearest.best == first)
				nearest.best = command.words;
		}
	}
	if (nearest.best && p->first)
		buf_printf(p->why, "; did you mean %s %s?", p->first, nearest.best);
	else if (nearest.best)
		buf_printf(p->why, "; did you mean %.*s?", (int)strcspn(nearest.best, " "),
			nearest.best);
	return false;
}

static bool missing_verb(struct parser *p)
{
	struct command command;
	size_t n = strlen(p->first);
	const char *separator = " needs a verb: ";

	buf_puts(p->why, p->first);
	for (size_t i = 0; command_at(i, &command); i++) {
		if (strncmp(command.words, p->first, n) != 0 || command.words[n] != ' ')
			continue;
		buf_printf(p->why, "%s%s", separator, command.words + n + 1);
		separator = ", ";
	}
	return false;
}

static bool take_word(struct parser *p, const char *word)
{
	struct command *command = &p->in->command;

	if (find_command(p->first ? p->first : word, p->first ? word : NULL, command))
		return true;
	if (p->first || !is_noun(word))
		return unknown_command(p, word);
	p->first = word;
	return true;
}

static bool take_positional(struct parser *p, const char *value)
{
	struct command *command = &p->in->command;
	size_t seen = 0;

	for (size_t i = 0; i < command->n_args; i++) {
		const struct arg *arg = &command->args[i];

		if (!(arg->flags & ARG_POSITIONAL))
			continue;
		if (arg->flags & ARG_LIST) {
			p->in->list[p->in->n_list++] = value;
			return true;
		}
		if (seen++ < p->positional)
			continue;
		p->positional++;
		if (!check_value(arg, value, p->why))
			return false;
		p->in->values[i] = value;
		return true;
	}
	buf_printf(p->why, "%s takes no more arguments: %s", command->words, value);
	return false;
}

/* The flag's row, the command's own before the global ones, and where its value goes; in *list,
 * that it goes to the list. */
static const struct arg *find_flag(struct parser *p, const char *name, size_t n, const char ***slot)
{
	struct command *command = &p->in->command;
	bool is_letter = n == 1;

	for (size_t i = 0; i < command->n_args; i++) {
		const struct arg *arg = &command->args[i];

		if (arg->flags & ARG_POSITIONAL)
			continue;
		if (is_letter ? arg->letter == *name : is_named(arg, name, n)) {
			*slot = &p->in->values[i];
			return arg;
		}
	}
	for (size_t i = 0; i < GLOBAL_COUNT; i++) {
		const struct arg *arg = &args_globals[i];

		if (is_letter ? arg->letter == *name : is_named(arg, name, n)) {
			*slot = &p->in->globals[i];
			return arg;
		}
	}
	return NULL;
}

static bool unknown_flag(struct parser *p, const char *flag, size_t n)
{
	struct nearest nearest;
	const struct command *command = &p->in->command;
	char word[64];
	size_t length = n < sizeof(word) ? n : sizeof(word) - 1;

	for (size_t i = 0; i < length; i++)
		word[i] = flag[i] == '-' ? '_' : flag[i];
	word[length] = '\0';
	nearest = (struct nearest){.word = word};
	for (size_t i = 0; i < command->n_args; i++) {
		if (!(command->args[i].flags & ARG_POSITIONAL))
			nearest_try(&nearest, command->args[i].name);
	}
	for (size_t i = 0; i < GLOBAL_COUNT; i++)
		nearest_try(&nearest, args_globals[i].name);
	buf_printf(p->why, "there is no option %s%.*s", n == 1 ? "-" : "--", (int)n, flag);
	if (nearest.best) {
		buf_puts(p->why, "; did you mean --");
		put_cased(p->why, nearest.best, false);
		buf_puts(p->why, "?");
	}
	return false;
}

/* Stores a flag's value; inline_value is what stood in the same argument, or NULL. */
static bool take_value(
	struct parser *p, const struct arg *arg, const char **slot, const char *inline_value)
{
	const char *value = inline_value;

	if (arg->kind == ARG_SWITCH) {
		if (inline_value) {
			arg_put_name(p->why, arg);
			buf_puts(p->why, " takes no value");
			return false;
		}
		*slot = "";
		return true;
	}
	if (!value && p->at + 1 < p->argc)
		value = p->argv[++p->at];
	if (!value) {
		arg_put_name(p->why, arg);
		buf_puts(p->why, " needs a value: ");
		arg_put_argument(p->why, arg);
		return false;
	}
	if (!check_value(arg, value, p->why))
		return false;
	if (arg->flags & ARG_LIST)
		p->in->list[p->in->n_list++] = value;
	else
		*slot = value;
	return true;
}

static bool take_long(struct parser *p, const char *flag)
{
	size_t n = strcspn(flag, "=");
	const char **slot;
	/* One letter after two dashes is no option. */
	const struct arg *arg = n > 1 ? find_flag(p, flag, n, &slot) : NULL;

	if (!arg)
		return unknown_flag(p, flag, n);
	return take_value(p, arg, slot, flag[n] ? flag + n + 1 : NULL);
}

/* -v, -n20, -n 20, -vn20 */
static bool take_letters(struct parser *p, const char *letters)
{
	for (; *letters; letters++) {
		const char **slot;
		const struct arg *arg = find_flag(p, letters, 1, &slot);

		if (!arg)
			return unknown_flag(p, letters, 1);
		if (arg->kind != ARG_SWITCH)
			return take_value(p, arg, slot, letters[1] ? letters + 1 : NULL);
		*slot = "";
	}
	return true;
}

static bool take(struct parser *p, const char *arg)
{
	if (!p->only_arguments && !strcmp(arg, "--")) {
		p->only_arguments = true;
		return true;
	}
	if (!p->only_arguments && arg[0] == '-' && arg[1] == '-')
		return take_long(p, arg + 2);
	if (!p->only_arguments && arg[0] == '-' && arg[1])
		return take_letters(p, arg + 1);
	return p->in->command.words ? take_positional(p, arg) : take_word(p, arg);
}

static bool check_complete(struct parser *p)
{
	const struct command *command = &p->in->command;

	for (size_t i = 0; i < command->n_args; i++) {
		const struct arg *arg = &command->args[i];
		bool given = arg->flags & ARG_LIST ? p->in->n_list > 0 : p->in->values[i] != NULL;

		if (given || !(arg->flags & ARG_REQUIRED))
			continue;
		buf_printf(p->why, "%s needs ", command->words);
		arg_put_name(p->why, arg);
		if (arg->doc)
			buf_printf(p->why, " (%s)", arg->doc);
		return false;
	}
	return true;
}

bool args_parse(struct invocation *in, int argc, char **argv, const char **list, struct buf *why)
{
	struct parser p = {.in = in, .argc = argc, .argv = argv, .why = why};

	*in = (struct invocation){.list = list};
	for (; p.at < argc; p.at++) {
		if (!take(&p, argv[p.at]))
			return false;
	}
	if (in->globals[GLOBAL_HELP] || in->globals[GLOBAL_VERSION]) {
		in->noun = p.first;
		return true;
	}
	if (!in->command.words && p.first)
		return missing_verb(&p);
	return check_complete(&p);
}

const char *args_value(const struct invocation *in, const char *name)
{
	for (size_t i = 0; i < in->command.n_args; i++) {
		if (!strcmp(in->command.args[i].name, name))
			return in->values[i];
	}
	return NULL;
}

/* The flag with a value that a word names, and where the value goes; *value is what the word holds
 * of it, NULL if nothing. NULL for a switch and for what is no flag. */
static const struct arg *named_flag(
	struct parser *p, const char *word, const char ***slot, const char **value)
{
	const struct arg *arg = NULL;
	size_t n = 1;

	*value = NULL;
	if (word[0] != '-' || !word[1] || !strcmp(word, "--"))
		return NULL;
	if (word[1] == '-') {
		word += 2;
		n = strcspn(word, "=");
		arg = n > 1 ? find_flag(p, word, n, slot) : NULL;
		*value = word[n] ? word + n + 1 : NULL;
	} else {
		do {
			arg = find_flag(p, ++word, 1, slot);
		} while (arg && arg->kind == ARG_SWITCH && word[1]);
		*value = word[1] ? word + 1 : NULL;
	}
	return arg && arg->kind != ARG_SWITCH ? arg : NULL;
}

/* Keeps what named_flag() found; its row is in a copy of the command. */
static void set_flag(struct args_state *state, const struct invocation *in, const struct arg *arg)
{
	if (arg && arg >= in->command.args && arg < in->command.args + in->command.n_args)
		arg = &state->command.args[arg - in->command.args];
	state->flag = arg;
}

void args_walk(struct args_state *state, char *const *words, size_t n)
{
	struct invocation in = {0};
	struct parser p = {.in = &in};
	const char **slot = NULL, *value;
	const struct arg *arg;

	*state = (struct args_state){0};
	for (size_t i = 0; i <= n; i++) {
		const char *word = words[i];
		bool is_flag = !state->flag && !state->only_arguments && word[0] == '-' && word[1];

		in.command = state->command;
		arg = is_flag ? named_flag(&p, word, &slot, &value) : NULL;
		if (i == n) {
			state->begun = arg ? value : NULL;
			if (state->begun)
				set_flag(state, &in, arg);
		} else if (state->flag) {
			*slot = word;
			state->flag = NULL;
		} else if (is_flag) {
			state->only_arguments = !strcmp(word, "--");
			if (arg && value)
				*slot = value;
			else
				set_flag(state, &in, arg);
		} else if (state->command.words) {
			state->positionals++;
		} else if (!find_command(state->first ? state->first : word,
				   state->first ? word : NULL, &state->command)) {
			state->first = word;
		}
	}
	memcpy(state->globals, in.globals, sizeof(state->globals));
}
