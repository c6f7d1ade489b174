/* How many sockets an owner may have. */

#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/limits.h>
#include "config.h"
#include "core/quota.h"
#include "test.h"

enum { OWNERS = 10000, MAX = 3 };

static void each_owner_has_its_own_bound(void)
{
	struct quota quota;

	quota_init(&quota);
	for (int i = 0; i < MAX; i++)
		CHECK(quota_take(&quota, 7, MAX));
	CHECK(!quota_take(&quota, 7, MAX));
	CHECK_INT(quota_count(&quota, 7), MAX);
	CHECK(quota_take(&quota, 8, MAX));
	quota_return(&quota, 7);
	CHECK(quota_take(&quota, 7, MAX));
	CHECK(!quota_take(&quota, 7, MAX));
	/* A bound that was lowered does not take back. */
	CHECK(!quota_take(&quota, 7, 1));
	CHECK_INT(quota_count(&quota, 7), MAX);
	/* Lifted. */
	CHECK(quota_take(&quota, 7, UINT32_MAX));
	quota_release(&quota);
}

/* A hash may be any number. */
static void any_key_will_do(void)
{
	static const int64_t keys[] = {0, -1, INT64_MAX, 1};
	struct quota quota;

	quota_init(&quota);
	for (size_t i = 0; i < 4; i++) {
		CHECK(quota_take(&quota, keys[i], 1));
		CHECK(!quota_take(&quota, keys[i], 1));
	}
	for (size_t i = 0; i < 4; i++) {
		quota_return(&quota, keys[i]);
		CHECK_INT(quota_count(&quota, keys[i]), 0);
	}
	quota_release(&quota);
}

static void who_has_none_takes_no_memory(void)
{
	struct quota quota;

	quota_init(&quota);
	for (int64_t i = 1; i <= OWNERS; i++)
		CHECK(quota_take(&quota, i, MAX) && quota_take(&quota, i, MAX));
	CHECK_INT((int64_t)quota.counts.count, OWNERS);
	for (int64_t i = 1; i <= OWNERS; i++) {
		quota_return(&quota, i);
		CHECK_INT(quota_count(&quota, i), 1);
		quota_return(&quota, i);
	}
	CHECK_INT((int64_t)quota.counts.count, 0);
	quota_release(&quota);
}

static void the_options_begin_as_the_protocol_says(void)
{
	char program[] = "chatd", help[] = "--help", *argv[] = {program, help, NULL};
	enum config_action action;
	struct config config;
	struct arena arena;
	struct buf why;

	arena_init(&arena, 0);
	buf_init(&why, 1000);
	CHECK_INT(config_load(&config, 2, argv, &arena, &action, &why), CHAT_OK);
	CHECK_INT(config.max_sockets_per_user, LIMIT_SOCKETS_PER_USER);
	CHECK_INT(config.max_sockets_per_address, LIMIT_SOCKETS_PER_ADDRESS);
	buf_release(&why);
	arena_release(&arena);
}

int main(void)
{
	RUN(each_owner_has_its_own_bound);
	RUN(any_key_will_do);
	RUN(who_has_none_takes_no_memory);
	RUN(the_options_begin_as_the_protocol_says);
	return test_end();
}
