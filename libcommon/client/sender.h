#ifndef CLIENT_SENDER_H
#define CLIENT_SENDER_H

#include <stdbool.h>
#include <stdint.h>
#include "outbox.h"

/*
 * Which messages of the outbox are sent when, so that they arrive in order and few answers are
 * waited for. Order is at risk where the server puts one off while later ones are under way. So
 * many are under way only while the server's rate limit (limits.def) allows them all, or where more
 * were taken than it would ever allow; else one.
 *
 * Times are of time_mono_us. Not locked: one thread at a time.
 */
struct sender {
	struct outbox outbox;
	unsigned under_way;
	unsigned failures; /* put off in a row */
	int64_t not_before;
	int64_t full_at; /* when the server's bucket would be full again, as far as is known */
};

/* A new connection: what was not answered on the last one is sent again. */
void sender_restart(struct sender *sender);

/* The next message to be sent now, NULL if there is none; it then counts as sent. */
struct outbox_entry *sender_next(struct sender *sender, int64_t now);

/* When sender_next should be asked again without an answer before; INT64_MAX: never. */
int64_t sender_due(const struct sender *sender, int64_t now);

/* A message was answered: it is done with, and leaves the outbox. */
void sender_done(struct sender *sender, struct outbox_entry *entry);

/* It may be taken later; it is sent again before all that were not sent yet. */
void sender_put_off(struct sender *sender, struct outbox_entry *entry, int64_t now);

#endif
