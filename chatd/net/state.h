#ifndef CHATD_NET_STATE_H
#define CHATD_NET_STATE_H

#include <ev.h>
#include "api/api.h"
#include "core/hub.h"
#include "core/map.h"
#include "core/quota.h"
#include "net/address.h"
#include "net/budget.h"
#include "net/head.h"
#include "net/link.h"
#include "net/net.h"
#include "net/wheel.h"
#include "net/wsframe.h"

/* The frames of the contract, as a subprotocol. */
#define SUBPROTOCOL "chat.v1"
/* Room for the packets of one write. */
#define SCRATCH_BYTES 65536
/* The bit of a frame's first byte that says that its message ends with it: RFC 6455, section 5.2.
 */
#define WS_FINAL 0x80

struct net {
	const struct config *config;
	struct api *api;
	struct hub *hub;
	struct metrics *metrics;
	struct ev_loop *loop;
	struct transport *transport;
	ev_io accept;
	ev_async wake;
	ev_prepare flush;
	ev_timer tick;
	ev_signal terminate, interrupt, hangup;
	struct wheel wheel;
	struct budget budget;
	struct quota sockets_of_user, sockets_of_address;
	struct conn *conns;   /* all that are open */
	struct map answering; /* by request: the connections whose request the api has */
	int64_t last_waiter;
	struct buf corked; /* what a connection is sent in this call, to go out as one */
	struct head head;  /* the one that is being read */
	int fd_limit;
	int n_surplus;       /* connections that are only there to be refused */
	int64_t full_warned; /* ms, monotonic: when the log said so; 0 for never */
	bool draining;
	int64_t drain_began; /* ms, monotonic */
	unsigned char scratch[SCRATCH_BYTES];
};

/* A WebSocket's own part of a connection. */
struct socket {
	struct session *session;
	int64_t address; /* under which it counts; 0: a proxy's, which does not */
	struct ws_reader reader;
	struct buf received;    /* a message that comes in fragments */
	struct buf control;     /* pings and pongs that are still to be sent */
	struct packet *sending; /* one that is sent in part */
	size_t sent;            /* bytes of it */
	bool heard;             /* anything since the last ping */
	bool paused;            /* reading is off: too many messages wait for the store */
	unsigned in_flight;     /* messages that wait for the store */
	unsigned malformed, limited;
	char *early; /* a resume frame that came before the store had agreed */
};

enum conn_state {
	CONN_HEAD,   /* waits for a request, or for the rest of its head */
	CONN_BODY,   /* waits for the rest of a body */
	CONN_ANSWER, /* the api has the request; what else comes waits */
	CONN_SOCKET, /* an open WebSocket */
	CONN_END,    /* takes nothing more; ends when all is sent and the peer has ended too */
};

/* One connection, from accept() to its end. */
struct conn {
	struct link link; /* the first, so that a link is its connection */
	struct net *net;
	struct conn *next, **prev; /* of net->conns */
	enum conn_state state;
	bool receiving;   /* a request has begun to come; its deadline is set */
	bool close_after; /* the answer that comes next is the last */
	bool preflight;   /* the request is CORS' OPTIONS */
	bool shut;        /* the FIN is sent */
	bool surplus;     /* one too many: it is told about chatd's health, and else refused */
	struct wheel_timer timer;
	int64_t linger_until; /* ms, monotonic; once shut */
	struct buf in;        /* what came and is not a whole head or frame, or has to wait */
	struct buf out;       /* what was to be sent and the kernel did not take */
	size_t out_sent;      /* bytes of it */
	struct slice shared;  /* the rest of an asset, which goes behind it */
	struct budget_entry waiting; /* how much of these there is */
	int64_t owner;               /* whose it is: a user, or an address */
	int64_t waiter;              /* in net->answering while the api has the request; else 0 */
	struct request *request;     /* while it is received */
	size_t body_left;            /* bytes that are still to come */
	struct address peer;
	char peer_text[ADDRESS_TEXT_SIZE];
	struct socket *socket; /* from the upgrade on */
};

/* conn.c: what comes next on a connection, and its deadlines. */
extern const struct link_events conn_events;
/* Takes an accepted socket over. surplus: descriptors are scarce, so it is to be refused soon. */
void conn_open(struct net *net, int fd, const struct address *peer, bool surplus);
/* Sends what is corked, and goes on with what the state allows: to be called after anything that
 * changed it from outside of the connection's own events. */
void conn_continue(struct conn *conn);
/* Nothing more is taken: what is to be sent is sent, then the connection is ended gently. */
void conn_end(struct conn *conn);
/* Sends bytes at once; what the kernel does not take is kept, and goes first. */
void conn_send(struct conn *conn, const void *bytes, size_t n);
/* Counts what waits to be read, and closes who has too much of it. To be called after output. */
void conn_account(struct conn *conn);
/* Closes those who have read nothing for too long while their owner has too much. For every tick.
 */
void conn_close_overdue(struct net *net);
/* Whether something waits for the kernel to take it. */
static inline bool conn_is_blocked(const struct conn *conn)
{
	return conn->out.len > 0 || conn->shared.len > 0;
}
/* The loop's timers. */
void conn_fire(struct wheel_timer *timer);

/* http.c: each takes from the front of what came and returns how many bytes; 0: more are needed. */
size_t http_head(struct conn *conn, const char *bytes, size_t n);
size_t http_body(struct conn *conn, const char *bytes, size_t n);
/* Answers what came with an error, and ends the connection. retry_ms: for 429 and 503, when it may
 * be tried again; 0 for soon. */
void http_refuse(struct conn *conn, enum chat_err err, int64_t retry_ms);
/* The api has answered: the request goes back to its connection, if that is still there. */
void http_answered(struct net *net, struct request *request);
/* The connection is gone. */
void http_forget(struct conn *conn);
/* Who asks, by the peer's address and what trusted proxies say. */
void http_identify(const struct conn *conn, const struct head *head, struct address *client);

/* upgrade.c: whether a head asks for a WebSocket; and opens or refuses it. */
bool upgrade_is_asked(const struct head *head);
void upgrade(struct conn *conn, const struct head *head);

/* ws.c: a WebSocket's life. */
size_t ws_received(struct conn *conn, unsigned char *bytes, size_t n);
/* address: under which it counts, 0 for none. TOO_MANY_SOCKETS; NO_MEMORY. */
enum chat_err ws_open(struct conn *conn, const struct principal *principal, int64_t address,
	int64_t server_id, int64_t channel_id, bool hold);
void ws_gone(struct conn *conn);
/* The timer: a ping, the end of the token or of the patience with a closed socket. */
void ws_fire(struct conn *conn);
/* The session is closed, and the peer has to read before it can be told. */
void ws_close(struct conn *conn);

/* output.c: writes what the hub has put into the sessions' queues. */
void output_flush_all(struct net *net);
void output_flush(struct conn *conn);
/* Whether a frame has begun that the kernel did not take. */
bool output_is_behind(const struct conn *conn);

/* frames.c: what comes in on a socket, and what the api answers to it. */
void frames_text(struct conn *conn, const char *text, size_t n);
void frames_answered(struct net *net, struct request *request);

/* response.c: append to the buffer. What is returned is the body of an asset, to be sent behind it
 * from where it is. */
struct slice response_write(
	struct buf *out, const struct net *net, struct request *request, bool close);
void response_preflight(
	struct buf *out, const struct net *net, struct request *request, bool close);

#endif
