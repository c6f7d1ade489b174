#ifndef CHATD_NET_STATE_H
#define CHATD_NET_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <ev.h>
#include <libwebsockets.h>
#include "api/api.h"
#include "core/hub.h"
#include "core/map.h"
#include "net/net.h"

/* The frames of the contract, as a subprotocol. */
#define SUBPROTOCOL "chat.v1"
/* Room for the packets of one write, and for a fragment. */
#define SCRATCH_BYTES 262144
/* The first byte of a frame: RFC 6455, section 5.2. */
enum { FRAME_CONTINUATION = 0x00, FRAME_TEXT = 0x01, FRAME_PING = 0x09, FRAME_FINAL = 0x80 };

struct net {
	const struct config *config;
	struct api *api;
	struct hub *hub;
	struct metrics *metrics;
	struct ev_loop *loop;
	struct lws_context *lws;
	struct lws_vhost *vhost;
	ev_async wake;
	ev_prepare flush;
	ev_timer tick;
	ev_signal terminate, interrupt;
	struct map conns;            /* by id: those that wait for an answer */
	struct queue_node *answered; /* requests that were answered at once, in this turn */
	int64_t last_id;
	int fd_limit;
	bool draining;
	int64_t drain_until; /* ms */
	unsigned char scratch[LWS_PRE + SCRATCH_BYTES];
};

/* A WebSocket's own part of a connection. */
struct socket {
	struct session *session;
	struct buf received; /* a message that comes in pieces */
	ev_timer timer;      /* the next ping, or the token's end */
	bool heard;          /* anything since the last ping */
	bool paused;         /* reading is off: too many messages wait for the store */
	unsigned in_flight;  /* messages that wait for the store */
	unsigned malformed, limited;
	char *early; /* a resume frame that came before the store had agreed */
};

/* One connection, in memory that libwebsockets gives zeroed and keeps until it closes. */
struct conn {
	struct net *net;
	struct lws *wsi;
	int64_t id;              /* in net->conns while a request is with the api; 0 otherwise */
	struct request *request; /* while it is received */
	bool unflushed;          /* an answer was written, and the kernel did not take all of it */
	bool close_after;
	bool known;            /* the client's address was looked up */
	char client[48];       /* its address */
	struct socket *socket; /* after an upgrade */
};

/* http.c: what libwebsockets' callbacks ask of the HTTP side; they return what the callback does.
 */
int http_begin(struct net *net, struct conn *conn, struct lws *wsi);
int http_body(struct conn *conn, const void *bytes, size_t n);
int http_body_done(struct conn *conn);
int http_writeable(struct conn *conn);
void http_gone(struct conn *conn);
/* The api has answered: the request goes back to its connection, if that is still there. */
void http_answered(struct net *net, struct request *request);
/* Writes what was answered at once. */
void http_answer_all(struct net *net);
/* Answers what has not become a request with an error; false when the connection is dead. */
bool http_write_error(struct net *net, struct lws *wsi, enum chat_err err);
/* The path of the method whose token it is (WSI_TOKEN_GET_URI), decoded, and a header's value; both
 * in the arena, NULL when absent. */
const char *http_path(struct lws *wsi, enum lws_token_indexes token, struct arena *arena);
const char *http_header(struct lws *wsi, enum lws_token_indexes token, struct arena *arena);
/* The query, percent-encoded anew: libwebsockets hands it out decoded. "" when there is none. */
const char *http_query(struct lws *wsi, struct arena *arena);

/* ws.c: the same for the WebSocket side, its opening, life and end. */
int ws_confirm_upgrade(struct net *net, struct lws *wsi);
int ws_established(struct net *net, struct conn *conn, struct lws *wsi);
int ws_writeable(struct conn *conn);
void ws_heard(struct conn *conn);
void ws_gone(struct conn *conn);
/* Ends the socket from inside a callback; returns what the callback does. */
int ws_close(struct conn *conn, enum close_code code);
/* Asks the store whether the session may go live. */
void ws_ask_store(struct net *net, struct session *session);

/* output.c: writes what the hub has put into the sessions' queues. */
void output_flush_all(struct net *net);

/* offer.c: the token among the subprotocols that a client offers, in the arena; NULL if none. */
const char *offer_token(struct lws *wsi, struct arena *arena);
/* Whether it offers SUBPROTOCOL, or none at all. */
bool offer_is_usable(struct lws *wsi, struct arena *arena);

/* frames.c: what comes in on a socket, and what the api answers to it. */
int frames_receive(struct conn *conn, const void *bytes, size_t n);
void frames_answered(struct net *net, struct request *request);

/* response.c: one buffer with headers and body, after LWS_PRE bytes; NULL without memory. */
unsigned char *response_build(
	const struct net *net, struct request *request, bool close, size_t *n);
unsigned char *response_preflight(
	const struct net *net, struct request *request, const char *headers, size_t *n);

#endif
