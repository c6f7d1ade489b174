#include "complete.h"

#include <stdio.h>
#include <string.h>
#include <chat/cred.h>
#include "args.h"
#include "help.h"
#include "name_cache.h"
#include "commands.h"

/* The word to complete, and where what fits goes. */
struct completion {
	const char *before; /* of the word: "--output=" where the prefix is the flag's value */
	int n_before;       /* bytes */
	const char *prefix;
	complete_offer *add;
	void *context;
};

/* about: what can be said of it, or NULL. */
static void offer(const struct completion *c, const char *candidate, const char *about)
{
	struct buf word;

	if (strncmp(candidate, c->prefix, strlen(c->prefix)) != 0)
		return;
	buf_init(&word, 4096);
	buf_printf(&word, "%.*s%s", c->n_before, c->before, candidate);
	if (buf_ok(&word))
		c->add(c->context, buf_str(&word), about);
	buf_release(&word);
}

/* --- values --- */

static void offer_places(struct ctl *ctl, const struct completion *c, char kind)
{
	/* A channel by its name alone, where that is how the word begins. */
	char wanted = kind == 'c' && c->prefix[0] == '#' ? 'n' : kind;
	struct buf text;
	char *line, *rest;

	buf_init(&text, NAME_CACHE_MAX);
	name_cache_read(ctl, &text);
	rest = text.data;
	while ((line = strsep(&rest, "\n"))) {
		if (*line == wanted)
			offer(c, line + 1, NULL);
	}
	buf_release(&text);
}

static void offer_contexts(struct ctl *ctl, const struct completion *c)
{
	struct cred cred;

	if (!cred_open(&cred, false, &ctl->why)) {
		for (size_t i = 0; i < cred.count; i++)
			offer(c, cred.contexts[i].name, cred.contexts[i].url);
	}
	buf_reset(&ctl->why);
	cred_release(&cred);
}

static void offer_choices(const struct completion *c, const char *choices)
{
	char word[64];

	while (*choices) {
		size_t n = strcspn(choices, "|");

		if (n < sizeof(word)) {
			memcpy(word, choices, n);
			word[n] = '\0';
			offer(c, word, NULL);
		}
		choices += n + (choices[n] == '|');
	}
}

/* True if it is a file's name, which is the caller's to find. */
static bool offer_values(struct ctl *ctl, const struct completion *c, const struct arg *arg)
{
	switch (arg->kind) {
	case ARG_FILE:
		return true;
	case ARG_CHOICE:
		offer_choices(c, arg->choices);
		break;
	case ARG_CONTEXT:
		offer_contexts(ctl, c);
		break;
	case ARG_SERVER:
		offer_places(ctl, c, 's');
		break;
	case ARG_CHANNEL:
		offer_places(ctl, c, 'c');
		break;
	case ARG_USER:
		offer_places(ctl, c, 'u');
		break;
	default:
		break;
	}
	return false;
}

/* --- words --- */

/* Whether an earlier command than the i-th has the same word there. */
static bool is_doubled(size_t i, const char *first, const char *word, size_t n)
{
	struct command command;

	for (size_t j = 0; j < i && command_at(j, &command); j++) {
		size_t m;
		const char *other = command_word(&command, first, &m);

		if (other && m == n && !memcmp(word, other, n))
			return true;
	}
	return false;
}

/* The first words of commands, each once, or with a first one the second words. */
static void offer_commands(const struct completion *c, const char *first)
{
	struct command command;

	for (size_t i = 0; command_at(i, &command); i++) {
		char text[64];
		size_t n;
		const char *word = command_word(&command, first, &n);

		if (!word || is_doubled(i, first, word, n))
			continue;
		snprintf(text, sizeof(text), "%.*s", (int)n, word);
		offer(c, text, word[n] ? NULL : command.summary);
	}
}

static void offer_flags(const struct completion *c, const struct command *command)
{
	for (size_t i = 0; i < command->n_args + GLOBAL_COUNT; i++) {
		const struct arg *arg = i < command->n_args ? &command->args[i]
							    : &args_globals[i - command->n_args];
		struct buf name;

		if (arg->flags & ARG_POSITIONAL)
			continue;
		buf_init(&name, 256);
		arg_put_name(&name, arg);
		offer(c, buf_str(&name), arg->doc);
		buf_release(&name);
	}
}

/* The n-th positional; the last one if that takes a list. */
static const struct arg *positional(const struct command *command, size_t n)
{
	for (size_t i = 0; i < command->n_args; i++) {
		const struct arg *arg = &command->args[i];

		if (!(arg->flags & ARG_POSITIONAL))
			continue;
		if (arg->flags & ARG_LIST || n-- == 0)
			return arg;
	}
	return NULL;
}

/* The places are those of the server and account that the line names. */
static void use_account(struct ctl *ctl, const struct args_state *state)
{
	static const enum global which[] = {GLOBAL_URL, GLOBAL_CONTEXT};

	for (size_t i = 0; i < sizeof(which) / sizeof(which[0]); i++) {
		const char **value = &ctl->options.globals[which[i]];

		if (ctl->base)
			*value = ctl->base[which[i]];
		if (state->globals[which[i]])
			*value = state->globals[which[i]];
	}
}

bool complete_words(
	struct ctl *ctl, char *const *words, size_t n, complete_offer *add, void *context)
{
	const char *word = words[n - 1];
	struct completion c = {word, 0, word, add, context};
	struct args_state state;
	const struct arg *arg;

	args_walk(&state, words, n - 1);
	use_account(ctl, &state);
	if (state.begun) {
		c.prefix = state.begun;
		c.n_before = (int)(state.begun - word);
	}
	arg = state.flag ? state.flag : positional(&state.command, state.positionals);
	if (!state.flag && !state.only_arguments && c.prefix[0] == '-')
		offer_flags(&c, &state.command);
	else if (!state.flag && !state.command.words)
		offer_commands(&c, state.first);
	else if (!state.flag && state.command.run == help_run && state.positionals < 2)
		offer_commands(&c, state.positionals ? words[n - 2] : NULL);
	else if (arg)
		return offer_values(ctl, &c, arg);
	return false;
}

static void print_line(void *context, const char *candidate, const char *about)
{
	const bool *describe = context;

	printf("%s", candidate);
	if (*describe && about)
		printf("\t%s", about);
	putchar('\n');
}

int complete_run(struct ctl *ctl, const struct invocation *in)
{
	char **words = arena_array(&ctl->arena, in->n_list + 1, sizeof(*words));
	bool describe = invocation_value(in, "describe") != NULL;

	for (size_t i = 0; words && i < in->n_list; i++)
		words[i] = arena_strdup(&ctl->arena, in->list[i]);
	if (words && in->n_list && complete_words(ctl, words, in->n_list, print_line, &describe))
		printf("%s\n", COMPLETE_FILE);
	return EXIT_OK;
}
