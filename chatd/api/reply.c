#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <chat/random.h>
#include <chat/time.h>
#include "api/asset.h"
#include "api/request.h"
#include "core/presence.h"

/* A list of LIST_MAX members is about 300 kB; what passes this is a fault of chatd's own. */
#define REPLY_BYTES_MAX (16u << 20)

/* --- a request's life --- */

static void make_id(char *id, size_t size)
{
	static uint64_t start, count; /* the loop's alone */

	if (start == 0)
		random_bytes(&start, sizeof(start));
	snprintf(id, size, "%08x-%llx", (unsigned)start, (unsigned long long)++count);
}

struct request *request_new(enum request_origin origin, int64_t waiter)
{
	struct request *request = calloc(1, sizeof(*request));

	if (request == NULL)
		return NULL;
	request->origin = origin;
	request->waiter = waiter;
	request->started = time_mono_us();
	make_id(request->id, sizeof(request->id));
	arena_init(&request->arena, 0);
	buf_init(&request->body, LIMIT_BODY_BYTES_MAX);
	request->req.arena = &request->arena;
	request->reply.arena = &request->arena;
	request->reply.events_tail = &request->reply.events;
	buf_init(&request->reply.body, REPLY_BYTES_MAX);
	return request;
}

void request_free(struct request *request)
{
	if (request == NULL)
		return;
	event_free(request->reply.events);
	buf_release(&request->reply.body);
	buf_release(&request->body);
	arena_release(&request->arena);
	free(request);
}

const char *request_text(struct request *request, const char *text)
{
	return text == NULL ? NULL : arena_strdup(&request->arena, text);
}

/* --- users as this reader may see them --- */

struct view {
	const void *top; /* what the reply is about */
	int64_t viewer;
	struct presence *presence;
};

static void show_user(void *found, void *context)
{
	const struct view *view = context;
	struct chat_user *user = found;
	bool connected = presence_has(view->presence, user->id);
	bool self = user->id == view->viewer;

	user->status = self ? presence_self_sees(user->status, connected)
			    : presence_others_see(user->status, connected);
	if (!self || found != view->top)
		user->email = NULL;
}

/* --- answers --- */

static enum chat_err finish(struct reply *reply, int status, const char *content_type)
{
	if (!buf_ok(&reply->body))
		return CHAT_ERR_NO_MEMORY;
	reply->status = status;
	reply->content_type = content_type;
	return CHAT_OK;
}

enum chat_err reply_object(struct reply *reply, int status, enum object_id id, void *object)
{
	struct view view = {object, reply->viewer, reply->presence};

	object_visit(id, object, OBJECT_user, show_user, &view);
	object_encode(&reply->body, id, object);
	return finish(reply, status, "application/json");
}

enum chat_err reply_list(struct reply *reply, enum object_id id, void *items, size_t count)
{
	struct view view = {NULL, reply->viewer, reply->presence};
	char *item = items;

	for (size_t i = 0; i < count; i++, item += object_info(id)->size)
		object_visit(id, item, OBJECT_user, show_user, &view);
	object_encode_list(&reply->body, id, items, count);
	return finish(reply, 200, "application/json");
}

enum chat_err reply_empty(struct reply *reply)
{
	return finish(reply, 204, NULL);
}

enum chat_err reply_text(struct reply *reply, const char *content_type, const char *text, size_t n)
{
	buf_append(&reply->body, text, n);
	return finish(reply, 200, content_type);
}

enum chat_err reply_asset(struct reply *reply, struct asset *asset)
{
	if (!asset_make(asset))
		return CHAT_ERR_NO_MEMORY;
	reply->asset = asset;
	return finish(reply, 200, asset->content_type);
}

enum chat_err reply_problem(
	struct reply *reply, const char *in, const char *field, const char *type, const char *msg)
{
	struct problems *problems = &reply->problems;

	if (problems->count < PROBLEMS_MAX)
		problems->list[problems->count++] = (struct problem){in, field, type, msg};
	return CHAT_ERR_INVALID;
}

void reply_error(struct reply *reply, enum chat_err err)
{
	event_free(reply_take_events(reply));
	buf_reset(&reply->body);
	reply->content_type = NULL;
	reply->asset = NULL;
	reply->err = err;
	reply->status = err_info(err)->status != 0 ? err_info(err)->status : 500;
}

/* --- events --- */

struct event *reply_take_events(struct reply *reply)
{
	struct event *list = reply->events;

	reply->events = NULL;
	reply->events_tail = &reply->events;
	return list;
}

static struct event *add_event(struct reply *reply, enum event_kind kind)
{
	struct event *event = event_new(kind);

	if (event == NULL) {
		reply->no_memory = true;
		return NULL;
	}
	*reply->events_tail = event;
	reply->events_tail = &event->next;
	return event;
}

/* The only user in an event's data is the one it is about, so one saved copy serves. */
struct saved_user {
	struct view view;
	struct chat_user *user;
	struct chat_user before;
};

