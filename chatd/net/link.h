#ifndef CHATD_LINK_H
#define CHATD_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <chat/err.h>

struct buf;
struct ev_loop;
struct link;
struct lws;

/*
 * Connections as bytes: sockets, TLS and readiness. libwebsockets does the work, in its RAW role;
 * nothing else of chatd's server side knows it. The loop's alone.
 */
struct transport;

/* What the owner of the links is told. None of these is called from inside a link_ function. */
struct link_events {
	/* Bytes came. They may be changed in place, and are gone after the call. */
	void (*received)(struct link *link, unsigned char *bytes, size_t n);
	/* There is room again after a link_send() that took less than it was given. */
	void (*writable)(struct link *link);
	/* The connection has ended, from whichever side: the link is the owner's to free. */
	void (*closed)(struct link *link);
};

/* One connection; a part of its owner's struct. */
struct link {
	struct transport *transport;
	struct lws *wsi;                     /* NULL once it has ended */
	struct link *next_dead, **prev_dead; /* among those to be closed; prev_dead NULL: not in */
	bool reading;                        /* the owner wants to be told of bytes */
	bool heard;                          /* anything came */
	bool shutting; /* link_shutdown() waits for what TLS has still to send */
	bool dead;     /* to be closed by transport_sweep() */
};

/* cert and key: PEM files, or NULL for connections in the clear. On an error why is one line for a
 * person. */
enum chat_err transport_new(struct transport **transport, struct ev_loop *loop,
	const struct link_events *events, const char *cert, const char *key, struct buf *why);
/* Every link is closed. */
void transport_free(struct transport *transport);

/* Reads the certificate and key anew, for the connections that come; those that are open stay. On
 * an error those of before are kept, and why is one line for a person. */
enum chat_err transport_renew(
	struct transport *transport, const char *cert, const char *key, struct buf *why);

/* Takes an accepted socket over; reading is on. False without memory: the socket is closed, and
 * nothing is told. */
bool transport_adopt(struct transport *transport, int fd, struct link *link);

/* Closes the links that link_close() was called for. Call it before the loop sleeps. */
void transport_sweep(struct transport *transport);

/* Call every quarter of a second: libwebsockets' part for libev arms no timer for its handshakes.
 */
void transport_tick(struct transport *transport);

/*
 * Sends as much as the kernel takes now and returns how many bytes that were. If it is less than n,
 * writable() follows. A link that has failed takes nothing any more, and is told by closed().
 */
size_t link_send(struct link *link, const void *bytes, size_t n);

/* Whether the bytes that came wait in the kernel. */
void link_set_reading(struct link *link, bool on);

/* Says that nothing more will be sent, after everything that was: TLS' close_notify, and a FIN.
 * What the peer still sends is told as before. */
void link_shutdown(struct link *link);

/* Ends the connection without another word; closed() comes with the next transport_sweep(). */
void link_close(struct link *link);

/* Whether the peer has reset the connection. A peer that only said that it sends no more has not.
 */
bool link_is_reset(const struct link *link);

/* Whether the links of this transport are encrypted. */
bool transport_is_encrypted(const struct transport *transport);

#endif
