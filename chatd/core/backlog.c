#include <stdlib.h>
#include <chat/limits.h>
#include "core/backlog.h"

void backlog_init(struct backlog *backlog)
{
	STAILQ_INIT(&backlog->items);
	backlog->bytes = 0;
}

static size_t bytes_of(const struct backlog_item *item)
{
	return sizeof(*item) + (item->packet == NULL ? 0 : item->packet->len);
}

struct backlog_item *backlog_take(struct backlog *backlog)
{
	struct backlog_item *item = STAILQ_FIRST(&backlog->items);

	if (item != NULL) {
		STAILQ_REMOVE_HEAD(&backlog->items, next);
		backlog->bytes -= bytes_of(item);
	}
	return item;
}

void backlog_item_free(struct backlog_item *item)
{
	packet_unref(item->packet);
	free(item);
}

void backlog_release(struct backlog *backlog)
{
	struct backlog_item *item;

	while ((item = backlog_take(backlog)) != NULL)
		backlog_item_free(item);
}

static void put(struct backlog *backlog, struct backlog_item *item)
{
	STAILQ_INSERT_TAIL(&backlog->items, item, next);
	backlog->bytes += bytes_of(item);
}

static void drop_server(struct backlog *backlog, int64_t server_id)
{
	struct backlog kept;
	struct backlog_item *item;

	backlog_init(&kept);
	while ((item = backlog_take(backlog)) != NULL) {
		if (item->server_id == server_id)
			backlog_item_free(item);
		else
			put(&kept, item);
	}
	backlog->bytes = kept.bytes;
	STAILQ_CONCAT(&backlog->items, &kept.items);
}

bool backlog_add(struct backlog *backlog, const struct event *event)
{
	struct backlog_item *item;

	if (event->id == EVENT_server_delete)
		drop_server(backlog, event->server_id);
	item = malloc(sizeof(*item));
	if (item == NULL)
		return false;
	*item = (struct backlog_item){
		.id = event->id,
		.server_id = event->server_id,
		.rev = event->rev,
		.packet = event->id == EVENT_read ? NULL : event->packet,
	};
	if (backlog->bytes + bytes_of(item) > LIMIT_QUEUE_BYTES_MAX) {
		free(item);
		return false;
	}
	if (item->packet != NULL)
		packet_ref(item->packet);
	put(backlog, item);
	return true;
}
