#include <chat/limits.h>
#include "core/broadcast.h"
#include "core/outbound.h"

/*
 * Presence and typing may be late or lost. When a server of thousands comes back at once, each of
 * them is news to all the others. So presence frames are counted, and whoever changes when the
 * budget is spent waits for the next tick, which sends a server's members one frame with its
 * users' latest statuses, not one for each.
 */

/* Presence frames a tick that tell of one user each: 100,000 a second, a few hundredths of what a
 * core can send. */
#define PRESENCE_PER_TICK 25000
/* Users that one frame tells of: some 20 kB. */
#define TOGETHER_MAX 500
/* user_leave frames that go out as one packet: some 20 kB. */
#define DEPARTURES_TOGETHER 256

/* Sends it to a server's channel sockets that wait to be admitted: they hear everything from their
 * upgrade on. A gateway's client asks for the members after its ready frame. */
static void send_to_checking(struct hub *hub, struct audience *audience, struct packet *packet)
{
	struct session *next;

	for (struct session *s = LIST_FIRST(&audience->checking); s != NULL; s = next) {
		next = LIST_NEXT(s, of_audience); /* an overflow takes s out */
		outbound_send_transient(hub, s, packet);
	}
}

/* --- to a channel's sockets --- */

void broadcast_channel(struct hub *hub, int64_t channel_id, int64_t user_id, struct packet *own,
	struct packet *packet, int64_t except_user)
{
	struct channel *channel = channels_get(&hub->channels, channel_id);
	struct session *next;

	if (channel == NULL)
		return;
	for (struct session *s = LIST_FIRST(&channel->sessions); s != NULL; s = next) {
		int64_t id = s->principal.user_id;

		next = LIST_NEXT(s, of_channel); /* an overflow takes s out */
		if (id != except_user)
			outbound_send(hub, s, own != NULL && id == user_id ? own : packet);
	}
}

static struct packet *occupant_packet(enum event_id id, const struct occupant *occupant)
{
	struct chat_channel_user data = {
		occupant->user->id, occupant->user->username, occupant->channel->id};

	return packet_encode(id, &data, NULL);
}

void broadcast_arrival(struct hub *hub, struct session *session)
{
	struct occupant *occupant = session->occupant;
	struct packet *packet;

	if (occupant->seen)
		return;
	occupant->seen = true;
	packet = occupant_packet(EVENT_user_join, occupant);
	broadcast_channel(hub, session->channel_id, 0, NULL, packet, occupant->user->id);
	packet_unref(packet);
}

/* Takes the departed of a channel off the head of the list, and makes the packets that say so;
 * returns how many. */
static size_t take_departures(
	struct hub *hub, int64_t channel_id, struct packet *packets[DEPARTURES_TOGETHER])
{
	struct occupant *occupant;
	size_t n = 0;

	while (n < DEPARTURES_TOGETHER &&
		(occupant = channels_first_departed(&hub->channels)) != NULL &&
		occupant->channel->id == channel_id) {
		if (occupant->seen && !LIST_EMPTY(&occupant->channel->sessions)) {
			packets[n] = occupant_packet(EVENT_user_leave, occupant);
			n += packets[n] != NULL;
		}
		channels_forget_departed(&hub->channels);
	}
	return n;
}

void broadcast_departures(struct hub *hub)
{
	struct packet *packets[DEPARTURES_TOGETHER], *all;
	struct occupant *occupant;

	while ((occupant = channels_first_departed(&hub->channels)) != NULL) {
		int64_t channel_id = occupant->channel->id;
		size_t n = take_departures(hub, channel_id, packets);

		if (n == 0)
			continue;
		all = packet_join(packets, n);
		broadcast_channel(hub, channel_id, 0, NULL, all, 0);
		packet_unref(all);
		for (size_t i = 0; i < n; i++)
			packet_unref(packets[i]);
	}
}

/* --- presence --- */

/* The others have, or will not need, the user's status; who has gone is forgotten. */
static void presence_sent(struct hub *hub, struct user *user)
{
	user->broadcast = user_status(user);
	if (!user->connected && LIST_EMPTY(&user->sessions))
		users_remove(&hub->users, user);
}

static void send_to_sessions(struct hub *hub, const struct user *user, struct packet *packet)
{
	struct session *s;

	LIST_FOREACH(s, &user->sessions, of_user) {
		if (s->state != SESSION_LIVE)
			continue;
		outbound_send_transient(hub, s, packet);
		hub->presence_budget--;
	}
}

void broadcast_status_to(struct hub *hub, struct session *session, const struct user *user)
{
	struct chat_presence data = {.user_id = user->id, .status = user_status(user)};
	struct packet *packet = packet_encode(EVENT_presence, &data, NULL);

	outbound_send(hub, session, packet);
	packet_unref(packet);
}

