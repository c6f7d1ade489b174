#ifndef CHATD_BACKLOG_H
#define CHATD_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include "core/event.h"

/*
 * What is published of a session's user while the store is asked whether the session may go live,
 * to be applied to the answer: the store may have looked before it or after. Changes of a server do
 * not belong here: they have a rev, and are read from the database.
 */
struct backlog_item {
	STAILQ_ENTRY(backlog_item) next;
	enum event_id id; /* server_create, server_delete or read */
	int64_t server_id;
	int64_t rev;
	struct packet *packet; /* NULL for a read, whose counts are made anew */
};

struct backlog {
	STAILQ_HEAD(, backlog_item) items;
	size_t bytes;
};

void backlog_init(struct backlog *backlog);
void backlog_release(struct backlog *backlog);

/* Notes the event; the packet is shared. Of a server that the user is out of nothing else is kept:
 * who joins and leaves all the time has no long backlog. False when it would pass
 * LIMIT_QUEUE_BYTES_MAX, or without memory. */
bool backlog_add(struct backlog *backlog, const struct event *event);

/* Takes the oldest off, or returns NULL. It is the caller's, who frees it. */
struct backlog_item *backlog_take(struct backlog *backlog);
void backlog_item_free(struct backlog_item *item);

#endif
