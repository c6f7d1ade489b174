#include "plain.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>
#include <chat/lines.h>
#include "config/action.h"
#include "commands/command.h"
#include "text/glyph.h"
#include "commands/result.h"
#include "net/session.h"

#define LINE_BYTES ((size_t)64 << 10)
#define SHOWN_AT_START 20 /* messages */
#define NO_LOGIN 4        /* the exit status, as chatctl's */

struct plain {
	struct session session;
	struct chat_lines input;
	int64_t printed;         /* the newest message of the open channel that was printed */
	bool loading;            /* the open channel's first messages are awaited */
	bool quits, failed;      /* failed: something was not sent */
	size_t n_asked;          /* commands without an answer yet */
	struct job *asked;       /* what waits for a yes, or NULL */
	enum gateway_state told; /* what was printed of the connection, */
	char *told_why;          /* or NULL */
};

/* Prints a line of somebody's text, with what is not to be shown made visible. */
static void print_text(const char *text)
{
	size_t n = strlen(text);
	struct glyph glyph;

	for (size_t i = 0; i < n;) {
		char bytes[4];

		if (text[i] == '\n') {
			fputs("\n    ", stdout);
			i++;
			continue;
		}
		i += glyph_next(text + i, n - i, &glyph);
		for (size_t j = 0; glyph.width && j < GLYPH_CHARS && glyph.chars[j]; j++)
			fwrite(bytes, 1, glyph_encode(glyph.chars[j], bytes), stdout);
	}
}

static void print_line(const char *text)
{
	print_text(text);
	putchar('\n');
	fflush(stdout);
}

static void on_notice(void *context, const char *text, bool is_error)
{
	(void)context;
	fputs(is_error ? "! " : "- ", stdout);
	print_line(text);
}

static void print_message(
	struct plain *plain, const struct channel *channel, const struct message *message)
{
	time_t seconds = (time_t)(message->created_at / 1000);
	struct tm tm;
	char when[16];

	localtime_r(&seconds, &tm);
	strftime(when, sizeof(when), "%H:%M ", &tm);
	fputs(when, stdout);
	if (channel != plain->session.model.open) {
		fputs("#", stdout);
		print_text(channel->name);
		fputs(" ", stdout);
	}
	print_text(message->author->name);
	fputs(": ", stdout);
	print_text(message->content);
	print_line(message->is_edited ? " (edited)" : "");
}

static void on_failed(void *context, const struct pending *pending)
{
	struct plain *plain = context;

	fputs("! not sent, ", stdout);
	print_text(pending->error);
	fputs(": ", stdout);
	print_line(pending->content);
	model_forget(&plain->session.model, pending->nonce);
	plain->failed = true;
}

/* Of the other channels only mentions are printed. */
static void on_message(
	void *context, struct channel *channel, const struct message *message, bool mentions_me)
{
	struct plain *plain = context;

	if (mentions_me && channel != plain->session.model.open)
		print_message(plain, channel, message);
}

/* Prints what has come to the open channel. */
static void print_new(struct plain *plain)
{
	struct channel *channel = plain->session.model.open;
	const struct history *history;
	size_t i;

	if (!channel || !channel->history.is_loaded)
		return;
	history = &channel->history;
	i = history_index(history, plain->printed + 1);
	if (plain->loading && history->count > SHOWN_AT_START &&
		i < history->count - SHOWN_AT_START)
		i = history->count - SHOWN_AT_START;
	plain->loading = false;
	for (; i < history->count; i++) {
		print_message(plain, channel, &history->items[i]);
		plain->printed = history->items[i].id;
	}
	if (history->count)
		session_seen(&plain->session, plain->printed);
}

static void open_channel(struct plain *plain, struct channel *channel)
{
	session_open(&plain->session, channel);
	plain->printed = 0;
	plain->loading = true;
	fputs("- ", stdout);
	print_text(channel->server->name);
	fputs(" #", stdout);
	print_text(channel->name);
	print_line("");
	print_new(plain);
}

static void open_any(struct plain *plain)
{
	struct channel *channel = model_latest_channel(&plain->session.model);

	if (channel)
		open_channel(plain, channel);
}

/* --- commands --- */

