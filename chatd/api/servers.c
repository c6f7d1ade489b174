#include "api/state.h"
#include "core/presence.h"

enum chat_err reply_joined(struct req *req, struct reply *reply, const struct event_place *place)
{
	struct presence *presence = req->api->presence;
	bool connected = presence_has(presence, place->user_id);
	struct chat_server_state state;
	enum chat_err err = store_server_state(
		req->store, place->server_id, place->user_id, req->arena, &state);

	if (err)
		return err;
	/* The loop counts the user among them when it hears of this. */
	state.members_online = presence_online(presence, state.id);
	state.members_online += presence_others_see(req->self.status, connected) != STATUS_OFFLINE;
	reply_event(reply, EVENT_server_create, place, &state);
	return CHAT_OK;
}

enum chat_err handle_server_create(struct req *req, struct reply *reply)
{
	struct chat_server server;
	struct chat_member owner;
	struct event_place place = {.user_id = req->principal.user_id};
	enum chat_err err = store_server_create(req->store, req->principal.user_id, req->body,
		req->now, req->arena, &server, &place.rev);

	if (err)
		return err;
	err = store_member_show(
		req->store, server.id, place.user_id, place.user_id, req->arena, &owner);
	if (err)
		return err;
	place.server_id = server.id;
	reply_event(reply, EVENT_member_join, &place, &owner);
	err = reply_joined(req, reply, &place);
	if (err)
		return err;
	return reply_object(reply, 201, OBJECT_server, &server);
}

enum chat_err handle_server_list(struct req *req, struct reply *reply)
{
	struct chat_server *list;
	size_t count;
	enum chat_err err =
		store_server_list(req->store, req->principal.user_id, req->arena, &list, &count);

	if (err)
		return err;
	return reply_list(reply, OBJECT_server, list, count);
}

enum chat_err handle_server_show(struct req *req, struct reply *reply)
{
	struct chat_server server;
	enum chat_err err =
		store_server_show(req->store, req->place.server_id, req->arena, &server);

	if (err)
		return err;
	return reply_object(reply, 200, OBJECT_server, &server);
}

enum chat_err handle_server_update(struct req *req, struct reply *reply)
{
	struct chat_server server;
	struct event_place place = {.server_id = req->place.server_id};
	enum chat_err err = store_server_update(
		req->store, place.server_id, req->body, req->arena, &server, &place.rev);

	if (err)
		return err;
	if (place.rev)
		reply_event(reply, EVENT_server_update, &place, &server);
	return reply_object(reply, 200, OBJECT_server, &server);
}

enum chat_err handle_server_delete(struct req *req, struct reply *reply)
{
	/* No user: all who are in it. */
	struct event_place place = {.server_id = req->place.server_id};
	struct chat_server_gone gone = {.id = place.server_id, .reason = "deleted"};
	enum chat_err err = store_server_delete(req->store, place.server_id, req->now, &place.rev);

	if (err)
		return err;
	reply_event(reply, EVENT_server_delete, &place, &gone);
	return reply_empty(reply);
}
