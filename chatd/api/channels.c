#include "api/handler.h"

enum chat_err handle_channel_create(struct req *req, struct reply *reply)
{
	struct event_place place = {.server_id = req->place.server_id};
	struct chat_channel channel;
	enum chat_err err = store_channel_create(
		req->store, place.server_id, req->body, req->now, req->arena, &channel, &place.rev);

	if (err)
		return err;
	place.channel_id = channel.id;
	reply_event(reply, EVENT_channel_create, &place, &channel);
	return reply_object(reply, 201, OBJECT_channel, &channel);
}

enum chat_err handle_channel_list(struct req *req, struct reply *reply)
{
	struct chat_channel *list;
	size_t count;
	enum chat_err err =
		store_channel_list(req->store, req->place.server_id, req->arena, &list, &count);

	if (err)
		return err;
	return reply_list(reply, OBJECT_channel, list, count);
}

enum chat_err handle_channel_show(struct req *req, struct reply *reply)
{
	struct chat_channel channel;
	enum chat_err err =
		store_channel_show(req->store, req->place.channel_id, req->arena, &channel);

	if (err)
		return err;
	return reply_object(reply, 200, OBJECT_channel, &channel);
}

static struct event_place here(const struct req *req)
{
	return (struct event_place){
		.server_id = req->place.server_id,
		.channel_id = req->place.channel_id,
	};
}

enum chat_err handle_channel_update(struct req *req, struct reply *reply)
{
	struct event_place place = here(req);
	struct chat_channel channel;
	enum chat_err err = store_channel_update(
		req->store, &req->place, req->body, req->arena, &channel, &place.rev);

	if (err)
		return err;
	if (place.rev)
		reply_event(reply, EVENT_channel_update, &place, &channel);
	return reply_object(reply, 200, OBJECT_channel, &channel);
}

enum chat_err handle_channel_delete(struct req *req, struct reply *reply)
{
	struct event_place place = here(req);
	struct chat_channel_ref gone = {.id = place.channel_id, .server_id = place.server_id};
	enum chat_err err = store_channel_delete(req->store, &req->place, req->now, &place.rev);

	if (err)
		return err;
	reply_event(reply, EVENT_channel_delete, &place, &gone);
	return reply_empty(reply);
}

enum chat_err handle_typing(struct req *req, struct reply *reply)
{
	struct event_place at = {
		.server_id = req->place.server_id,
		.channel_id = req->place.channel_id,
		.user_id = req->principal.user_id,
	};
	struct chat_channel_user data = {at.user_id, req->self.username, at.channel_id};

	reply_event(reply, EVENT_typing, &at, &data);
	return reply_empty(reply);
}
