#include "gateway_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <chat/buf.h>
#include <chat/random.h>
#include <chat/rest.h>
#include <chat/text.h>
#include <chat/time.h>

#define FRAME_MAX ((size_t)64 << 20) /* bytes; a ready frame of 200 servers with 500 channels */
#define ITEMS_MAX 4096               /* that wait for the owner before reading stops */
#define READY_US 20000000            /* in which more of the first frame has to come */

/* --- items --- */

struct gateway_parcel *gateway_parcel_new(enum gateway_kind kind)
{
	struct gateway_parcel *parcel = calloc(1, sizeof(*parcel));

	if (!parcel)
		return NULL;
	arena_init(&parcel->arena, 0);
	parcel->item.kind = kind;
	return parcel;
}

void gateway_parcel_free(struct gateway_parcel *parcel)
{
	arena_release(&parcel->arena);
	free(parcel);
}

void gateway_item_free(struct gateway_item *item)
{
	if (item)
		gateway_parcel_free(
			(struct gateway_parcel *)((char *)item -
						  offsetof(struct gateway_parcel, item)));
}

void gateway_push(struct gateway *g, struct gateway_parcel *parcel)
{
	const uint64_t one = 1;

	queue_push(&g->items, &parcel->node);
	/* Cannot fail but by a full counter, and then the owner is awake already. */
	if (write(g->event_fd, &one, sizeof(one)) < 0)
		return;
	if (queue_length(&g->items) >= ITEMS_MAX && !atomic_exchange(&g->full, true))
		socket_flow(g->socket, false);
}

static struct gateway_item *take(struct gateway *g)
{
	struct gateway_parcel *parcel = (struct gateway_parcel *)queue_take(&g->items, false);

	return parcel ? &parcel->item : NULL;
}

struct gateway_item *gateway_next(struct gateway *g)
{
	struct gateway_item *item = take(g);
	uint64_t count;

	if (atomic_load(&g->full) && queue_length(&g->items) <= ITEMS_MAX / 2) {
		pthread_mutex_lock(&g->lock);
		atomic_store(&g->full, false);
		socket_flow(g->socket, true);
		pthread_mutex_unlock(&g->lock);
	}
	/* Lower the flag, then look again: an item may have come between. */
	if (!item && read(g->event_fd, &count, sizeof(count)) > 0)
		item = take(g);
	return item;
}

int gateway_fd(const struct gateway *g)
{
	return g->event_fd;
}

void gateway_tell_state(struct gateway *g, enum gateway_state state, enum chat_err err,
	const char *detail, int retry_ms)
{
	struct gateway_parcel *parcel = gateway_parcel_new(GATEWAY_STATE);

	g->state = state;
	if (!parcel)
		return;
	parcel->item.state = state;
	parcel->item.err = err;
	parcel->item.error = arena_strdup(&parcel->arena, detail);
	parcel->item.retry_ms = retry_ms;
	gateway_push(g, parcel);
}

bool gateway_scope_put(struct gateway *g, int64_t server_id, int64_t rev)
{
	struct gateway_scope *scopes = realloc(g->scopes, (g->n_scopes + 1) * sizeof(*g->scopes));

	if (!scopes)
		return false;
	g->scopes = scopes;
	g->scopes[g->n_scopes++] = (struct gateway_scope){.server_id = server_id, .rev = rev};
	return true;
}

/* --- sending, on the thread --- */

static void send_message(struct gateway *g, const struct outbox_entry *entry)
{
	const struct chat_message_frame data = {entry->channel_id, entry->content, entry->nonce};
	struct buf text;

	buf_init(&text, LIMIT_BODY_BYTES_MAX);
	buf_puts(&text, "{\"type\":\"message\",\"data\":");
	object_encode(&text, OBJECT_message_frame, &data);
	buf_putc(&text, '}');
	/* Without memory it is as if the connection had lost it. */
	if (!buf_ok(&text) || !socket_send(g->socket, text.data, text.len))
		socket_drop(g->socket);
	buf_release(&text);
}

/* The first frame may be large, but it has to come; unless nothing was read. Returns when to look
 * again. */
static int64_t await_ready(struct gateway *g, int64_t now)
{
	size_t before = g->received;

	if (now < g->ready_by)
		return g->ready_by;
	g->ready_by = now + READY_US;
	g->received = socket_received(g->socket);
	if (g->received == before && !atomic_load(&g->full))
		socket_drop(g->socket);
	return g->ready_by;
}

