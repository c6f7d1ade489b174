#include <stdlib.h>
#include <string.h>
#include "api/state.h"
#include "core/hub.h"
#include "core/metrics.h"
#include "core/presence.h"
#include <chat/time.h>

/*
 * What the sockets ask. Their questions are requests as well: each has a row like an endpoint's,
 * and goes to the same threads with the same checks of session and membership.
 */

/* Packets of a replay's page; a page is also ended by its bytes. */
#define PAGE_CHANGES 200
#define PAGE_BYTES 262144

static void prepare(struct api *api, struct request *request, const struct principal *principal)
{
	request->req.api = api;
	request->req.principal = *principal;
	upkeep_seen(api, principal, time_now_ms());
}

/* A question that has no row in the table. */
static void ask(struct request *request, const struct endpoint *endpoint, handler_fn *handle)
{
	request->req.endpoint = endpoint;
	request->handle = handle;
}

/* --- frames that are requests --- */

static void fill_message(struct request *request, const void *data)
{
	const struct chat_message_frame *frame = data;
	struct chat_message_create *body = arena_alloc(&request->arena, sizeof(*body));

	request->req.path.channel_id = frame->channel_id;
	request->req.body = body;
	if (body != NULL)
		*body = (struct chat_message_create){frame->content, frame->nonce};
}

static void fill_typing(struct request *request, const void *data)
{
	request->req.path.channel_id = ((const struct chat_typing_frame *)data)->channel_id;
	request->req.body = data;
}

static void fill_read(struct request *request, const void *data)
{
	const struct chat_read_frame *frame = data;
	struct chat_read_update *body = arena_alloc(&request->arena, sizeof(*body));

	request->req.path.channel_id = frame->channel_id;
	request->req.body = body;
	if (body != NULL)
		*body = (struct chat_read_update){frame->message_id};
}

static void fill_presence(struct request *request, const void *data)
{
	const struct chat_presence_frame *frame = data;
	struct chat_status_query *query = arena_alloc(&request->arena, sizeof(*query));

	request->req.query = request->req.body = query;
	if (query != NULL)
		*query = (struct chat_status_query){frame->status};
}

/* On a channel socket the channel is known. */
static void fill_channel_message(struct request *request, const void *data)
{
	request->req.body = data;
}

struct frame_row {
	const char *type;
	enum object_id data;
	enum endpoint_id endpoint;
	void (*fill)(struct request *request, const void *data);
};

static const struct frame_row gateway_frames[] = {
	{"message", OBJECT_message_frame, EP_message_create, fill_message},
	{"typing", OBJECT_typing_frame, EP_typing, fill_typing},
	{"read", OBJECT_read_frame, EP_read_update, fill_read},
	{"presence", OBJECT_presence_frame, EP_status_update, fill_presence},
	{NULL, OBJECT_none, EP_COUNT, NULL},
};

static const struct frame_row channel_frames[] = {
	{"message", OBJECT_message_create, EP_message_create, fill_channel_message},
	{NULL, OBJECT_none, EP_COUNT, NULL},
};

bool api_submit_frame(struct api *api, struct request *request, const struct principal *principal,
	int64_t channel_id, const struct frame *frame)
{
	const struct frame_row *row = channel_id != 0 ? channel_frames : gateway_frames;
	enum chat_err err;
	void *data;

	while (row->type != NULL && strcmp(row->type, frame->type) != 0)
		row++;
	if (row->type == NULL)
		return api_refuse(request, CHAT_ERR_BAD_FRAME);
	prepare(api, request, principal);
	router_bind(request, row->endpoint);
	if (api_limit(api, request->req.endpoint->rate, principal->user_id, 0) > 0)
		return api_refuse(request, CHAT_ERR_RATE_LIMITED);
	data = arena_alloc(&request->arena, object_info(row->data)->size);
	if (data == NULL)
		return api_refuse(request, CHAT_ERR_NO_MEMORY);
	err = object_decode_value(
		row->data, frame->data, &request->arena, data, &request->reply.problems);
	if (err != CHAT_OK)
		return api_refuse(request, err);
	request->req.path.channel_id = channel_id;
	row->fill(request, data);
	if (request->req.body == NULL)
		return api_refuse(request, CHAT_ERR_NO_MEMORY);
	return dispatch_request(api, request);
}

