#include <stdlib.h>
#include <string.h>
#include <chat/time.h>
#include "core/admission.h"
#include "core/broadcast.h"
#include "core/gateway.h"
#include "core/metrics.h"
#include "core/outbound.h"

/*
 * What the network calls, and what is published. A session may be closed while others are walked;
 * whom its closing concerns is told at the end of each of these functions, when nobody walks.
 */

struct hub *hub_new(struct presence *presence, struct metrics *metrics)
{
	struct hub *hub = calloc(1, sizeof(*hub));

	if (hub == NULL)
		return NULL;
	hub->presence = presence;
	hub->metrics = metrics;
	TAILQ_INIT(&hub->dirty);
	STAILQ_INIT(&hub->changed);
	channels_init(&hub->channels);
	users_init(&hub->users, presence);
	return hub;
}

void hub_free(struct hub *hub)
{
	if (hub == NULL)
		return;
	users_release(&hub->users);
	channels_release(&hub->channels);
	tombstones_release(&hub->tombstones);
	map_release(&hub->typing);
	map_release(&hub->typing_before);
	map_release(&hub->revs);
	map_release(&hub->sessions);
	free(hub);
}

void hub_set_epoch(struct hub *hub, const char *epoch)
{
	hub->epoch = epoch;
}

struct session *hub_session(struct hub *hub, int64_t id)
{
	return map_get(&hub->sessions, id);
}

/* --- what waits to be written --- */

void hub_mark_dirty(struct hub *hub, struct session *session)
{
	outbound_mark(hub, session);
}

struct session *hub_next_dirty(struct hub *hub)
{
	return outbound_next(hub);
}

bool hub_is_dirty(const struct hub *hub)
{
	return !TAILQ_EMPTY(&hub->dirty);
}

void hub_send(struct hub *hub, struct session *session, struct packet *packet)
{
	outbound_send(hub, session, packet);
	broadcast_departures(hub);
}

void hub_tick(struct hub *hub, int64_t now)
{
	broadcast_tick(hub, now);
	broadcast_departures(hub);
	tombstones_tick(&hub->tombstones);
}

/* --- a session's life --- */

/* Takes a new session into all that it is to be found by; false without memory. */
static bool subscribe(struct hub *hub, struct session *session)
{
	bool in_channel = session->kind == SESSION_CHANNEL;

	if (!map_put(&hub->sessions, session->id, session))
		return false;
	if (in_channel && !audience_enter(&hub->users.audiences, session))
		return false;
	if (in_channel && !channel_enter(&hub->channels, session)) {
		audience_leave(session);
		audiences_prune(&hub->users.audiences, session->server_id);
		return false;
	}
	session->generation = tombstones_enter(&hub->tombstones);
	LIST_INSERT_HEAD(&session->user->sessions, session, of_user);
	return true;
}

struct session *hub_open(struct hub *hub, const struct principal *principal, int64_t server_id,
	int64_t channel_id, bool hold, void *socket)
{
	struct user *user = users_open(&hub->users, principal->user_id);
	struct session *session = user == NULL ? NULL : calloc(1, sizeof(*session));

	if (session == NULL)
		goto fail;
	session->id = ++hub->last_id;
	session->kind = channel_id != 0 ? SESSION_CHANNEL : SESSION_GATEWAY;
	session->principal = *principal;
	session->user = user;
	session->server_id = server_id;
	session->channel_id = channel_id;
	session->hold = hold;
	session->may_resume = session->kind == SESSION_GATEWAY;
	session->socket = socket;
	backlog_init(&session->backlog);
	if (subscribe(hub, session))
		return session;
	map_remove(&hub->sessions, session->id);
	free(session);
fail:
	if (user != NULL && LIST_EMPTY(&user->sessions))
		users_leave(&hub->users, user, time_mono_us() / 1000);
	return NULL;
}

void hub_admit(struct hub *hub, struct session *session, struct admission *admission)
{
	admission_admit(hub, session, admission);
	broadcast_departures(hub);
}

void hub_close(struct hub *hub, struct session *session, enum close_code code)
{
	outbound_close(hub, session, code);
	broadcast_departures(hub);
}

void hub_gone(struct hub *hub, struct session *session, int64_t now)
{
	struct user *user = session->user;

	hub_close(hub, session, CLOSE_NORMAL);
	outbound_unmark(hub, session);
	map_remove(&hub->sessions, session->id);
	LIST_REMOVE(session, of_user);
	if (session->kind == SESSION_CHANNEL)
		audiences_prune(&hub->users.audiences, session->server_id);
	if (LIST_EMPTY(&user->sessions))
		users_leave(&hub->users, user, now);
	free(session);
}

void hub_close_all(struct hub *hub, enum close_code code)
{
	struct session *session;
	size_t at = 0;

	while ((session = map_next(&hub->sessions, &at)) != NULL)
		outbound_close(hub, session, code);
	broadcast_departures(hub);
}

void hub_typing(struct hub *hub, struct session *session, int64_t now)
{
	int64_t user_id = session->principal.user_id;
	struct chat_channel_user data = {user_id, session->user->username, session->channel_id};
	struct event event = {
		.id = EVENT_typing,
		.server_id = session->server_id,
		.channel_id = session->channel_id,
		.user_id = user_id,
	};

	if (!broadcast_may_type(hub, user_id, session->channel_id, now))
		return;
	event.packet = packet_encode(EVENT_typing, &data, NULL);
	broadcast_typing(hub, &event);
	packet_unref(event.packet);
	broadcast_departures(hub);
}

