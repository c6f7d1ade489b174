#ifndef CHATD_HANDLER_H
#define CHATD_HANDLER_H

#include <stdint.h>
#include <chat/endpoint.h>
#include <chat/err.h>
#include <chat/frame.h>
#include <chat/object.h>
#include "store/store.h"

struct api;
struct asset;
struct reply;

/*
 * What a handler gets: a request that was matched, authenticated, authorised by its row, decoded
 * and validated. Handlers are straight-line and blocking: no sockets, no SQL, no JSON, no frees.
 */
struct req {
	struct api *api;
	const struct endpoint *endpoint;
	struct arena *arena; /* dies with the request */
	struct store *store; /* this thread's own; NULL on the loop */
	struct path_params path;
	const void *query; /* the row's objects, decoded; NULL where it has none */
	const void *body;
	struct principal principal;  /* whose token; all zero for ACCESS_ALL */
	struct chat_user self;       /* the caller, as the store has it (self) */
	struct place place;          /* from ACCESS_MEMBER on */
	int64_t now;                 /* ms */
	const char *idempotency_key; /* headers; NULL when absent */
	const char *user_agent;
	const char *bearer; /* the token as it came */
	void *prepared;     /* what prepare_NAME() left, in the arena */
};

/* The user that the path names; "me" is the caller. */
static inline int64_t req_user_id(const struct req *req)
{
	return req->path.user_id == PATH_ME ? req->principal.user_id : req->path.user_id;
}

/* handle_user_show(), …: one for each row, linked by the router. */
typedef enum chat_err handler_fn(struct req *req, struct reply *reply);
#define EP(name, ...) handler_fn handle_##name;
#define ALIAS(name, path)
#define FORM(name)
#include <chat/endpoints.def>
#undef EP
#undef ALIAS
#undef FORM

/* The hasher's part of the rows that have one: runs before the transaction, with a reader's store.
 */
handler_fn prepare_register, prepare_login, prepare_password_change;

/* Whose account such a row is about, as a hash: by its name before it is known who asks. */
typedef uint64_t account_fn(const struct req *req);
account_fn account_register, account_login, account_password_change;

/*
 * A handler's answer. Each returns what the handler then returns. Users in what goes out get the
 * status that the reader may see, whoever put them there.
 */
enum chat_err reply_object(struct reply *reply, int status, enum object_id id, void *object);
enum chat_err reply_list(struct reply *reply, enum object_id id, void *items, size_t count);
enum chat_err reply_empty(struct reply *reply);
enum chat_err reply_text(struct reply *reply, const char *content_type, const char *text, size_t n);
/* The same for everybody; the asset stays as it is as long as chatd runs. */
enum chat_err reply_asset(struct reply *reply, struct asset *asset);
/* 422 with one problem. in: "body", "query" or "header"; all static. */
enum chat_err reply_problem(
	struct reply *reply, const char *in, const char *field, const char *type, const char *msg);

/* Where an event happened. */
struct event_place {
	int64_t server_id;
	int64_t channel_id;
	int64_t user_id; /* the author, or the user concerned */
	int64_t rev;
};

/* Tells the world once the transaction is committed; nothing is told if it is not. data is the
 * event's object, encoded at once. */
void reply_event(
	struct reply *reply, enum event_id id, const struct event_place *place, void *data);
/* The user's session ends (others: every one but that): their sockets are closed after the commit.
 */
void reply_revoke(struct reply *reply, int64_t user_id, const char *session_id, bool others);
/* Tells the caller, who is place->user_id, all about the server that it is in now; in servers.c. */
enum chat_err reply_joined(struct req *req, struct reply *reply, const struct event_place *place);
/* The counts as a `read` event has them; in unread.c. */
struct chat_read unread_as_read(const struct chat_unread *unread);
/* The user has another name or chose another status: `user` is its self. */
void reply_user(struct reply *reply, const struct chat_user *user);

#endif
