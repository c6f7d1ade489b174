#ifndef CHATD_EVENT_H
#define CHATD_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <chat/frame.h>

/* A WebSocket message, header and all, encoded once for everybody it goes to. Made by any thread,
 * then counted by the loop alone. */
struct packet {
	unsigned refs;
	unsigned header; /* bytes of it, before the payload */
	unsigned frames; /* 1, or as many as were joined */
	bool is_private; /* one session's alone, which counts it */
	size_t len;
	char bytes[];
};

/* Makes a packet of the payload with its header in front, with one reference; NULL without memory.
 */
struct packet *packet_new(const char *payload, size_t n);
/* A packet of a frame: the event with its data, as frame_encode(). NULL without memory. */
struct packet *packet_encode(enum event_id id, const void *data, const struct frame_extra *extra);
/* The packets as one; NULL without memory. */
struct packet *packet_join(struct packet *const *packets, size_t n);
struct packet *packet_ref(struct packet *packet);
void packet_unref(struct packet *packet);

/* From now on the packet is one session's alone, and packet_bytes() leaves it out. The loop's. */
void packet_claim(struct packet *packet);
/* Bytes of all packets that sessions share. Any thread. */
size_t packet_bytes(void);

enum event_kind {
	EVENT_KIND_WIRE,   /* a frame for sockets; some also change who hears what (member_leave) */
	EVENT_KIND_REVOKE, /* sessions end: their sockets are closed */
	EVENT_KIND_USER,   /* a user has another name, or chose another status */
};

/* Something that was committed and is now to be told. Made by a worker, consumed by the loop. */
struct event {
	struct event *next;
	enum event_kind kind;
	enum event_id id; /* EVENT_KIND_WIRE */
	int64_t server_id;
	int64_t channel_id;
	int64_t user_id;       /* the author, or the user concerned */
	int64_t rev;           /* 0 for what is not lasting */
	struct packet *packet; /* for everybody */
	struct packet *own;    /* for user_id instead, if not NULL */
	char session_id[33];   /* REVOKE: the one that ends, or with `others` the one that stays */
	bool others;           /* REVOKE */
	enum chat_status status; /* USER: the choice */
	char *username;          /* USER: owned */
};

/* The packets of the events from first up to but not including end as one, with one reference; NULL
 * without memory. */
struct packet *event_join(const struct event *first, const struct event *end);

struct event *event_new(enum event_kind kind);
/* Frees a list of events. */
void event_free(struct event *list);

#endif
