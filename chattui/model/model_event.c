/* What the gateway hands over, on its way into the model. */
#include "model/model_part.h"

#include <stdlib.h>
#include <string.h>
#include <chat/time.h>

/* --- snapshots --- */

void model_put_state(struct model *model, const struct chat_server_state *from)
{
	struct chat_server plain = {.id = from->id, .name = from->name};
	struct server *server = model_put_server(model, &plain, from->role);

	if (!server)
		return;
	server->rev = from->rev;
	server->is_kept = true;
	for (size_t i = 0; i < server->n_channels; i++)
		server->channels[i]->is_kept = false;
	for (size_t i = 0; i < from->channels.count; i++)
		model_put_channel(model, &from->channels.items[i]);
	for (size_t i = server->n_channels; i-- > 0;)
		if (!server->channels[i]->is_kept)
			model_remove_channel(model, server->channels[i]);
}

void model_ready(struct model *model, const struct chat_ready *ready)
{
	model->self = ready->user ? model_take_user(model, ready->user) : model->self;
	for (size_t i = 0; i < model->n_servers; i++)
		model->servers[i]->is_kept = false;
	for (size_t i = 0; i < ready->servers.count; i++)
		model_put_state(model, &ready->servers.items[i]);
	for (size_t i = model->n_servers; i-- > 0;)
		if (!model->servers[i]->is_kept)
			model_remove_server(model, model->servers[i], "gone");
	for (size_t i = 0; i < model->n_servers; i++) {
		/* Presence is not replayed. */
		if (model->servers[i]->members_load == LOAD_DONE)
			model->servers[i]->members_load = LOAD_NONE;
	}
	for (size_t i = 0; i < ready->unread.count; i++) {
		const struct chat_unread *unread = &ready->unread.items[i];

		model_set_read(model, unread->channel_id, unread->last_read_id, unread->unread,
			unread->mentions, unread->more);
	}
	model->miscounted = false;
	model->changes |= CHANGE_ALL & ~(unsigned)CHANGE_OPEN;
}

/* --- events --- */

static void doubt_server(struct model *model, struct server *server)
{
	for (size_t i = 0; i < server->n_channels; i++)
		history_doubt(&server->channels[i]->history);
	server->members_load = LOAD_NONE;
	model->changes |= CHANGE_MESSAGES | CHANGE_MEMBERS;
}

static void change_members(struct model *model, const struct gateway_item *item)
{
	const struct chat_member *member = item->data;
	const struct chat_member_ref *gone = item->data;
	bool leaves = item->event == EVENT_member_leave;
	struct server *server = model_server(model, leaves ? gone->server_id : member->server_id);

	if (!server)
		return;
	if (leaves)
		model_remove_member(server, gone->user_id);
	else
		model_put_member(model, server, member);
	model_sort_members(server);
	model->changes |= CHANGE_MEMBERS;
}

static void apply_server(struct model *model, const struct gateway_item *item)
{
	const struct chat_server_gone *gone = item->data;
	const struct chat_resync *resync = item->data;
	struct server *server;

	switch (item->event) {
	case EVENT_server_create:
		model_put_state(model, item->data);
		break;
	case EVENT_server_update:
		model_put_server(model, item->data, ROLE_NONE);
		break;
	case EVENT_server_delete:
		server = model_server(model, gone->id);
		if (server)
			model_remove_server(model, server, gone->reason);
		break;
	case EVENT_resync:
		server = model_server(model, scope_server(resync->scope));
		if (server)
			doubt_server(model, server);
		break;
	default:
		break;
	}
}

static void apply_event(struct model *model, const struct gateway_item *item, int64_t now_ms)
{
	const struct chat_message_ref *ref = item->data;
	const struct chat_channel_ref *channel_ref = item->data;
	const struct chat_read *read = item->data;
	struct channel *channel;

	switch (item->event) {
	case EVENT_ready:
		model_ready(model, item->data);
		break;
	case EVENT_message:
		model_new_message(model, item);
		break;
	case EVENT_message_update:
		model_put_message(model, item->data, item->rev);
		break;
	case EVENT_message_delete:
		model_remove_message(model, ref->channel_id, ref->id, item->rev);
		break;
	case EVENT_channel_create:
	case EVENT_channel_update:
		model_put_channel(model, item->data);
		break;
	case EVENT_channel_delete:
		channel = model_channel(model, channel_ref->id);
		if (channel)
			model_remove_channel(model, channel);
		break;
	case EVENT_member_join:
	case EVENT_member_update:
	case EVENT_member_leave:
		change_members(model, item);
		break;
	case EVENT_presence:
		model_set_presence(model, item->data);
		break;
	case EVENT_typing:
		model_add_typist(model, item->data, now_ms);
		break;
	case EVENT_read:
		model_set_read(model, read->channel_id, read->last_read_id, read->unread,
			read->mentions, read->more);
		break;
	default:
		apply_server(model, item);
		break;
	}
}

void model_apply(struct model *model, const struct gateway_item *item, int64_t now_ms)
{
	const struct chat_message *sent = item->data;
	struct channel *channel;

	switch (item->kind) {
	case GATEWAY_STATE:
		model->state = item->state;
		model->state_err = item->err;
		model->retry_at = item->retry_ms > 0 ? time_now_ms() + item->retry_ms : 0;
		free(model->state_why);
		model->state_why = item->error ? strdup(item->error) : NULL;
		model->changes |= CHANGE_STATUS;
		break;
	case GATEWAY_EVENT:
		apply_event(model, item, now_ms);
		break;
	case GATEWAY_SENT:
		channel = model_channel(model, sent->channel_id);
		if (channel)
			model_take_message(model, channel, sent);
		model_forget(model, item->nonce);
		break;
	case GATEWAY_FAILED:
		model_fail_pending(model, item);
		break;
	}
}
