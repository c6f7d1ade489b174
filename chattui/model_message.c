/* The model's messages, who is typing them, and what is not sent yet. */
#include "model_part.h"

#include <stdlib.h>
#include <string.h>
#include "mention.h"

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

void model_put_message(struct model *model, const struct chat_message *from)
{
	struct channel *channel = model_channel(model, from->channel_id);

	if (channel && history_find(&channel->history, from->id))
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

void model_remove_message(struct model *model, int64_t channel_id, int64_t id)
{
	struct channel *channel = model_channel(model, channel_id);

	model->gone[model->n_gone++ % GONE_MAX] = id;
	if (!channel)
		return;
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
	mention = model->self && mention_of(message->content, model->self->name);
	if (message->id > channel->last_read) {
		channel->unread++;
		channel->mentions += mention;
		model->changes |= CHANGE_TREE;
	}
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

/* --- the outbox --- */

static void pending_free(struct pending *pending)
{
	free(pending->content);
	free(pending->error);
	free(pending);
}

void model_send(struct model *model, int64_t channel_id, const char *content, const char *nonce,
	int64_t now_ms)
{
	struct pending *pending = calloc(1, sizeof(*pending));
	struct pending **end = &model->pending;

	if (!pending || !(pending->content = strdup(content))) {
		free(pending);
		return;
	}
	pending->channel_id = channel_id;
	pending->at = now_ms;
	memccpy(pending->nonce, nonce, 0, sizeof(pending->nonce) - 1);
	while (*end)
		end = &(*end)->next;
	*end = pending;
	model->changes |= CHANGE_MESSAGES;
}

void model_forget(struct model *model, const char *nonce)
{
	for (struct pending **at = &model->pending; *at; at = &(*at)->next) {
		struct pending *pending = *at;

		if (strcmp(pending->nonce, nonce) != 0)
			continue;
		*at = pending->next;
		pending_free(pending);
		model->changes |= CHANGE_MESSAGES;
		return;
	}
}

void model_fail_pending(struct model *model, const struct gateway_item *item)
{
	for (struct pending *pending = model->pending; pending; pending = pending->next)
		if (item->nonce && strcmp(pending->nonce, item->nonce) == 0)
			model_set_text(&pending->error,
				item->error ? item->error : err_info(item->err)->detail);
	model->changes |= CHANGE_MESSAGES;
}
