#include <stdlib.h>
#include <string.h>
#include <chat/limits.h>
#include <chat/time.h>
#include "core/hub_state.h"
#include "core/metrics.h"

struct hub *hub_new(struct presence *presence, struct metrics *metrics)
{
	struct hub *hub = calloc(1, sizeof(*hub));

	if (hub == NULL)
		return NULL;
	hub->presence = presence;
	hub->metrics = metrics;
	hub->dirty_tail = &hub->dirty;
	users_init(&hub->users, presence);
	return hub;
}

void hub_free(struct hub *hub)
{
	if (hub == NULL)
		return;
	users_release(&hub->users);
	channel_release(hub);
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
	if (session->dirty)
		return;
	session->dirty = true;
	session->next_dirty = NULL;
	*hub->dirty_tail = session;
	hub->dirty_tail = &session->next_dirty;
}

struct session *hub_next_dirty(struct hub *hub)
{
	struct session *session = hub->dirty;

	if (session == NULL)
		return NULL;
	hub->dirty = session->next_dirty;
	if (hub->dirty == NULL)
		hub->dirty_tail = &hub->dirty;
	session->dirty = false;
	return session;
}

bool hub_is_dirty(const struct hub *hub)
{
	return hub->dirty != NULL;
}

static void unmark_dirty(struct hub *hub, struct session *session)
{
	struct session **link = &hub->dirty;

	if (!session->dirty)
		return;
	while (*link != session)
		link = &(*link)->next_dirty;
	*link = session->next_dirty;
	if (hub->dirty_tail == &session->next_dirty)
		hub->dirty_tail = link;
}

void hub_send(struct hub *hub, struct session *session, struct packet *packet)
{
	if (session->state == SESSION_CLOSING || packet == NULL)
		return;
	if (!packet_queue_push(&session->queue, packet)) {
		metrics_add(&hub->metrics->overflows, 1);
		hub_close(hub, session, CLOSE_TOO_SLOW);
		return;
	}
	if (session->state == SESSION_LIVE)
		hub_mark_dirty(hub, session);
}

void hub_send_transient(struct hub *hub, struct session *session, struct packet *packet)
{
	if (session->queue.bytes <= LIMIT_QUEUE_BYTES_MAX / 2)
		hub_send(hub, session, packet);
}

void hub_tick(struct hub *hub, int64_t now)
{
	announce_tick(hub, now);
}

/* --- a session's life --- */

struct session *hub_open(struct hub *hub, const struct principal *principal, int64_t server_id,
	int64_t channel_id, bool hold, void *socket)
{
	struct session *session = calloc(1, sizeof(*session));

	if (session == NULL)
		return NULL;
	session->id = ++hub->last_id;
	session->kind = channel_id != 0 ? SESSION_CHANNEL : SESSION_GATEWAY;
	session->principal = *principal;
	session->server_id = server_id;
	session->channel_id = channel_id;
	session->hold = hold;
	session->may_resume = session->kind == SESSION_GATEWAY;
	session->socket = socket;
	if (!map_put(&hub->sessions, session->id, session))
		goto fail;
	if (session->kind == SESSION_CHANNEL && !channel_add(hub, session))
		goto fail;
	session_link(&hub->checking, session);
	return session;
fail:
	map_remove(&hub->sessions, session->id);
	free(session);
	return NULL;
}

bool hub_admit(struct hub *hub, struct session *session, struct admission *admission)
{
	struct user *user;

	if (session->state == SESSION_CLOSING)
		return true;
	if (session->stale) {
		session->stale = false;
		return false;
	}
	user = users_connect(&hub->users, session->principal.user_id, admission->username,
		admission->choice, admission->servers, admission->n_servers);
	if (user == NULL ||
		(session->kind == SESSION_GATEWAY && !gateway_admit(hub, session, admission))) {
		hub_close(hub, session, CLOSE_TRY_LATER);
		return true;
	}
	session->user = user;
	session_unlink(session);
	session_link(&user->sessions, session);
	session_set_state(session, SESSION_LIVE);
	hub_mark_dirty(hub, session);
	if (session->kind == SESSION_CHANNEL)
		channel_tell(hub, EVENT_user_join, session);
	announce_presence(hub, user);
	return true;
}

void hub_close(struct hub *hub, struct session *session, enum close_code code)
{
	bool was_live = session->state == SESSION_LIVE;

	if (session->state == SESSION_CLOSING)
		return;
	session_set_state(session, SESSION_CLOSING);
	session->close_code = code;
	packet_queue_release(&session->queue);
	gateway_release(session);
	hub_mark_dirty(hub, session);
	if (was_live && session->kind == SESSION_CHANNEL)
		channel_tell(hub, EVENT_user_leave, session);
}

