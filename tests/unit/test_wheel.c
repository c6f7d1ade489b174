#include "net/wheel.h"

#include "test.h"

static struct wheel wheel;
static struct wheel_timer timers[8];
static int fired[8];
static struct wheel_timer *again; /* is set anew when it fires */

static void fire(struct wheel_timer *timer)
{
	fired[timer - timers]++;
	if (timer == again)
		wheel_set(&wheel, timer, 0);
}

static void begin(void)
{
	wheel_init(&wheel, 1000000);
	memset(timers, 0, sizeof(timers));
	memset(fired, 0, sizeof(fired));
	again = NULL;
}

/* The milliseconds from the start at which timers[0] fired; -1 for never. */
static long fires_at(long until)
{
	for (long ms = 0; ms <= until; ms += 10) {
		wheel_advance(&wheel, 1000000 + ms, fire);
		if (fired[0] > 0)
			return ms;
	}
	return -1;
}

static void never_early_and_hardly_late(void)
{
	static const long times[] = {0, 1, 249, 250, 251, 9999, 63999, 64000, 64001, 200000};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		long at;

		begin();
		wheel_set(&wheel, &timers[0], times[i]);
		at = fires_at(times[i] + 1000);
		CHECK(at >= times[i] && at <= times[i] + 2 * WHEEL_TICK_MS);
		CHECK_INT(fires_at(times[i] + 100000), 0);
		CHECK_INT(fired[0], 1);
	}
}

static void put_off(void)
{
	begin();
	wheel_set(&wheel, &timers[0], 1000);
	for (long ms = 0; ms < 100000; ms += 500) {
		wheel_advance(&wheel, 1000000 + ms, fire);
		wheel_set(&wheel, &timers[0], 1000);
	}
	CHECK_INT(fired[0], 0);
	wheel_advance(&wheel, 1000000 + 101000, fire);
	CHECK_INT(fired[0], 1);
}

static void brought_forward(void)
{
	begin();
	wheel_set(&wheel, &timers[0], 50000);
	wheel_set(&wheel, &timers[0], 500);
	CHECK(fires_at(2000) >= 500);
	CHECK_INT(fired[0], 1);
}

static void cancelled(void)
{
	begin();
	for (int i = 0; i < 8; i++)
		wheel_set(&wheel, &timers[i], 1000);
	wheel_cancel(&timers[0]);
	wheel_cancel(&timers[4]);
	wheel_cancel(&timers[7]);
	wheel_cancel(&timers[7]);
	wheel_advance(&wheel, 1000000 + 5000, fire);
	for (int i = 0; i < 8; i++)
		CHECK_INT(fired[i], i != 0 && i != 4 && i != 7);
}

/* A timer that sets itself is not served twice in one tick, however long the loop was away. */
static void set_while_fired(void)
{
	begin();
	again = &timers[0];
	wheel_set(&wheel, again, 0);
	wheel_set(&wheel, &timers[1], 0);
	wheel_advance(&wheel, 1000000 + 10 * WHEEL_TICK_MS, fire);
	CHECK(fired[0] > 1 && fired[0] <= 10);
	CHECK_INT(fired[1], 1);
}

int main(void)
{
	RUN(never_early_and_hardly_late);
	RUN(put_off);
	RUN(brought_forward);
	RUN(cancelled);
	RUN(set_while_fired);
	return test_end();
}
