#include <stdlib.h>

#include "core/fair_queue.h"
#include "test.h"

struct item {
	struct fair_node node;
	int64_t key;
	int number; /* in its line */
};

static void push(struct fair_queue *queue, struct item *item, int64_t key, int number)
{
	item->key = key;
	item->number = number;
	CHECK(fair_queue_push(queue, &item->node, key, true));
}

static struct item *first(const struct fair_queue *queue)
{
	return (struct item *)fair_queue_first(queue);
}

/* The next element is this one; it leaves. */
static bool next_is(struct fair_queue *queue, int64_t key, int number)
{
	const struct item *item = first(queue);

	if (!CHECK(item != NULL))
		return false;
	CHECK_INT(item->key, key);
	CHECK_INT(item->number, number);
	fair_queue_pop(queue);
	return true;
}

static void round_robin(void)
{
	struct fair_queue queue;
	struct item items[8];

	fair_queue_init(&queue);
	CHECK(fair_queue_first(&queue) == NULL);
	for (int i = 0; i < 4; i++)
		push(&queue, &items[i], 1, i);
	push(&queue, &items[4], 2, 0);
	push(&queue, &items[5], 2, 1);
	push(&queue, &items[6], -3, 0);
	CHECK_INT(queue.length, 7);
	next_is(&queue, 1, 0);
	next_is(&queue, 2, 0);
	next_is(&queue, -3, 0);
	/* Who left comes back behind those who wait. */
	push(&queue, &items[7], -3, 1);
	next_is(&queue, 1, 1);
	next_is(&queue, 2, 1);
	next_is(&queue, -3, 1);
	next_is(&queue, 1, 2);
	next_is(&queue, 1, 3);
	CHECK(fair_queue_first(&queue) == NULL);
	CHECK_INT(queue.length, 0);
	fair_queue_release(&queue);
}

/* Whoever comes last, alone, is next but one: before all but one of those who wait in one line. */
static void crowd_of_one(void)
{
	struct fair_queue queue;
	struct item items[1000], late;

	fair_queue_init(&queue);
	for (int i = 0; i < 1000; i++)
		push(&queue, &items[i], 1, i);
	push(&queue, &late, 2, 0);
	next_is(&queue, 1, 0);
	next_is(&queue, 2, 0);
	for (int i = 1; i < 1000; i++)
		if (!next_is(&queue, 1, i))
			break;
	fair_queue_release(&queue);
}

static void discarding(void)
{
	struct fair_queue queue;
	struct item items[5];

	fair_queue_init(&queue);
	for (int i = 0; i < 3; i++)
		push(&queue, &items[i], 1, i);
	push(&queue, &items[3], 2, 0);
	/* The turn stays. */
	fair_queue_discard(&queue);
	CHECK_INT(first(&queue)->number, 1);
	fair_queue_discard(&queue);
	next_is(&queue, 1, 2);
	next_is(&queue, 2, 0);
	CHECK(fair_queue_first(&queue) == NULL);

	/* It passes with the last of the line. */
	push(&queue, &items[0], 1, 0);
	push(&queue, &items[1], 2, 0);
	push(&queue, &items[2], 3, 0);
	fair_queue_discard(&queue);
	next_is(&queue, 2, 0);
	fair_queue_discard(&queue);
	CHECK(fair_queue_first(&queue) == NULL);
	fair_queue_release(&queue);
}

static void counting(void)
{
	struct fair_queue queue;
	struct item items[4] = {0};

	fair_queue_init(&queue);
	CHECK_INT(fair_queue_counted(&queue, 7), 0);
	CHECK(fair_queue_push(&queue, &items[0].node, 7, true));
	CHECK(fair_queue_push(&queue, &items[1].node, 7, false));
	CHECK(fair_queue_push(&queue, &items[2].node, 7, true));
	CHECK(fair_queue_push(&queue, &items[3].node, 8, false));
	CHECK_INT(fair_queue_counted(&queue, 7), 2);
	CHECK_INT(fair_queue_counted(&queue, 8), 0);
	fair_queue_pop(&queue);
	CHECK_INT(fair_queue_counted(&queue, 7), 1);
	fair_queue_pop(&queue);
	fair_queue_pop(&queue);
	CHECK_INT(fair_queue_counted(&queue, 7), 1);
	fair_queue_pop(&queue);
	CHECK_INT(fair_queue_counted(&queue, 7), 0);
	fair_queue_release(&queue);
}

/* Random pushes and pops: nobody is lost, each line keeps its order, and none waits longer than a
 * round of all. */
#define KEYS 7
#define STEPS 20000

static void model(void)
{
	struct fair_queue queue;
	int pushed[KEYS] = {0}, popped[KEYS] = {0}, since[KEYS] = {0};
	struct item *item;
	unsigned seed = 1;

	fair_queue_init(&queue);
	for (int step = 0; step < STEPS; step++) {
		unsigned dice;

		seed = seed * 1103515245 + 12345;
		dice = seed >> 16;
		if (dice % 100 < 49) {
			int key = (int)(dice / 100 % KEYS);

			item = malloc(sizeof(*item));
			if (!CHECK(item != NULL))
				break;
			if (pushed[key] == popped[key])
				since[key] = 0;
			push(&queue, item, key + 1, pushed[key]++);
			continue;
		}
		item = first(&queue);
		if (item == NULL)
			continue;
		fair_queue_pop(&queue);
		CHECK_INT(item->number, popped[item->key - 1]++);
		for (int key = 0; key < KEYS; key++)
			since[key] += pushed[key] > popped[key];
		CHECK(since[item->key - 1] <= KEYS);
		since[item->key - 1] = 0;
		free(item);
	}
	while ((item = first(&queue)) != NULL) {
		fair_queue_pop(&queue);
		CHECK_INT(item->number, popped[item->key - 1]++);
		free(item);
	}
	for (int key = 0; key < KEYS; key++)
		CHECK_INT(popped[key], pushed[key]);
	fair_queue_release(&queue);
}

int main(void)
{
	RUN(round_robin);
	RUN(crowd_of_one);
	RUN(discarding);
	RUN(counting);
	RUN(model);
	return test_end();
}
