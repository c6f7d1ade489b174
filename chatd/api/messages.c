#include <string.h>
#include <chat/text.h>
#include "api/handler.h"

#define KEY_HEADER "Idempotency-Key"

static struct event_place here(const struct req *req)
{
	return (struct event_place){
		.server_id = req->place.server_id,
		.channel_id = req->place.channel_id,
		.user_id = req->place.author_id ? req->place.author_id : req->principal.user_id,
	};
}

/* --- sending --- */

/* The header is the nonce of a client that does not put it in the body. */
static enum chat_err take_key(
	const struct req *req, struct reply *reply, struct chat_message_create *in)
{
	const char *key = req->idempotency_key;
	size_t n;

	if (key == NULL)
		return CHAT_OK;
	n = strlen(key);
	if (n == 0)
		return reply_problem(reply, "header", KEY_HEADER, "string_too_short",
			"The header should have at least 1 character");
	if (!text_is_utf8(key, n))
		return reply_problem(
			reply, "header", KEY_HEADER, "value_error", "The header is not UTF-8");
	if (text_length(key, n) > LIMIT_NONCE_MAX)
		return reply_problem(reply, "header", KEY_HEADER, "string_too_long",
			"The header should have at most 64 characters");
	if (in->nonce != NULL && strcmp(in->nonce, key) != 0)
		return reply_problem(reply, "header", KEY_HEADER, "value_error",
			"The header and the body's nonce should be the same");
	in->nonce = key;
	return CHAT_OK;
}

enum chat_err handle_message_create(struct req *req, struct reply *reply)
{
	struct chat_message_create in = *(const struct chat_message_create *)req->body;
	struct event_place place = here(req);
	struct chat_message message;
	bool repeat;
	enum chat_err err = take_key(req, reply, &in);

	if (!err)
		err = store_message_create(req->store, &req->place, &req->self, &in, req->now,
			req->arena, &message, &repeat, &place.rev);
	if (err)
		return err;
	if (!repeat)
		reply_event(reply, EVENT_message, &place, &message);
	return reply_object(reply, repeat ? 200 : 201, OBJECT_message, &message);
}

/* --- reading --- */

enum chat_err handle_message_list(struct req *req, struct reply *reply)
{
	const struct chat_history_query *query = req->query;
	int cursors = (query->before != 0) + (query->after != 0) + (query->around != 0);
	struct chat_message *list;
	size_t count;
	enum chat_err err;

	if (cursors > 1)
		return reply_problem(reply, "query", query->around != 0 ? "around" : "after",
			"value_error", "Only one of before, after and around can be given");
	if (cursors == 1 && query->skip != 0)
		return reply_problem(reply, "query", "skip", "value_error",
			"Only the newest messages can be skipped");
	err = store_message_list(req->store, req->place.channel_id, req->principal.user_id, query,
		req->arena, &list, &count);
	if (err)
		return err;
	return reply_list(reply, OBJECT_message, list, count);
}

enum chat_err handle_message_show(struct req *req, struct reply *reply)
{
	struct chat_message message;
	enum chat_err err = store_message_show(
		req->store, req->place.message_id, req->principal.user_id, req->arena, &message);

	if (err)
		return err;
	return reply_object(reply, 200, OBJECT_message, &message);
}

/* --- changing --- */

enum chat_err handle_message_update(struct req *req, struct reply *reply)
{
	struct event_place place = here(req);
	struct chat_message message;
	enum chat_err err;

	if (req->place.author_id != req->principal.user_id)
		return CHAT_ERR_NOT_AUTHOR;
	err = store_message_update(req->store, &req->place, req->principal.user_id, req->body,
		req->now, req->arena, &message, &place.rev);
	if (err)
		return err;
	if (place.rev)
		reply_event(reply, EVENT_message_update, &place, &message);
	return reply_object(reply, 200, OBJECT_message, &message);
}

enum chat_err handle_message_delete(struct req *req, struct reply *reply)
{
	struct event_place place = here(req);
	struct chat_message_ref gone = {
		.id = req->place.message_id,
		.channel_id = place.channel_id,
	};
	enum chat_err err;

	if (req->place.author_id != req->principal.user_id && req->place.role < ROLE_MODERATOR)
		return CHAT_ERR_RANK_TOO_LOW;
	err = store_message_delete(req->store, &req->place, &place.rev);
	if (err)
		return err;
	reply_event(reply, EVENT_message_delete, &place, &gone);
	return reply_empty(reply);
}
