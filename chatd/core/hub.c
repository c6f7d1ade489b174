#include <stdlib.h>
#include <string.h>
#include <chat/buf.h>
#include <chat/limits.h>
#include "core/hub.h"
#include "core/map.h"
#include "core/metrics.h"
#include "core/presence.h"
#include "core/user.h"

/* The sessions in a channel, and when each user last typed there. */
struct channel {
	int64_t id;
	struct session *sessions;
};

struct hub {
	struct map sessions; /* by id */
	struct map channels; /* by id, those with a session */
	struct users users;
	int64_t last_id;
	struct session *dirty, **dirty_tail;
	struct metrics *metrics;
};

struct hub *hub_new(struct presence *presence, struct metrics *metrics)
{
	struct hub *hub = calloc(1, sizeof(*hub));

	if (hub == NULL)
		return NULL;
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
	map_release(&hub->channels);
	map_release(&hub->sessions);
	free(hub);
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
	metrics_add(&hub->metrics->packets, 1);
	if (session->state == SESSION_LIVE)
		hub_mark_dirty(hub, session);
}

/* --- a channel's sessions --- */

static bool channel_add(struct hub *hub, struct session *session)
{
	struct channel *channel = map_get(&hub->channels, session->channel_id);

	if (channel == NULL) {
		channel = calloc(1, sizeof(*channel));
		if (channel == NULL || !map_put(&hub->channels, session->channel_id, channel)) {
			free(channel);
			return false;
		}
		channel->id = session->channel_id;
	}
	session->channel_next = channel->sessions;
	session->channel_link = &channel->sessions;
	if (channel->sessions != NULL)
		channel->sessions->channel_link = &session->channel_next;
	channel->sessions = session;
	return true;
}

static void channel_remove(struct hub *hub, struct session *session)
{
	struct channel *channel = map_get(&hub->channels, session->channel_id);

	*session->channel_link = session->channel_next;
	if (session->channel_next != NULL)
		session->channel_next->channel_link = session->channel_link;
	if (channel->sessions == NULL)
		free(map_remove(&hub->channels, channel->id));
}

/* Sends to the channel's sessions: `own` (if not NULL) to those of user_id, `packet` to the rest.
 * except_user: whose sessions get nothing, 0 for nobody's. */
static void channel_send(struct hub *hub, int64_t channel_id, int64_t user_id, struct packet *own,
	struct packet *packet, int64_t except_user)
{
	struct channel *channel = map_get(&hub->channels, channel_id);

	if (channel == NULL)
		return;
	for (struct session *s = channel->sessions; s != NULL; s = s->channel_next) {
		if (s->principal.user_id == except_user)
			continue;
		hub_send(hub, s, own != NULL && s->principal.user_id == user_id ? own : packet);
	}
}

/* Whether the user has another live session in that channel. */
static bool is_elsewhere(const struct session *session)
{
	for (const struct session *s = session->user->sessions; s != NULL; s = s->user_next) {
		if (s != session && s->channel_id == session->channel_id &&
			s->state == SESSION_LIVE)
			return true;
	}
	return false;
}

static void tell_channel(
	struct hub *hub, enum event_id id, const struct session *session, int64_t except_user)
{
	struct chat_channel_user data = {
		.user_id = session->principal.user_id,
		.username = session->user->username,
		.channel_id = session->channel_id,
	};
	struct packet *packet = packet_encode(id, &data, NULL);

	channel_send(hub, session->channel_id, 0, NULL, packet, except_user);
	packet_unref(packet);
}

/* --- presence --- */

/* Tells those who share a server with the user what they now see of it. */
static void tell_presence(struct hub *hub, struct user *user)
{
	struct chat_presence data = {.user_id = user->id, .status = user_status(user)};
	struct packet *packet;
	struct users_walk walk;
	struct user *other;

	if (data.status == user->told)
		return;
	user->told = data.status;
	packet = packet_encode(EVENT_presence, &data, NULL);
	users_walk_start(&hub->users, &walk, user);
	while ((other = users_walk_next(&hub->users, &walk)) != NULL) {
		for (struct session *s = other->sessions; s != NULL; s = s->user_next)
			hub_send(hub, s, packet);
	}
	packet_unref(packet);
}

void hub_tick(struct hub *hub, int64_t now)
{
	struct user *user;

	while ((user = users_expired(&hub->users, now - LIMIT_PRESENCE_GRACE_MS)) != NULL) {
		users_disconnect(&hub->users, user);
		tell_presence(hub, user);
		users_remove(&hub->users, user);
	}
}

