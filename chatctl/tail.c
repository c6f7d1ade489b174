#include "special.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <chat/frame.h>
#include <chat/socket.h>
#include <chat/time.h>
#include "call.h"
#include "inert.h"
#include "message.h"
#include "output.h"
#include "place.h"

#define TAIL_CHANNELS_MAX 64
#define TAIL_OLDER 10           /* messages shown first */
#define TAIL_FRAME_MAX 1048576  /* bytes; a message is at most some 25 kB */
#define FILL_RETRY_MAX_MS 10000 /* between two tries to fill a gap */

/*
 * A followed channel. What is shown is everything above `last`, in order: after each (re)connection
 * the history above it is asked for, and frames count only from then on. A frame that came before
 * or during that is part of the history, because a message is stored before it is broadcast.
 */
struct followed {
	int64_t id, server_id;
	int64_t last; /* the newest message that was shown, or passed over on purpose */
	const char *name;
	struct socket_client *socket;
	bool open;
	bool behind;     /* the history above `last` is to be asked for */
	int64_t fill_at; /* not before this, of time_mono_us */
	unsigned failures;
	bool lost; /* the loss of the connection was told */
};

struct tail {
	struct ctl *ctl;
	struct followed list[TAIL_CHANNELS_MAX];
	size_t count;
	struct output out;
	bool human;
	int64_t left;     /* messages to show before the end; negative: no end */
	int64_t deadline; /* of time_mono_us; 0: none */
};

/* --- printing --- */

/* The colour of a name, always the same one; 31 to 36 are readable on dark and on light. */
static unsigned color_of(int64_t user_id)
{
	return 31 + (unsigned)(user_id % 6);
}

/* "10:02 alice  hi all", further lines of a message below its first. */
static void print_human(
	const struct tail *tail, const struct followed *channel, const struct chat_message *message)
{
	bool color = tail->ctl->out_color;
	time_t seconds = (time_t)(message->created_at / 1000);
	struct buf line;
	struct tm tm;
	char at[16] = "";
	size_t indent;

	buf_init(&line, TAIL_FRAME_MAX);
	if (localtime_r(&seconds, &tm))
		strftime(at, sizeof(at), "%H:%M ", &tm);
	buf_puts(&line, at);
	if (tail->count > 1) {
		buf_putc(&line, '#');
		inert_put(&line, channel->name, strlen(channel->name), "");
		buf_putc(&line, ' ');
	}
	if (color)
		buf_printf(&line, "\033[%um", color_of(message->user_id));
	inert_put(&line, message->user->username, strlen(message->user->username), "");
	if (color)
		buf_puts(&line, "\033[0m");
	buf_puts(&line, "  ");
	indent = strlen(at);
	for (const char *text = message->content;; text++) {
		size_t n = strcspn(text, "\n");

		inert_put(&line, text, n, "\t");
		text += n;
		if (!*text)
			break;
		buf_printf(&line, "\n%*s", (int)indent, "");
	}
	buf_putc(&line, '\n');
	fwrite(buf_str(&line), 1, line.len, stdout);
	buf_release(&line);
}

static bool is_done(const struct tail *tail)
{
	return tail->left == 0 || ferror(stdout);
}

static void show(
	struct tail *tail, struct followed *channel, const struct chat_message *messages, size_t n)
{
	for (size_t i = 0; i < n && !is_done(tail); i++) {
		if (tail->human)
			print_human(tail, channel, &messages[i]);
		else
			output_rows(&tail->out, &messages[i], 1);
		fflush(stdout);
		channel->last = messages[i].id;
		if (tail->left > 0)
			tail->left--;
	}
}

/* What happens to the connection is said where somebody watches. */
static void remark(const struct tail *tail, const struct followed *channel, const char *what)
{
	if (tail->ctl->err_tty || tail->ctl->options.globals[GLOBAL_VERBOSE])
		fprintf(stderr, "chatctl: channel %lld: %s\n", (long long)channel->id, what);
}

/* --- the start --- */

/* What the command line says of how much to show. */
struct extent {
	int64_t since; /* a message's id; 0: not given */
	int64_t older;
	int64_t count; /* negative: no end */
};

