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
#include "followed.h"
#include "stream.h"
#include "sanitize.h"
#include "pages.h"
#include "resolve.h"
#include "request.h"

#define TAIL_CHANNELS_MAX 64    /* that are named */
#define TAIL_OLDER 10           /* messages shown first */
#define FILL_RETRY_MAX_MS 10000 /* between two tries to fill a gap */

struct tail {
	struct ctl *ctl;
	struct gateway *gateway;
	struct followed_list channels;
	bool edits;       /* changes and ends of messages are shown too */
	bool all;         /* every channel of the user: none was named */
	bool started;     /* the first ready frame was there */
	bool connected;   /* once */
	bool lost;        /* and that was told */
	unsigned retries; /* of the first connection */
	unsigned failed;
	struct stream stream;
	int64_t deadline; /* of time_mono_us; 0: none */
};

/* --- showing --- */

static void show(struct tail *tail, struct followed *channel, const struct chat_message *message,
	int64_t rev, enum event_id event)
{
	stream_show(&tail->stream, &(struct stream_item){
					   .message = message,
					   .channel = channel->place,
					   .server_id = channel->server_id,
					   .rev = rev,
					   .event = event,
				   });
	if (event == EVENT_message && channel->last < message->id)
		channel->last = message->id;
}

static void show_page(
	struct tail *tail, struct followed *channel, const struct chat_message *messages, size_t n)
{
	for (size_t i = 0; i < n && !stream_is_done(&tail->stream); i++)
		show(tail, channel, &messages[i], 0, EVENT_message);
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

static void take_older(void *context, const void *items, size_t count)
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
	return pages_newest(tail->ctl, &call, extent->older, take_older, &older, &sent);
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

/* The user is out of the server or the channel is gone: the end, if it was named. */
static enum chat_err lose(struct tail *tail, struct followed *channel, enum chat_err why)
{
	if (!tail->all)
		return why;
	followed_remove(&tail->channels, channel);
	return CHAT_OK;
}

static enum chat_err lose_server(struct tail *tail, const struct chat_server_gone *gone)
{
	enum chat_err err = CHAT_OK;

	for (size_t i = tail->channels.count; !err && i-- > 0;) {
		if (tail->channels.items[i].server_id == gone->id)
			err = lose(tail, &tail->channels.items[i],
				strcmp(gone->reason, "deleted") == 0 ? CHAT_ERR_SERVER_NOT_FOUND
								     : CHAT_ERR_NOT_MEMBER);
	}
	return err;
}

/* A server as it is now, and its channels where they are not known. */
static enum chat_err take_server(struct tail *tail, const struct chat_server_state *server)
{
	followed_rename_server(&tail->channels, server->id, server->name);
	for (size_t i = 0; tail->all && i < server->channels.count; i++) {
		const struct chat_channel *channel = &server->channels.items[i];

		if (!followed_find(&tail->channels, channel->id) &&
			!followed_add(&tail->channels, channel->id, server->id, channel->name,
				server->name, channel->last_message_id))
			return CHAT_ERR_NO_MEMORY;
	}
	return CHAT_OK;
}

/* The first ready frame is where the events begin: what came before it is in the history. Later
 * ones have nothing new but servers, of which no message was missed that was not before. */
static enum chat_err take_ready(struct tail *tail, const struct chat_ready *ready)
{
	enum chat_err err = CHAT_OK;

	for (size_t i = 0; !tail->started && i < tail->channels.count; i++)
		tail->channels.items[i].behind = true;
	tail->started = true;
	for (size_t i = 0; !err && i < ready->servers.count; i++)
		err = take_server(tail, &ready->servers.items[i]);
	return err;
}

static enum chat_err take_message(struct tail *tail, const struct gateway_item *item)
{
	const struct chat_message *message = item->data;
	struct followed *channel = followed_find(&tail->channels, message->channel_id);

	/* In a replay a message may come before its channel. */
	if (!channel && tail->all) {
		channel = followed_add(
			&tail->channels, message->channel_id, item->server_id, NULL, NULL, 0);
		if (!channel)
			return CHAT_ERR_NO_MEMORY;
	}
	if (channel && !channel->behind && message->id > channel->floor)
		show(tail, channel, message, item->rev, EVENT_message);
	return CHAT_OK;
}

/* A message has another text, or is gone. */
static void take_edit(
	struct tail *tail, const struct gateway_item *item, const struct chat_message *message)
{
	struct followed *channel = followed_find(&tail->channels, message->channel_id);

	if (tail->edits && channel && !channel->behind)
		show(tail, channel, message, item->rev, item->event);
}

static enum chat_err take_channel(struct tail *tail, const struct chat_channel *info)
{
	struct followed *channel = followed_find(&tail->channels, info->id);
	const char *server = NULL;

	if (channel) {
		followed_rename(channel, info->name, NULL);
		return CHAT_OK;
	}
	for (size_t i = 0; i < tail->channels.count && !server; i++) {
		if (tail->channels.items[i].server_id == info->server_id)
			server = tail->channels.items[i].server;
	}
	if (tail->all &&
		!followed_add(&tail->channels, info->id, info->server_id, info->name, server, 0))
		return CHAT_ERR_NO_MEMORY;
	return CHAT_OK;
}

static enum chat_err take_event(struct tail *tail, const struct gateway_item *item)
{
	const struct chat_message_ref *gone = item->data;
	const struct chat_server *server = item->data;
	struct followed *channel;

	switch (item->event) {
	case EVENT_ready:
		return take_ready(tail, item->data);
	case EVENT_message:
		return take_message(tail, item);
	case EVENT_message_update:
		take_edit(tail, item, item->data);
		return CHAT_OK;
	case EVENT_message_delete:
		take_edit(tail, item,
			&(struct chat_message){.id = gone->id, .channel_id = gone->channel_id});
		return CHAT_OK;
	case EVENT_server_update:
		followed_rename_server(&tail->channels, server->id, server->name);
		return CHAT_OK;
	case EVENT_channel_create:
	case EVENT_channel_update:
		return take_channel(tail, item->data);
	case EVENT_channel_delete:
		channel = followed_find(
			&tail->channels, ((const struct chat_channel_ref *)item->data)->id);
		return channel ? lose(tail, channel, CHAT_ERR_CHANNEL_NOT_FOUND) : CHAT_OK;
	case EVENT_server_create:
		return take_server(tail, item->data);
	case EVENT_server_delete:
		return lose_server(tail, item->data);
	case EVENT_resync:
		for (size_t i = 0; i < tail->channels.count; i++) {
			if (tail->channels.items[i].server_id == item->server_id)
				tail->channels.items[i].behind = true;
		}
		return CHAT_OK;
	default:
		return CHAT_OK;
	}
}

/* There is no connection. The first one is tried as often as a request would be; one that is lost
 * comes back by itself. */
static enum chat_err take_failure(struct tail *tail, const struct gateway_item *item)
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

static enum chat_err take_state(struct tail *tail, const struct gateway_item *item)
{
	if (item->state == GATEWAY_REFUSED) {
		if (item->err != CHAT_ERR_BAD_TOKEN)
			buf_puts(&tail->ctl->why, item->error);
		return item->err;
	}
	if (item->state == GATEWAY_CONNECTING)
		return take_failure(tail, item);
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

static enum chat_err take_items(struct tail *tail)
{
	struct gateway_item *item;
	enum chat_err err = CHAT_OK;

	while (!err && !stream_is_done(&tail->stream) && (item = gateway_next(tail->gateway))) {
		err = item->kind == GATEWAY_STATE ? take_state(tail, item) : take_event(tail, item);
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
		err = take_items(tail);
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
