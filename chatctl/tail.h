#ifndef CHATCTL_TAIL_H
#define CHATCTL_TAIL_H

#include <stdbool.h>
#include <stdint.h>
#include <chat/gateway.h>
#include "followed.h"
#include "stream.h"

/* The command tail while it runs; of tail.c, which connects and waits, and tail_event.c. */
struct tail {
	struct ctl *ctl;
	struct gateway *gateway;
	struct followed_list channels;
	bool edits;       /* changes and ends of messages are shown too */
	bool all;         /* every channel of the user: none was named */
	bool started;     /* the first ready frame was there */
	bool connected;   /* once */
	bool lost;        /* and that was told */
	unsigned retries; /* of the first connection */
	unsigned failed;
	struct stream stream;
	int64_t deadline; /* of time_mono_us; 0: none */
};

/* Shows a message of a channel, or what the event says of it; rev 0: the history has it. */
void tail_show(struct tail *tail, struct followed *channel, const struct chat_message *message,
	int64_t rev, enum event_id event);

/* Shows what an event says and keeps the channels as it says. An error ends the tail. */
enum chat_err tail_apply(struct tail *tail, const struct gateway_item *item);

#endif
