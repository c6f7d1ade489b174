#include <chat/limits.h>
#include "core/hub_state.h"
#include "core/presence.h"

/*
 * Presence and typing: what may be late or lost. When a server of thousands comes back at once,
 * each of them is news to all the others; so presence frames are counted, and what passes the
 * budget waits. A user who changes again meanwhile is told of once, in its latest state.
 */

/* Presence frames a tick: 100,000 a second, a few hundredths of what a core can send. */
#define PRESENCE_PER_TICK 25000

static void tell(struct hub *hub, struct user *user)
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
		for (struct session *s = other->sessions; s != NULL; s = s->next) {
			hub_send_transient(hub, s, packet);
			hub->presence_budget--;
		}
	}
	/* A channel socket hears everything from its upgrade on. A gateway's client asks for the
	 * members after its ready frame. */
	for (struct session *s = hub->checking; s != NULL; s = s->next) {
		if (s->kind == SESSION_CHANNEL && user_is_in(user, s->server_id))
			hub_send_transient(hub, s, packet);
	}
	packet_unref(packet);
}

void announce_presence(struct hub *hub, struct user *user)
{
	users_count_online(&hub->users, user);
	if (hub->presence_budget > 0)
		tell(hub, user);
	else
		users_queue_add(&hub->changed, user);
}

void announce_tick(struct hub *hub, int64_t now)
{
	struct user *user;

	hub->presence_budget = PRESENCE_PER_TICK;
	while (hub->presence_budget > 0 && (user = users_queue_take(&hub->changed)) != NULL)
		tell(hub, user);
	while ((user = users_expired(&hub->users, now - LIMIT_PRESENCE_GRACE_MS)) != NULL) {
		users_disconnect(&hub->users, user);
		users_count_online(&hub->users, user);
		users_queue_remove(&hub->changed, user);
		tell(hub, user);
		users_remove(&hub->users, user);
	}
	/* Nobody's typing outlasts its interval, so that all of it can go once there is much. */
	if (hub->typing.count > 4096)
		map_release(&hub->typing);
}

bool announce_may_type(struct hub *hub, int64_t user_id, int64_t channel_id, int64_t now)
{
	int64_t key = (int64_t)(map_hash((uint64_t)user_id) ^ (uint64_t)channel_id);
	int64_t last = (int64_t)(intptr_t)map_get(&hub->typing, key == 0 ? 1 : key);

	if (now - last < LIMIT_TYPING_INTERVAL_MS)
		return false;
	map_put(&hub->typing, key == 0 ? 1 : key, (void *)(intptr_t)now);
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