/* A peer that has not answered when the next ping is due is dead; unless nothing was read. */
static void heartbeat(struct gateway *g, int64_t now)
{
	static const char ping[] = "{\"type\":\"ping\"}";

	if (now < g->ping_at)
		return;
	g->ping_at = now + g->heartbeat;
	if (g->pinged_at && !atomic_load(&g->full)) {
		socket_drop(g->socket);
		return;
	}
	g->pinged_at = now;
	socket_send(g->socket, ping, sizeof(ping) - 1);
}

/* Sends what is to be sent now. Returns when that is to be done again. */
static int64_t send_due(struct gateway *g, int64_t now)
{
	const struct outbox_entry *entry;
	int64_t due;

	heartbeat(g, now);
	while ((entry = sender_next(&g->sender, now)))
		send_message(g, entry);
	due = sender_due(&g->sender, now);
	return due < g->ping_at ? due : g->ping_at;
}

/* Does what is to be done now, and sees to it that this is called again in time. */
static void work(struct gateway *g)
{
	int64_t now = time_mono_us(), due;

	if (!g->ready && !g->ready_by)
		return;
	due = g->ready ? send_due(g, now) : await_ready(g, now);
	if (due == g->due_at)
		return;
	g->due_at = due;
	socket_due(g->socket, due > now ? (int)((due - now) / 1000) + 1 : 0);
}

/* --- what the socket says, on the thread --- */

/* The server holds events for a resume frame only so long; one that comes later leaves a gap. */
static void opened(struct gateway *g)
{
	g->ready_by = time_mono_us() + READY_US;
	g->received = 0;
	if (time_mono_us() - g->connecting_at < 1000 * (int64_t)LIMIT_RESUME_WAIT_MS)
		gateway_send_resume(g);
	else
		socket_drop(g->socket);
}

/* A new try will not change it. */
static void refused(struct gateway *g, int code)
{
	char detail[80];

	if (code == 401 || code == 4001) {
		gateway_tell_state(g, GATEWAY_REFUSED, CHAT_ERR_BAD_TOKEN,
			err_info(CHAT_ERR_BAD_TOKEN)->detail, 0);
		return;
	}
	if (code < 1000)
		snprintf(detail, sizeof(detail),
			"the server answers with HTTP status %d; is the server's URL right?", code);
	else
		snprintf(detail, sizeof(detail), "the server closes the socket with code %d", code);
	gateway_tell_state(g, GATEWAY_REFUSED, CHAT_ERR_BAD_REPLY, detail, 0);
}

static void closed(struct gateway *g, const struct socket_note *note)
{
	g->ready = false;
	g->ready_by = g->pinged_at = g->due_at = 0;
	atomic_store(&g->lag_ms, -1);
	if (note->event == SOCKET_CLOSED)
		gateway_tell_state(
			g, GATEWAY_CONNECTING, CHAT_ERR_NETWORK, note->text, note->wait_ms);
	else
		refused(g, note->code);
}

static void handle(void *context, const struct socket_note *note)
{
	struct gateway *g = context;

	pthread_mutex_lock(&g->lock);
	switch (note->event) {
	case SOCKET_CONNECTING:
		g->connecting_at = time_mono_us();
		break;
	case SOCKET_OPEN:
		opened(g);
		break;
	case SOCKET_FRAME:
		gateway_take_frame(g, note->text, note->len);
		break;
	case SOCKET_CLOSED:
	case SOCKET_REFUSED:
		closed(g, note);
		break;
	case SOCKET_DUE:
		g->due_at = 0;
		break;
	}
	work(g);
	pthread_mutex_unlock(&g->lock);
}

/* --- lifecycle --- */

static enum chat_err take_from(struct gateway *g, const struct resume *from)
{
	if (!from)
		return CHAT_OK;
	if (!from->epoch || from->count > RESUME_SCOPES_MAX)
		return CHAT_ERR_INVALID;
	g->epoch = strdup(from->epoch);
	for (size_t i = 0; i < from->count; i++) {
		if (!gateway_scope_put(g, from->scopes[i].server_id, from->scopes[i].rev))
			return CHAT_ERR_NO_MEMORY;
	}
	return g->epoch ? CHAT_OK : CHAT_ERR_NO_MEMORY;
}

static enum chat_err connect_socket(struct gateway *g, const struct gateway_settings *settings)
{
	struct socket_config config = {
		.path = "/gateway?resume=1",
		.token = settings->token,
		.agent = settings->agent ? settings->agent : "chat/" CHAT_VERSION,
		.max_frame = FRAME_MAX,
		.handle = handle,
		.context = g,
	};
	enum chat_err err = CHAT_OK;
	struct buf why;
	char *url;

