#include "model/history.h"

#include <stdlib.h>
#include <string.h>
#include <chat/object.h>

static void message_release(struct message *message)
{
	free(message->content);
}

void history_release(struct history *history)
{
	for (size_t i = 0; i < history->count; i++)
		message_release(&history->items[i]);
	free(history->items);
	*history = (struct history){0};
}

size_t history_index(const struct history *history, int64_t id)
{
	size_t low = 0, high = history->count;

	/* New messages go to the end. */
	if (high > 0 && history->items[high - 1].id < id)
		return high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (history->items[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct message *history_find(const struct history *history, int64_t id)
{
	size_t i = history_index(history, id);

	return i < history->count && history->items[i].id == id ? &history->items[i] : NULL;
}

/* An empty place at index i. */
static struct message *make_room(struct history *history, size_t i)
{
	if (history->count == history->cap) {
		size_t cap = history->cap ? history->cap + history->cap / 2 : 64;
		struct message *items = realloc(history->items, cap * sizeof(*items));

		if (!items)
			return NULL;
		history->items = items;
		history->cap = cap;
	}
	memmove(history->items + i + 1, history->items + i,
		(history->count - i) * sizeof(*history->items));
	history->count++;
	return &history->items[i];
}

struct message *history_put(
	struct history *history, const struct chat_message *from, struct person *author)
{
	size_t i = history_index(history, from->id);
	bool known = i < history->count && history->items[i].id == from->id;
	struct message *message = known ? &history->items[i] : NULL;
	char *content;

	if (known && !message->is_stale && message->updated_at > from->updated_at)
		return message;
	content = strdup(from->content);
	if (!content)
		return NULL;
	if (known)
		free(message->content);
	else
		message = make_room(history, i);
	if (!message) {
		free(content);
		return NULL;
	}
	*message = (struct message){
		.id = from->id,
		.created_at = from->created_at,
		.updated_at = from->updated_at,
		.author = author,
		.content = content,
		.is_edited = from->is_edited,
	};
	history->is_saved = false;
	return message;
}

void history_remove(struct history *history, int64_t id)
{
	struct message *message = history_find(history, id);

	if (!message)
		return;
	message_release(message);
	history->count--;
	memmove(message, message + 1,
		(size_t)(history->items + history->count - message) * sizeof(*message));
	history->is_saved = false;
}

void history_page(struct history *history, int64_t before, const struct chat_message *items,
	size_t count, size_t limit)
{
	bool first = count < limit;
	int64_t low = first ? 0 : items[0].id;
	int64_t high = before ? before - 1 : count ? items[count - 1].id : INT64_MAX;
	size_t kept = 0;

	for (size_t i = 0, page = 0; i < history->count; i++) {
		struct message *message = &history->items[i];
		bool gone;

		while (page < count && items[page].id < message->id)
			page++;
		gone = message->id >= low && message->id <= high &&
		       (page == count || items[page].id != message->id);
		/* Beyond the newest page only what has come since is real. */
		gone = gone || (!before && message->id > high && message->is_stale);
		if (gone)
			message_release(message);
		else
			history->items[kept++] = *message;
	}
	history->count = kept;
	history->is_saved = false;
	history->is_complete = history->is_complete || first;
	history->is_loaded = history->is_loaded || !before;
}

void history_doubt(struct history *history)
{
	for (size_t i = 0; i < history->count; i++)
		history->items[i].is_stale = true;
	history->is_complete = false;
	history->is_loaded = false;
}

int64_t history_hole(const struct history *history, size_t first)
{
	/* A page below what is believed proves the stale ones before it, the newest of them first.
	 */
	for (size_t i = history->count; i-- > first;) {
		if (!history->items[i].is_stale)
			continue;
		return i + 1 < history->count ? history->items[i + 1].id : 0;
	}
	return first == 0 && !history->is_complete && history->count ? history->items[0].id : 0;
}

void history_trim(struct history *history, size_t keep)
{
	size_t drop = history->count > keep ? history->count - keep : 0;

	if (!drop)
		return;
	for (size_t i = 0; i < drop; i++)
		message_release(&history->items[i]);
	history->count = keep;
	memmove(history->items, history->items + drop, keep * sizeof(*history->items));
	history->is_complete = false;
}
