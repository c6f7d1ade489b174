#include <stdlib.h>
#include "core/hub_state.h"

/* The channel sockets of a channel. */
struct channel {
	int64_t id;
	struct session *sessions;
};

bool channel_add(struct hub *hub, struct session *session)
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

void channel_remove(struct hub *hub, struct session *session)
{
	struct channel *channel = map_get(&hub->channels, session->channel_id);

	*session->channel_link = session->channel_next;
	if (session->channel_next != NULL)
		session->channel_next->channel_link = session->channel_link;
	if (channel->sessions == NULL)
		free(map_remove(&hub->channels, channel->id));
}

void channel_send(struct hub *hub, int64_t channel_id, int64_t user_id, struct packet *own,
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
	for (const struct session *s = session->user->sessions; s != NULL; s = s->next) {
		if (s != session && s->channel_id == session->channel_id &&
			s->state == SESSION_LIVE)
			return true;
	}
	return false;
}

void channel_tell(struct hub *hub, enum event_id id, const struct session *session)
{
	int64_t user_id = session->principal.user_id;
	struct chat_channel_user data = {user_id, session->user->username, session->channel_id};
	struct packet *packet;

	if (is_elsewhere(session))
		return;
	packet = packet_encode(id, &data, NULL);
	channel_send(hub, session->channel_id, 0, NULL, packet, user_id);
	packet_unref(packet);
}

void channel_release(struct hub *hub)
{
	map_release(&hub->channels);
}
