/* The model's messages that are not sent yet. */
#include <stdlib.h>
#include <string.h>
#include "model/model_part.h"

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
	struct pending *pending = model->pending;

	while (pending && (!item->nonce || strcmp(pending->nonce, item->nonce) != 0))
		pending = pending->next;
	if (!pending)
		return;
	free(pending->error);
	pending->error = strdup(item->error ? item->error : err_info(item->err)->detail);
	model->changes |= CHANGE_MESSAGES;
	if (model->on_failed)
		model->on_failed(model->context, pending);
}
