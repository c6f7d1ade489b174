#include "shell.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <readline/readline.h>
#include <readline/history.h>
#include <chat/cred.h>
#include <chat/words.h>
#include "complete.h"
#include "run.h"

#define HISTORY_LINES 1000

/* --- running a line --- */

/* Runs a line's words; nothing for an empty one; *leave: it is exit or quit. Lines do not nest: a
 * shell has no shell. */
static int run_line(struct ctl *ctl, const char *line, bool *ran, bool *leave)
{
	struct arena arena;
	struct chat_words words;
	int status = EXIT_OK;

	*ran = *leave = false;
	arena_init(&arena, 0);
	if (!chat_words_split(&words, line, &arena)) {
		status = ctl_fail(ctl, CHAT_ERR_NO_MEMORY);
	} else if (words.open_quote) {
		buf_printf(&ctl->why, "a %c is not closed", words.open_quote);
		status = ctl_usage(ctl, NULL);
	} else if (words.count == 1 &&
		   (!strcmp(words.list[0], "exit") || !strcmp(words.list[0], "quit"))) {
		*leave = true;
	} else if (words.count) {
		size_t skip = !strcmp(words.list[0], "chatctl");

		*ran = true;
		status = run_command(ctl, (int)(words.count - skip), words.list + skip);
	}
	fflush(stdout);
	arena_release(&arena);
	return status;
}

/* The options of the command line that started the shell hold for its lines too, but for those that
 * are about that command line itself. They are argv's, and outlive it. */
static bool enter(struct ctl *ctl, const char *base[GLOBAL_COUNT])
{
	if (ctl->base) {
		buf_puts(&ctl->why, "this is a shell already");
		return false;
	}
	memcpy(base, ctl->options.globals, sizeof(ctl->options.globals));
	base[GLOBAL_FILE] = NULL;
	ctl->base = base;
	return true;
}

int shell_file(struct ctl *ctl, const char *path)
{
	const char *base[GLOBAL_COUNT];
	bool is_input = !strcmp(path, "-");
	int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct chat_lines own, *lines = is_input ? &ctl->input : &own;
	enum chat_line result;
	int status = EXIT_OK;
	bool leave = false;
	const char *line;
	size_t n;

	chat_lines_init(&own, CTL_LINE_MAX);
	if (fd < 0) {
		buf_printf(&ctl->why, "cannot open %s: %s", path, strerror(errno));
		return ctl_fail(ctl, CHAT_ERR_IO);
	}
	if (!enter(ctl, base)) {
		status = ctl_usage(ctl, NULL);
		goto out;
	}
	while (status == EXIT_OK && !leave && (result = chat_lines_read(lines, fd, &line, &n))) {
		size_t number = lines->number;
		bool ran;

		if (result == CHAT_LINE_TEXT) {
			status = run_line(ctl, line, &ran, &leave);
		} else {
			chat_lines_explain(result, path, &ctl->why);
			status = ctl_fail(
				ctl, result == CHAT_LINE_FAILED ? CHAT_ERR_IO : CHAT_ERR_INVALID);
		}
		if (status != EXIT_OK)
			fprintf(stderr, "chatctl: %s stopped at line %zu\n",
				is_input ? "input" : path, number);
	}
	ctl->base = NULL;
out:
	chat_lines_release(&own);
	if (!is_input)
		close(fd);
	return status;
}

/* --- the terminal --- */

/* readline's callbacks have no argument for it. */
static struct ctl *shell_ctl;
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

struct matches {
	char **list; /* from 1 on, with a NULL at the end */
	size_t count, room;
};

static void add_match(void *context, const char *candidate, const char *about)
{
	struct matches *matches = context;
	/* One place is for readline's list, which begins with what they have in common. */
	size_t room = matches->room ? 2 * matches->room : 16;

	(void)about;
	if (matches->count + 2 >= matches->room) {
		char **list = reallocarray(matches->list, room, sizeof(*list));

		if (!list)
			return;
		matches->list = list;
		matches->room = room;
	}
	matches->list[matches->count + 1] = strdup(candidate);
	matches->list[matches->count + 2] = NULL;
	matches->count += matches->list[matches->count + 1] != NULL;
}

static void release_matches(struct matches *matches)
{
	for (size_t i = 1; i <= matches->count; i++)
		free(matches->list[i]);
	free(matches->list);
}

