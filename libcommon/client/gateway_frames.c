#include "gateway_state.h"

#include <stdlib.h>
#include <string.h>
#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/frame.h>
#include <chat/json.h>
#include <chat/time.h>

/* --- scopes --- */

static struct gateway_scope *scope_find(const struct gateway *g, int64_t server_id)
{
	for (size_t i = 0; i < g->n_scopes; i++) {
		if (g->scopes[i].server_id == server_id)
			return &g->scopes[i];
	}
	return NULL;
}

static void scope_remove(struct gateway *g, int64_t server_id)
{
	struct gateway_scope *scope = scope_find(g, server_id);

	if (scope)
		*scope = g->scopes[--g->n_scopes];
}

static int64_t number(const struct value *value)
{
	return value_is(value, VALUE_NUMBER) && value->is_whole ? value->number : 0;
}

/* --- the start of a connection --- */

void gateway_send_resume(struct gateway *g)
{
	struct buf text;

	/* A client that was nowhere yet names no scope, and the epoch does not matter. */
	buf_init(&text, LIMIT_BODY_BYTES_MAX);
	buf_puts(&text, "{\"type\":\"resume\",\"data\":{\"epoch\":");
	buf_put_json_string(&text, g->epoch ? g->epoch : "");
	buf_puts(&text, ",\"revs\":{");
	for (size_t i = 0; i < g->n_scopes; i++)
		buf_printf(&text, "%s\"s%lld\":%lld", i ? "," : "",
			(long long)g->scopes[i].server_id, (long long)g->scopes[i].rev);
	buf_puts(&text, "}}}");
	if (!buf_ok(&text) || !socket_send(g->socket, text.data, text.len))
		socket_drop(g->socket);
	buf_release(&text);
}

/* What the client has goes on from its own revs; what it has not, from the snapshot's. */
static bool take_ready(struct gateway *g, const struct chat_ready *ready)
{
	char *epoch = strdup(ready->epoch);

	if (!epoch)
		return false;
	free(g->next_epoch);
	g->next_epoch = epoch;
	for (size_t i = 0; i < ready->servers.count; i++) {
		const struct chat_server_state *server = &ready->servers.items[i];
		struct gateway_scope *scope = scope_find(g, server->id);

		if (!scope && !gateway_scope_put(g, server->id, server->rev))
			return false;
		scope = scope_find(g, server->id);
		scope->snapshot = server->rev;
	}
	g->heartbeat = 1000 * ready->heartbeat_interval;
	g->ping_at = time_mono_us();
	g->pinged_at = 0;
	g->ready = true;
	sender_restart(&g->sender);
	return true;
}

/* Until now the revs may have been of the last epoch. */
static void take_resumed(struct gateway *g, const struct frame *frame)
{
	const struct value *revs = value_member(frame->data, "revs");
	const struct value *rev = value_is(revs, VALUE_OBJECT) ? revs->first : NULL;

	if (!g->next_epoch)
		return;
	free(g->epoch);
	g->epoch = g->next_epoch;
	g->next_epoch = NULL;
	for (; rev; rev = rev->next) {
		struct gateway_scope *scope = scope_find(g, scope_server(rev->name));

		if (scope && number(rev) > scope->rev)
			scope->rev = number(rev);
	}
	gateway_tell_state(g, GATEWAY_LIVE, CHAT_OK, NULL, 0);
}

/* --- answers to what was sent --- */

static bool may_pass(enum chat_err err)
{
	return err == CHAT_ERR_RATE_LIMITED || err == CHAT_ERR_UNAVAILABLE || err == CHAT_ERR_BUSY;
}

/* Makes the item one of a message of the outbox. False for one that is not to be handed over. */
static bool take_ack(struct gateway *g, struct gateway_item *item)
{
	const struct chat_ack *ack = item->data;
	struct outbox_entry *entry = outbox_find(&g->sender.outbox, ack->nonce);

	if (!entry)
		return false;
	sender_done(&g->sender, entry);
	item->kind = GATEWAY_SENT;
	item->nonce = ack->nonce;
	item->data = ack->message;
	return true;
}

static bool take_error(struct gateway *g, struct gateway_item *item)
{
	const struct chat_refusal *refusal = item->data;
	struct outbox_entry *entry =
		refusal->nonce ? outbox_find(&g->sender.outbox, refusal->nonce) : NULL;

	if (!entry) {
		/* Then it was the resume frame: too late for this connection. */
		if (g->state != GATEWAY_LIVE)
			socket_drop(g->socket);
		return true;
	}
	item->err = err_by_code(refusal->code);
	if (may_pass(item->err)) {
		sender_put_off(&g->sender, entry, time_mono_us());
		return false;
	}
	if (!item->err)
		item->err = CHAT_ERR_BAD_REPLY;
	sender_done(&g->sender, entry);
	item->kind = GATEWAY_FAILED;
	item->nonce = refusal->nonce;
	item->error = refusal->detail;
	item->data = NULL;
	return true;
}

