#include <chat/limits.h>
#include "core/hub_state.h"
#include "core/presence.h"

/*
 * Presence and typing: what may be late or lost. When a server of thousands comes back at once,
 * each of them is news to all the others. So presence frames are counted, and whoever changes when
 * the budget is spent waits for the next tick, which tells of all of them together: a server's
 * members get one frame with its users' latest statuses, not one for each.
 */

/* Presence frames a tick that tell of one user each: 100,000 a second, a few hundredths of what a
 * core can send. */
#define PRESENCE_PER_TICK 25000
/* Users that one frame tells of: some 20 kB. */
#define TOGETHER_MAX 500

/* The user's news are told; who has gone is forgotten. */
static void told(struct hub *hub, struct user *user)
{
	user->told = user_status(user);
	if (!user->connected)
		users_remove(&hub->users, user);
}

static void send_to_sessions(struct hub *hub, const struct user *user, struct packet *packet)
{
	for (struct session *s = user->sessions; s != NULL; s = s->next) {
		hub_send_transient(hub, s, packet);
		hub->presence_budget--;
	}
}

static void tell(struct hub *hub, struct user *user)
{
	struct chat_presence data = {.user_id = user->id, .status = user_status(user)};
	struct packet *packet;
	struct users_walk walk;
	struct user *other;

	if (data.status != user->told) {
		packet = packet_encode(EVENT_presence, &data, NULL);
		users_walk_start(&hub->users, &walk, user);
		while ((other = users_walk_next(&hub->users, &walk)) != NULL)
			send_to_sessions(hub, other, packet);
		/* A channel socket hears everything from its upgrade on. A gateway's client asks
		 * for the members after its ready frame. */
		for (struct session *s = hub->checking; s != NULL; s = s->next) {
			if (s->kind == SESSION_CHANNEL && user_is_in(user, s->server_id))
				hub_send_transient(hub, s, packet);
		}
		packet_unref(packet);
	}
	told(hub, user);
}

/* Tells a server's members of n of them. */
static void tell_crowd(struct hub *hub, const struct crowd *crowd, size_t n)
{
	struct chat_user_status others[TOGETHER_MAX];

	for (size_t at = 0; at < n; at += TOGETHER_MAX) {
		struct user *const *list = crowd->changed + at;
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
		for (size_t i = 0; i < crowd->count; i++)
			send_to_sessions(hub, crowd->members[i], packet);
		for (struct session *s = hub->checking; s != NULL; s = s->next) {
			if (s->kind == SESSION_CHANNEL && s->server_id == crowd->server_id)
				hub_send_transient(hub, s, packet);
		}
		packet_unref(packet);
	}
}

/* Tells of all that wait. */
static void tell_together(struct hub *hub)
{
	struct users_queue waiting = hub->changed;
	struct crowd *crowd;
	struct user *user;
	size_t n;

	for (user = waiting.head; user != NULL; user = user->queue_next) {
		if (user_status(user) != user->told)
			users_note(&hub->users, user);
	}
	while ((crowd = users_take_noted(&hub->users, &n)) != NULL)
		tell_crowd(hub, crowd, n);
	while ((user = users_queue_take(&hub->changed)) != NULL)
		told(hub, user);
}

void announce_presence(struct hub *hub, struct user *user)
{
	users_count_online(&hub->users, user);
	if (user->queued)
		return;
	if (hub->presence_budget > 0)
		tell(hub, user);
	else
		users_queue_add(&hub->changed, user);
}

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

void announce_tick(struct hub *hub, int64_t now)
{
	struct user *user;

	tell_together(hub);
	hub->presence_budget = PRESENCE_PER_TICK;
	while ((user = users_expired(&hub->users, now - LIMIT_PRESENCE_GRACE_MS)) != NULL) {
		users_disconnect(&hub->users, user);
		announce_presence(hub, user);
	}
	forget_typing(hub, now);
}

bool announce_may_type(struct hub *hub, int64_t user_id, int64_t channel_id, int64_t now)
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

void announce_typing(struct hub *hub, const struct event *event)
{
	struct users_crowd_walk walk;
	struct user *user;

	channel_send(hub, event->channel_id, 0, NULL, event->packet, event->user_id);
	users_crowd_start(&hub->users, &walk, event->server_id);
	while ((user = users_crowd_next(&walk)) != NULL) {
		if (user->id == event->user_id)
			continue;
		for (struct session *s = user->sessions; s != NULL; s = s->next) {
			if (s->kind == SESSION_GATEWAY)
				hub_send_transient(hub, s, event->packet);
		}
	}
}