static bool read_flags(struct ctl *ctl, const struct invocation *in, struct extent *extent)
{
	const char *count = args_value(in, "count"), *since = args_value(in, "since");
	const char *older = args_value(in, "limit");

	*extent = (struct extent){.older = TAIL_OLDER, .count = -1};
	if (older && !args_number(older, 0, LIMIT_PAGE_MAX, &extent->older)) {
		buf_printf(&ctl->why, "-n must be at most %d: see chatctl history for more",
			LIMIT_PAGE_MAX);
		return false;
	}
	if (count && !args_number(count, 1, INT64_MAX, &extent->count)) {
		buf_puts(&ctl->why, "--count must be above 0");
		return false;
	}
	if (since && !args_number(since, 1, LIMIT_ID_MAX, &extent->since)) {
		buf_puts(&ctl->why, "--since must be a message's id");
		return false;
	}
	if (in->n_list > TAIL_CHANNELS_MAX) {
		buf_printf(&ctl->why, "at most %d channels at once", TAIL_CHANNELS_MAX);
		return false;
	}
	return true;
}

static enum chat_err find_channels(struct tail *tail, const struct invocation *in)
{
	struct ctl *ctl = tail->ctl;

	for (size_t i = 0; i < in->n_list; i++) {
		struct followed *channel = &tail->list[tail->count];
		struct path_params params = {0};
		const struct chat_channel *info;
		void *items = NULL;
		size_t count;
		enum chat_err err = place_channel(ctl, in->list[i], &params.channel_id);

		if (!err)
			err = ctl_get(ctl, EP_channel_show, &params, NULL, &items, &count);
		if (err)
			return err;
		info = items;
		*channel = (struct followed){
			.id = info->id,
			.server_id = info->server_id,
			.last = info->last_message_id,
			.name = info->name,
		};
		tail->count++;
	}
	return CHAT_OK;
}

/* The newest messages of a channel; with `since` those above it are a gap to be filled later. */
static enum chat_err show_older(
	struct tail *tail, struct followed *channel, const struct extent *extent)
{
	struct ctl *ctl = tail->ctl;
	const struct path_params params = {.channel_id = channel->id};
	const char *query[CALL_FIELDS_MAX] = {0};
	void *items = NULL;
	size_t count = 0;
	enum chat_err err;

	if (extent->since)
		channel->last = extent->since;
	if (extent->since || extent->older == 0)
		return CHAT_OK;
	query[call_field(OBJECT_history_query, "limit")] =
		arena_printf(&ctl->arena, "%lld", (long long)extent->older);
	err = ctl_get(ctl, EP_message_list, &params, query, &items, &count);
	if (!err)
		show(tail, channel, items, count);
	return err;
}

static enum chat_err open_sockets(struct tail *tail, int64_t user_id)
{
	struct ctl *ctl = tail->ctl;

	for (size_t i = 0; i < tail->count; i++) {
		struct followed *channel = &tail->list[i];
		struct socket_config config = {
			.url = ctl->account.url,
			.path = arena_printf(&ctl->arena, "/ws/%lld/%lld/%lld", (long long)user_id,
				(long long)channel->server_id, (long long)channel->id),
			.token = ctl->account.token,
			.agent = ctl_agent,
			.max_frame = TAIL_FRAME_MAX,
		};

		channel->socket = config.path ? socket_new(&config, &ctl->why) : NULL;
		if (!channel->socket)
			return CHAT_ERR_NO_MEMORY;
	}
	return CHAT_OK;
}

/* --- following --- */

static bool may_pass(enum chat_err err)
{
	return err == CHAT_ERR_NETWORK || err == CHAT_ERR_TIMEOUT || err_info(err)->status == 429 ||
	       err_info(err)->status >= 500;
}

/* Shows what the history has above the last message. What fails and may pass is tried again. */
static enum chat_err fill(struct tail *tail, struct followed *channel)
{
	struct ctl *ctl = tail->ctl;
	struct arena whole = ctl->arena;
	bool more = true;
	enum chat_err err = CHAT_OK;

