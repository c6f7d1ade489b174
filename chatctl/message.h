#ifndef CHATCTL_MESSAGE_H
#define CHATCTL_MESSAGE_H

#include "call.h"

struct output;

/* Sends the call's message, with a nonce if it has none, and prints the answer. */
enum chat_err message_send_one(struct ctl *ctl, struct call *call, struct output *out);

/*
 * The next page of a channel's messages in rising order: those above *last, which then is the last
 * of them. *last 0 stands before the first message. The messages are in the arena; *more: ask
 * again.
 */
enum chat_err message_next_page(struct ctl *ctl, int64_t channel_id, int64_t *last,
	const struct chat_message **messages, size_t *count, bool *more);

#endif