static void list_channels(const struct plain *plain)
{
	const struct model *model = &plain->session.model;

	for (size_t i = 0; i < model->n_servers; i++) {
		const struct server *server = model->servers[i];

		print_line(server->name);
		for (size_t j = 0; j < server->n_channels; j++) {
			const struct channel *channel = server->channels[j];

			printf("  %s #", channel == model->open ? ">" : " ");
			print_text(channel->name);
			if (channel->unread)
				printf(" %lld unread", (long long)channel->unread);
			if (channel->mentions)
				printf(" %lld mention%s", (long long)channel->mentions,
					channel->mentions == 1 ? "" : "s");
			print_line("");
		}
	}
}

static void print_help(void)
{
	const char *words, *summary;

	print_line("/open CHANNEL   open a channel\n/channels       list servers and channels\n"
		   "/quit           quit\nAnything else that does not begin with / is sent.");
	for (size_t i = 0; (words = command_at(i, &summary)) != NULL; i++) {
		if (action_by_name(words) == ACTION_NONE)
			printf("/%-20s %s\n", words, summary);
	}
	fflush(stdout);
}

static void print_row(const char *text, const char *detail, const char *key, void *context)
{
	(void)key;
	(void)context;
	print_text(text);
	if (detail) {
		fputs(": ", stdout);
		print_text(detail);
	}
	print_line("");
}

static void done_command(struct job *job)
{
	struct plain *plain = job->context;
	struct buf line;

	plain->n_asked--;
	if (job->err) {
		on_notice(plain, buf_str(&job->why), true);
		return;
	}
	if (result_is_long(job)) {
		result_rows(job, &plain->session.model, print_row, NULL);
		return;
	}
	buf_init(&line, (size_t)16 << 10);
	result_line(job, &plain->session.model, &line);
	on_notice(plain, buf_str(&line), false);
	buf_release(&line);
}

static void submit(struct plain *plain, struct job *job)
{
	job->done = done_command;
	job->context = plain;
	plain->n_asked++;
	worker_submit(plain->session.worker, job);
}

/* The line after a question is its answer. */
static void answer(struct plain *plain, const char *line)
{
	struct job *job = plain->asked;

	plain->asked = NULL;
	if (strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0) {
		submit(plain, job);
		return;
	}
	job_free(job);
	on_notice(plain, "not done", false);
}

static void run_command(struct plain *plain, const char *line)
{
	const struct channel *open = plain->session.model.open;
	struct channel *channel = NULL;
	enum endpoint_id secret;
	struct buf why;
	struct job *job;

	if (strcmp(line, "quit") == 0) {
		plain->quits = true;
		return;
	}
	if (strcmp(line, "help") == 0) {
		print_help();
		return;
	}
	if (strcmp(line, "channels") == 0) {
		list_channels(plain);
		return;
	}
	if (strncmp(line, "open ", 5) == 0) {
		channel = model_channel_named(
			&plain->session.model, open ? open->server : NULL, line + 5);
		if (!channel)
			channel = model_channel_named(&plain->session.model, NULL, line + 5);
		if (channel)
			open_channel(plain, channel);
		else
			on_notice(plain, "there is no such channel", true);
		return;
	}
	buf_init(&why, 512);
	job = command_job(&plain->session.model, line, &secret, &why);
	if (job && command_asks(job)) {
		command_put(&plain->session.model, job, &why);
		buf_puts(&why, ": really? (y/n)");
		plain->asked = job;
		on_notice(plain, buf_str(&why), false);
	} else if (job) {
		submit(plain, job);
	} else {
		if (secret != EP_COUNT)
			buf_puts(&why, "use chatctl for what needs a password");
		on_notice(plain, buf_str(&why), true);
	}
	buf_release(&why);
}

static void take_line(struct plain *plain, const char *line)
{
	const struct channel *channel = plain->session.model.open;
	const char *why;

	if (plain->asked) {
		answer(plain, line);
		return;
	}
	if (*line == '/' && line[1] != '/') {
		run_command(plain, line + 1);
		return;
	}
	if (!*line)
		return;
	why = channel ? session_send(&plain->session, channel->id, line + (*line == '/'))
		      : "open a channel first";
	if (!why)
		return;
	on_notice(plain, why, true);
	plain->failed = true;
}

