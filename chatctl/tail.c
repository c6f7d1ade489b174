#include "commands.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <chat/frame.h>
#include <chat/gateway.h>
#include <chat/time.h>
#include "call.h"
#include "tail.h"
#include "sanitize.h"
#include "pages.h"
#include "resolve.h"
#include "request.h"

#define TAIL_CHANNELS_MAX 64    /* that are named */
#define TAIL_OLDER 10           /* messages shown first */
#define FILL_RETRY_MAX_MS 10000 /* between two tries to fill a gap */

/* --- showing --- */

static void show_page(
	struct tail *tail, struct followed *channel, const struct chat_message *messages, size_t n)
{
	for (size_t i = 0; i < n && !stream_is_done(&tail->stream); i++)
		tail_show(tail, channel, &messages[i], 0, EVENT_message);
}

/* What happens to the connection; it may be the server's words. */
static void remark(const char *what)
{
	struct buf line;

	buf_init(&line, 1 << 16);
	sanitize_put(&line, what, strlen(what), "");
	fprintf(stderr, "chatctl: %s\n", buf_str(&line));
	buf_release(&line);
}

/* --- the start --- */

/* What the command line says of how much to show. */
struct extent {
	bool gap;      /* all above `since` is shown first */
	int64_t since; /* a message's id, or 0 */
	int64_t older;
	int64_t count; /* negative: no end */
};

static bool read_flags(struct ctl *ctl, const struct invocation *in, struct extent *extent)
{
	const char *count = invocation_value(in, "count"), *since = invocation_value(in, "since");
	const char *older = invocation_value(in, "limit");

	*extent = (struct extent){.older = TAIL_OLDER, .count = -1};
	if (older)
		arg_number(older, 0, INT64_MAX, &extent->older);
	if (count && !arg_number(count, 1, INT64_MAX, &extent->count)) {
		buf_puts(&ctl->why, "--count must be above 0");
		return false;
	}
	extent->gap = since != NULL;
	if (since && !arg_number(since, 0, LIMIT_ID_MAX, &extent->since)) {
		buf_puts(&ctl->why, "--since must be a message's id, or 0");
		return false;
	}
	if (in->n_list == 0 && (since || older)) {
		buf_puts(&ctl->why, "-n and --since go with channels that are named");
		return false;
	}
	if (in->n_list > TAIL_CHANNELS_MAX) {
		buf_printf(&ctl->why, "at most %d channels at once", TAIL_CHANNELS_MAX);
		return false;
	}
	return true;
}

static const char *server_name(const struct chat_server *servers, size_t count, int64_t id)
{
	for (size_t i = 0; i < count; i++) {
		if (servers[i].id == id)
			return servers[i].name;
	}
	return NULL;
}

static enum chat_err find_channels(struct tail *tail, const struct invocation *in)
{
	struct ctl *ctl = tail->ctl;
	void *servers = NULL;
	size_t n_servers = 0;
	enum chat_err err = CHAT_OK;

	if (in->n_list)
		err = request_get(ctl, EP_server_list, NULL, NULL, &servers, &n_servers);
	for (size_t i = 0; !err && i < in->n_list; i++) {
		struct path_params params = {0};
		const struct chat_channel *info;
		void *items = NULL;
		size_t count;

		err = resolve_channel(ctl, in->list[i], &params.channel_id);
		if (!err)
			err = request_get(ctl, EP_channel_show, &params, NULL, &items, &count);
		if (err)
			return err;
		info = items;
		if (!followed_find(&tail->channels, info->id) &&
			!followed_add(&tail->channels, info->id, info->server_id, info->name,
				server_name(servers, n_servers, info->server_id),
				info->last_message_id))
			return CHAT_ERR_NO_MEMORY;
	}
	return err;
}

/* Where a page of older messages is shown. */
struct older {
	struct tail *tail;
	struct followed *channel;
};

static void on_older(void *context, const void *items, size_t count)
{
	const struct older *older = context;

	show_page(older->tail, older->channel, items, count);
}

/* The newest messages of a channel; with `since` those above it are a gap to be filled later. */
static enum chat_err show_older(
	struct tail *tail, struct followed *channel, const struct extent *extent)
{
	struct older older = {tail, channel};
	struct call call = {.params.channel_id = channel->id};
	bool sent;

	if (extent->gap)
		channel->last = extent->since;
	if (extent->gap || extent->older == 0)
		return CHAT_OK;
	return pages_newest(tail->ctl, &call, extent->older, on_older, &older, &sent);
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
	struct call call = {.params.channel_id = channel->id};
	struct pages pages = {
		.endpoint = endpoint_info(EP_message_list),
		.call = &call,
		.left = -1,
		.after = channel->last,
	};
	bool more = true;
	enum chat_err err = CHAT_OK;

	while (!err && more && !stream_is_done(&tail->stream)) {
		void *messages;
		size_t count;

		arena_init(&ctl->arena, 0);
		err = pages_next(ctl, &pages, &messages, &count, &more);
		if (!err)
			show_page(tail, channel, messages, count);
		arena_release(&ctl->arena);
	}
	ctl->arena = whole;
	if (!err) {
		channel->behind = false;
		channel->floor = channel->last;
		channel->failures = 0;
	} else if (may_pass(err)) {
		remark(buf_str(&ctl->why));
		buf_reset(&ctl->why);
		channel->fill_at = time_mono_us() +
				   1000 * rest_backoff_ms(channel->failures++, FILL_RETRY_MAX_MS);
		err = CHAT_OK;
	}
	return err;
}

/* Of each channel that is behind, if it is time. */
static enum chat_err fill_all(struct tail *tail)
{
	enum chat_err err = CHAT_OK;

