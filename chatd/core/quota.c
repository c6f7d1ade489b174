#include <assert.h>
#include "core/quota.h"

/* A map's keys are not 0, but a hash may be: such an owner shares the count of another. */
static int64_t key_of(int64_t key)
{
	return key == 0 ? INT64_MIN : key;
}

static unsigned count_of(const struct quota *quota, int64_t key)
{
	return (unsigned)(uintptr_t)map_get(&quota->counts, key);
}

void quota_init(struct quota *quota)
{
	map_init(&quota->counts);
}

void quota_release(struct quota *quota)
{
	map_release(&quota->counts);
}

bool quota_take(struct quota *quota, int64_t key, unsigned max)
{
	unsigned count = count_of(quota, key_of(key));

	return count < max && map_put(&quota->counts, key_of(key), (void *)(uintptr_t)(count + 1));
}

void quota_return(struct quota *quota, int64_t key)
{
	unsigned count = count_of(quota, key_of(key));

	assert(count > 0);
	/* Putting what is there needs no memory. */
	if (count > 1)
		map_put(&quota->counts, key_of(key), (void *)(uintptr_t)(count - 1));
	else
		map_remove(&quota->counts, key_of(key));
}

unsigned quota_count(const struct quota *quota, int64_t key)
{
	return count_of(quota, key_of(key));
}
