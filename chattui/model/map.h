#ifndef CHATTUI_MAP_H
#define CHATTUI_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From ids (above 0) to pointers: open addressing with linear probing. */
struct map {
	struct map_slot {
		int64_t id; /* 0: free */
		void *value;
	} * slots;
	size_t count, cap; /* cap: a power of two, or 0 */
};

void map_release(struct map *map);
void *map_get(const struct map *map, int64_t id);

/* Adds or replaces; false without memory. */
bool map_put(struct map *map, int64_t id, void *value);
void map_remove(struct map *map, int64_t id);

#endif
