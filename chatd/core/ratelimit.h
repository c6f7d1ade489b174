#ifndef CHATD_RATELIMIT_H
#define CHATD_RATELIMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <chat/endpoint.h>

/* Token buckets for each user or address, by the generic cell rate algorithm (ITU-T I.371): one
 * time a bucket. `now` is always of the monotonic clock, in milliseconds. For the loop's thread
 * only. */
struct ratelimit;

struct ratelimit *ratelimit_new(bool on);
void ratelimit_free(struct ratelimit *limits);

/*
 * Takes one request from a bucket: 0 when it may go on, else the milliseconds until it could.
 * user_id and address (a hash of it): the bucket's row says which counts; without a user the
 * address does.
 */
int64_t ratelimit_take(
	struct ratelimit *limits, enum rate rate, int64_t user_id, uint64_t address, int64_t now);

/* Forgets buckets that are full again; call now and then. */
void ratelimit_sweep(struct ratelimit *limits, int64_t now);

#endif
