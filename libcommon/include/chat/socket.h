#ifndef CHAT_SOCKET_H
#define CHAT_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <chat/err.h>

struct buf;

/*
 * A WebSocket client that stays connected: a thread of its own connects, reads and writes, and
 * connects again when the connection is lost, after an exponential time with full jitter (at once
 * after close code 1001, "going away", and when the kernel has a new address or route). What
 * happens is told to a function of the owner's, on that thread.
 */
struct socket_client;

enum socket_event {
	SOCKET_CONNECTING,
	SOCKET_OPEN,
	SOCKET_FRAME,   /* a whole text message */
	SOCKET_CLOSED,  /* and a new try follows */
	SOCKET_REFUSED, /* closed for good: the server wants no such connection */
	SOCKET_DUE,     /* the time of socket_due has come, or somebody called socket_wake */
};

struct socket_note {
	enum socket_event event;
	/* Of SOCKET_CLOSED and SOCKET_REFUSED: a WebSocket close code; the HTTP status where the
	 * upgrade was refused; 1006 where the connection broke; 0 where there was none. */
	int code;
	int wait_ms; /* of SOCKET_CLOSED: until the next try */
	/* The frame, or what a person may be told of a failure; NUL-terminated, and gone when the
	 * function returns. */
	const char *text;
	size_t len;
};

struct socket_config {
	const char *url;   /* of the server, as rest_url gives it */
	const char *path;  /* "/gateway", with its query */
	const char *token; /* sent as Authorization: Bearer; or NULL */
	const char *agent; /* User-Agent */
	size_t max_frame;  /* bytes; a longer message ends the connection */

	/* Told of everything, on the client's thread. */
	void (*handle)(void *context, const struct socket_note *note);
	void *context;
};

/* Starts to connect. All of config is copied. NULL with why told. */
struct socket_client *socket_new(const struct socket_config *config, struct buf *why);

/* Ends the connection and the thread (a name look-up under way is waited for). NULL is taken. Not
 * within handle. */
void socket_free(struct socket_client *client);

/* Queues a text frame; false without memory. What is queued while there is no connection, or lost
 * with one, is not sent later: the owner sees SOCKET_CLOSED and knows what it has to repeat. Any
 * thread. */
bool socket_send(struct socket_client *client, const char *text, size_t n);

/* Within handle: SOCKET_DUE comes once in that many milliseconds, in place of an earlier one. */
void socket_due(struct socket_client *client, int ms);

/* Within handle: bytes that have come of a message which is not whole yet. */
size_t socket_received(const struct socket_client *client);

/* Within handle: ends a connection that does not answer; SOCKET_CLOSED follows. */
void socket_drop(struct socket_client *client);

/* SOCKET_DUE comes soon. Any thread. */
void socket_wake(struct socket_client *client);

/* Tries now if the client waits to try again. Any thread. */
void socket_retry(struct socket_client *client);

/* Whether what comes is read at all. While it is not, the peer's sending stops in the end. Any
 * thread. */
void socket_flow(struct socket_client *client, bool on);

#endif
