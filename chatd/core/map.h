#ifndef CHATD_MAP_H
#define CHATD_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A hash map from ids (never 0) to pointers, by open addressing. Not locked. */
struct map {
	struct map_slot *slots;
	size_t capacity; /* a power of two, or 0 */
	size_t count;
};

void map_init(struct map *map);
void map_release(struct map *map);

/* The value, or NULL. */
void *map_get(const struct map *map, int64_t key);

/* Sets the value (not NULL); false when there is no memory, and nothing has changed. A key that is
 * there needs none. */
bool map_put(struct map *map, int64_t key, void *value);

/* Removes the key and returns its value, or NULL. */
void *map_remove(struct map *map, int64_t key);

/* Walks all values: start with *at = 0; NULL at the end. The map may not change meanwhile. */
void *map_next(const struct map *map, size_t *at);

/* Spreads a key over 64 bits (the finaliser of MurmurHash3, public domain). */
uint64_t map_hash(uint64_t key);
/* The same for a text. */
uint64_t map_hash_text(const char *text);

#endif
