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
 * connects, reconnects (exponential backoff with full jitter; at once after the server went away
 *and when the network has changed), resumes where it was, and hands over decoded events in order.
 *All functions are called by one thread, the owner's; when the descriptor of gateway_fd() is
 *readable, gateway_next() has more.
 *
 * A program that answers each "ping", in full; the tests compile and run it:
 *
 *	#include <poll.h>
 *	#include <stdio.h>
 *	#include <string.h>
 *	#include <chat/gateway.h>
 *
 *	static void answer(struct gateway *gateway, const struct chat_message *message)
 *	{
 *		char nonce[33];
 *
 *		printf("%s: %s\n", message->user->username, message->content);
 *		if (strcmp(message->content, "ping") == 0)
 *			gateway_send(gateway, message->channel_id, "pong", nonce);
 *	}
 *
 *	static bool take(struct gateway *gateway, const struct gateway_item *item)
 *	{
 *		switch (item->kind) {
 *		case GATEWAY_STATE:
 *			if (item->state == GATEWAY_LIVE)
 *				puts("connected");
 *			else if (item->state == GATEWAY_CONNECTING)
 *				printf("%s; again in %d ms\n", item->error, item->retry_ms);
 *			return item->state != GATEWAY_REFUSED;
 *		case GATEWAY_EVENT:
 *			if (item->event == EVENT_message)
 *				answer(gateway, item->data);
 *			return true;
 *		case GATEWAY_FAILED:
 *			printf("not sent: %s\n", item->error);
 *			return true;
 *		default:
 *			return true;
 *		}
 *	}
 *
 *	int main(int argc, char **argv)
 *	{
 *		struct gateway_settings settings = {.outbox = "ping.outbox"};
 *		struct gateway *gateway;
 *		bool running = true;
 *
 *		settings.url = argc > 1 ? argv[1] : "http://127.0.0.1:8000";
 *		settings.token = argc > 2 ? argv[2] : NULL;
 *		if (gateway_new(&gateway, &settings) != CHAT_OK)
 *			return 1;
 *		while (running) {
 *			struct pollfd fd = {.fd = gateway_fd(gateway), .events = POLLIN};
 *			struct gateway_item *item;
 *
 *			poll(&fd, 1, -1);
 *			while (running && (item = gateway_next(gateway))) {
 *				running = take(gateway, item);
 *				gateway_item_free(item);
 *			}
 *			fflush(stdout);
 *		}
 *		gateway_free(gateway);
 *		return 1;
 *	}
 */
struct gateway;

struct gateway_settings {
	const char *url;    /* "http://127.0.0.1:8000"; https for TLS */
	const char *token;  /* copied, like every text here */
	const char *agent;  /* User-Agent; NULL: the library's own */
	const char *outbox; /* file that keeps what is not yet acknowledged; NULL keeps nothing */
	/* Where a client was that keeps its state on disk: the epoch of its last ready, and for
	 * each server the rev up to which it has everything. NULL: nowhere. */
	const struct resume *from;
};

/* Starts the thread, which connects at once. CHAT_ERR_CONFIG for a URL that is none;
 * CHAT_ERR_BUSY: another process has the outbox; CHAT_ERR_IO: it cannot be read or made. */
enum chat_err gateway_new(struct gateway **gateway, const struct gateway_settings *settings);
/* Closes the socket and ends the thread. Items that were taken are still to be freed. NULL is
 * taken. */
void gateway_free(struct gateway *gateway);

/* To be polled for reading (an eventfd); its value means nothing. */
int gateway_fd(const struct gateway *gateway);

enum gateway_state {
	GATEWAY_CONNECTING, /* trying, or waiting to try again */
	GATEWAY_LIVE,       /* connected, and all that was missed has been handed over */
	GATEWAY_REFUSED,    /* the token is not taken: it has given up */
};

enum gateway_kind {
	GATEWAY_STATE,  /* `state` now; `error` says why in a sentence, or is NULL. At first it is
			   CONNECTING, which comes again for each try that failed */
	GATEWAY_EVENT,  /* `event` happened */
	GATEWAY_SENT,   /* an outbox message is on disk: `nonce` and `data` (struct chat_message) */
	GATEWAY_FAILED, /* an outbox message was refused for good: `nonce`, `err` and `error` */
};

/*
 * What happened. `data` is the C struct of the event's object (event_info(event)->object), for
 * EVENT_ready a struct chat_ready. A server that is only in a replay comes as its events do. All
 * memory is the item's, and is freed with it.
 *
 * After each connection comes EVENT_ready. What follows it goes on from the revs that were there
 * before, or from the new snapshot's for a server that was not known; so a client that has state
 * keeps it, and takes only the new servers from a later ready. EVENT_resync (server_id says of
 * which) means that its state of that server is to be loaded anew: all up to the last ready's rev
 * is in what REST gives. A server that the user left meanwhile comes as EVENT_server_delete.
 * Lasting events come once each, in order. EVENT_ack, EVENT_pong and EVENT_resumed are not handed
 * over.
 */
struct gateway_item {
	enum gateway_kind kind;
	enum gateway_state state;
	enum event_id event;
	int64_t server_id; /* scope of a lasting event, else 0 */
	int64_t rev;       /* of a lasting event: the client has all of the scope up to it */
	const void *data;
	const char *nonce;
	const char *error;
	enum chat_err err; /* REFUSED: BAD_TOKEN, or BAD_REPLY for what is no gateway; FAILED */
	int retry_ms;      /* GATEWAY_STATE, CONNECTING: when it tries again; 0 for now */
};

/* The next item, or NULL when there is none now. Freed with gateway_item_free(). */
struct gateway_item *gateway_next(struct gateway *gateway);
void gateway_item_free(struct gateway_item *item);

/*
 * Sends a message: it is written to the outbox first, with the nonce that is put into nonce (33
 * bytes), and sent now or when there is a connection; GATEWAY_SENT or GATEWAY_FAILED answers. Sent
 * once, also over a kill and a restart with the same outbox. CHAT_ERR_INVALID: no UTF-8 or too
 * long; CHAT_ERR_BLANK: nothing that is shown; CHAT_ERR_IO: it could not be written, and is not
 * sent.
 *
 * Messages are sent in the order of these calls, and again where the server puts them off.
 */
enum chat_err gateway_send(
	struct gateway *gateway, int64_t channel_id, const char *content, char nonce[33]);

/* What the outbox still has, oldest first: for a client that starts. Calls visit for each, which
 * may call none of these functions. */
void gateway_outbox(struct gateway *gateway,
	void (*visit)(int64_t channel_id, const char *content, const char *nonce, void *context),
	void *context);

/* These are sent if there is a connection, and dropped if not. */
void gateway_typing(struct gateway *gateway, int64_t channel_id);
void gateway_read(struct gateway *gateway, int64_t channel_id, int64_t message_id);
void gateway_presence(struct gateway *gateway, enum chat_status status);

/* Try to connect now rather than when the backoff ends. */
void gateway_retry(struct gateway *gateway);

/* Milliseconds of the last ping's way there and back; -1 while not known. */
int gateway_lag_ms(const struct gateway *gateway);

#endif
