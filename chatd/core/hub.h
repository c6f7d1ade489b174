#ifndef CHATD_HUB_H
#define CHATD_HUB_H

#include <stdint.h>
#include "core/session.h"

struct metrics;
struct presence;
struct resume;

/*
 * Who hears what: the sessions by channel and by user, and the users who are connected. It fills
 * the sessions' queues; the network empties them. The loop's alone. `now` is always of the
 * monotonic clock, in milliseconds.
 */
struct hub;

struct hub *hub_new(struct presence *presence, struct metrics *metrics);
/* Every session must have been closed before. */
void hub_free(struct hub *hub);
/* Names the database, for resume frames; the text stays the caller's. */
void hub_set_epoch(struct hub *hub, const char *epoch);

/*
 * A socket was upgraded. A channel socket is subscribed from this moment on; what it would hear is
 * held until hub_admit(). channel_id 0: a gateway; its changes wait in the database, and with
 * hold they go on waiting for the resume frame. NULL without memory. socket: the network's own,
 * for hub_next_dirty()'s caller.
 */
struct session *hub_open(struct hub *hub, const struct principal *principal, int64_t server_id,
	int64_t channel_id, bool hold, void *socket);

/* What the store knows of the user who opened a session. */
struct admission {
	const char *username;
	enum chat_status choice;
	const int64_t *servers; /* ascending */
	const int64_t *revs;    /* of a gateway: the state that `ready` has of each */
	size_t n_servers;
	struct packet *ready; /* of a gateway; taken over when the session is admitted */
};

/* The store has agreed: the session goes live, and others hear of it. What was published while the
 * store was asked follows the ready frame. Nothing to one that is closing. */
void hub_admit(struct hub *hub, struct session *session, struct admission *admission);

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

/* A channel socket's user is typing; at most one event each LIMIT_TYPING_INTERVAL_MS. */
void hub_typing(struct hub *hub, struct session *session, int64_t now);

/* Lets users whose last socket has been gone for LIMIT_PRESENCE_GRACE_MS go offline, and tells of
 * the presence that had to wait. Call every quarter of a second. */
void hub_tick(struct hub *hub, int64_t now);

/* Takes the next session that has something to write or is to be closed off the list; NULL when
 * there is none. */
struct session *hub_next_dirty(struct hub *hub);
bool hub_is_dirty(const struct hub *hub);

/* Puts a session on that list. */
void hub_mark_dirty(struct hub *hub, struct session *session);

/* Closes every session, for a shutdown. */
void hub_close_all(struct hub *hub, enum close_code code);

/* --- a gateway's resume --- */

/* The client says where it was. False if it may not: not a gateway, or not its first frame. */
bool gateway_resume(struct hub *hub, struct session *session, const struct resume *resume);

/* It will not say: what was held goes on from the ready frame. */
void gateway_resume_timeout(struct hub *hub, struct session *session);

/* A scope whose next page is to be read from the store now, or NULL. The caller asks the store and
 * sets session->replaying. */
struct scope *gateway_next_replay(struct session *session);

/* A page of changes from the store, in order of rev. */
struct replay {
	int64_t server_id;
	struct replay_change {
		struct packet *packet;
		int64_t rev;
	} * changes;
	size_t count;
	int64_t from_rev;
	int64_t to_rev; /* everything up to this rev is in this page or before it */
	unsigned reads; /* of the scope's: the `read` frames of to_rev that close the page replace
			   so many */
};

/* Queues the page; the packets' references stay the caller's. */
void gateway_replayed(struct hub *hub, struct session *session, const struct replay *replay);

/* The user is no longer in that server: nothing more is read; the event says the rest. asked: the
 * scope as it was when the store was asked. */
void gateway_replay_refused(struct hub *hub, struct session *session, const struct scope *asked);

#endif
