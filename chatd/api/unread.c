#include "api/handler.h"

struct chat_read unread_as_read(const struct chat_unread *unread)
{
	return (struct chat_read){
		.channel_id = unread->channel_id,
		.last_read_id = unread->last_read_id,
		.unread = unread->unread,
		.mentions = unread->mentions,
		.more = unread->more,
	};
}

enum chat_err handle_unread_list(struct req *req, struct reply *reply)
{
	struct chat_unread *list;
	size_t count;
	enum chat_err err =
		store_unread_list(req->store, req->principal.user_id, req->arena, &list, &count);

	return err != CHAT_OK ? err : reply_list(reply, OBJECT_unread, list, count);
}

enum chat_err handle_read_update(struct req *req, struct reply *reply)
{
	const struct chat_read_update *in = req->body;
	struct event_place at = {
		.server_id = req->place.server_id,
		.user_id = req->principal.user_id,
	};
	struct chat_unread unread;
	struct chat_read read;
	bool moved;
	enum chat_err err = store_read_update(
		req->store, &req->place, at.user_id, in->message_id, &unread, &moved);

	if (err != CHAT_OK)
		return err;
	read = unread_as_read(&unread);
	if (moved)
		reply_event(reply, EVENT_read, &at, &read);
	return reply_object(reply, 200, OBJECT_unread, &unread);
}
