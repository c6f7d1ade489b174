#ifndef CHATD_REQUEST_H
#define CHATD_REQUEST_H

#include <stdbool.h>
#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/queue.h>
#include "api/handler.h"
#include "core/event.h"
#include "core/fair_queue.h"
#include "core/hash_queue.h"

struct asset;
struct presence;

/* A handler's answer, before it is a response. */
struct reply {
	struct arena *arena; /* the request's */
	enum chat_err err;
	int status;
	const char *content_type; /* NULL when there is no body */
	struct buf body;
	const struct asset *asset; /* instead of a body of its own, or NULL */
	struct event *events, **events_tail;
	struct problems problems;
	const char *detail; /* instead of err's own sentence; static or the arena's */
	const char *fault;  /* why the store failed, for health.c; static */
	bool no_memory;     /* an event could not be made: the request must fail */
	unsigned allowed;   /* methods, for 405 */
	int64_t retry_ms;   /* for 429 and 503 */
	int64_t viewer;     /* who reads this */
	struct presence *presence;
};

/* Who waits for the answer. */
enum request_origin {
	ORIGIN_HTTP,   /* the connection `waiter` */
	ORIGIN_FRAME,  /* the session `waiter` sent a frame */
	ORIGIN_OPEN,   /* the session `waiter` wants to go live */
	ORIGIN_REPLAY, /* the session `waiter` is sent what it missed */
	ORIGIN_NONE,   /* nobody: upkeep and probes */
};

/*
 * One request on its way: made by the network on the loop, handed to a worker and back. Exactly one
 * thread has it at a time.
 */
struct request {
	struct queue_node node;
	enum request_origin origin;
	int64_t waiter;
	char id[24];      /* for X-Request-Id and the log */
	int64_t started;  /* microseconds, monotonic */
	uint64_t address; /* a hash of the client's address, for rate limits */
	char client[48];  /* the client's address, for the log */

	enum method method;
	bool is_head;
	bool is_http_1_0;
	const char *path; /* decoded, without the query; these texts are in the arena */
	const char *query;
	const char *authorization;
	const char *content_type;
	const char *origin_header;
	const char *accept_encoding;
	const char *if_none_match;
	const char *asked_headers; /* Access-Control-Request-Headers */
	const char *frame_nonce;   /* ORIGIN_FRAME */
	struct buf body;

	union { /* on the loop: where it waits for its thread */
		struct fair_node line;
		struct hash_node hash;
	};
	handler_fn *prepare, *handle; /* in this order; prepare may be NULL */
	struct arena arena;
	struct req req;
	struct reply reply;
};

/* Allocates; NULL without memory. Freed by request_free(), with its events if they still are its.
 */
struct request *request_new(enum request_origin origin, int64_t waiter);
void request_free(struct request *request);

/* A copy in the request's arena; NULL for NULL. */
const char *request_text(struct request *request, const char *text);

/* Drops what was answered so far, events included, and answers with this error instead. */
void reply_error(struct reply *reply, enum chat_err err);

/* The sentence that says what went wrong; static or the arena's. */
const char *reply_detail(const struct reply *reply, struct arena *arena);

/* Gives a failed request its body: detail, code, request_id, and errors with a 422. */
void request_finish(struct request *request);

/* An event's packet as one viewer gets it; data is left as it was. NULL without memory, which also
 * fails the reply. */
struct packet *reply_packet(struct reply *reply, enum event_id id, void *data, int64_t viewer,
	const struct frame_extra *extra);

/* Takes the events away from the reply; the caller frees them. */
struct event *reply_take_events(struct reply *reply);

#endif
