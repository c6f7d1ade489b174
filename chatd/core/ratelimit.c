#include <stdlib.h>
#include "core/map.h"
#include "core/ratelimit.h"

enum rate_by { BY_USER, BY_ADDRESS };

static const struct {
	int64_t burst;
	int64_t interval; /* ms from one request to the next */
	enum rate_by by;
} rates[RATE_COUNT] = {
	[RATE_NONE] = {0, 0, BY_USER},
#define LIMIT(name, value, meaning)
#define RATE(name, burst, per_minute, by) [RATE_##name] = {(burst), 60000 / (per_minute), BY_##by},
#include <chat/limits.def>
#undef LIMIT
#undef RATE
};

/* When the bucket would be full again. */
struct bucket {
	int64_t key;
	int64_t full_at;
	struct bucket *next; /* while sweeping */
};

struct ratelimit {
	bool on;
	struct map buckets;
};

struct ratelimit *ratelimit_new(bool on)
{
	struct ratelimit *limits = calloc(1, sizeof(*limits));

	if (limits != NULL)
		limits->on = on;
	return limits;
}

void ratelimit_free(struct ratelimit *limits)
{
	struct bucket *bucket;
	size_t at = 0;

	if (limits == NULL)
		return;
	while ((bucket = map_next(&limits->buckets, &at)) != NULL)
		free(bucket);
	map_release(&limits->buckets);
	free(limits);
}

static int64_t bucket_key(enum rate rate, int64_t user_id, uint64_t address)
{
	bool by_user = rates[rate].by == BY_USER && user_id != 0;
	uint64_t key = map_hash((by_user ? (uint64_t)user_id : address) * 2 + by_user);

	key = key * RATE_COUNT + rate;
	return key == 0 ? 1 : (int64_t)key;
}

int64_t ratelimit_take(
	struct ratelimit *limits, enum rate rate, int64_t user_id, uint64_t address, int64_t now)
{
	struct bucket *bucket;
	int64_t key, wait;

	if (!limits->on || rate == RATE_NONE)
		return 0;
	key = bucket_key(rate, user_id, address);
	bucket = map_get(&limits->buckets, key);
	if (bucket == NULL) {
		bucket = calloc(1, sizeof(*bucket));
		if (bucket == NULL || !map_put(&limits->buckets, key, bucket)) {
			free(bucket);
			return 0;
		}
		bucket->key = key;
	}
	if (bucket->full_at < now)
		bucket->full_at = now;
	wait = bucket->full_at + rates[rate].interval - now -
	       rates[rate].burst * rates[rate].interval;
	if (wait > 0)
		return wait;
	bucket->full_at += rates[rate].interval;
	return 0;
}

void ratelimit_sweep(struct ratelimit *limits, int64_t now)
{
	struct bucket *bucket, *full = NULL;
	size_t at = 0;

	while ((bucket = map_next(&limits->buckets, &at)) != NULL) {
		if (bucket->full_at <= now) {
			bucket->next = full;
			full = bucket;
		}
	}
	for (; full != NULL; full = bucket) {
		bucket = full->next;
		free(map_remove(&limits->buckets, full->key));
	}
}