	while (!err && more && !is_done(tail)) {
		const struct chat_message *messages;
		int64_t last = channel->last;
		size_t count;

		arena_init(&ctl->arena, 0);
		err = message_next_page(ctl, channel->id, &last, &messages, &count, &more);
		if (!err) {
			show(tail, channel, messages, count);
			if (!is_done(tail))
				channel->last = last;
		}
		arena_release(&ctl->arena);
	}
	ctl->arena = whole;
	if (!err) {
		channel->behind = false;
		channel->failures = 0;
	} else if (may_pass(err)) {
		remark(tail, channel, buf_str(&ctl->why));
		buf_reset(&ctl->why);
		channel->fill_at = time_mono_us() +
				   1000 * rest_backoff_ms(channel->failures++, FILL_RETRY_MAX_MS);
		err = CHAT_OK;
	}
	return err;
}

static void take_frame(struct tail *tail, struct followed *channel, const struct socket_note *note)
{
	struct frame frame;
	struct problems problems = {0};
	struct chat_message message;
	struct arena arena;

	if (channel->behind || frame_decode(note->text, note->len, &frame, &problems))
		return;
	arena_init(&arena, 0);
	if (event_by_name(frame.type) == EVENT_message &&
		!object_decode_value(OBJECT_message, frame.data, &arena, &message, &problems) &&
		message.channel_id == channel->id && message.id > channel->last)
		show(tail, channel, &message, 1);
	arena_release(&arena);
	frame_release(&frame);
}

static enum chat_err refusal(struct ctl *ctl, const struct socket_note *note)
{
	switch (note->code) {
	case 401:
	case 4001:
		return CHAT_ERR_BAD_TOKEN;
	case 403:
	case 4003:
		return CHAT_ERR_NOT_MEMBER;
	case 404:
	case 4004:
		return CHAT_ERR_CHANNEL_NOT_FOUND;
	default:
		buf_printf(&ctl->why, "the server refuses the connection: %d %s", note->code,
			note->text);
		return CHAT_ERR_BAD_REQUEST;
	}
}

static enum chat_err take_notes(struct tail *tail, struct followed *channel)
{
	struct socket_note *note;
	enum chat_err err = CHAT_OK;

	while (!err && !is_done(tail) && (note = socket_take(channel->socket))) {
		switch (note->event) {
		case SOCKET_CONNECTING:
			break;
		case SOCKET_OPEN:
			channel->open = channel->behind = true;
			channel->fill_at = 0;
			if (channel->lost)
				remark(tail, channel, "connected again");
			channel->lost = false;
			break;
		case SOCKET_FRAME:
			take_frame(tail, channel, note);
			break;
		case SOCKET_CLOSED:
			channel->open = false;
			if (!channel->lost)
				remark(tail, channel, "no connection, trying again");
			channel->lost = true;
			break;
		case SOCKET_REFUSED:
			err = refusal(tail->ctl, note);
			break;
		}
		free(note);
		if (!err && channel->open && channel->behind && channel->fill_at == 0)
			err = fill(tail, channel);
	}
	return err;
}

/* Milliseconds until something is due without a note; -1: never. */
static int due_in(const struct tail *tail, int64_t now)
{
	int64_t due = tail->deadline ? tail->deadline : INT64_MAX;

	for (size_t i = 0; i < tail->count; i++) {
		const struct followed *channel = &tail->list[i];

		if (channel->open && channel->behind && channel->fill_at < due)
			due = channel->fill_at;
	}
	if (due == INT64_MAX)
		return -1;
	return due <= now ? 0 : (int)((due - now) / 1000 + 1);
}

static bool is_cancelled(const struct tail *tail)
{
	return tail->ctl->cancel && *tail->ctl->cancel;
}

static enum chat_err follow(struct tail *tail)
{
	struct pollfd fds[TAIL_CHANNELS_MAX + 1];
	enum chat_err err = CHAT_OK;