/* --- may this session go live? --- */

static enum chat_err admit(struct req *req, struct admission **out)
{
	struct admission *admission = arena_alloc(req->arena, sizeof(*admission));

	if (admission == NULL)
		return CHAT_ERR_NO_MEMORY;
	admission->username = req->self.username;
	admission->choice = req->self.status;
	req->prepared = *out = admission;
	return CHAT_OK;
}

static enum chat_err handle_channel_open(struct req *req, struct reply *reply)
{
	struct admission *admission;
	int64_t *servers;
	enum chat_err err;

	if (req->place.server_id != req->path.server_id)
		return CHAT_ERR_NOT_MEMBER;
	err = admit(req, &admission);
	if (err == CHAT_OK)
		err = store_user_servers(req->store, req->principal.user_id, req->arena, &servers,
			&admission->n_servers);
	if (err != CHAT_OK)
		return err;
	admission->servers = servers;
	return reply_empty(reply);
}

/* Fills in how many are online. This may be the socket that makes the user one of them. */
static void count_online(const struct req *req, struct chat_ready *ready)
{
	struct presence *presence = req->api->presence;
	bool is_first = !presence_has(presence, req->principal.user_id) &&
			presence_others_see(req->self.status, true) != STATUS_OFFLINE;

	for (size_t i = 0; i < ready->servers.count; i++) {
		/* The arena's, made by store_ready(). */
		struct chat_server_state *server =
			(struct chat_server_state *)&ready->servers.items[i];

		server->members_online = presence_online(presence, server->id) + is_first;
	}
}

/* The ready frame, and where each server stood when it was made. */
static enum chat_err handle_gateway_open(struct req *req, struct reply *reply)
{
	struct chat_ready ready = {
		.epoch = req->api->epoch,
		.heartbeat_interval = LIMIT_HEARTBEAT_MS,
	};
	struct admission *admission;
	int64_t *servers, *revs;
	enum chat_err err = store_ready(req->store, req->principal.user_id, req->arena, &ready);

	if (err != CHAT_OK)
		return err;
	/* As it was in the same snapshot, which is later than the check of the token. */
	req->self = *ready.user;
	ready.user = &req->self;
	err = admit(req, &admission);
	if (err != CHAT_OK)
		return err;
	count_online(req, &ready);
	req->self.status = presence_self_sees(req->self.status, true);
	servers = arena_array(req->arena, ready.servers.count + 1, sizeof(*servers));
	revs = arena_array(req->arena, ready.servers.count + 1, sizeof(*revs));
	if (servers == NULL || revs == NULL)
		return CHAT_ERR_NO_MEMORY;
	for (size_t i = 0; i < ready.servers.count; i++) {
		servers[i] = ready.servers.items[i].id;
		revs[i] = ready.servers.items[i].rev;
	}
	admission->servers = servers;
	admission->revs = revs;
	admission->n_servers = ready.servers.count;
	admission->ready = reply_packet(reply, EVENT_ready, &ready, req->principal.user_id, NULL);
	return reply_empty(reply);
}

static const struct endpoint channel_open = {
	.id = EP_COUNT,
	.name = "channel_open",
	.access = ACCESS_MEMBER,
	.where = WHERE_READ,
};

static const struct endpoint gateway_open = {
	.id = EP_COUNT,
	.name = "gateway_open",
	.access = ACCESS_USER,
	.where = WHERE_READ,
};

bool api_submit_open(struct api *api, struct request *request, const struct principal *principal,
	int64_t server_id, int64_t channel_id)
{
	prepare(api, request, principal);
	if (channel_id != 0)
		ask(request, &channel_open, handle_channel_open);
	else
		ask(request, &gateway_open, handle_gateway_open);
	metrics_add(&api->metrics->admissions, 1);
	request->req.path.server_id = server_id;
	request->req.path.channel_id = channel_id;
	return dispatch_request(api, request);
}

/* --- what did it miss? --- */

/* One change as the frame that a live session got, or the newest like it. */
static struct packet *change_packet(
	struct req *req, struct reply *reply, const struct change *change)
{
	struct frame_extra extra = {.server_id = req->path.server_id, .rev = change->rev};

