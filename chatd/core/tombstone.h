#ifndef CHATD_TOMBSTONE_H
#define CHATD_TOMBSTONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/map.h"

/*
 * The servers that were deleted while some session waited for the store's answer, which may still
 * have them. Of two generations, so that they can be forgotten: what the younger one notes is kept
 * for as long as a session of it or of the elder waits.
 */
struct tombstones {
	struct map deleted[2]; /* server id → the tombstones themselves, as a mark */
	size_t waiting[2];     /* sessions */
	unsigned young;        /* the index of the younger one */
};

void tombstones_release(struct tombstones *tombstones);
/* A session begins to wait; returns its generation, for tombstones_leave(). */
unsigned tombstones_enter(struct tombstones *tombstones);
void tombstones_leave(struct tombstones *tombstones, unsigned generation);
/* Without memory it is not noted; the server is then in one client's list until it reconnects. */
void tombstones_add(struct tombstones *tombstones, int64_t server_id);
bool tombstones_has(const struct tombstones *tombstones, int64_t server_id);
/* Forgets what nobody waits for any more. Call now and then. */
void tombstones_tick(struct tombstones *tombstones);

#endif
