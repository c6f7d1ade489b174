#include "args.h"

#include <string.h>
#include <chat/buf.h>
#include <chat/suggest.h>

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
		.doc = "Print it as a curl command, with the token from CHATCTL_TOKEN"},
	[GLOBAL_VERBOSE] = {.name = "verbose",
		.letter = 'v',
		.kind = ARG_SWITCH,
		.doc = "Show the exchange on standard error, secrets masked"},
	[GLOBAL_FILE] = {.name = "file",
		.letter = 'f',
		.kind = ARG_FILE,
		.argument = "FILE",
		.doc = "Run the commands of a file, a line each, up to the first that fails; - is "
		       "standard input, and lines that begin with # are comments"},
	[GLOBAL_HELP] = {.name = "help", .letter = 'h', .kind = ARG_SWITCH, .doc = "Show help"},
	[GLOBAL_VERSION] = {.name = "version",
		.letter = 'V',
		.kind = ARG_SWITCH,
		.doc = "Show the version"},
};

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
	size_t n;

	for (size_t i = 0; command_at(i, &command); i++) {
		if (command_word(&command, word, &n))
			return true;
	}
	return false;
}

/* before: what stands before the word. */
static void put_suggestion(const struct chat_suggest *nearest, const char *before, struct buf *why)
{
	if (*nearest->best)
		buf_printf(why, "; did you mean %s%s?", before, nearest->best);
}

static bool unknown_command(struct parser *p, const char *word)
{
	struct chat_suggest nearest = {.word = word};
	struct command command;
	struct buf before;
	size_t n;

	buf_init(&before, 64);
	if (p->first)
		buf_printf(&before, "%s ", p->first);
	buf_printf(p->why, "there is no command %s%s", buf_str(&before), word);
	for (size_t i = 0; command_at(i, &command); i++) {
		const char *candidate = command_word(&command, p->first, &n);

		if (candidate)
			chat_suggest_try(&nearest, candidate, n);
	}
	put_suggestion(&nearest, buf_str(&before), p->why);
	buf_release(&before);
	return false;
}

static bool missing_verb(struct parser *p)
{
	struct command command;
	const char *separator = " needs a verb: ";
	size_t n;

	buf_puts(p->why, p->first);
	for (size_t i = 0; command_at(i, &command); i++) {
		const char *verb = command_word(&command, p->first, &n);

		if (!verb)
			continue;
		buf_printf(p->why, "%s%s", separator, verb);
		separator = ", ";
	}
	return false;
}

static bool parse_word(struct parser *p, const char *word)
{
	struct command *command = &p->in->command;

	if (find_command(p->first ? p->first : word, p->first ? word : NULL, command))
		return true;
	if (p->first || !is_noun(word))
		return unknown_command(p, word);
	p->first = word;
	return true;
}

static bool parse_positional(struct parser *p, const char *value)
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
		if (!arg_check(arg, value, p->why))
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
		if (is_letter ? arg->letter == *name : arg_is_named(arg, name, n)) {
			*slot = &p->in->values[i];
			return arg;
		}
	}
	for (size_t i = 0; i < GLOBAL_COUNT; i++) {
		const struct arg *arg = &args_globals[i];

		if (is_letter ? arg->letter == *name : arg_is_named(arg, name, n)) {
			*slot = &p->in->globals[i];
			return arg;
		}
	}
	return NULL;
}

static void try_flags(struct chat_suggest *nearest, const struct arg *args, size_t n_args)
{
	struct buf flag;

	buf_init(&flag, CHAT_SUGGEST_MAX);
	for (size_t i = 0; i < n_args; i++) {
		if (args[i].flags & ARG_POSITIONAL)
			continue;
		buf_reset(&flag);
		arg_put_flag(&flag, args[i].name);
		chat_suggest_try(nearest, buf_str(&flag), flag.len);
	}
	buf_release(&flag);
}

/* flag: with its dashes, n bytes. */
static bool unknown_flag(struct parser *p, const char *flag, size_t n)
{
	const struct command *command = &p->in->command;
	struct chat_suggest nearest;
	struct buf word;

	buf_init(&word, 4096);
	buf_append(&word, flag, n);
	buf_printf(p->why, "there is no option %s", buf_str(&word));
	nearest = (struct chat_suggest){.word = buf_str(&word)};
	try_flags(&nearest, command->args, command->n_args);
	try_flags(&nearest, args_globals, GLOBAL_COUNT);
	put_suggestion(&nearest, "", p->why);
	buf_release(&word);
	return false;
}

/* Stores a flag's value; inline_value is what stood in the same argument, or NULL. */
static bool parse_value(
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
	if (!arg_check(arg, value, p->why))
		return false;
	if (arg->flags & ARG_LIST)
		p->in->list[p->in->n_list++] = value;
	else
		*slot = value;
	return true;
}

static bool parse_long(struct parser *p, const char *flag)
{
	size_t n = strcspn(flag, "=");
	const char **slot;
	/* One letter after two dashes is no option. */
	const struct arg *arg = n > 1 ? find_flag(p, flag, n, &slot) : NULL;

	if (!arg)
		return unknown_flag(p, flag - 2, n + 2);
	return parse_value(p, arg, slot, flag[n] ? flag + n + 1 : NULL);
}

/* -v, -n20, -n 20, -vn20 */
static bool parse_letters(struct parser *p, const char *letters)
{
	for (; *letters; letters++) {
		const char **slot;
		const struct arg *arg = find_flag(p, letters, 1, &slot);

		if (!arg) {
			const char flag[] = {'-', *letters};

			return unknown_flag(p, flag, sizeof(flag));
		}
		if (arg->kind != ARG_SWITCH)
			return parse_value(p, arg, slot, letters[1] ? letters + 1 : NULL);
		*slot = "";
	}
	return true;
}

static bool parse_argument(struct parser *p, const char *arg)
{
	if (!p->only_arguments && !strcmp(arg, "--")) {
		p->only_arguments = true;
		return true;
	}
	if (!p->only_arguments && arg[0] == '-' && arg[1] == '-')
		return parse_long(p, arg + 2);
	if (!p->only_arguments && arg[0] == '-' && arg[1])
		return parse_letters(p, arg + 1);
	return p->in->command.words ? parse_positional(p, arg) : parse_word(p, arg);
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
		if (!parse_argument(&p, argv[p.at]))
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
