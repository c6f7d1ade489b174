#ifndef CHATD_HUB_H
#define CHATD_HUB_H

#include <stdint.h>
#include "core/session.h"

struct metrics;
struct presence;

/*
 * Who hears what: the sessions by channel and by user, and the users who are connected. It fills
 * the sessions' queues; the network empties them. The loop's alone.
 */
struct hub;

struct hub *hub_new(struct presence *presence, struct metrics *metrics);
/* Every session must have been closed before. */
void hub_free(struct hub *hub);

/*
 * A socket was upgraded: subscribes it from this moment on. What it would hear is held until
 * hub_admit(). NULL without memory. socket: the network's own, for hub_next_dirty()'s caller.
 */
struct session *hub_open(struct hub *hub, const struct principal *principal, int64_t server_id,
	int64_t channel_id, void *socket);

/* What the store knows of the user who opened a session. */
struct admission {
	const char *username;
	enum chat_status choice;
	const int64_t *servers; /* ascending */
	size_t n_servers;
};

/* The store has agreed: the session goes live, and others hear of it. False if the membership has
 * changed since the store was asked: ask again. */
bool hub_admit(struct hub *hub, struct session *session, const struct admission *admission);

/* Ends a session from this side: what waits for it is dropped, and it is marked dirty so that the
 * network closes it with this code. Does nothing to one that is closing. */
void hub_close(struct hub *hub, struct session *session, enum close_code code);

/* The socket is gone: forgets and frees the session. */
void hub_gone(struct hub *hub, struct session *session, int64_t now);

/* The session of an id, or NULL. */
struct session *hub_session(struct hub *hub, int64_t id);

/* Queues a packet for one session; one whose queue overflows is closed. */
void hub_send(struct hub *hub, struct session *session, struct packet *packet);

/* Tells everybody concerned of committed events, in their order. Consumes nothing. */
void hub_publish(struct hub *hub, const struct event *list);

/* A user is typing in its session's channel; at most one event each LIMIT_TYPING_INTERVAL_MS. */
void hub_typing(struct hub *hub, struct session *session, int64_t now);

/* Lets users whose last socket has been gone for LIMIT_PRESENCE_GRACE_MS go offline. */
void hub_tick(struct hub *hub, int64_t now);

/* Takes the next session that has something to write or is to be closed off the list; NULL when
 * there is none. */
struct session *hub_next_dirty(struct hub *hub);

/* Puts a session on that list. */
void hub_mark_dirty(struct hub *hub, struct session *session);

/* Closes every session, for a shutdown. */
void hub_close_all(struct hub *hub, enum close_code code);

#endif
