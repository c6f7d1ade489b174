#ifndef CHAT_FRAME_H
#define CHAT_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <chat/err.h>
#include <chat/object.h>

struct arena;
struct buf;
struct value;

enum event_id {
#define EVENT(name, object, reach, doc) EVENT_##name,
#include <chat/events.def>
#undef EVENT
	EVENT_COUNT
};

/* Whom an event reaches: see events.def. */
enum reach { REACH_CHANNEL, REACH_SERVER, REACH_USER, REACH_SELF };

struct event_info {
	const char *name;
	enum object_id object;
	enum reach reach;
	const char *doc;
};

/* The table's row; never NULL for a valid id. */
const struct event_info *event_info(enum event_id id);

/* The event of a frame's type; EVENT_COUNT if there is none. */
enum event_id event_by_name(const char *name);

/* What a frame carries beside its event's data; zero and NULL for what it does not. */
struct frame_extra {
	int64_t server_id;    /* with rev: the scope */
	int64_t rev;          /* of a lasting event */
	const char *username; /* added to the data, beside the object's own members */
};

/*
 * Appends {"type": …, "scope": "s12", "rev": 1041, "data": {…}}. data is the event's object, or
 * NULL for none; extra may be NULL.
 */
bool frame_encode(
	struct buf *out, enum event_id id, const void *data, const struct frame_extra *extra);

/* The server's id of a scope ("s12"); 0 if it is not one. */
int64_t scope_server(const char *scope);

/* A parsed frame, in an arena. */
struct frame {
	const char *type;         /* "message" for a bare {"content": …} */
	const struct value *root; /* the whole */
	const struct value *data; /* an object, or NULL */
	const char *nonce;        /* of the data, or NULL */
};

/* Parses a socket's text frame. CHAT_ERR_BAD_JSON, CHAT_ERR_INVALID as object_decode;
 * CHAT_ERR_BAD_FRAME when it is no object or has no type. frame is zeroed then. */
enum chat_err frame_decode(const char *text, size_t n, struct arena *arena, struct frame *frame,
	struct problems *problems);

/* More than any user can be in, with room for those it has left. */
#define RESUME_SCOPES_MAX 1000

/* What a resume frame says: where its client was. */
struct resume {
	const char *epoch; /* the frame's arena's */
	struct resume_scope {
		int64_t server_id;
		int64_t rev;
	} * scopes;
	size_t count;
};

/* Reads a resume frame's data; CHAT_ERR_INVALID. The scopes are the arena's. */
enum chat_err frame_resume(const struct frame *frame, struct arena *arena, struct resume *out);

/* A WebSocket message's header, as a server sends it (RFC 6455, section 5.2: FIN, text, unmasked)
 * for a payload of n bytes. Returns its length, 2 to 10 bytes. */
size_t frame_header(unsigned char out[10], size_t n);

#endif
