#include "tail.h"

#include <string.h>

void tail_show(struct tail *tail, struct followed *channel, const struct chat_message *message,
	int64_t rev, enum event_id event)
{
	stream_show(&tail->stream, &(struct stream_item){
					   .message = message,
					   .channel = channel->place,
					   .server_id = channel->server_id,
					   .rev = rev,
					   .event = event,
				   });
	if (event == EVENT_message && channel->last < message->id)
		channel->last = message->id;
}

/* The user is out of the server or the channel is gone: the end, if it was named. */
static enum chat_err lose(struct tail *tail, struct followed *channel, enum chat_err why)
{
	if (!tail->all)
		return why;
	followed_remove(&tail->channels, channel);
	return CHAT_OK;
}

static enum chat_err lose_server(struct tail *tail, const struct chat_server_gone *gone)
{
	enum chat_err err = CHAT_OK;

	for (size_t i = tail->channels.count; !err && i-- > 0;) {
		if (tail->channels.items[i].server_id == gone->id)
			err = lose(tail, &tail->channels.items[i],
				strcmp(gone->reason, "deleted") == 0 ? CHAT_ERR_SERVER_NOT_FOUND
								     : CHAT_ERR_NOT_MEMBER);
	}
	return err;
}

/* A server as it is now, and its channels where they are not known. */
static enum chat_err apply_server(struct tail *tail, const struct chat_server_state *server)
{
	followed_rename_server(&tail->channels, server->id, server->name);
	for (size_t i = 0; tail->all && i < server->channels.count; i++) {
		const struct chat_channel *channel = &server->channels.items[i];

		if (!followed_find(&tail->channels, channel->id) &&
			!followed_add(&tail->channels, channel->id, server->id, channel->name,
				server->name, channel->last_message_id))
			return CHAT_ERR_NO_MEMORY;
	}
	return CHAT_OK;
}

/* The first ready frame is where the events begin: what came before it is in the history. Later
 * ones have nothing new but servers, of which no message was missed that was not before. */
static enum chat_err apply_ready(struct tail *tail, const struct chat_ready *ready)
{
	enum chat_err err = CHAT_OK;

	for (size_t i = 0; !tail->started && i < tail->channels.count; i++)
		tail->channels.items[i].behind = true;
	tail->started = true;
	for (size_t i = 0; !err && i < ready->servers.count; i++)
		err = apply_server(tail, &ready->servers.items[i]);
	return err;
}

static enum chat_err apply_message(struct tail *tail, const struct gateway_item *item)
{
	const struct chat_message *message = item->data;
	struct followed *channel = followed_find(&tail->channels, message->channel_id);

	/* In a replay a message may come before its channel. */
	if (!channel && tail->all) {
		channel = followed_add(
			&tail->channels, message->channel_id, item->server_id, NULL, NULL, 0);
		if (!channel)
			return CHAT_ERR_NO_MEMORY;
	}
	if (channel && !channel->behind && message->id > channel->floor)
		tail_show(tail, channel, message, item->rev, EVENT_message);
	return CHAT_OK;
}

/* A message has another text, or is gone. */
static void apply_edit(
	struct tail *tail, const struct gateway_item *item, const struct chat_message *message)
{
	struct followed *channel = followed_find(&tail->channels, message->channel_id);

	if (tail->edits && channel && !channel->behind)
		tail_show(tail, channel, message, item->rev, item->event);
}

static enum chat_err apply_channel(struct tail *tail, const struct chat_channel *info)
{
	struct followed *channel = followed_find(&tail->channels, info->id);
	const char *server = NULL;

	if (channel) {
		followed_rename(channel, info->name, NULL);
		return CHAT_OK;
	}
	for (size_t i = 0; i < tail->channels.count && !server; i++) {
		if (tail->channels.items[i].server_id == info->server_id)
			server = tail->channels.items[i].server;
	}
	if (tail->all &&
		!followed_add(&tail->channels, info->id, info->server_id, info->name, server, 0))
		return CHAT_ERR_NO_MEMORY;
	return CHAT_OK;
}

enum chat_err tail_apply(struct tail *tail, const struct gateway_item *item)
{
	const struct chat_message_ref *gone = item->data;
	const struct chat_server *server = item->data;
	struct followed *channel;

	switch (item->event) {
	case EVENT_ready:
		return apply_ready(tail, item->data);
	case EVENT_message:
		return apply_message(tail, item);
	case EVENT_message_update:
		apply_edit(tail, item, item->data);
		return CHAT_OK;
	case EVENT_message_delete:
		apply_edit(tail, item,
			&(struct chat_message){.id = gone->id, .channel_id = gone->channel_id});
		return CHAT_OK;
	case EVENT_server_update:
		followed_rename_server(&tail->channels, server->id, server->name);
		return CHAT_OK;
	case EVENT_channel_create:
	case EVENT_channel_update:
		return apply_channel(tail, item->data);
	case EVENT_channel_delete:
		channel = followed_find(
			&tail->channels, ((const struct chat_channel_ref *)item->data)->id);
		return channel ? lose(tail, channel, CHAT_ERR_CHANNEL_NOT_FOUND) : CHAT_OK;
	case EVENT_server_create:
		return apply_server(tail, item->data);
	case EVENT_server_delete:
		return lose_server(tail, item->data);
	case EVENT_resync:
		for (size_t i = 0; i < tail->channels.count; i++) {
			if (tail->channels.items[i].server_id == item->server_id)
				tail->channels.items[i].behind = true;
		}
		return CHAT_OK;
	default:
		return CHAT_OK;
	}
}