/* --- a session's life --- */

struct session *hub_open(struct hub *hub, const struct principal *principal, int64_t server_id,
	int64_t channel_id, void *socket)
{
	struct session *session = calloc(1, sizeof(*session));

	if (session == NULL)
		return NULL;
	session->id = ++hub->last_id;
	session->principal = *principal;
	session->server_id = server_id;
	session->channel_id = channel_id;
	session->socket = socket;
	if (!map_put(&hub->sessions, session->id, session))
		goto fail;
	if (!channel_add(hub, session))
		goto fail;
	return session;
fail:
	map_remove(&hub->sessions, session->id);
	free(session);
	return NULL;
}

bool hub_admit(struct hub *hub, struct session *session, const struct admission *admission)
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
	if (user == NULL) {
		hub_close(hub, session, CLOSE_TRY_LATER);
		return true;
	}
	session->user = user;
	user_add_session(user, session);
	session_set_state(session, SESSION_LIVE);
	hub_mark_dirty(hub, session);
	if (!is_elsewhere(session))
		tell_channel(hub, EVENT_user_join, session, session->principal.user_id);
	tell_presence(hub, user);
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
	hub_mark_dirty(hub, session);
	if (was_live && !is_elsewhere(session))
		tell_channel(hub, EVENT_user_leave, session, session->principal.user_id);
}

void hub_gone(struct hub *hub, struct session *session, int64_t now)
{
	struct user *user = session->user;

	hub_close(hub, session, CLOSE_NORMAL);
	unmark_dirty(hub, session);
	channel_remove(hub, session);
	map_remove(&hub->sessions, session->id);
	if (user != NULL) {
		user_remove_session(session);
		if (user->sessions == NULL)
			users_leave(&hub->users, user, now);
	}
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
	if (user_may_type(session->user, session->channel_id, now))
		tell_channel(hub, EVENT_typing, session, session->principal.user_id);
}

/* --- committed events --- */

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
	return session->channel_id == event->channel_id;
}

static bool is_in_server(const struct session *session, const struct event *event)
{
	return session->server_id == event->server_id;
}

static bool is_user_in_server(const struct session *session, const struct event *event)
{
	return is_in_server(session, event) && session->principal.user_id == event->user_id;
}

/* A membership changed: whoever was just asking the store about that user has to ask again. */
static void mark_stale(struct hub *hub, int64_t user_id)
{
	struct session *session;
	size_t at = 0;

	while ((session = map_next(&hub->sessions, &at)) != NULL) {
		if (session->state == SESSION_CHECKING && session->principal.user_id == user_id)
			session->stale = true;
	}
}

/* What a change means for who hears what. */
static void apply(struct hub *hub, const struct event *event)
{
	switch (event->id) {
	case EVENT_member_join:
		mark_stale(hub, event->user_id);
		users_join(&hub->users, event->user_id, event->server_id);
		break;
	case EVENT_member_leave:
		mark_stale(hub, event->user_id);
		users_part(&hub->users, event->user_id, event->server_id);
		close_where(hub, event, CLOSE_NOT_MEMBER, is_user_in_server);
		break;
	case EVENT_channel_delete:
		close_where(hub, event, CLOSE_NO_CHANNEL, is_in_channel);
		break;
	case EVENT_server_delete:
		if (event->user_id == 0)
			close_where(hub, event, CLOSE_NO_CHANNEL, is_in_server);
		break;
	default:
		break;
	}
}

/* A user has another name or made another choice of status. */
static void apply_user(struct hub *hub, const struct event *event)
{
	struct user *user = users_get(&hub->users, event->user_id);

	if (user == NULL)
		return;
	user_rename(user, event->username);
	user->choice = event->status;
	tell_presence(hub, user);
}

void hub_publish(struct hub *hub, const struct event *list)
{
	for (const struct event *event = list; event != NULL; event = event->next) {
		metrics_add(&hub->metrics->events, 1);
		switch (event->kind) {
		case EVENT_KIND_REVOKE:
			close_where(hub, event, CLOSE_TOKEN, is_revoked);
			break;
		case EVENT_KIND_USER:
			apply_user(hub, event);
			break;
		case EVENT_KIND_WIRE:
			apply(hub, event);
			if (event_info(event->id)->reach == REACH_CHANNEL)
				channel_send(hub, event->channel_id, event->user_id, event->own,
					event->packet, 0);
			break;
		}
	}
}