/* Bytes that all matches begin with; whole characters. */
static size_t common_length(const struct matches *matches)
{
	const char *first = matches->list[1];
	size_t n = strlen(first);

	for (size_t i = 2; i <= matches->count; i++) {
		size_t same = 0;

		while (same < n && matches->list[i][same] == first[same])
			same++;
		n = same;
	}
	while (n > 0 && ((unsigned char)first[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* Puts n bytes of a match in the place of the line from start to the cursor, quoted. A name that
 * goes on, as a server's does with its channels, has no blank behind it. */
static void replace_word(int start, const char *match, size_t n, bool whole)
{
	struct buf text, quoted;

	buf_init(&text, PATH_MAX);
	buf_init(&quoted, 5 * PATH_MAX);
	buf_append(&text, match, n);
	chat_words_quote(&quoted, buf_str(&text), 0);
	if (whole && (n < 2 || strcmp(match + n - 2, ":#") != 0))
		buf_putc(&quoted, ' ');
	if (buf_ok(&text) && buf_ok(&quoted)) {
		rl_begin_undo_group();
		rl_delete_text(start, rl_point);
		rl_point = start;
		rl_insert_text(buf_str(&quoted));
		rl_end_undo_group();
	}
	buf_release(&text);
	buf_release(&quoted);
}

static void list_matches(struct matches *matches)
{
	char none[] = "";
	size_t width = 0;

	for (size_t i = 1; i <= matches->count; i++) {
		size_t n = strlen(matches->list[i]);

		width = n > width ? n : width;
	}
	matches->list[0] = none;
	rl_display_match_list(matches->list, (int)matches->count, (int)width);
	rl_forced_update_display();
}

/* Tab. Words are read and written by chat_words, whose quotes are not those that readline has for
 * the names of files. A second Tab lists what there is. */
static int complete(int count, int key)
{
	struct ctl *ctl = shell_ctl;
	struct matches matches = {0};
	struct chat_words words;
	char empty[] = "", *line;
	int start = rl_point;
	bool is_file = false;

	arena_reset(&ctl->arena);
	ctl->account = (struct account){0};
	line = arena_strndup(&ctl->arena, rl_line_buffer, (size_t)rl_point);
	if (!line || !chat_words_split(&words, line, &ctl->arena))
		return 0;
	/* A word that is not begun counts as an empty one. */
	if (words.count && words.places[words.count - 1].end == (size_t)rl_point)
		start = (int)words.places[words.count - 1].start;
	else
		words.list[words.count++] = empty;
	is_file = complete_words(ctl, words.list, words.count, add_match, &matches);
	if (matches.count) {
		const char *word = words.list[words.count - 1];
		size_t n = common_length(&matches);

		if (matches.count == 1 || n > strlen(word))
			replace_word(start, matches.list[1], n, matches.count == 1);
		else if (rl_last_func == complete)
			list_matches(&matches);
		else
			rl_ding();
	}
	release_matches(&matches);
	return is_file ? rl_complete(count, key) : 0;
}

/* The history lies beside the tokens, as private as they are. NULL: keep none. */
static char *history_path(struct ctl *ctl)
{
	struct cred cred;
	char *path = NULL;

	if (!cred_open(&cred, true, &ctl->why) &&
		asprintf(&path, "%s/chatctl_history", cred.dir) < 0)
		path = NULL;
	buf_reset(&ctl->why);
	cred_release(&cred);
	return path;
}

static void save_history(const char *path)
{
	int fd;

	if (!path)
		return;
	/* With the right mode before the first line is in it. */
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return;
	if (!fchmod(fd, 0600))
		write_history(path);
	close(fd);
}

/* A line that names a secret is not kept, though none belongs on a command line. */
static bool is_secret(const char *line)
{
	static const char *const words[] = {"password", "token", "secret", "Bearer"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasestr(line, words[i]))
			return true;
	}
	return false;
}

static void remember(const char *line)
{
	const HIST_ENTRY *last =
		history_length > 0 ? history_get(history_base + history_length - 1) : NULL;

	if (*line == ' ' || is_secret(line) || (last && !strcmp(last->line, line)))
		return;
	add_history(line);
}

/* A key; an interrupt counts as Enter, after which the line is dropped. */
static int get_key(FILE *input)
{
	unsigned char key;
	ssize_t n = 0;

	while (!interrupted) {
		n = read(fileno(input), &key, 1);
		if (n == 0 || (n < 0 && errno != EINTR))
			return EOF;
		/* readline's own handlers only take a note. */
		rl_check_signals();
		if (n == 1 && !interrupted)
			return key;
	}
	/* What came after the interrupt is for the next line. */
	if (n == 1)
		rl_stuff_char(key);
	return '\n';
}

static void start_readline(const char *history)
{
	rl_getc_function = get_key;
	rl_readline_name = "chatctl";
	rl_bind_key('\t', complete);
	rl_completer_quote_characters = "'\"";
	rl_completer_word_break_characters = " \t\n";
	rl_filename_quote_characters = " \t\n'\"\\";
	using_history();
	stifle_history(HISTORY_LINES);
	if (history)
		read_history(history);
}

int shell_run(struct ctl *ctl, const struct invocation *in)
{
	const char *base[GLOBAL_COUNT];
	struct sigaction action = {.sa_handler = on_interrupt}, before;
	char *history, *line;
	int status = EXIT_OK;

	(void)in;
	if (!isatty(STDIN_FILENO))
		return shell_file(ctl, "-");
	if (!enter(ctl, base))
		return ctl_usage(ctl, &in->command);
	shell_ctl = ctl;
	ctl->cancel = &interrupted;
	history = history_path(ctl);
	start_readline(history);
	/* While a command runs; readline has its own handler while a line is typed. */
	sigaction(SIGINT, &action, &before);
	while ((line = readline("chatctl> "))) {
		bool ran, leave;

		if (interrupted) {
			interrupted = 0;
			free(line);
			continue;
		}
		remember(line);
		ctl->input.ended = false; /* a terminal goes on after a Ctrl-D */
		status = run_line(ctl, line, &ran, &leave);
		/* The next prompt has a line of its own. */
		if (interrupted && ran)
			putchar('\n');
		interrupted = 0;
		free(line);
		if (leave)
			break;
	}
	if (!line)
		putchar('\n');
	sigaction(SIGINT, &before, NULL);
	save_history(history);
	free(history);
	ctl->cancel = NULL;
	ctl->base = NULL;
	return status;
}
