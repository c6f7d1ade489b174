#include <pthread.h>
#include <stdlib.h>
#include "core/map.h"
#include "core/presence.h"

struct presence {
	pthread_rwlock_t lock;
	struct map connected; /* user id → the presence itself, as a mark */
	struct map online;    /* server id → how many members are seen online, as a number */
};

struct presence *presence_new(void)
{
	struct presence *presence = calloc(1, sizeof(*presence));

	if (presence != NULL)
		pthread_rwlock_init(&presence->lock, NULL);
	return presence;
}

void presence_free(struct presence *presence)
{
	if (presence == NULL)
		return;
	map_release(&presence->online);
	map_release(&presence->connected);
	pthread_rwlock_destroy(&presence->lock);
	free(presence);
}

void presence_set(struct presence *presence, int64_t user_id, bool connected)
{
	pthread_rwlock_wrlock(&presence->lock);
	if (connected)
		map_put(&presence->connected, user_id, presence);
	else
		map_remove(&presence->connected, user_id);
	pthread_rwlock_unlock(&presence->lock);
}

bool presence_has(struct presence *presence, int64_t user_id)
{
	bool has;

	pthread_rwlock_rdlock(&presence->lock);
	has = map_get(&presence->connected, user_id) != NULL;
	pthread_rwlock_unlock(&presence->lock);
	return has;
}

void presence_count(struct presence *presence, int64_t server_id, int change)
{
	intptr_t count;

	pthread_rwlock_wrlock(&presence->lock);
	count = (intptr_t)map_get(&presence->online, server_id) + change;
	if (count > 0)
		map_put(&presence->online, server_id, (void *)count);
	else
		map_remove(&presence->online, server_id);
	pthread_rwlock_unlock(&presence->lock);
}

int64_t presence_online(struct presence *presence, int64_t server_id)
{
	int64_t count;

	pthread_rwlock_rdlock(&presence->lock);
	count = (int64_t)(intptr_t)map_get(&presence->online, server_id);
	pthread_rwlock_unlock(&presence->lock);
	return count;
}

enum chat_status presence_others_see(enum chat_status choice, bool connected)
{
	if (!connected)
		return STATUS_OFFLINE;
	return choice == STATUS_NONE ? STATUS_ONLINE : choice;
}

enum chat_status presence_self_sees(enum chat_status choice, bool connected)
{
	return choice == STATUS_NONE ? presence_others_see(choice, connected) : choice;
}
