#ifndef CHATCTL_STREAM_H
#define CHATCTL_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include "output.h"

/* Messages on their way to standard output one by one, as tail shows them: lines for people on a
 * terminal, elsewhere what -o says, JSON objects by default. */
struct stream {
	struct ctl *ctl;
	struct output out;
	bool human;
	bool named;   /* each line says its channel */
	int64_t left; /* messages to show before the end; negative: no end */
};

/* False when --json names a field that messages do not have; ctl->why then says which. */
bool stream_open(struct stream *stream, struct ctl *ctl, int64_t count);
void stream_release(struct stream *stream);

/* Shows a message of a channel (its name, or NULL for an unknown one) and flushes. rev: of the
 * event that said so, in the scope of that server; 0: the history has it. */
void stream_show(struct stream *stream, const char *channel, int64_t server_id,
	const struct chat_message *message, int64_t rev);

/* All that was asked for was shown, or nobody can take more. */
bool stream_is_done(const struct stream *stream);

#endif