/* --- committed events --- */

/* Bytes of what is sent as one piece. */
#define JOINED_BYTES_MAX 65536

/* With `others`, tokens of the original go too, even that which asked: they have no session that
 * could be told from others. */
static bool is_revoked(const struct session *session, const struct event *event)
{
	const char *id = session->principal.session_id;
	bool same = strcmp(id, event->session_id) == 0;

	return event->others ? !same || id[0] == '\0' : same;
}

static void apply_revoke(struct hub *hub, const struct event *event)
{
	struct user *user = users_get(&hub->users, event->user_id);
	struct session *s;

	if (user == NULL)
		return;
	LIST_FOREACH(s, &user->sessions, of_user) {
		if (is_revoked(s, event))
			outbound_close(hub, s, CLOSE_TOKEN);
	}
}

/* Closes the user's channel sockets in a server. */
static void close_sockets_of(
	struct hub *hub, const struct user *user, int64_t server_id, enum close_code code)
{
	struct session *s;

	LIST_FOREACH(s, &user->sessions, of_user) {
		if (s->kind == SESSION_CHANNEL && s->server_id == server_id)
			outbound_close(hub, s, code);
	}
}

static void close_sockets_in_server(struct hub *hub, int64_t server_id)
{
	struct audience *audience = audiences_get(&hub->users.audiences, server_id);

	if (audience == NULL)
		return;
	for (size_t i = 0; i < audience->count; i++)
		close_sockets_of(hub, audience->members[i].user, server_id, CLOSE_NO_CHANNEL);
	while (!LIST_EMPTY(&audience->checking))
		outbound_close(hub, LIST_FIRST(&audience->checking), CLOSE_NO_CHANNEL);
}

static void close_sockets_in_channel(struct hub *hub, int64_t channel_id)
{
	struct channel *channel = channels_get(&hub->channels, channel_id);

	while (channel != NULL && !LIST_EMPTY(&channel->sessions))
		outbound_close(hub, LIST_FIRST(&channel->sessions), CLOSE_NO_CHANNEL);
}

/* The user, or with user_id 0 everybody, is out of a server. */
static void apply_server_delete(struct hub *hub, const struct event *event)
{
	if (event->user_id != 0) {
		gateway_part(hub, event);
		return;
	}
	close_sockets_in_server(hub, event->server_id);
	gateway_delete(hub, event);
}

/* A member left: from now on the audience is another one. */
static void apply_member_leave(struct hub *hub, const struct event *event)
{
	struct user *user = users_get(&hub->users, event->user_id);

	if (user == NULL)
		return;
	users_part(&hub->users, user, event->server_id);
	close_sockets_of(hub, user, event->server_id, CLOSE_NOT_MEMBER);
}

/* A user has another name or made another choice of status. */
static void apply_user(struct hub *hub, const struct event *event)
{
	struct user *user = users_get(&hub->users, event->user_id);

	if (user == NULL)
		return;
	user_rename(user, event->username);
	user->choice = event->status;
	broadcast_presence(hub, user);
}

static void publish_frame(struct hub *hub, const struct event *event)
{
	switch (event->id) {
	case EVENT_server_create:
		gateway_join(hub, event);
		return;
	case EVENT_server_delete:
		apply_server_delete(hub, event);
		return;
	case EVENT_typing:
		if (broadcast_may_type(
			    hub, event->user_id, event->channel_id, time_mono_us() / 1000))
			broadcast_typing(hub, event);
		return;
	case EVENT_read:
		gateway_read(hub, event);
		return;
	case EVENT_member_leave:
		apply_member_leave(hub, event);
		break;
	default:
		break;
	}
	if (event_info(event->id)->reach == REACH_CHANNEL)
		broadcast_channel(
			hub, event->channel_id, event->user_id, event->own, event->packet, 0);
	gateway_publish(hub, event, event->next);
	if (event->id == EVENT_channel_delete)
		close_sockets_in_channel(hub, event->channel_id);
}

static bool is_message(const struct event *event)
{
	return event->kind == EVENT_KIND_WIRE && event_info(event->id)->object == OBJECT_message;
}

/* Tells of the messages at the head of the list that are of one server; returns what is behind
 * them. Most of what happens is these, so that each member gets them as one piece. */
static const struct event *publish_messages(struct hub *hub, const struct event *first)
{
	const struct event *event = first;
	size_t bytes = 0;

	do {
		metrics_add(&hub->metrics->events, 1);
		broadcast_channel(
			hub, event->channel_id, event->user_id, event->own, event->packet, 0);
		bytes += event->packet->len;
		event = event->next;
	} while (event != NULL && is_message(event) && event->server_id == first->server_id &&
		 bytes + event->packet->len <= JOINED_BYTES_MAX);
	gateway_publish(hub, first, event);
	return event;
}

static void publish_one(struct hub *hub, const struct event *event)
{
	metrics_add(&hub->metrics->events, 1);
	if (event->kind == EVENT_KIND_REVOKE)
		apply_revoke(hub, event);
	else if (event->kind == EVENT_KIND_USER)
		apply_user(hub, event);
	else
		publish_frame(hub, event);
}

void hub_publish(struct hub *hub, const struct event *list)
{
	while (list != NULL) {
		if (is_message(list)) {
			list = publish_messages(hub, list);
		} else {
			publish_one(hub, list);
			list = list->next;
		}
	}
	broadcast_departures(hub);
}