static void show_saved(void *found, void *context)
{
	struct saved_user *saved = context;

	saved->user = found;
	saved->before = *saved->user;
	show_user(found, &saved->view);
}

/* The packet as one viewer gets it; data is left as it was. */
struct packet *reply_packet(struct reply *reply, enum event_id id, void *data, int64_t viewer,
	const struct frame_extra *extra)
{
	struct saved_user saved = {.view = {NULL, viewer, reply->presence}};
	struct packet *packet;

	if (id == EVENT_ready)
		saved.view.top = ((const struct chat_ready *)data)->user;
	object_visit(event_info(id)->object, data, OBJECT_user, show_saved, &saved);
	packet = packet_encode(id, data, extra);
	if (saved.user != NULL)
		*saved.user = saved.before;
	reply->no_memory |= packet == NULL;
	return packet;
}

/* A message's nonce is its author's alone, so there may be two packets. */
static void encode_message(struct reply *reply, struct event *event, struct chat_message *message)
{
	struct frame_extra extra = {.server_id = event->server_id, .rev = event->rev};
	const char *nonce = message->nonce;

	if (event->id == EVENT_message)
		extra.username = message->user->username;

	if (nonce != NULL)
		event->own = reply_packet(reply, event->id, message, message->user_id, &extra);
	message->nonce = NULL;
	event->packet = reply_packet(reply, event->id, message, 0, &extra);
	message->nonce = nonce;
}

void reply_event(struct reply *reply, enum event_id id, const struct event_place *place, void *data)
{
	struct event *event = add_event(reply, EVENT_KIND_WIRE);
	struct frame_extra extra;
	int64_t viewer;

	if (event == NULL)
		return;
	event->id = id;
	event->server_id = place->server_id;
	event->channel_id = place->channel_id;
	event->user_id = place->user_id;
	event->rev = place->rev;
	extra = (struct frame_extra){.server_id = place->server_id, .rev = place->rev};
	viewer = event_info(id)->reach == REACH_USER ? place->user_id : 0;
	if (event_info(id)->object == OBJECT_message)
		encode_message(reply, event, data);
	else
		event->packet = reply_packet(reply, id, data, viewer, &extra);
}

void reply_revoke(struct reply *reply, int64_t user_id, const char *session_id, bool others)
{
	struct event *event = add_event(reply, EVENT_KIND_REVOKE);

	if (event == NULL)
		return;
	event->user_id = user_id;
	event->others = others;
	snprintf(event->session_id, sizeof(event->session_id), "%s", session_id);
}

void reply_user(struct reply *reply, const struct chat_user *user)
{
	struct event *event = add_event(reply, EVENT_KIND_USER);

	if (event == NULL)
		return;
	event->user_id = user->id;
	event->status = user->status;
	event->username = strdup(user->username);
	reply->no_memory |= event->username == NULL;
}

/* --- what a client reads when it failed --- */

static bool is_validation(enum chat_err err)
{
	return err == CHAT_ERR_INVALID || err == CHAT_ERR_BLANK;
}

static void encode_problems(struct buf *out, const struct problems *problems)
{
	buf_puts(out, ",\"errors\":[");
	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *problem = &problems->list[i];

		buf_printf(out, "%s{\"loc\":[\"%s\"", i > 0 ? "," : "", problem->in);
		if (problem->field != NULL)
			buf_printf(out, ",\"%s\"", problem->field);
		buf_puts(out, "],\"msg\":");
		buf_put_json_string(out, problem->msg);
		buf_printf(out, ",\"type\":\"%s\"}", problem->type);
	}
	buf_putc(out, ']');
}

const char *reply_detail(const struct reply *reply, struct arena *arena)
{
	const struct problem *first = &reply->problems.list[0];
	const char *text = reply->detail;

	if (is_validation(reply->err) && reply->problems.count > 0) {
		if (first->field == NULL)
			return first->msg;
		text = arena_printf(arena, "%s: %s", first->field, first->msg);
	}
	return text == NULL ? err_info(reply->err)->detail : text;
}

void request_finish(struct request *request)
{
	struct reply *reply = &request->reply;
	const struct err_info *info = err_info(reply->err);

	if (reply->err == CHAT_OK)
		return;
	/* What never goes over the wire is this server's own trouble. */
	if (info->status == 0)
		info = err_info(reply->err = CHAT_ERR_INTERNAL);
	reply->content_type = "application/json";
	buf_reset(&reply->body);
	buf_puts(&reply->body, "{\"detail\":");
	buf_put_json_string(&reply->body, reply_detail(reply, &request->arena));
	buf_printf(&reply->body, ",\"code\":\"%s\",\"request_id\":\"%s\"", info->code, request->id);
	if (is_validation(reply->err))
		encode_problems(&reply->body, &reply->problems);
	buf_putc(&reply->body, '}');
}
