/* The model's messages, and who is typing them. */
#include "model/model_part.h"

#include <stdlib.h>
#include <string.h>
#include "text/mention.h"

static bool is_gone(const struct model *model, int64_t id)
{
	for (size_t i = 0; i < GONE_MAX; i++)
		if (model->gone[i] == id)
			return true;
	return false;
}

static void mark_messages(struct model *model, const struct channel *channel)
{
	if (channel == model->open)
		model->changes |= CHANGE_MESSAGES;
}

struct message *model_take_message(
	struct model *model, struct channel *channel, const struct chat_message *from)
{
	struct person *author = from->user ? model_take_user(model, from->user)
					   : model_person(model, from->user_id, NULL);

	if (!author || is_gone(model, from->id))
		return NULL;
	if (from->id > channel->last_id)
		channel->last_id = from->id;
	mark_messages(model, channel);
	return history_put(&channel->history, from, author);
}

/* --- what is unread --- */

bool model_mentions_self(const struct model *model, const struct message *message)
{
	return model->self && mention_of(message->content, model->self->name);
}

/* One more of what is counted; beyond the bound of the server's counts it does not count on. */
static void count_unread(struct model *model, struct channel *channel, bool mention)
{
	if (!channel->more)
		channel->unread++;
	channel->mentions += mention;
	model->changes |= CHANGE_TREE;
}

/* True for a message that is counted as unread, and whose change of that rev is not yet. */
static bool is_unread(const struct model *model, const struct channel *channel,
	const struct message *message, int64_t rev)
{
	return message->id > channel->last_read && message->author != model->self &&
	       (!rev || rev > channel->server->rev);
}

/* A message that may be counted has changed: for what it was counted, and under which name, is the
 * server's to say. */
static void doubt_counts(struct model *model, struct channel *channel, int64_t id, int64_t rev)
{
	if (id <= channel->last_read || !channel->unread || (rev && rev <= channel->server->rev))
		return;
	channel->miscounted = true;
	model->miscounted = true;
}

void model_recount(struct model *model, const struct chat_unread *items, size_t count)
{
	model->miscounted = false;
	for (size_t i = 0; i < count; i++) {
		struct channel *channel = model_channel(model, items[i].channel_id);

		if (!channel || !channel->miscounted)
			continue;
		model_set_read(model, channel->id, items[i].last_read_id, items[i].unread,
			items[i].mentions, items[i].more);
	}
}

/* --- messages --- */

void model_put_message(struct model *model, const struct chat_message *from, int64_t rev)
{
	struct channel *channel = model_channel(model, from->channel_id);

	if (!channel)
		return;
	doubt_counts(model, channel, from->id, rev);
	if (history_find(&channel->history, from->id))
		model_take_message(model, channel, from);
}

void model_page(struct model *model, int64_t channel_id, int64_t before,
	const struct chat_message *items, size_t count, size_t limit)
{
	struct channel *channel = model_channel(model, channel_id);

	if (!channel)
		return;
	for (size_t i = 0; i < count; i++)
		model_take_message(model, channel, &items[i]);
	history_page(&channel->history, before, items, count, limit);
	mark_messages(model, channel);
}

void model_cached(
	struct model *model, int64_t channel_id, const struct chat_message *items, size_t count)
{
	struct channel *channel = model_channel(model, channel_id);

	if (!channel)
		return;
	for (size_t i = 0; i < count; i++) {
		struct message *message = history_find(&channel->history, items[i].id)
						  ? NULL
						  : model_take_message(model, channel, &items[i]);

		if (message)
			message->is_stale = true;
	}
}

void model_remove_message(struct model *model, int64_t channel_id, int64_t id, int64_t rev)
{
	struct channel *channel = model_channel(model, channel_id);

	if (is_gone(model, id))
		return;
	model->gone[model->n_gone++ % GONE_MAX] = id;
	if (!channel)
		return;
	doubt_counts(model, channel, id, rev);
	history_remove(&channel->history, id);
	mark_messages(model, channel);
}

/* A person who has sent a message is not typing it any more. */
static void end_typing(struct model *model, int64_t channel_id, int64_t user_id)
{
	for (size_t i = 0; i < model->n_typists; i++) {
		const struct typist *typist = &model->typists[i];

		if (typist->channel_id != channel_id || typist->person->id != user_id)
			continue;
		model->typists[i] = model->typists[--model->n_typists];
		model->changes |= CHANGE_TYPING;
		return;
	}
}

void model_new_message(struct model *model, const struct gateway_item *item)
{
	const struct chat_message *from = item->data;
	struct channel *channel = model_channel(model, from->channel_id);
	bool known = channel && history_find(&channel->history, from->id);
	struct message *message = channel ? model_take_message(model, channel, from) : NULL;
	bool mention;

	if (!message)
		return;
	if (from->nonce)
		model_forget(model, from->nonce);
	end_typing(model, from->channel_id, from->user_id);
	model->n_arrived++;
	/* A replayed one is counted in the snapshot already. */
	if (known || message->author == model->self || item->rev <= channel->server->rev)
		return;
	mention = model_mentions_self(model, message);
	if (is_unread(model, channel, message, item->rev))
		count_unread(model, channel, mention);
	if (model->on_message)
		model->on_message(model->context, channel, message, mention);
}

/* --- typing --- */

void model_add_typist(struct model *model, const struct chat_channel_user *from, int64_t now_ms)
{
	struct person *person = model_person(model, from->user_id, from->username);

	end_typing(model, from->channel_id, from->user_id);
	if (!person || person == model->self || model->n_typists == TYPISTS_MAX)
		return;
	model->typists[model->n_typists++] =
		(struct typist){from->channel_id, person, now_ms + TYPING_MS};
	model->changes |= CHANGE_TYPING;
}

size_t model_typing(struct model *model, int64_t channel_id, int64_t now_ms,
	const struct person *out[TYPISTS_MAX], int64_t *next)
{
	size_t count = 0;

	*next = 0;
	for (size_t i = 0; i < model->n_typists;) {
		struct typist *typist = &model->typists[i];

		if (typist->until <= now_ms) {
			*typist = model->typists[--model->n_typists];
			continue;
		}
		if (typist->channel_id == channel_id) {
			out[count++] = typist->person;
			if (!*next || typist->until < *next)
				*next = typist->until;
		}
		i++;
	}
	return count;
}
