#ifndef CHATCTL_BATCH_H
#define CHATCTL_BATCH_H

#include "call.h"

struct output;

/*
 * Sends each line of standard input that is not blank to the call's channel, in order, and prints
 * what the server made of it as soon as it has answered. Ends at the first line that is not taken:
 * ctl->why says which; some of the next ones may be under way then. Few lines go one by one; many
 * go over the gateway, without waiting for each answer.
 */
enum chat_err batch_send(struct ctl *ctl, struct call *call, struct output *out);

#endif
