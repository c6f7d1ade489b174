#include "model/map.h"

#include <stdlib.h>

void map_release(struct map *map)
{
	free(map->slots);
	*map = (struct map){0};
}

/* Fibonacci hashing: ids are small and follow each other. */
static size_t home(const struct map *map, int64_t id)
{
	return (size_t)((uint64_t)id * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (map->cap - 1);
}

/* The slot of the id, or the free one where it would go. There is always a free one. */
static struct map_slot *find(const struct map *map, int64_t id)
{
	size_t i = home(map, id);

	while (map->slots[i].id && map->slots[i].id != id)
		i = (i + 1) & (map->cap - 1);
	return &map->slots[i];
}

void *map_get(const struct map *map, int64_t id)
{
	return map->cap ? find(map, id)->value : NULL;
}

static bool grow(struct map *map)
{
	struct map bigger = {.cap = map->cap ? 2 * map->cap : 64, .count = map->count};

	bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < map->cap; i++)
		if (map->slots[i].id)
			*find(&bigger, map->slots[i].id) = map->slots[i];
	free(map->slots);
	*map = bigger;
	return true;
}

bool map_put(struct map *map, int64_t id, void *value)
{
	struct map_slot *slot;

	if (4 * (map->count + 1) > 3 * map->cap && !grow(map))
		return false;
	slot = find(map, id);
	map->count += slot->id == 0;
	*slot = (struct map_slot){id, value};
	return true;
}

/* What follows without a gap moves up where it may, so that no search stops too early. */
void map_remove(struct map *map, int64_t id)
{
	struct map_slot *slot = map->cap ? find(map, id) : NULL;
	size_t hole, i;

	if (!slot || !slot->id)
		return;
	hole = (size_t)(slot - map->slots);
	map->count--;
	for (i = (hole + 1) & (map->cap - 1); map->slots[i].id; i = (i + 1) & (map->cap - 1)) {
		size_t from_home = (i - home(map, map->slots[i].id)) & (map->cap - 1);
		size_t from_hole = (i - hole) & (map->cap - 1);

		if (from_home < from_hole)
			continue;
		map->slots[hole] = map->slots[i];
		hole = i;
	}
	map->slots[hole] = (struct map_slot){0};
}
