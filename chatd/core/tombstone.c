#include "core/tombstone.h"

void tombstones_release(struct tombstones *tombstones)
{
	map_release(&tombstones->deleted[0]);
	map_release(&tombstones->deleted[1]);
}

unsigned tombstones_enter(struct tombstones *tombstones)
{
	tombstones->waiting[tombstones->young]++;
	return tombstones->young;
}

void tombstones_leave(struct tombstones *tombstones, unsigned generation)
{
	tombstones->waiting[generation]--;
}

void tombstones_add(struct tombstones *tombstones, int64_t server_id)
{
	if (tombstones->waiting[0] + tombstones->waiting[1] > 0)
		map_put(&tombstones->deleted[tombstones->young], server_id, tombstones);
}

bool tombstones_has(const struct tombstones *tombstones, int64_t server_id)
{
	return map_get(&tombstones->deleted[0], server_id) != NULL ||
	       map_get(&tombstones->deleted[1], server_id) != NULL;
}

void tombstones_tick(struct tombstones *tombstones)
{
	unsigned old = 1 - tombstones->young;

	/* Whoever waits in the younger one came after the elder's servers were gone. */
	if (tombstones->waiting[old] > 0)
		return;
	map_release(&tombstones->deleted[old]);
	tombstones->young = old;
}