static void read_input(struct plain *plain)
{
	struct chat_lines *input = &plain->input;
	enum chat_line found;
	const char *line;
	char name[32];
	struct buf why;
	size_t n;

	if (chat_lines_fill(input, STDIN_FILENO) != CHAT_OK)
		input->ended = true;
	while ((found = chat_lines_next(input, &line, &n)) != CHAT_LINE_NONE) {
		if (found == CHAT_LINE_TEXT) {
			take_line(plain, line);
			continue;
		}
		buf_init(&why, 128);
		snprintf(name, sizeof(name), "line %zu", input->number);
		chat_lines_explain(found, name, &why);
		buf_puts(&why, ": nothing of it was sent");
		on_notice(plain, buf_str(&why), true);
		plain->failed = true;
		buf_release(&why);
	}
}

/* --- the loop --- */

/* Lines go nowhere else because the place has gone. */
static void tell_gone(struct plain *plain)
{
	const struct channel *channel = plain->session.model.open;
	char text[512];

	if (!(plain->session.model.changes & CHANGE_OPEN) || !channel || !channel->gone_why)
		return;
	snprintf(text, sizeof(text), "#%s %s; /open CHANNEL goes on", channel->name,
		channel->gone_why);
	on_notice(plain, text, true);
}

static void print_offline(struct plain *plain, const char *why)
{
	char text[512];

	snprintf(text, sizeof(text), *why ? "offline: %s; trying again" : "connecting", why);
	on_notice(plain, text, true);
}

static void tell_state(struct plain *plain)
{
	const struct model *model = &plain->session.model;
	const char *why = model->state_why ? model->state_why : "", *told = plain->told_why;

	if (model->state == plain->told && strcmp(why, told ? told : "") == 0)
		return;
	plain->told = model->state;
	free(plain->told_why);
	plain->told_why = strdup(why);
	if (model->state == GATEWAY_LIVE)
		print_line("- connected");
	else if (model->state == GATEWAY_REFUSED && model->state_err == CHAT_ERR_BAD_TOKEN)
		on_notice(plain, "the server does not take this login: run chatctl login", true);
	else
		print_offline(plain, why);
	if (model->state == GATEWAY_REFUSED)
		plain->quits = true;
}

static int timeout(int64_t at)
{
	int64_t now = session_now();

	if (!at)
		return -1;
	return at <= now ? 0 : (int)(at - now);
}

static void loop(struct plain *plain)
{
	const struct model *model = &plain->session.model;
	struct pollfd fds[3];

	/* At the input's end what was typed is still delivered and answered. */
	while (!plain->quits && !(plain->input.ended && !model->pending && !plain->n_asked)) {
		bool listens = (model->open || model->state == GATEWAY_LIVE) && !plain->input.ended;
		nfds_t n = session_poll(&plain->session, fds + 1);

		fds[0] = (struct pollfd){.fd = listens ? STDIN_FILENO : -1, .events = POLLIN};
		if (poll(fds, n + 1, timeout(session_due(&plain->session))) < 0 && errno != EINTR)
			break;
		session_work(&plain->session);
		tell_state(plain);
		tell_gone(plain);
		if (!plain->session.model.open)
			open_any(plain);
		print_new(plain);
		if (fds[0].revents)
			read_input(plain);
		plain->session.model.changes = 0;
	}
}

int plain_run(struct account *account, bool keep)
{
	struct plain plain = {.told = GATEWAY_CONNECTING};
	struct buf why;
	int64_t open_id;
	int status = 0;

	if (!account->token) {
		fprintf(stderr, "chattui: log in with chatctl login NAME first\n");
		account_release(account);
		return NO_LOGIN;
	}
	signal(SIGPIPE, SIG_IGN);
	buf_init(&why, 512);
	chat_lines_init(&plain.input, LINE_BYTES);
	session_init(&plain.session, account, keep, &open_id);
	plain.session.notice = on_notice;
	plain.session.context = &plain;
	plain.session.model.on_message = on_message;
	plain.session.model.on_failed = on_failed;
	plain.session.model.context = &plain;
	if (session_connect(&plain.session, &why)) {
		loop(&plain);
		status = plain.failed;
	} else {
		fprintf(stderr, "chattui: %s\n", buf_str(&why));
		status = 1;
	}
	if (plain.asked)
		job_free(plain.asked);
	session_release(&plain.session);
	chat_lines_release(&plain.input);
	free(plain.told_why);
	buf_release(&why);
	return status;
}
