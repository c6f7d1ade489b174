#include "complete.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <chat/cred.h>
#include <chat/time.h>
#include "inert.h"
#include "special.h"

#define CACHE_SECONDS 60
#define CACHE_MAX ((size_t)16 << 20) /* bytes */
#define ASK_MS 1000

/* The word to complete, and who takes what fits. */
struct completion {
	const char *before; /* of the word: "--output=" where the prefix is the flag's value */
	int n_before;       /* bytes */
	const char *prefix;
	complete_take *take;
	void *context;
};

static void offer(const struct completion *c, const char *candidate)
{
	struct buf word;

	if (strncmp(candidate, c->prefix, strlen(c->prefix)) != 0)
		return;
	buf_init(&word, 4096);
	buf_printf(&word, "%.*s%s", c->n_before, c->before, candidate);
	if (buf_ok(&word))
		c->take(c->context, buf_str(&word));
	buf_release(&word);
}

/* --- places: a text of lines, each a kind ('s', 'c', 'u') and a name --- */

/* A name that would not be one line of plain text is left out: it could do things to a terminal. */
static void put_place(struct buf *out, char kind, const char *before, const char *name)
{
	struct buf inert;

	buf_init(&inert, CACHE_MAX);
	inert_put(&inert, name, strlen(name), "");
	if (!strcmp(buf_str(&inert), name))
		buf_printf(out, "%c%s%s\n", kind, before, name);
	buf_release(&inert);
}

/* A server named like an id or an option would be taken for one. */
static bool is_name(const char *text)
{
	int64_t id;

	return *text != '-' && !args_number(text, 1, LIMIT_ID_MAX, &id);
}

static void put_server(struct ctl *ctl, struct buf *out, const struct chat_server *server)
{
	const struct path_params params = {.server_id = server->id};
	const struct chat_channel *channels;
	const struct chat_member *members;
	const char *before = arena_printf(&ctl->arena, "%s:#", server->name);
	void *items = NULL;
	size_t count = 0;

	if (is_name(server->name))
		put_place(out, 's', "", server->name);
	else
		before = NULL;
	if (before && !ctl_get(ctl, EP_channel_list, &params, NULL, &items, &count)) {
		channels = items;
		for (size_t i = 0; i < count; i++)
			put_place(out, 'c', before, channels[i].name);
	}
	if (!ctl_get(ctl, EP_member_list, &params, NULL, &items, &count)) {
		members = items;
		for (size_t i = 0; i < count; i++)
			put_place(out, 'u', "@", members[i].user->username);
	}
}

static void ask_places(struct ctl *ctl, struct buf *out)
{
	const struct chat_server *servers;
	void *items = NULL;
	size_t count = 0;
	int64_t until = time_mono_us() + ASK_MS * 1000;

	if (ctl_get(ctl, EP_server_list, NULL, NULL, &items, &count))
		return;
	servers = items;
	for (size_t i = 0; i < count && time_mono_us() < until; i++)
		put_server(ctl, out, &servers[i]);
	buf_reset(&ctl->why);
}

/* One file for each server and account. FNV-1a tells them apart; the names are no secrets of each
 * other. */
static char *cache_path(const struct ctl *ctl)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	const char *parts[] = {ctl->account.url, ctl->account.token ? ctl->account.token : ""};
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < 2; i++) {
		for (const char *p = parts[i]; *p; p++)
			hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	}
	if (cache && *cache == '/')
		return arena_printf((struct arena *)&ctl->arena, "%s/chat/places-%016llx", cache,
			(unsigned long long)hash);
	if (!home || *home != '/')
		return NULL;
	return arena_printf((struct arena *)&ctl->arena, "%s/.cache/chat/places-%016llx", home,
		(unsigned long long)hash);
}

static bool read_cache(const char *path, struct buf *out)
{
	struct stat st;
	bool fresh = false;
	ssize_t n = 1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && st.st_uid == geteuid()) {
		int64_t age = time_now_ms() / 1000 - st.st_mtime;

		fresh = age >= 0 && age < CACHE_SECONDS;
	}
	while (fresh && n > 0) {
		char *to = buf_reserve(out, 65536);

		n = to ? read(fd, to, 65536) : -1;
		if (n > 0)
			buf_truncate(out, out->len + (size_t)n);
	}
	close(fd);
	return fresh && n == 0;
}

