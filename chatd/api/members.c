#include "api/handler.h"

enum chat_err handle_member_list(struct req *req, struct reply *reply)
{
	struct chat_member *list;
	size_t count;
	enum chat_err err = store_member_list(req->store, req->place.server_id,
		req->principal.user_id, req->query, req->arena, &list, &count);

	if (err)
		return err;
	return reply_list(reply, OBJECT_member, list, count);
}

/* --- roles --- */

/* Gives a member a role and tells so; *out is the member with it. */
static enum chat_err set_role(struct req *req, struct reply *reply, int64_t user_id,
	enum chat_role role, struct chat_member *out)
{
	struct event_place place = {.server_id = req->place.server_id, .user_id = user_id};
	enum chat_err err =
		store_member_set_role(req->store, place.server_id, user_id, role, &place.rev);

	if (!err)
		err = store_member_show(req->store, place.server_id, user_id,
			req->principal.user_id, req->arena, out);
	if (!err)
		reply_event(reply, EVENT_member_update, &place, out);
	return err;
}

/* The owner becomes an admin, the member the owner. */
static enum chat_err hand_over(struct req *req, struct reply *reply, struct chat_member *member)
{
	struct event_place place = {.server_id = req->place.server_id};
	struct chat_member old_owner;
	struct chat_server server;
	enum chat_err err = set_role(req, reply, req->principal.user_id, ROLE_ADMIN, &old_owner);

	if (!err)
		err = set_role(req, reply, member->user_id, ROLE_OWNER, member);
	if (!err)
		err = store_server_set_owner(
			req->store, place.server_id, member->user_id, &place.rev);
	if (!err)
		err = store_server_show(req->store, place.server_id, req->arena, &server);
	if (!err)
		reply_event(reply, EVENT_server_update, &place, &server);
	return err;
}

enum chat_err handle_member_update(struct req *req, struct reply *reply)
{
	const struct chat_member_update *in = req->body;
	enum chat_role own = req->place.role;
	struct chat_member member;
	enum chat_err err = store_member_show(req->store, req->place.server_id, req_user_id(req),
		req->principal.user_id, req->arena, &member);

	if (err)
		return err;
	if (in->role == ROLE_OWNER && own == ROLE_OWNER) {
		if (member.role != ROLE_OWNER)
			err = hand_over(req, reply, &member);
	} else if (member.role >= own || in->role >= own) {
		err = CHAT_ERR_RANK_TOO_LOW;
	} else if (in->role != member.role) {
		err = set_role(req, reply, member.user_id, in->role, &member);
	}
	if (err)
		return err;
	return reply_object(reply, 200, OBJECT_member, &member);
}

/* --- leaving --- */

/* Takes the user out and tells the server, and the user itself for what reason. */
static enum chat_err take_out(
	struct req *req, struct reply *reply, int64_t user_id, const char *reason)
{
	struct event_place place = {.server_id = req->place.server_id, .user_id = user_id};
	struct chat_member_ref left = {.server_id = place.server_id, .user_id = user_id};
	struct chat_server_gone gone = {.id = place.server_id, .reason = reason};
	enum chat_err err =
		store_member_remove(req->store, place.server_id, user_id, req->now, &place.rev);

	if (err)
		return err;
	reply_event(reply, EVENT_member_leave, &place, &left);
	reply_event(reply, EVENT_server_delete, &place, &gone);
	return CHAT_OK;
}

/* Whether the caller, a moderator or higher, stands above a member of the server. */
static enum chat_err outranks(struct req *req, int64_t user_id)
{
	struct chat_member member;
	enum chat_err err;

	if (req->place.role < ROLE_MODERATOR)
		return CHAT_ERR_RANK_TOO_LOW;
	err = store_member_show(req->store, req->place.server_id, user_id, req->principal.user_id,
		req->arena, &member);
	if (err)
		return err;
	return member.role < req->place.role ? CHAT_OK : CHAT_ERR_RANK_TOO_LOW;
}

enum chat_err handle_member_delete(struct req *req, struct reply *reply)
{
	int64_t user_id = req_user_id(req);
	bool self = user_id == req->principal.user_id;
	enum chat_err err = CHAT_OK;

	if (self && req->place.role == ROLE_OWNER)
		return CHAT_ERR_OWNER_CANNOT_LEAVE;
	if (!self)
		err = outranks(req, user_id);
	if (!err)
		err = take_out(req, reply, user_id, self ? "left" : "kicked");
	if (err)
		return err;
	return reply_empty(reply);
}

/* --- bans --- */

enum chat_err handle_ban_list(struct req *req, struct reply *reply)
{
	struct chat_ban *list;
	size_t count;
	enum chat_err err = store_ban_list(req->store, req->place.server_id, req->principal.user_id,
		req->query, req->arena, &list, &count);

	if (err)
		return err;
	return reply_list(reply, OBJECT_ban, list, count);
}

enum chat_err handle_ban_show(struct req *req, struct reply *reply)
{
	struct chat_ban ban;
	enum chat_err err = store_ban_show(req->store, req->place.server_id, req_user_id(req),
		req->principal.user_id, req->arena, &ban);

	if (err)
		return err;
	return reply_object(reply, 200, OBJECT_ban, &ban);
}

enum chat_err handle_ban_create(struct req *req, struct reply *reply)
{
	int64_t user_id = req_user_id(req);
	enum chat_err err = outranks(req, user_id);

	/* Who is no member may be banned too. */
	if (!err)
		err = take_out(req, reply, user_id, "banned");
	else if (err == CHAT_ERR_MEMBER_NOT_FOUND)
		err = CHAT_OK;
	if (!err)
		err = store_ban_create(req->store, req->place.server_id, user_id,
			req->principal.user_id, req->now);
	if (err)
		return err;
	return reply_empty(reply);
}

enum chat_err handle_ban_delete(struct req *req, struct reply *reply)
{
	enum chat_err err = store_ban_delete(req->store, req->place.server_id, req_user_id(req));

	if (err)
		return err;
	return reply_empty(reply);
}
