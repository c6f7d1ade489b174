#include <chat/random.h>
#include "api/handler.h"

/* 20 of 32 characters: 100 random bits. They need no escape anywhere and are not confused when read
 * aloud or typed. */
#define CODE_LENGTH 20

static void make_code(char code[CODE_LENGTH + 1])
{
	static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";
	unsigned char bytes[CODE_LENGTH];

	_Static_assert(sizeof(alphabet) - 1 == 32, "five bits a character");
	random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < CODE_LENGTH; i++)
		code[i] = alphabet[bytes[i] % 32];
	code[CODE_LENGTH] = '\0';
}

enum chat_err handle_invite_create(struct req *req, struct reply *reply)
{
	struct chat_invite invite;
	char code[CODE_LENGTH + 1];
	enum chat_err err;

	make_code(code);
	err = store_invite_create(req->store, req->place.server_id, req->principal.user_id, code,
		req->body, req->now, req->arena, &invite);
	if (err)
		return err;
	return reply_object(reply, 201, OBJECT_invite, &invite);
}

enum chat_err handle_invite_list(struct req *req, struct reply *reply)
{
	struct chat_invite *list;
	size_t count;
	enum chat_err err = store_invite_list(
		req->store, req->place.server_id, req->now, req->arena, &list, &count);

	if (err)
		return err;
	return reply_list(reply, OBJECT_invite, list, count);
}

enum chat_err handle_invite_show(struct req *req, struct reply *reply)
{
	struct chat_invite invite;
	enum chat_err err =
		store_invite_show(req->store, req->path.code, req->now, req->arena, &invite);

	if (err)
		return err;
	return reply_object(reply, 200, OBJECT_invite, &invite);
}

enum chat_err handle_invite_accept(struct req *req, struct reply *reply)
{
	struct event_place place = {.user_id = req->principal.user_id};
	struct chat_server server;
	struct chat_member member;
	bool joined;
	enum chat_err err = store_invite_accept(req->store, req->path.code, place.user_id, req->now,
		req->arena, &server, &member, &joined, &place.rev);

	if (err)
		return err;
	if (joined) {
		place.server_id = server.id;
		reply_event(reply, EVENT_member_join, &place, &member);
		err = reply_joined(req, reply, &place);
	}
	if (err)
		return err;
	return reply_object(reply, 200, OBJECT_server, &server);
}

/* Its creator may take an invite back, and so may the server's moderators. */
static enum chat_err may_delete(struct req *req, const struct chat_invite *invite)
{
	const struct path_params path = {.server_id = invite->server_id};
	struct place place;
	enum chat_err err;

	if (invite->creator_id == req->principal.user_id)
		return CHAT_OK;
	err = store_place(req->store, &path, req->principal.user_id, &place);
	if (err)
		return err;
	return place.role < ROLE_MODERATOR ? CHAT_ERR_RANK_TOO_LOW : CHAT_OK;
}

enum chat_err handle_invite_delete(struct req *req, struct reply *reply)
{
	struct chat_invite invite;
	enum chat_err err =
		store_invite_show(req->store, req->path.code, req->now, req->arena, &invite);

	if (!err)
		err = may_delete(req, &invite);
	if (!err)
		err = store_invite_delete(req->store, invite.code);
	if (err)
		return err;
	return reply_empty(reply);
}