/* As well as it can: without a cache each completion asks the server. */
static void write_cache(char *path, const struct buf *text)
{
	char *slash = strrchr(path, '/');
	char temporary[4096];
	int fd, n;

	*slash = '\0';
	if (mkdir(path, 0700) && errno == ENOENT) {
		char *parent = strrchr(path, '/');

		*parent = '\0';
		mkdir(path, 0700);
		*parent = '/';
		mkdir(path, 0700);
	}
	*slash = '/';
	n = snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	if (n < 0 || (size_t)n >= sizeof(temporary) || (fd = mkostemp(temporary, O_CLOEXEC)) < 0)
		return;
	if (write(fd, buf_str(text), text->len) != (ssize_t)text->len || rename(temporary, path))
		unlink(temporary);
	close(fd);
}

static void offer_places(struct ctl *ctl, const struct completion *c, char kind)
{
	struct buf text;
	char *path = NULL;
	unsigned retries = ctl->options.retries;
	int64_t timeout_ms = ctl->options.timeout_ms;

	ctl->options.retries = 0;
	ctl->options.timeout_ms = ASK_MS;
	buf_init(&text, CACHE_MAX);
	if (!ctl_connect(ctl))
		path = cache_path(ctl);
	if (path && !read_cache(path, &text)) {
		buf_reset(&text);
		ask_places(ctl, &text);
		if (text.len && buf_ok(&text))
			write_cache(path, &text);
	}
	for (char *line = text.data; line && *line;) {
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		if (*line == kind)
			offer(c, line + 1);
		line = end ? end + 1 : NULL;
	}
	buf_release(&text);
	ctl->options.retries = retries;
	ctl->options.timeout_ms = timeout_ms;
}

static void offer_contexts(struct ctl *ctl, const struct completion *c)
{
	struct cred cred;

	if (!cred_open(&cred, false, &ctl->why)) {
		for (size_t i = 0; i < cred.count; i++)
			offer(c, cred.contexts[i].name);
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
			offer(c, word);
		}
		choices += n + (choices[n] == '|');
	}
}

static void offer_values(struct ctl *ctl, const struct completion *c, const struct arg *arg)
{
	switch (arg->kind) {
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
}

/* --- words --- */

/* The word of a command that could come next: its first, or after `first` its second; n is its
 * length, 0 if there is none. */
static const char *next_word(const struct command *command, const char *first, size_t *n)
{
	const char *from = command->words;
	size_t skip = first ? strlen(first) : 0;

	*n = 0;
	if (first && (strncmp(from, first, skip) != 0 || from[skip] != ' '))
		return from;
	from += first ? skip + 1 : 0;
	*n = strcspn(from, " ");
	return from;
}

/* The first words of commands, each once, or with a first one the second words. */
static void offer_commands(const struct completion *c, const char *first)
{
	struct command command, earlier;

	for (size_t i = 0; command_at(i, &command); i++) {
		size_t n, m = 0;
		const char *word = next_word(&command, first, &n);
		bool seen = n == 0;
		char text[64];

		for (size_t j = 0; j < i && !seen && command_at(j, &earlier); j++) {
			const char *other = next_word(&earlier, first, &m);

			seen = m == n && !memcmp(word, other, n);
		}
		if (seen)
			continue;
		snprintf(text, sizeof(text), "%.*s", (int)n, word);
		offer(c, text);
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
		offer(c, buf_str(&name));
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

void complete_words(
	struct ctl *ctl, char *const *words, size_t n, complete_take *take, void *context)
{
	const char *word = words[n - 1];
	struct completion c = {word, 0, word, take, context};
	struct args_state state;

	args_walk(&state, words, n - 1);
	use_account(ctl, &state);
	if (state.begun) {
		c.prefix = state.begun;
		c.n_before = (int)(state.begun - word);
	}
	if (state.flag)
		offer_values(ctl, &c, state.flag);
	else if (!state.only_arguments && c.prefix[0] == '-')
		offer_flags(&c, &state.command);
	else if (!state.command.words)
		offer_commands(&c, state.first);
	else if (positional(&state.command, state.positionals))
		offer_values(ctl, &c, positional(&state.command, state.positionals));
}

static void print_line(void *context, const char *candidate)
{
	(void)context;
	printf("%s\n", candidate);
}

int complete_run(struct ctl *ctl, const struct invocation *in)
{
	char **words = arena_array(&ctl->arena, in->n_list + 1, sizeof(*words));

	for (size_t i = 0; words && i < in->n_list; i++)
		words[i] = arena_strdup(&ctl->arena, in->list[i]);
	if (words && in->n_list)
		complete_words(ctl, words, in->n_list, print_line, NULL);
	return EXIT_OK;
}
