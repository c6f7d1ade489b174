#ifndef CHATCTL_STREAM_H
#define CHATCTL_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <chat/frame.h>
#include "output.h"

/* Messages on their way to standard output, or to a command, one by one, as tail shows them: lines
 * for people on a terminal, elsewhere what -o says, JSON objects by default. */
struct stream {
	struct ctl *ctl;
	struct output out;
	struct object line; /* a message and what is said of it beside */
	struct field fields[OUTPUT_COLUMNS_MAX];
	const char *command; /* runs for each message instead; NULL: none */
	bool human;
	bool named;   /* each line says its channel */
	int64_t left; /* messages to show before the end; negative: no end */
};

/* What is shown: a message, a change of it or its end. */
struct stream_item {
	const struct chat_message *message; /* its ids alone where it is deleted */
	const char *channel;                /* SERVER:#channel; NULL: unknown */
	int64_t server_id;
	int64_t rev; /* of the event; 0: the history has it */
	enum event_id event;
};

/* False when --json names a field that there is not; ctl->why then says which. command: as in the
 * struct; named: more than one channel may be shown. */
bool stream_open(struct stream *stream, struct ctl *ctl, const char *command, bool named);
void stream_release(struct stream *stream);

/* Shows it and flushes, or waits for the command. */
void stream_show(struct stream *stream, const struct stream_item *item);

/* All that was asked for was shown, or nobody can take more. */
bool stream_is_done(const struct stream *stream);

#endif
