#ifndef CHATTUI_MODEL_H
#define CHATTUI_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <chat/gateway.h>
#include <chat/object.h>
#include "model/history.h"
#include "model/map.h"

/*
 * What the client knows: it takes what the gateway tells and what REST answers, and shows nothing.
 * Whoever shows it looks at `changes` and clears it. One thread.
 */

struct person {
	int64_t id;
	char *name;
	enum chat_status status; /* STATUS_NONE: not told yet */
};

struct member {
	struct person *person;
	enum chat_role role;
};

enum load { LOAD_NONE, LOAD_UNDERWAY, LOAD_DONE };

struct server {
	int64_t id;
	char *name;
	int64_t rev; /* of the snapshot: later changes are news */
	enum chat_role role;
	struct channel **channels;
	size_t n_channels;
	struct member *members; /* those online first, then by name */
	size_t n_members;
	enum load members_load;
	bool is_kept; /* while a snapshot is taken over */
};

struct channel {
	int64_t id;
	struct server *server;
	char *name;
	char *topic;       /* "" for none */
	int64_t last_id;   /* the newest message */
	int64_t last_read; /* the newest that was read */
	int64_t unread, mentions;
	bool more;         /* there are more than were counted */
	int64_t new_after; /* the "new" line goes below this message; 0: no line */
	int64_t opened_at; /* when it was last open, in ms since 1970; 0: never */
	struct history history;
	char *draft;     /* written here and not sent; NULL for nothing */
	bool opened_now; /* opened since the start: the cached messages are there */
	bool miscounted; /* unread or mentions: a message that is not known here has changed */
	bool is_kept;
	const char
		*gone_why; /* static: why it is no more, while it stays open; NULL: it is there */
};

/* A message on its way to the server. */
struct pending {
	struct pending *next;
	char nonce[33];
	int64_t channel_id;
	int64_t at; /* ms since 1970 */
	char *content;
	char *error; /* why it was refused; NULL while it is on its way */
};

#define TYPISTS_MAX 16
#define TYPING_MS 6000 /* typing is told every 3 s at most */

struct typist {
	int64_t channel_id;
	struct person *person;
	int64_t until; /* of the clock that model_typing is asked with */
};

enum change {
	CHANGE_TREE = 1 << 0,     /* servers, channels, their unread counts */
	CHANGE_MESSAGES = 1 << 1, /* of the open channel */
	CHANGE_MEMBERS = 1 << 2,  /* of the open channel's server */
	CHANGE_TYPING = 1 << 3,
	CHANGE_STATUS = 1 << 4, /* the connection */
	CHANGE_OPEN = 1 << 5,   /* the open channel is gone, or there again */
	CHANGE_ALL = (1 << 6) - 1,
};

#define GONE_MAX 64

struct model {
	struct map people, by_channel;
	struct server **servers;
	size_t n_servers;
	struct person *self; /* NULL until it is known */
	struct channel *open;
	/* What is open stays so, to be read, when it is no more: nothing finds it by its id then.
	 * The model's until another one is opened, with its server if that went as well. */
	struct channel *gone_channel;
	struct server *gone_server;
	struct pending *pending; /* oldest first */
	struct typist typists[TYPISTS_MAX];
	size_t n_typists;
	enum gateway_state state;
	enum chat_err state_err; /* what made it so */
	char *state_why;         /* or NULL */
	int64_t retry_at;        /* ms since 1970; 0: no time is set */
	unsigned changes;        /* of enum change */
	int64_t gone[GONE_MAX];  /* messages that were deleted lately: a page may still have them */
	size_t n_gone;
	size_t n_arrived; /* messages since the start, to see a flood by */
	bool miscounted;  /* some channel is */

	/* Called for each new message of others, not for what is replayed. May be NULL. */
	void (*on_message)(void *context, struct channel *channel, const struct message *message,
		bool mentions_me);
	/* The user is no longer in a server, which may be freed after this. May be NULL. */
	void (*on_server_gone)(void *context, const struct server *server, const char *reason);
	/* A message was refused, as its error says. May be NULL, and may forget it. */
	void (*on_failed)(void *context, const struct pending *pending);
	void *context;
};

void model_init(struct model *model);
void model_release(struct model *model);

/* Takes a snapshot: the gateway's ready frame, or the cache's. What it lacks is gone. */
void model_ready(struct model *model, const struct chat_ready *ready);

/* Applies what the gateway handed over. now_ms: of a clock that never jumps. */
void model_apply(struct model *model, const struct gateway_item *item, int64_t now_ms);

/* Takes a page of messages that REST gave: those below `before`, or with 0 the newest. */
void model_page(struct model *model, int64_t channel_id, int64_t before,
	const struct chat_message *items, size_t count, size_t limit);

/* Takes messages of a channel as the cache has them. */
void model_cached(
	struct model *model, int64_t channel_id, const struct chat_message *items, size_t count);

/* Takes a server's members, the first part of the list replacing what was known. */
void model_members(struct model *model, int64_t server_id, const struct chat_member *items,
	size_t count, bool first);

/* Takes what other requests answer. rev: the event's, if it is one, else 0; what a snapshot has
 * counted is not counted again. */
void model_put_message(struct model *model, const struct chat_message *message, int64_t rev);
void model_remove_message(struct model *model, int64_t channel_id, int64_t id, int64_t rev);
struct server *model_put_server(
	struct model *model, const struct chat_server *from, enum chat_role role);
struct channel *model_put_channel(struct model *model, const struct chat_channel *from);
bool model_mentions_self(const struct model *model, const struct message *message);
/* more: the counts have reached their bound, and there are more. */
void model_set_read(struct model *model, int64_t channel_id, int64_t last_read, int64_t unread,
	int64_t mentions, bool more);

/* Takes the server's counts for the channels that are miscounted. */
void model_recount(struct model *model, const struct chat_unread *items, size_t count);

struct channel *model_channel(const struct model *model, int64_t id);
struct server *model_server(const struct model *model, int64_t id);
/* The channels of all servers in their order: how many, and the n-th (from 0) or NULL. */
size_t model_n_channels(const struct model *model);
struct channel *model_nth_channel(const struct model *model, size_t n);
/* The channel that was open last, else the first; NULL for none. */
struct channel *model_latest_channel(const struct model *model);
struct person *model_person(struct model *model, int64_t id, const char *name);
struct channel *model_channel_named(
	const struct model *model, const struct server *server, const char *name);
const struct member *model_member_named(const struct server *server, const char *name);
const struct person *model_person_named(const struct model *model, const char *name);

/* Opens a channel: the "new" line goes where it was read to. NULL closes. What was open and is gone
 * is freed. */
void model_open(struct model *model, struct channel *channel, int64_t now_ms);

/* The outbox. model_send takes what gateway_send took; model_forget drops what failed. */
void model_send(struct model *model, int64_t channel_id, const char *content, const char *nonce,
	int64_t now_ms);
void model_forget(struct model *model, const char *nonce);

/* How many channels have unread messages, and how many mentions. */
size_t model_count(const struct model *model, bool mentions);

/* Who is typing in a channel at that time, those whose time is over being forgotten; *next is when
 * the next one's ends, 0 for never. */
size_t model_typing(struct model *model, int64_t channel_id, int64_t now_ms,
	const struct person *out[TYPISTS_MAX], int64_t *next);

#endif