	for (size_t i = 0; !err && i < tail->channels.count; i++) {
		struct followed *channel = &tail->channels.items[i];

		if (tail->started && channel->behind && !stream_is_done(&tail->stream) &&
			channel->fill_at <= time_mono_us())
			err = fill(tail, channel);
	}
	return err;
}

/* There is no connection. The first one is tried as often as a request would be; one that is lost
 * comes back by itself. */
static enum chat_err on_failure(struct tail *tail, const struct gateway_item *item)
{
	struct buf *why = &tail->ctl->why;

	buf_printf(why, "cannot reach %s: %s", tail->ctl->account.url, item->error);
	if (!tail->connected && tail->failed++ >= tail->retries)
		return item->err;
	if (!tail->lost) {
		buf_puts(why, "; trying again");
		remark(buf_str(why));
	}
	buf_reset(why);
	tail->lost = true;
	return CHAT_OK;
}

static enum chat_err on_state(struct tail *tail, const struct gateway_item *item)
{
	if (item->state == GATEWAY_REFUSED) {
		if (item->err != CHAT_ERR_BAD_TOKEN)
			buf_puts(&tail->ctl->why, item->error);
		return item->err;
	}
	if (item->state == GATEWAY_CONNECTING)
		return on_failure(tail, item);
	if (item->state != GATEWAY_LIVE)
		return CHAT_OK;
	if (tail->lost)
		remark("connected again");
	else if (tail->ctl->options.globals[GLOBAL_VERBOSE])
		remark("connected");
	tail->connected = true;
	tail->lost = false;
	return CHAT_OK;
}

static enum chat_err receive_items(struct tail *tail)
{
	struct gateway_item *item;
	enum chat_err err = CHAT_OK;

	while (!err && !stream_is_done(&tail->stream) && (item = gateway_next(tail->gateway))) {
		err = item->kind == GATEWAY_STATE ? on_state(tail, item) : tail_apply(tail, item);
		gateway_item_free(item);
		/* Before the next event, which may be above what the history has. */
		if (!err)
			err = fill_all(tail);
	}
	return err;
}

/* Milliseconds until something is due without a note; -1: never. */
static int due_in(const struct tail *tail, int64_t now)
{
	int64_t due = tail->deadline ? tail->deadline : INT64_MAX;

	for (size_t i = 0; i < tail->channels.count; i++) {
		const struct followed *channel = &tail->channels.items[i];

		if (channel->behind && channel->fill_at < due)
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
	/* Standard output for POLLERR alone, which says that the reader of a pipe has gone. */
	struct pollfd fds[] = {
		{.fd = gateway_fd(tail->gateway), .events = POLLIN},
		{.fd = STDOUT_FILENO},
	};
	enum chat_err err = CHAT_OK;

	while (!err && !stream_is_done(&tail->stream) && !is_cancelled(tail)) {
		int64_t now = time_mono_us();

		if (tail->deadline && now >= tail->deadline)
			return tail->stream.left > 0 ? CHAT_ERR_TIMEOUT : CHAT_OK;
		if (poll(fds, 2, due_in(tail, now)) < 0 && errno != EINTR)
			return CHAT_ERR_IO;
		if (fds[1].revents & POLLERR)
			return CHAT_OK;
		err = receive_items(tail);
		if (!err)
			err = fill_all(tail);
	}
	return err;
}

static enum chat_err open_gateway(struct tail *tail)
{
	struct ctl *ctl = tail->ctl;
	struct gateway_settings settings = {.agent = ctl_agent};
	enum chat_err err;

	/* From now on a failure is part of the work: gaps are filled when the server is back, and
	 * meanwhile nothing may hold up the other channels. */
	tail->retries = ctl->options.retries;
	ctl->options.retries = 0;
	ctl_disconnect(ctl);
	err = ctl_connect(ctl);
	settings.url = ctl->account.url;
	settings.token = ctl->account.token;
	return err ? err : gateway_new(&tail->gateway, &settings);
}

static enum chat_err run(
	struct tail *tail, const struct invocation *in, const struct extent *extent)
{
	enum chat_err err = ctl_connect(tail->ctl);

	if (!err && !tail->ctl->account.token)
		err = CHAT_ERR_NOT_LOGGED_IN;
	if (!err)
		err = find_channels(tail, in);
	for (size_t i = 0; !err && i < tail->channels.count; i++)
		err = show_older(tail, &tail->channels.items[i], extent);
	if (!err && request_is_dry(tail->ctl)) {
		for (size_t i = 0; !err && i < tail->channels.count && extent->gap; i++)
			err = fill(tail, &tail->channels.items[i]);
		return err ? err : request_dry_path(tail->ctl, "/gateway");
	}
	if (err || stream_is_done(&tail->stream))
		return err;
	err = open_gateway(tail);
	return err ? err : follow(tail);
}

int tail_run(struct ctl *ctl, const struct invocation *in)
{
	struct tail tail = {.ctl = ctl, .all = in->n_list == 0};
	struct extent extent;
	enum chat_err err;

	if (!read_flags(ctl, in, &extent) ||
		!stream_open(&tail.stream, ctl, invocation_value(in, "exec"), in->n_list != 1))
		return ctl_usage(ctl, &in->command);
	tail.stream.left = extent.count;
	tail.edits = invocation_value(in, "edits") != NULL;
	if (ctl->options.timeout_given) {
		tail.deadline = time_mono_us() + 1000 * ctl->options.timeout_ms;
		ctl->options.timeout_ms = CTL_TIMEOUT_MS;
	}
	err = run(&tail, in, &extent);
	gateway_free(tail.gateway);
	followed_release(&tail.channels);
	stream_release(&tail.stream);
	if (ctl->cancel && *ctl->cancel)
		return EXIT_INTERRUPTED;
	return err ? ctl_fail(ctl, err) : EXIT_OK;
}
