#ifndef CHATD_CHANNEL_H
#define CHATD_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include "core/map.h"
#include "core/session.h"

struct user;

/* The channel sockets of a channel, from their upgrade to their closing. */
struct channel {
	int64_t id;
	struct session_list sessions;
	struct map occupants; /* user id → struct occupant */
};

/* A user with a channel socket in a channel. The others see it there from the first socket that is
 * admitted to the last that closes, whichever of them these are. */
struct occupant {
	struct channel *channel;
	struct user *user;
	unsigned sockets;
	bool seen;                            /* the others were told of it */
	STAILQ_ENTRY(occupant) next_departed; /* when its last socket has closed */
};

struct channels {
	struct map by_id;
	/* Who has gone and is still to be told of: not while somebody walks a channel's sessions.
	 */
	STAILQ_HEAD(, occupant) departed;
};

void channels_init(struct channels *channels);
/* There may be no sessions left. */
void channels_release(struct channels *channels);

/* The channel of an id, NULL if it has no sockets. */
struct channel *channels_get(const struct channels *channels, int64_t id);

/* Takes a session into its channel; false without memory. */
bool channel_enter(struct channels *channels, struct session *session);
/* Takes it out. Who has no other socket there is put among the departed; the occupant, its user's
 * name and the channel last until channels_forget_departed(). */
void channel_leave(struct channels *channels, struct session *session);

/* The first of the departed, or NULL. */
struct occupant *channels_first_departed(const struct channels *channels);
/* Frees the first of the departed, and its channel if nobody is left there. */
void channels_forget_departed(struct channels *channels);

#endif
