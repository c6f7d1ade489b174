#ifndef CHATD_SESSION_H
#define CHATD_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include "core/backlog.h"
#include "core/event.h"
#include "core/scope.h"
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

struct occupant;
struct user;

enum session_state {
	SESSION_CHECKING, /* subscribed; what it would hear is held until the store has agreed */
	SESSION_LIVE,
	SESSION_CLOSING, /* takes nothing more; `close_code` is to be sent */
};

enum session_kind {
	SESSION_CHANNEL, /* the original's socket: one channel */
	SESSION_GATEWAY, /* all servers of the user */
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
	/* What each delivery looks at, together in the cache. */
	enum session_kind kind;
	enum session_state state;
	bool dirty;           /* in the hub's list of sessions with something to write */
	bool hold;            /* its scopes wait for the resume frame */
	bool may_resume;      /* no resume frame has come yet */
	bool resuming;        /* `resumed` is due when the replays are done */
	bool replaying;       /* the store was asked for a page */
	struct scopes scopes; /* SESSION_GATEWAY */
	LIST_ENTRY(session) of_user;
	LIST_ENTRY(session) of_channel; /* SESSION_CHANNEL, until CLOSING */
	struct packet_queue queue;
	TAILQ_ENTRY(session) next_dirty;
	struct packet *bulk; /* goes before the queue and may be large: the ready frame */
	size_t bulk_at;      /* bytes of its payload that were written */
	struct principal principal;

	int64_t id;                    /* never given twice */
	int64_t server_id, channel_id; /* SESSION_CHANNEL */
	struct user *user;             /* from the upgrade on; it may not be known yet */
	struct occupant *occupant;     /* SESSION_CHANNEL; NULL once CLOSING */
	void *socket;                  /* the network's own */
	enum close_code close_code;
	unsigned generation;             /* CHECKING: of the hub's tombstones */
	struct backlog backlog;          /* CHECKING */
	LIST_ENTRY(session) of_audience; /* SESSION_CHANNEL, while CHECKING */
};

LIST_HEAD(session_list, session);

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

/* Drops what waits to be sent, and what the session keeps to know what to send. */
void session_drop_output(struct session *session);

/* Moves the session on; aborts on a move that the table of states does not have. */
void session_set_state(struct session *session, enum session_state state);

#endif
