#ifndef CHAT_SOCKET_H
#define CHAT_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <chat/err.h>
#include <chat/queue.h>

struct buf;

/*
 * A WebSocket client that stays connected: a thread of its own connects, reads and writes, and
 * connects again when the connection is lost, after an exponential time with full jitter (after
 * close code 1001, "going away", at once). What happens comes to the owner as notes in a queue;
 * a file descriptor for poll() says that there are some.
 *
 * The functions below are for one owner's thread.
 */
struct socket_client;

enum socket_event {
	SOCKET_CONNECTING,
	SOCKET_OPEN,
	SOCKET_FRAME,  /* a whole text message */
	SOCKET_CLOSED, /* and a new try follows */
	SOCKET_REFUSED /* closed for good: the server wants no such connection */
};

/* Freed by the owner with free(). */
struct socket_note {
	struct queue_node node;
	enum socket_event event;
	/* Of SOCKET_CLOSED and SOCKET_REFUSED: a WebSocket close code; the HTTP status where the
	 * upgrade was refused; 1006 where the connection broke; 0 where there was none. */
	int code;
	size_t len;
	char text[]; /* the frame, or what a person may be told of a failure; NUL-terminated */
};

struct socket_config {
	const char *url;   /* of the server, as rest_url gives it */
	const char *path;  /* "/gateway", with its query */
	const char *token; /* sent as Authorization: Bearer; or NULL */
	const char *agent; /* User-Agent */
	size_t max_frame;  /* bytes; a longer message ends the connection */
};

/* Starts to connect. All of config is copied. NULL with why told. */
struct socket_client *socket_new(const struct socket_config *config, struct buf *why);

/* Ends the connection and the thread (a name look-up under way is waited for). NULL is taken. */
void socket_free(struct socket_client *client);

/* Readable while there are notes; for poll() alone. */
int socket_fd(const struct socket_client *client);

/* The oldest note, now the caller's; NULL if there is none. */
struct socket_note *socket_take(struct socket_client *client);

/* Queues a text frame; false without memory. What is queued while there is no connection, or lost
 * with one, is not sent later: the owner sees SOCKET_CLOSED and knows what it has to repeat. */
bool socket_send(struct socket_client *client, const char *text, size_t n);

#endif
