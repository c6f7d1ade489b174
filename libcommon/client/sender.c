#include "sender.h"

#include <chat/limits.h>
#include <chat/rest.h>

#define WINDOW 32 /* most under way at once */
#define BACKOFF_MAX_MS 30000

/* The server's rate for messages, from the contract. */
enum {
#define LIMIT(name, value, meaning)
#define RATE(name, burst, per_minute, by)                                                          \
	BURST_##name = (burst), INTERVAL_##name = 60000000 / (per_minute), /* us */
#include <chat/limits.def>
#undef LIMIT
#undef RATE
};

void sender_restart(struct sender *sender)
{
	for (struct outbox_entry *entry = sender->outbox.head; entry; entry = entry->next)
		entry->sent = false;
	sender->under_way = 0;
	sender->not_before = 0;
}

static unsigned window(const struct sender *sender, int64_t now)
{
	int64_t counted = (sender->full_at - now) / INTERVAL_MESSAGE;

	return counted + WINDOW <= BURST_MESSAGE || counted > 2 * BURST_MESSAGE ? WINDOW : 1;
}

static struct outbox_entry *first_unsent(const struct sender *sender)
{
	struct outbox_entry *entry = sender->outbox.head;

	while (entry && entry->sent)
		entry = entry->next;
	return entry;
}

struct outbox_entry *sender_next(struct sender *sender, int64_t now)
{
	struct outbox_entry *entry;

	if (now < sender->not_before || sender->under_way >= window(sender, now))
		return NULL;
	entry = first_unsent(sender);
	if (!entry)
		return NULL;
	entry->sent = true;
	sender->under_way++;
	if (sender->full_at < now)
		sender->full_at = now;
	sender->full_at += INTERVAL_MESSAGE;
	return entry;
}

int64_t sender_due(const struct sender *sender, int64_t now)
{
	return now < sender->not_before && first_unsent(sender) ? sender->not_before : INT64_MAX;
}

void sender_done(struct sender *sender, struct outbox_entry *entry)
{
	if (entry->sent)
		sender->under_way--;
	sender->failures = 0;
	outbox_remove(&sender->outbox, entry);
}

void sender_put_off(struct sender *sender, struct outbox_entry *entry, int64_t now)
{
	if (!entry->sent)
		return;
	entry->sent = false;
	sender->under_way--;
	sender->full_at = now + BURST_MESSAGE * (int64_t)INTERVAL_MESSAGE;
	/* Of several at once the first counts. */
	if (now >= sender->not_before)
		sender->not_before =
			now + 1000 * rest_backoff_ms(sender->failures++, BACKOFF_MAX_MS) + 1;
}
