#ifndef CHATD_WHEEL_H
#define CHATD_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Deadlines of many connections: a hashed timing wheel (Varghese and Lauck, 1987). Setting, moving
 * and cancelling are O(1) however many timers there are; a timer fires up to WHEEL_TICK_MS late.
 * The loop's alone. Times are of the monotonic clock, in milliseconds.
 */

#define WHEEL_TICK_MS 250
#define WHEEL_SLOTS 256

struct wheel_timer {
	struct wheel_timer *next, **link; /* link is NULL while the timer is in no slot */
	int64_t due;                      /* the tick to fire in; 0 when it is not set */
	int64_t filed;                    /* the tick in whose slot it is */
};

struct wheel {
	int64_t tick; /* the last one that was served */
	struct wheel_timer *slots[WHEEL_SLOTS];
};

void wheel_init(struct wheel *wheel, int64_t now);

/* Sets the timer, or moves it, to ms from now. A zeroed timer is one that is not set. */
void wheel_set(struct wheel *wheel, struct wheel_timer *timer, int64_t ms);
void wheel_cancel(struct wheel_timer *timer);

/* Fires what is due by now. fire() may set and cancel any timer, its own included; it is no longer
 * set when fire() is called. */
void wheel_advance(struct wheel *wheel, int64_t now, void (*fire)(struct wheel_timer *timer));

#endif
