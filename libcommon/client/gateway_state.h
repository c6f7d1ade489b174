#ifndef CLIENT_GATEWAY_STATE_H
#define CLIENT_GATEWAY_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <chat/arena.h>
#include <chat/gateway.h>
#include <chat/queue.h>
#include <chat/socket.h>
#include "sender.h"

/* A server that the user is in, and the last change of it that was handed over. */
struct gateway_scope {
	int64_t server_id;
	int64_t rev;
	int64_t snapshot; /* the rev that this connection's ready has of it */
};

struct gateway {
	struct socket_client *socket;
	struct queue items; /* thread → owner */
	int event_fd;       /* there are some */
	atomic_int lag_ms;
	atomic_bool full; /* the owner is slow, and nothing is read until it has caught up */

	/* Held by the thread while it works, and by the owner's functions. */
	pthread_mutex_t lock;
	enum gateway_state state;
	bool ready; /* connected, and the first frame was there */
	char *epoch;
	char *next_epoch;             /* of this connection; the epoch once it has resumed */
	struct gateway_scope *scopes; /* in no order */
	size_t n_scopes;
	struct sender sender;
	int64_t connecting_at; /* of time_mono_us, as are these */
	int64_t ready_by;      /* open but not ready: something of the first frame has to come */
	size_t received;       /* bytes of it that had come before */
	int64_t ping_at;       /* when the next ping goes out */
	int64_t pinged_at;     /* 0: the last one was answered */
	int64_t due_at;        /* what socket_due was asked for; 0: nothing */
	int64_t heartbeat;     /* us */
};

/* An item on its way; what it points to is its arena's. */
struct gateway_parcel {
	struct queue_node node;
	struct arena arena;
	struct gateway_item item;
};

/* NULL without memory. */
struct gateway_parcel *gateway_parcel_new(enum gateway_kind kind);
void gateway_parcel_free(struct gateway_parcel *parcel);

/* Hands it over to the owner. */
void gateway_push(struct gateway *gateway, struct gateway_parcel *parcel);

/* Says that the state is another one. detail: a sentence, or NULL. */
void gateway_tell_state(struct gateway *gateway, enum gateway_state state, enum chat_err err,
	const char *detail, int retry_ms);

/* One without a rev where there was none. False without memory. */
bool gateway_scope_put(struct gateway *gateway, int64_t server_id, int64_t rev);

/* --- gateway_frames.c: under the lock, on the thread --- */

/* The first frame of a connection. */
void gateway_send_resume(struct gateway *gateway);

void gateway_take_frame(struct gateway *gateway, const char *text, size_t n);

#endif
