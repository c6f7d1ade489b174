#ifndef CHATCTL_HOOK_H
#define CHATCTL_HOOK_H

#include "stream.h"

/*
 * Runs a command of /bin/sh for a message and waits for it: the text is its standard input, and
 * CHATCTL_EVENT, CHATCTL_MESSAGE_ID, CHATCTL_CHANNEL_ID, CHATCTL_SERVER_ID, CHATCTL_CHANNEL and
 * CHATCTL_USER are in its environment. A command that fails is told on standard error.
 */
void hook_run(const char *command, const struct stream_item *item);

#endif
