#include <assert.h>
#include <stdlib.h>
#include "core/channel.h"
#include "core/user.h"

void channels_init(struct channels *channels)
{
	map_init(&channels->by_id);
	STAILQ_INIT(&channels->departed);
}

void channels_release(struct channels *channels)
{
	assert(channels->by_id.count == 0);
	map_release(&channels->by_id);
}

struct channel *channels_get(const struct channels *channels, int64_t id)
{
	return map_get(&channels->by_id, id);
}

static void forget_if_empty(struct channels *channels, struct channel *channel)
{
	if (channel->occupants.count > 0)
		return;
	map_remove(&channels->by_id, channel->id);
	map_release(&channel->occupants);
	free(channel);
}

static struct channel *get_or_add(struct channels *channels, int64_t id)
{
	struct channel *channel = channels_get(channels, id);

	if (channel != NULL)
		return channel;
	channel = calloc(1, sizeof(*channel));
	if (channel == NULL || !map_put(&channels->by_id, id, channel)) {
		free(channel);
		return NULL;
	}
	channel->id = id;
	LIST_INIT(&channel->sessions);
	return channel;
}

static struct occupant *occupant_get_or_add(struct channel *channel, int64_t user_id)
{
	struct occupant *occupant = map_get(&channel->occupants, user_id);

	if (occupant != NULL)
		return occupant;
	occupant = calloc(1, sizeof(*occupant));
	if (occupant == NULL || !map_put(&channel->occupants, user_id, occupant)) {
		free(occupant);
		return NULL;
	}
	occupant->channel = channel;
	return occupant;
}

bool channel_enter(struct channels *channels, struct session *session)
{
	struct channel *channel = get_or_add(channels, session->channel_id);
	struct occupant *occupant;

	if (channel == NULL)
		return false;
	occupant = occupant_get_or_add(channel, session->principal.user_id);
	if (occupant == NULL) {
		forget_if_empty(channels, channel);
		return false;
	}
	occupant->user = session->user;
	occupant->sockets++;
	session->occupant = occupant;
	LIST_INSERT_HEAD(&channel->sessions, session, of_channel);
	return true;
}

void channel_leave(struct channels *channels, struct session *session)
{
	struct occupant *occupant = session->occupant;

	LIST_REMOVE(session, of_channel);
	session->occupant = NULL;
	if (--occupant->sockets == 0)
		STAILQ_INSERT_TAIL(&channels->departed, occupant, next_departed);
}

struct occupant *channels_first_departed(const struct channels *channels)
{
	return STAILQ_FIRST(&channels->departed);
}

void channels_forget_departed(struct channels *channels)
{
	struct occupant *occupant = STAILQ_FIRST(&channels->departed);
	struct channel *channel = occupant->channel;

	STAILQ_REMOVE_HEAD(&channels->departed, next_departed);
	map_remove(&channel->occupants, occupant->user->id);
	forget_if_empty(channels, channel);
	free(occupant);
}