	for (size_t i = 0; i < tail->count; i++)
		fds[i] = (struct pollfd){.fd = socket_fd(tail->list[i].socket), .events = POLLIN};
	/* For POLLERR alone, which says that the reader of a pipe has gone. */
	fds[tail->count] = (struct pollfd){.fd = STDOUT_FILENO};
	while (!err && !is_done(tail) && !is_cancelled(tail)) {
		int64_t now = time_mono_us();

		if (tail->deadline && now >= tail->deadline)
			return tail->left > 0 ? CHAT_ERR_TIMEOUT : CHAT_OK;
		if (poll(fds, tail->count + 1, due_in(tail, now)) < 0 && errno != EINTR)
			return CHAT_ERR_IO;
		if (fds[tail->count].revents & POLLERR)
			return CHAT_OK;
		for (size_t i = 0; !err && i < tail->count; i++) {
			struct followed *channel = &tail->list[i];

			err = take_notes(tail, channel);
			if (!err && channel->open && channel->behind && !is_done(tail) &&
				channel->fill_at <= time_mono_us())
				err = fill(tail, channel);
		}
	}
	return err;
}

static enum chat_err dry_run(struct tail *tail, int64_t user_id)
{
	enum chat_err err = CHAT_OK;

	for (size_t i = 0; !err && i < tail->count; i++) {
		struct rest_request request;
		const char *path =
			arena_printf(&tail->ctl->arena, "/ws/%lld/%lld/%lld", (long long)user_id,
				(long long)tail->list[i].server_id, (long long)tail->list[i].id);

		rest_request_init(&request);
		err = rest_request_raw(&request, METHOD_GET, path, NULL, NULL, 0, &tail->ctl->why);
		if (!err)
			ctl_dry_run(tail->ctl, &request);
		rest_request_release(&request);
	}
	return err;
}

static enum chat_err run(
	struct tail *tail, const struct invocation *in, const struct extent *extent)
{
	struct ctl *ctl = tail->ctl;
	void *user = NULL;
	size_t count;
	enum chat_err err = ctl_get(ctl, EP_user_self, NULL, NULL, &user, &count);

	if (!err)
		err = find_channels(tail, in);
	if (!err && ctl_is_dry(ctl))
		return dry_run(tail, ((const struct chat_user *)user)->id);
	for (size_t i = 0; !err && i < tail->count; i++)
		err = show_older(tail, &tail->list[i], extent);
	if (err || is_done(tail))
		return err;
	/* From now on a failure is part of the work: gaps are filled when the server is back, and
	 * meanwhile nothing may hold up the other channels. */
	ctl->options.retries = 0;
	ctl_disconnect(ctl);
	err = ctl_connect(ctl);
	if (!err)
		err = open_sockets(tail, ((const struct chat_user *)user)->id);
	return err ? err : follow(tail);
}

int tail_run(struct ctl *ctl, const struct invocation *in)
{
	struct tail *tail;
	struct extent extent;
	enum chat_err err;

	if (!read_flags(ctl, in, &extent))
		return ctl_usage(ctl, &in->command);
	tail = calloc(1, sizeof(*tail));
	if (!tail)
		return ctl_fail(ctl, CHAT_ERR_NO_MEMORY);
	tail->ctl = ctl;
	tail->left = extent.count;
	if (ctl->options.timeout_given) {
		tail->deadline = time_mono_us() + 1000 * ctl->options.timeout_ms;
		ctl->options.timeout_ms = CTL_TIMEOUT_MS;
	}
	if (ctl->options.format == FORMAT_JSON || (!ctl->options.format_given && !ctl->out_tty))
		ctl->options.format = FORMAT_NDJSON;
	tail->human = ctl->options.format == FORMAT_TABLE;
	if (!output_open(&tail->out, ctl, OBJECT_message, true)) {
		free(tail);
		return ctl_usage(ctl, &in->command);
	}
	err = run(tail, in, &extent);
	for (size_t i = 0; i < tail->count; i++)
		socket_free(tail->list[i].socket);
	output_release(&tail->out);
	free(tail);
	if (ctl->cancel && *ctl->cancel)
		return EXIT_INTERRUPTED;
	return err ? ctl_fail(ctl, err) : EXIT_OK;
}
