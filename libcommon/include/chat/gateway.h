#ifndef CHAT_GATEWAY_H
#define CHAT_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <chat/err.h>
#include <chat/frame.h>
#include <chat/object.h>

/*
 * A client's side of the gateway: one socket for everything. It has a thread of its own that
 * connects, reconnects (exponential backoff with full jitter; at once after the server went away),
 * resumes where it was, and hands over decoded events in order. All functions are called by one
 * thread, the owner's; when the descriptor of gateway_fd() is readable, gateway_next() has more.
 */
struct gateway;

struct gateway_settings {
	const char *url;    /* "http://127.0.0.1:8000"; https for TLS */
	const char *token;  /* copied, like every text here */
	const char *outbox; /* file that keeps what is not yet acknowledged; NULL keeps nothing */
};

/* Starts the thread, which connects at once. CHAT_ERR_CONFIG for a URL that is none. */
enum chat_err gateway_new(struct gateway **gateway, const struct gateway_settings *settings);
/* Closes the socket and ends the thread. */
void gateway_free(struct gateway *gateway);

/* To be polled for reading (an eventfd); its value means nothing. */
int gateway_fd(const struct gateway *gateway);

enum gateway_state {
	GATEWAY_CONNECTING, /* trying, or waiting to try again */
	GATEWAY_LIVE,       /* connected, and all that was missed has been handed over */
	GATEWAY_REFUSED,    /* the token is not taken: it has given up */
};

enum gateway_kind {
	GATEWAY_STATE,  /* `state` is another one; `error` says why in a sentence, or is NULL */
	GATEWAY_EVENT,  /* `event` happened */
	GATEWAY_SENT,   /* an outbox message is on disk: `nonce` and `data` (struct chat_message) */
	GATEWAY_FAILED, /* an outbox message was refused for good: `nonce`, `err` and `error` */
};

/*
 * What happened. `data` is the C struct of the event's object (event_info(event)->object), for
 * EVENT_ready a struct chat_ready. A server that is only in a replay comes as its events do. All
 * memory is the item's, and is freed with it.
 */
struct gateway_item {
	enum gateway_kind kind;
	enum gateway_state state;
	enum event_id event;
	int64_t server_id; /* scope of a lasting event, else 0 */
	int64_t rev;
	const void *data;
	const char *nonce;
	const char *error;
	enum chat_err err;
	int retry_ms; /* GATEWAY_STATE, CONNECTING: when it tries again; 0 for now */
};

/* The next item, or NULL when there is none now. Freed with gateway_item_free(). */
struct gateway_item *gateway_next(struct gateway *gateway);
void gateway_item_free(struct gateway_item *item);

/*
 * Sends a message: it is written to the outbox first, with the nonce that is put into nonce (33
 * bytes), and sent now or when there is a connection; GATEWAY_SENT or GATEWAY_FAILED answers. Sent
 * once, also over a kill and a restart with the same outbox.
 */
enum chat_err gateway_send(
	struct gateway *gateway, int64_t channel_id, const char *content, char nonce[33]);

/* What the outbox still has, oldest first: for a client that starts. Calls visit for each. */
void gateway_outbox(struct gateway *gateway,
	void (*visit)(int64_t channel_id, const char *content, const char *nonce, void *context),
	void *context);

/* These are sent if there is a connection, and dropped if not. */
void gateway_typing(struct gateway *gateway, int64_t channel_id);
void gateway_read(struct gateway *gateway, int64_t channel_id, int64_t message_id);
void gateway_presence(struct gateway *gateway, enum chat_status status);

/* The network may have changed: try to connect now rather than when the backoff ends. */
void gateway_retry(struct gateway *gateway);

/* Milliseconds of the last ping's way there and back; -1 while not known. */
int gateway_lag_ms(const struct gateway *gateway);

#endif