	buf_init(&why, 1024);
	url = rest_url(settings->url, &why);
	config.url = url;
	if (!url)
		err = CHAT_ERR_CONFIG;
	/* The thread may have something to say before its socket is known. */
	pthread_mutex_lock(&g->lock);
	if (!err && !(g->socket = socket_new(&config, &why)))
		err = CHAT_ERR_NO_MEMORY;
	pthread_mutex_unlock(&g->lock);
	buf_release(&why);
	free(url);
	return err;
}

enum chat_err gateway_new(struct gateway **gateway, const struct gateway_settings *settings)
{
	struct gateway *g = calloc(1, sizeof(*g));
	enum chat_err err;

	*gateway = NULL;
	if (!g)
		return CHAT_ERR_NO_MEMORY;
	queue_init(&g->items, 0);
	pthread_mutex_init(&g->lock, NULL);
	atomic_store(&g->lag_ms, -1);
	g->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	err = outbox_open(&g->sender.outbox, settings->outbox);
	if (!err && g->event_fd < 0)
		err = CHAT_ERR_IO;
	if (!err)
		err = take_from(g, settings->from);
	if (!err)
		err = connect_socket(g, settings);
	if (err) {
		gateway_free(g);
		return err;
	}
	*gateway = g;
	return CHAT_OK;
}

void gateway_free(struct gateway *g)
{
	struct gateway_item *item;

	if (!g)
		return;
	socket_free(g->socket);
	while ((item = take(g)))
		gateway_item_free(item);
	queue_release(&g->items);
	outbox_release(&g->sender.outbox);
	pthread_mutex_destroy(&g->lock);
	if (g->event_fd >= 0)
		close(g->event_fd);
	free(g->scopes);
	free(g->epoch);
	free(g->next_epoch);
	free(g);
}

/* --- the owner's functions --- */

enum chat_err gateway_send(
	struct gateway *g, int64_t channel_id, const char *content, char nonce[33])
{
	size_t n = strlen(content);
	enum chat_err err;

	if (channel_id < 1 || channel_id > LIMIT_ID_MAX || !text_is_utf8(content, n))
		return CHAT_ERR_INVALID;
	if (text_length(content, n) > LIMIT_CONTENT_MAX)
		return CHAT_ERR_INVALID;
	if (chat_text_is_blank(content, n))
		return CHAT_ERR_BLANK;
	random_hex(nonce, 128);
	pthread_mutex_lock(&g->lock);
	err = outbox_add(&g->sender.outbox, channel_id, content, nonce);
	pthread_mutex_unlock(&g->lock);
	if (!err)
		socket_wake(g->socket);
	return err;
}

void gateway_outbox(struct gateway *g,
	void (*visit)(int64_t channel_id, const char *content, const char *nonce, void *context),
	void *context)
{
	pthread_mutex_lock(&g->lock);
	for (const struct outbox_entry *entry = g->sender.outbox.head; entry; entry = entry->next)
		visit(entry->channel_id, entry->content, entry->nonce, context);
	pthread_mutex_unlock(&g->lock);
}

/* A frame that is of use now or never. */
static void send_now(struct gateway *g, const char *type, enum object_id id, const void *data)
{
	struct buf text;

	buf_init(&text, LIMIT_BODY_BYTES_MAX);
	buf_printf(&text, "{\"type\":\"%s\",\"data\":", type);
	object_encode(&text, id, data);
	buf_putc(&text, '}');
	pthread_mutex_lock(&g->lock);
	if (g->ready && buf_ok(&text))
		socket_send(g->socket, text.data, text.len);
	pthread_mutex_unlock(&g->lock);
	buf_release(&text);
}

void gateway_typing(struct gateway *g, int64_t channel_id)
{
	send_now(g, "typing", OBJECT_typing_frame, &(struct chat_typing_frame){channel_id});
}

void gateway_read(struct gateway *g, int64_t channel_id, int64_t message_id)
{
	send_now(g, "read", OBJECT_read_frame, &(struct chat_read_frame){channel_id, message_id});
}

void gateway_presence(struct gateway *g, enum chat_status status)
{
	send_now(g, "presence", OBJECT_presence_frame, &(struct chat_presence_frame){status});
}

void gateway_retry(struct gateway *g)
{
	socket_retry(g->socket);
}

int gateway_lag_ms(const struct gateway *g)
{
	return atomic_load(&g->lag_ms);
}
