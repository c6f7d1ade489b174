#ifndef CHATD_SESSION_H
#define CHATD_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/event.h"
#include "store/store.h"

/* Why a socket is closed (RFC 6455, section 7.4; from 4000 on PROTOCOL's own). */
enum close_code {
	CLOSE_NORMAL = 1000,
	CLOSE_GOING_AWAY = 1001,
	CLOSE_PROTOCOL = 1002,
	CLOSE_NOT_TEXT = 1003,
	CLOSE_NO_CODE = 1005, /* stands for a close frame without one */
	CLOSE_NOT_UTF8 = 1007,
	CLOSE_TOO_BIG = 1009,
	CLOSE_TRY_LATER = 1013,
	CLOSE_TOKEN = 4001,
	CLOSE_NOT_MEMBER = 4003,
	CLOSE_NO_CHANNEL = 4004,
	CLOSE_TOO_SLOW = 4008,
	CLOSE_RATE = 4009,
	CLOSE_MALFORMED = 4010,
};

enum session_state {
	SESSION_CHECKING, /* subscribed; what it would hear is held until the store has agreed */
	SESSION_LIVE,
	SESSION_CLOSING, /* takes nothing more; `close_code` is to be sent */
};

enum session_kind {
	SESSION_CHANNEL, /* the original's socket: one channel */
	SESSION_GATEWAY, /* all servers of the user */
};

/* How a gateway session stands with one server. */
enum scope_state {
	SCOPE_LIVE,   /* what happens goes out at once */
	SCOPE_HELD,   /* waits for the client's resume frame, or for the news that the user is out;
			 the changes wait in the database */
	SCOPE_REPLAY, /* changes are being read from the database until it meets the live ones */
};

struct scope {
	int64_t server_id;
	int64_t sent;  /* every change up to this rev was sent */
	int64_t base;  /* REPLAY: what was created above this rev is new to the client */
	int64_t goal;  /* REPLAY: reads at least up to here */
	int64_t floor; /* the rev of the server_create that this socket was sent; 0: ready has it */
	/* Not LIVE: `read` events that did not go out, for they count messages that are still to
	 * come. The counts follow the replay. */
	unsigned reads;
	enum scope_state state;
};

/* The ring of what waits for a slow socket. */
struct packet_queue {
	struct packet **ring;
	unsigned capacity; /* a power of two, or 0 */
	unsigned head, tail;
	size_t bytes;
};

/* One socket of a user: what it hears and what waits for it. The loop's alone. */
struct session {
	int64_t id; /* never given twice */
	enum session_kind kind;
	enum session_state state;
	enum close_code close_code;
	bool stale; /* while CHECKING: what the store was asked for has changed since */
	bool dirty; /* in the hub's list of sessions with something to write */
	struct principal principal;
	int64_t server_id, channel_id; /* SESSION_CHANNEL */
	struct scope *scopes;          /* SESSION_GATEWAY: ascending by server */
	size_t n_scopes;
	bool hold;           /* its scopes wait for the resume frame */
	bool may_resume;     /* no resume frame has come yet */
	bool resuming;       /* `resumed` is due when the replays are done */
	bool replaying;      /* the store was asked for a page */
	struct user *user;   /* NULL until LIVE */
	struct packet *bulk; /* goes before the queue and may be large: the ready frame */
	size_t bulk_at;      /* bytes of its payload that were written */
	struct packet_queue queue;
	struct session *next_dirty;
	struct session *channel_next, **channel_link; /* SESSION_CHANNEL: in its channel */
	struct session *next, **link; /* in the hub's `checking`; from LIVE on of its user */
	void *socket;                 /* the network's own */
};

/* Queues a reference to the packet; false when that would pass LIMIT_QUEUE_BYTES_MAX, or without
 * memory. */
bool packet_queue_push(struct packet_queue *queue, struct packet *packet);
/* The oldest, or NULL; the queue keeps its reference. */
struct packet *packet_queue_first(const struct packet_queue *queue);
/* The i-th from there, counted from 0; NULL past the last. */
struct packet *packet_queue_at(const struct packet_queue *queue, unsigned i);
/* The one that waits alone, or NULL. */
struct packet *packet_queue_only(const struct packet_queue *queue);
void packet_queue_pop(struct packet_queue *queue);
void packet_queue_release(struct packet_queue *queue);

/* Bytes that wait for this session and for no other: not those of events, whose packets are shared.
 */
size_t session_private_bytes(const struct session *session);

/* Puts the session at the head of a list; takes it out of the one that it is in. */
void session_link(struct session **list, struct session *session);
void session_unlink(struct session *session);

/* Moves the session on; aborts on a move that the table of states does not have. */
void session_set_state(struct session *session, enum session_state state);

#endif
