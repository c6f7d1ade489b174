#ifndef CHATD_QUOTA_H
#define CHATD_QUOTA_H

#include <stdbool.h>
#include <stdint.h>
#include "core/map.h"

/* How many of something each owner has, with a bound: sockets by user, or by address. Every call is
 * O(1), and owners who have none take no memory. For the loop's thread only. */
struct quota {
	struct map counts; /* key → count, as a number */
};

void quota_init(struct quota *quota);
void quota_release(struct quota *quota);

/* Takes one for the owner of the key (an id, or a hash of an address), which is to be returned when
 * it ends. False, and nothing is taken, when the owner has max of them, or without memory. */
bool quota_take(struct quota *quota, int64_t key, unsigned max);

/* Returns one that was taken. */
void quota_return(struct quota *quota, int64_t key);

/* How many the owner has. */
unsigned quota_count(const struct quota *quota, int64_t key);

#endif