	if (change->event == EVENT_message)
		extra.username = ((struct chat_message *)change->data)->user->username;
	return reply_packet(reply, change->event, change->data, req->principal.user_id, &extra);
}

/* Closes a page up to the newest change with the counts of that moment, if `read` events were kept
 * back. */
static enum chat_err add_reads(
	struct req *req, struct reply *reply, const struct scope *scope, struct replay *replay)
{
	struct chat_unread *list;
	struct replay_change *changes;
	size_t count;
	bool same;
	enum chat_err err = store_unread_at(req->store, scope->server_id, replay->to_rev,
		req->principal.user_id, req->arena, &list, &count, &same);

	if (err != CHAT_OK || !same)
		return err;
	changes = arena_array(req->arena, replay->count + count + 1, sizeof(*changes));
	if (changes == NULL)
		return CHAT_ERR_NO_MEMORY;
	memcpy(changes, replay->changes, replay->count * sizeof(*changes));
	replay->changes = changes;
	for (size_t i = 0; i < count; i++) {
		struct chat_read read = unread_as_read(&list[i]);
		struct packet *packet =
			reply_packet(reply, EVENT_read, &read, req->principal.user_id, NULL);

		if (packet == NULL)
			return CHAT_ERR_NO_MEMORY;
		changes[replay->count++] = (struct replay_change){packet, replay->to_rev};
	}
	replay->reads = scope->reads;
	return CHAT_OK;
}

static enum chat_err handle_replay(struct req *req, struct reply *reply)
{
	const struct scope *scope = req->body;
	struct replay *replay = arena_alloc(req->arena, sizeof(*replay));
	struct change *changes;
	size_t count, bytes = 0;
	bool complete;
	enum chat_err err = store_replay(req->store, scope->server_id, req->principal.user_id,
		scope->base, scope->sent, PAGE_CHANGES, req->arena, &changes, &count,
		&replay->to_rev, &complete);

	if (err != CHAT_OK)
		return err;
	replay->server_id = scope->server_id;
	replay->from_rev = scope->sent;
	replay->changes = arena_array(req->arena, count + 1, sizeof(*replay->changes));
	if (replay->changes == NULL)
		return CHAT_ERR_NO_MEMORY;
	req->prepared = replay;
	for (size_t i = 0; i < count; i++) {
		struct packet *packet = change_packet(req, reply, &changes[i]);

		if (packet == NULL)
			return CHAT_ERR_NO_MEMORY;
		replay->changes[replay->count++] = (struct replay_change){packet, changes[i].rev};
		bytes += packet->len;
		if (bytes >= PAGE_BYTES && i + 1 < count && changes[i + 1].rev > changes[i].rev) {
			replay->to_rev = changes[i].rev;
			complete = false;
			break;
		}
	}
	if (complete && scope->reads > 0)
		err = add_reads(req, reply, scope, replay);
	return err != CHAT_OK ? err : reply_empty(reply);
}

static const struct endpoint replay_endpoint = {
	.id = EP_COUNT,
	.name = "gateway_replay",
	.access = ACCESS_MEMBER,
	.where = WHERE_READ,
};

bool api_submit_replay(struct api *api, struct request *request, const struct principal *principal,
	const struct scope *scope)
{
	struct scope *copy = arena_alloc(&request->arena, sizeof(*copy));

	if (copy == NULL)
		return api_refuse(request, CHAT_ERR_NO_MEMORY);
	*copy = *scope;
	prepare(api, request, principal);
	ask(request, &replay_endpoint, handle_replay);
	request->req.path.server_id = scope->server_id;
	request->req.body = copy;
	return dispatch_request(api, request);
}

void api_release_answer(struct request *request)
{
	struct admission *admission = request->req.prepared;
	struct replay *replay = request->req.prepared;

	if (request->req.prepared == NULL)
		return;
	if (request->origin == ORIGIN_OPEN)
		packet_unref(admission->ready);
	for (size_t i = 0; request->origin == ORIGIN_REPLAY && i < replay->count; i++)
		packet_unref(replay->changes[i].packet);
	request->req.prepared = NULL;
}
