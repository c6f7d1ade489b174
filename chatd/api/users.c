#include "api/handler.h"

enum chat_err handle_user_self(struct req *req, struct reply *reply)
{
	return reply_object(reply, 200, OBJECT_user, &req->self);
}

enum chat_err handle_user_show(struct req *req, struct reply *reply)
{
	struct chat_user user;
	enum chat_err err = store_user_show(
		req->store, req_user_id(req), req->principal.user_id, req->arena, &user);

	if (err)
		return err;
	return reply_object(reply, 200, OBJECT_user, &user);
}

static enum chat_err update(struct req *req, struct reply *reply, const struct chat_user_update *in)
{
	struct chat_user user;
	struct member_change *changes;
	size_t count;
	enum chat_err err = store_user_update(
		req->store, req->principal.user_id, in, req->arena, &user, &changes, &count);

	if (err)
		return err;
	/* The name shows in each server of the user. */
	for (size_t i = 0; i < count; i++) {
		struct event_place place = {
			.server_id = changes[i].member.server_id,
			.user_id = user.id,
			.rev = changes[i].rev,
		};

		reply_event(reply, EVENT_member_update, &place, &changes[i].member);
	}
	if (in->username != NULL || in->status != STATUS_NONE)
		reply_user(reply, &user);
	return reply_object(reply, 200, OBJECT_user, &user);
}

enum chat_err handle_user_update(struct req *req, struct reply *reply)
{
	return update(req, reply, req->body);
}

enum chat_err handle_status_update(struct req *req, struct reply *reply)
{
	const struct chat_status_query *query = req->query;
	const struct chat_user_update in = {.status = query->new_status};

	return update(req, reply, &in);
}
