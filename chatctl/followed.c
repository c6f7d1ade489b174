#include "followed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct followed *followed_find(const struct followed_list *list, int64_t id)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].id == id)
			return &list->items[i];
	}
	return NULL;
}

static void replace(char **text, const char *by)
{
	if (!by)
		return;
	free(*text);
	*text = strdup(by);
}

void followed_rename(struct followed *channel, const char *name, const char *server)
{
	replace(&channel->name, name);
	replace(&channel->server, server);
	free(channel->place);
	channel->place = NULL;
	if (channel->name && channel->server &&
		asprintf(&channel->place, "%s:#%s", channel->server, channel->name) < 0)
		channel->place = NULL;
}

void followed_rename_server(struct followed_list *list, int64_t server_id, const char *server)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].server_id == server_id)
			followed_rename(&list->items[i], NULL, server);
	}
}

struct followed *followed_add(struct followed_list *list, int64_t id, int64_t server_id,
	const char *name, const char *server, int64_t newest)
{
	struct followed *items = realloc(list->items, (list->count + 1) * sizeof(*items));

	if (!items)
		return NULL;
	list->items = items;
	items[list->count] = (struct followed){
		.id = id,
		.server_id = server_id,
		.last = newest,
		.floor = newest,
	};
	followed_rename(&items[list->count], name, server);
	return &items[list->count++];
}

void followed_remove(struct followed_list *list, struct followed *channel)
{
	free(channel->name);
	free(channel->server);
	free(channel->place);
	*channel = list->items[--list->count];
}

void followed_release(struct followed_list *list)
{
	while (list->count)
		followed_remove(list, &list->items[0]);
	free(list->items);
}