static void take_pong(struct gateway *g)
{
	if (g->pinged_at)
		atomic_store(&g->lag_ms, (int)((time_mono_us() - g->pinged_at) / 1000));
	g->pinged_at = 0;
}

/* --- events --- */

/* A server of which all is told here. */
static bool take_server(struct gateway *g, struct gateway_item *item)
{
	const struct chat_server_state *server = item->data;
	struct gateway_scope *scope = scope_find(g, server->id);

	item->server_id = server->id;
	item->rev = server->rev;
	if (!scope)
		return gateway_scope_put(g, server->id, server->rev);
	if (server->rev <= scope->rev)
		return false;
	scope->rev = server->rev;
	return true;
}

static bool take_gone(struct gateway *g, struct gateway_item *item)
{
	item->server_id = ((const struct chat_server_gone *)item->data)->id;
	item->rev = 0;
	scope_remove(g, item->server_id);
	return true;
}

static bool take_resync(struct gateway *g, struct gateway_item *item)
{
	struct gateway_scope *scope;

	item->server_id = scope_server(((const struct chat_resync *)item->data)->scope);
	scope = scope_find(g, item->server_id);
	if (scope)
		item->rev = scope->rev = scope->snapshot;
	return scope != NULL;
}

/* A lasting event is new above the last one of its scope; others have no rev. */
static bool take_change(struct gateway *g, const struct gateway_item *item)
{
	struct gateway_scope *scope;

	if (!item->rev)
		return true;
	scope = scope_find(g, item->server_id);
	if (!scope || item->rev <= scope->rev)
		return false;
	scope->rev = item->rev;
	return true;
}

/* Whether the item, decoded, is to be handed over. */
static bool take_event(struct gateway *g, struct gateway_item *item)
{
	switch (item->event) {
	case EVENT_ready:
		if (!take_ready(g, item->data))
			socket_drop(g->socket);
		return true;
	case EVENT_ack:
		return take_ack(g, item);
	case EVENT_error:
		return take_error(g, item);
	case EVENT_server_create:
		return take_server(g, item);
	case EVENT_server_delete:
		return take_gone(g, item);
	case EVENT_resync:
		return take_resync(g, item);
	default:
		return take_change(g, item);
	}
}

static enum chat_err decode(const struct frame *frame, struct gateway_parcel *parcel)
{
	enum object_id id = event_info(parcel->item.event)->object;
	void *data = arena_alloc(&parcel->arena, object_info(id)->size);
	const char *scope = value_text(value_member(frame->root, "scope"));
	struct problems problems = {0};

	if (!data)
		return CHAT_ERR_NO_MEMORY;
	parcel->item.data = data;
	if (scope) {
		parcel->item.server_id = scope_server(scope);
		parcel->item.rev = number(value_member(frame->root, "rev"));
	}
	return object_decode_value(id, frame->data, &parcel->arena, data, &problems);
}

/* What this client does not know or understand is passed over. */
void gateway_take_frame(struct gateway *g, const char *text, size_t n)
{
	struct gateway_parcel *parcel = NULL;
	struct arena arena;
	struct frame frame;
	enum event_id event;
	enum chat_err err;

	arena_init(&arena, 0);
	err = frame_decode(text, n, &arena, &frame, NULL);
	if (err)
		goto out;
	event = event_by_name(frame.type);
	if (event == EVENT_resumed) {
		take_resumed(g, &frame);
	} else if (event == EVENT_pong) {
		take_pong(g);
	} else if (event != EVENT_COUNT) {
		parcel = gateway_parcel_new(GATEWAY_EVENT);
		if (parcel)
			parcel->item.event = event;
		err = parcel ? decode(&frame, parcel) : CHAT_ERR_NO_MEMORY;
		if (!err && take_event(g, &parcel->item)) {
			gateway_push(g, parcel);
			parcel = NULL;
		}
	}
out:
	arena_release(&arena);
	if (parcel)
		gateway_parcel_free(parcel);
	/* The next connection sends again what was lost here. */
	if (err == CHAT_ERR_NO_MEMORY)
		socket_drop(g->socket);
}
