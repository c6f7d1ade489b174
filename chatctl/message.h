#ifndef CHATCTL_MESSAGE_H
#define CHATCTL_MESSAGE_H

#include "call.h"

struct output;

/* Sends the call's message, with a nonce if it has none, and prints the answer. */
enum chat_err message_send_one(struct ctl *ctl, struct call *call, struct output *out);

#endif
