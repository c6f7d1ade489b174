#include <stddef.h>
#include "net/wheel.h"

void wheel_init(struct wheel *wheel, int64_t now)
{
	*wheel = (struct wheel){.tick = now / WHEEL_TICK_MS};
}

static void take_out(struct wheel_timer *timer)
{
	if (timer->link == NULL)
		return;
	*timer->link = timer->next;
	if (timer->next != NULL)
		timer->next->link = timer->link;
	timer->link = NULL;
}

static void file(struct wheel *wheel, struct wheel_timer *timer)
{
	struct wheel_timer **slot = &wheel->slots[timer->due % WHEEL_SLOTS];

	take_out(timer);
	timer->filed = timer->due;
	timer->next = *slot;
	timer->link = slot;
	if (*slot != NULL)
		(*slot)->link = &timer->next;
	*slot = timer;
}

void wheel_set(struct wheel *wheel, struct wheel_timer *timer, int64_t ms)
{
	timer->due = wheel->tick + 1 + (ms + WHEEL_TICK_MS - 1) / WHEEL_TICK_MS;
	/* Most deadlines are put off many times before they come: such a timer stays in its slot,
	 * and is filed anew when that slot is served. */
	if (timer->link == NULL || timer->filed > timer->due)
		file(wheel, timer);
}

void wheel_cancel(struct wheel_timer *timer)
{
	take_out(timer);
	timer->due = 0;
}

static void serve(struct wheel *wheel, void (*fire)(struct wheel_timer *timer))
{
	struct wheel_timer **slot = &wheel->slots[wheel->tick % WHEEL_SLOTS];
	struct wheel_timer *list = *slot, *timer;

	/* Off the wheel, so that what fire() sets is not served in the same turn. */
	*slot = NULL;
	if (list != NULL)
		list->link = &list;
	while ((timer = list) != NULL) {
		take_out(timer);
		if (timer->due > wheel->tick) {
			file(wheel, timer);
			continue;
		}
		timer->due = 0;
		fire(timer);
	}
}

void wheel_advance(struct wheel *wheel, int64_t now, void (*fire)(struct wheel_timer *timer))
{
	int64_t to = now / WHEEL_TICK_MS;

	while (wheel->tick < to) {
		wheel->tick++;
		serve(wheel, fire);
	}
}
