#include <stdlib.h>
#include "core/map.h"

struct map_slot {
	int64_t key; /* 0: free */
	void *value;
};

uint64_t map_hash(uint64_t key)
{
	key ^= key >> 33;
	key *= UINT64_C(0xff51afd7ed558ccd);
	key ^= key >> 33;
	key *= UINT64_C(0xc4ceb9fe1a85ec53);
	return key ^ (key >> 33);
}

uint64_t map_hash_text(const char *text)
{
	uint64_t hash = 1;

	for (; *text != '\0'; text++)
		hash = map_hash(hash ^ (unsigned char)*text);
	return hash;
}

void map_init(struct map *map)
{
	*map = (struct map){0};
}

void map_release(struct map *map)
{
	free(map->slots);
	map_init(map);
}

/* The slot that has the key, or the free one where it would go. There is always a free one. */
static size_t map_find(const struct map *map, int64_t key)
{
	size_t at = map_hash((uint64_t)key) & (map->capacity - 1);

	while (map->slots[at].key != 0 && map->slots[at].key != key)
		at = (at + 1) & (map->capacity - 1);
	return at;
}

void *map_get(const struct map *map, int64_t key)
{
	return map->capacity == 0 ? NULL : map->slots[map_find(map, key)].value;
}

static bool map_grow(struct map *map)
{
	struct map old = *map;

	map->capacity = old.capacity == 0 ? 16 : old.capacity * 2;
	map->slots = calloc(map->capacity, sizeof(*map->slots));
	if (map->slots == NULL) {
		*map = old;
		return false;
	}
	for (size_t i = 0; i < old.capacity; i++) {
		if (old.slots[i].key != 0)
			map->slots[map_find(map, old.slots[i].key)] = old.slots[i];
	}
	free(old.slots);
	return true;
}

bool map_put(struct map *map, int64_t key, void *value)
{
	struct map_slot *slot = map->capacity == 0 ? NULL : &map->slots[map_find(map, key)];

	/* At most three quarters full, so that runs stay short. */
	if ((slot == NULL || slot->key == 0) && (map->count + 1) * 4 > map->capacity * 3) {
		if (!map_grow(map))
			return false;
		slot = &map->slots[map_find(map, key)];
	}
	map->count += slot->key == 0;
	*slot = (struct map_slot){key, value};
	return true;
}

void *map_remove(struct map *map, int64_t key)
{
	size_t mask = map->capacity - 1, hole, at;
	void *value;

	if (map->capacity == 0)
		return NULL;
	hole = map_find(map, key);
	value = map->slots[hole].value;
	if (map->slots[hole].key == 0)
		return NULL;
	map->count--;
	/* Close the gap: move back what would no longer be found behind it. */
	for (at = (hole + 1) & mask; map->slots[at].key != 0; at = (at + 1) & mask) {
		size_t home = map_hash((uint64_t)map->slots[at].key) & mask;

		if (((at - home) & mask) >= ((at - hole) & mask)) {
			map->slots[hole] = map->slots[at];
			hole = at;
		}
	}
	map->slots[hole] = (struct map_slot){0};
	return value;
}

void *map_next(const struct map *map, size_t *at)
{
	while (*at < map->capacity) {
		const struct map_slot *slot = &map->slots[(*at)++];

		if (slot->key != 0)
			return slot->value;
	}
	return NULL;
}