static void send_presence(struct hub *hub, struct user *user)
{
	struct chat_presence data = {.user_id = user->id, .status = user_status(user)};
	struct audience_walk walk;
	struct packet *packet;
	struct user *other;

	if (data.status != user->broadcast) {
		packet = packet_encode(EVENT_presence, &data, NULL);
		audience_walk_start(&hub->users.audiences, &walk, user);
		while ((other = audience_walk_next(&hub->users.audiences, &walk)) != NULL)
			send_to_sessions(hub, other, packet);
		for (size_t i = 0; i < user->n_memberships; i++)
			send_to_checking(hub, user->memberships[i].audience, packet);
		packet_unref(packet);
	}
	presence_sent(hub, user);
}

/* Sends a server's audience the statuses of n of its members. */
static void send_changed(struct hub *hub, struct audience *audience, size_t n)
{
	struct chat_user_status others[TOGETHER_MAX];

	for (size_t at = 0; at < n; at += TOGETHER_MAX) {
		struct user *const *list = audience->changed + at;
		size_t count = n - at < TOGETHER_MAX ? n - at : TOGETHER_MAX;
		struct chat_presence data = {
			.user_id = list[0]->id,
			.status = user_status(list[0]),
			.others = {count > 1 ? others : NULL, count - 1},
		};
		struct packet *packet;

		for (size_t i = 1; i < count; i++)
			others[i - 1] =
				(struct chat_user_status){list[i]->id, user_status(list[i])};
		packet = packet_encode(EVENT_presence, &data, NULL);
		for (size_t i = 0; i < audience->count; i++)
			send_to_sessions(hub, audience->members[i].user, packet);
		send_to_checking(hub, audience, packet);
		packet_unref(packet);
	}
}

/* Sends the updates that wait, a server's together. */
static void send_queued(struct hub *hub)
{
	struct audience *audience;
	struct user *user;
	size_t n;

	STAILQ_FOREACH(user, &hub->changed, next_queued) {
		if (user_status(user) != user->broadcast)
			audiences_note(&hub->users.audiences, user);
	}
	while ((audience = audiences_take_noted(&hub->users.audiences, &n)) != NULL)
		send_changed(hub, audience, n);
	while ((user = STAILQ_FIRST(&hub->changed)) != NULL) {
		STAILQ_REMOVE_HEAD(&hub->changed, next_queued);
		user->queued = false;
		presence_sent(hub, user);
	}
}

void broadcast_presence(struct hub *hub, struct user *user)
{
	users_count_online(&hub->users, user);
	if (user->queued)
		return;
	if (hub->presence_budget > 0) {
		send_presence(hub, user);
		return;
	}
	user->queued = true;
	STAILQ_INSERT_TAIL(&hub->changed, user, next_queued);
}

/* --- typing --- */

/* Nobody's typing outlasts its interval. */
static void forget_typing(struct hub *hub, int64_t now)
{
	if (now - hub->typing_since < LIMIT_TYPING_INTERVAL_MS)
		return;
	map_release(&hub->typing_before);
	hub->typing_before = hub->typing;
	hub->typing = (struct map){0};
	hub->typing_since = now;
}

bool broadcast_may_type(struct hub *hub, int64_t user_id, int64_t channel_id, int64_t now)
{
	int64_t key = (int64_t)(map_hash((uint64_t)user_id) ^ (uint64_t)channel_id);
	int64_t last;

	if (key == 0)
		key = 1;
	last = (int64_t)(intptr_t)map_get(&hub->typing, key);
	if (last == 0)
		last = (int64_t)(intptr_t)map_get(&hub->typing_before, key);
	if (now - last < LIMIT_TYPING_INTERVAL_MS)
		return false;
	map_put(&hub->typing, key, (void *)(intptr_t)now);
	return true;
}

void broadcast_typing(struct hub *hub, const struct event *event)
{
	struct audience *audience = audiences_get(&hub->users.audiences, event->server_id);
	struct session *s;

	broadcast_channel(hub, event->channel_id, 0, NULL, event->packet, event->user_id);
	for (size_t i = 0; audience != NULL && i < audience->count; i++) {
		const struct user *user = audience->members[i].user;

		if (user->id == event->user_id)
			continue;
		LIST_FOREACH(s, &user->sessions, of_user) {
			if (s->kind == SESSION_GATEWAY && s->state == SESSION_LIVE)
				outbound_send_transient(hub, s, event->packet);
		}
	}
}

void broadcast_tick(struct hub *hub, int64_t now)
{
	struct user *user;

	send_queued(hub);
	hub->presence_budget = PRESENCE_PER_TICK;
	while ((user = users_expired(&hub->users, now - LIMIT_PRESENCE_GRACE_MS)) != NULL) {
		users_disconnect(&hub->users, user);
		broadcast_presence(hub, user);
	}
	forget_typing(hub, now);
}