void hub_gone(struct hub *hub, struct session *session, int64_t now)
{
	struct user *user = session->user;

	hub_close(hub, session, CLOSE_NORMAL);
	unmark_dirty(hub, session);
	if (session->kind == SESSION_CHANNEL)
		channel_remove(hub, session);
	map_remove(&hub->sessions, session->id);
	session_unlink(session);
	if (user != NULL && user->sessions == NULL)
		users_leave(&hub->users, user, now);
	packet_queue_release(&session->queue);
	free(session);
}

void hub_close_all(struct hub *hub, enum close_code code)
{
	struct session *session;
	size_t at = 0;

	while ((session = map_next(&hub->sessions, &at)) != NULL)
		hub_close(hub, session, code);
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

	if (!announce_may_type(hub, user_id, session->channel_id, now))
		return;
	event.packet = packet_encode(EVENT_typing, &data, NULL);
	announce_typing(hub, &event);
	packet_unref(event.packet);
}

/* --- committed events --- */

/* Bytes of what is sent as one piece. */
#define JOINED_BYTES_MAX 65536

/* Closes the sessions that `concerns` picks. */
static void close_where(struct hub *hub, const struct event *event, enum close_code code,
	bool (*concerns)(const struct session *, const struct event *))
{
	struct session *session;
	size_t at = 0;

	while ((session = map_next(&hub->sessions, &at)) != NULL) {
		if (concerns(session, event))
			hub_close(hub, session, code);
	}
}

/* With `others`, tokens of the original go too, even that which asked: they have no session that
 * could be told from others. */
static bool is_revoked(const struct session *session, const struct event *event)
{
	const char *id = session->principal.session_id;
	bool same = strcmp(id, event->session_id) == 0;

	if (session->principal.user_id != event->user_id)
		return false;
	return event->others ? !same || id[0] == '\0' : same;
}

static bool is_in_channel(const struct session *session, const struct event *event)
{
	return session->kind == SESSION_CHANNEL && session->channel_id == event->channel_id;
}

static bool is_in_server(const struct session *session, const struct event *event)
{
	return session->kind == SESSION_CHANNEL && session->server_id == event->server_id;
}

static bool is_user_in_server(const struct session *session, const struct event *event)
{
	return is_in_server(session, event) && session->principal.user_id == event->user_id;
}

/* Something changed of what the store says of a user without a rev: the servers, the name, the
 * choice of status, a read marker. Whoever was just asking has to ask again. With user_id 0 anybody
 * may be concerned. */
static void mark_stale(struct hub *hub, int64_t user_id)
{
	for (struct session *s = hub->checking; s != NULL; s = s->next) {
		if (user_id == 0 || s->principal.user_id == user_id)
			s->stale = true;
	}
}

/* The user, or with user_id 0 everybody, is out of a server. */
static void apply_server_delete(struct hub *hub, const struct event *event)
{
	mark_stale(hub, event->user_id);
	if (event->user_id != 0) {
		gateway_part(hub, event);
		return;
	}
	gateway_delete(hub, event);
	close_where(hub, event, CLOSE_NO_CHANNEL, is_in_server);
}

/* A member joined or left: from now on the crowd is another one. */
static void apply_member(struct hub *hub, const struct event *event)
{
	mark_stale(hub, event->user_id);
	if (event->id == EVENT_member_join) {
		users_join(&hub->users, event->user_id, event->server_id);
		return;
	}
	users_part(&hub->users, event->user_id, event->server_id);
	close_where(hub, event, CLOSE_NOT_MEMBER, is_user_in_server);
}

/* A user has another name or made another choice of status. */
static void apply_user(struct hub *hub, const struct event *event)
{
	struct user *user = users_get(&hub->users, event->user_id);

	mark_stale(hub, event->user_id);
	if (user == NULL)
		return;
	user_rename(user, event->username);
	user->choice = event->status;
	announce_presence(hub, user);
}

static void publish_frame(struct hub *hub, const struct event *event)
{
	switch (event->id) {
	case EVENT_server_create:
		mark_stale(hub, event->user_id);
		gateway_join(hub, event);
		return;
	case EVENT_server_delete:
		apply_server_delete(hub, event);
		return;
	case EVENT_typing:
		if (announce_may_type(
			    hub, event->user_id, event->channel_id, time_mono_us() / 1000))
			announce_typing(hub, event);
		return;
	case EVENT_read:
		mark_stale(hub, event->user_id);
		gateway_send_user(hub, event);
		return;
	case EVENT_member_join:
	case EVENT_member_leave:
		apply_member(hub, event);
		break;
	default:
		break;
	}
	if (event_info(event->id)->reach == REACH_CHANNEL)
		channel_send(hub, event->channel_id, event->user_id, event->own, event->packet, 0);
	gateway_publish(hub, event, event->next);
	if (event->id == EVENT_channel_delete)
		close_where(hub, event, CLOSE_NO_CHANNEL, is_in_channel);
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
		channel_send(hub, event->channel_id, event->user_id, event->own, event->packet, 0);
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
		close_where(hub, event, CLOSE_TOKEN, is_revoked);
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
}
