#include "core/ratelimit.h"
#include "test.h"

/* READ: 300 at once, then one each 20 ms; counted by user. */
#define BURST 300
#define INTERVAL 20

/* How many go through at this moment, of at most `tries`. */
static int take(struct ratelimit *limits, int tries, int64_t user, uint64_t address, int64_t now)
{
	int taken = 0;

	while (tries-- > 0)
		taken += ratelimit_take(limits, RATE_READ, user, address, now) == 0;
	return taken;
}

static void bucket(void)
{
	struct ratelimit *limits = ratelimit_new(true);
	int64_t now = 1000000;

	if (!CHECK(limits != NULL))
		return;
	CHECK_INT(take(limits, 2 * BURST, 1, 0, now), BURST);
	CHECK_INT(ratelimit_take(limits, RATE_READ, 1, 0, now), INTERVAL);
	CHECK_INT(ratelimit_take(limits, RATE_READ, 1, 0, now + INTERVAL - 1), 1);
	CHECK_INT(take(limits, 10, 1, 0, now + INTERVAL), 1);
	CHECK_INT(take(limits, 10, 1, 0, now + 5 * INTERVAL), 4);
	/* It does not fill beyond what it holds. */
	CHECK_INT(take(limits, 2 * BURST, 1, 0, now + 1000 * BURST * INTERVAL), BURST);
	CHECK_INT(take(limits, 1, 1, 0, now + 1000 * BURST * INTERVAL), 0);
	ratelimit_free(limits);
}

/* Each user has its own, wherever from; without one the address has. And each row has its own. */
static void whose(void)
{
	struct ratelimit *limits = ratelimit_new(true);

	if (!CHECK(limits != NULL))
		return;
	CHECK_INT(take(limits, BURST + 1, 1, 7, 0), BURST);
	CHECK_INT(take(limits, 1, 1, 8, 0), 0);
	CHECK_INT(take(limits, BURST + 1, 2, 7, 0), BURST);
	CHECK_INT(take(limits, BURST + 1, 0, 1, 0), BURST);
	CHECK_INT(take(limits, BURST + 1, 0, 7, 0), BURST);
	CHECK_INT(ratelimit_take(limits, RATE_WRITE, 1, 7, 0), 0);
	CHECK_INT(ratelimit_take(limits, RATE_NONE, 1, 7, 0), 0);
	ratelimit_free(limits);
}

/* Sweeping forgets only what is full again. */
static void sweep(void)
{
	struct ratelimit *limits = ratelimit_new(true);

	if (!CHECK(limits != NULL))
		return;
	CHECK_INT(take(limits, BURST, 1, 0, 0), BURST);
	CHECK_INT(take(limits, 1, 2, 0, 0), 1);
	ratelimit_sweep(limits, 2 * INTERVAL);
	CHECK_INT(take(limits, 10, 1, 0, 2 * INTERVAL), 2);
	CHECK_INT(take(limits, BURST + 1, 2, 0, 2 * INTERVAL), BURST);
	ratelimit_free(limits);
}

static void off(void)
{
	struct ratelimit *limits = ratelimit_new(false);

	if (!CHECK(limits != NULL))
		return;
	CHECK_INT(take(limits, 2 * BURST, 1, 0, 0), 2 * BURST);
	ratelimit_free(limits);
}

int main(void)
{
	RUN(bucket);
	RUN(whose);
	RUN(sweep);
	RUN(off);
	return test_end();
}
