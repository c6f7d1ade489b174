#include <chat/queue.h>

#include <time.h>

#include "test.h"

#define PUSHERS 4
#define TAKERS 3
#define EACH 5000 /* items of a pusher */

struct item {
	struct queue_node node;
	int pusher;
	int number;
	int taken;
};

static void in_order(void)
{
	struct queue q;
	struct item items[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
	struct queue_node *list;

	queue_init(&q, 0);
	CHECK(queue_take(&q, false) == NULL);
	CHECK(queue_take_all(&q, false) == NULL);
	CHECK_INT(queue_push(&q, &items[0].node), QUEUE_FIRST);
	CHECK_INT(queue_push(&q, &items[1].node), QUEUE_ADDED);
	CHECK_INT(queue_push(&q, &items[2].node), QUEUE_ADDED);
	CHECK_INT(queue_length(&q), 3);
	list = queue_take_all(&q, true);
	for (int i = 0; i < 3; i++, list = list->next)
		if (!CHECK(list == &items[i].node))
			return;
	CHECK(list == NULL);
	CHECK_INT(queue_length(&q), 0);

	/* Empty again: the next push is a first one. */
	CHECK_INT(queue_push(&q, &items[1].node), QUEUE_FIRST);
	CHECK_INT(queue_push(&q, &items[0].node), QUEUE_ADDED);
	CHECK(queue_take(&q, true) == &items[1].node);
	CHECK_INT(queue_length(&q), 1);
	CHECK_INT(queue_push(&q, &items[2].node), QUEUE_ADDED);
	CHECK(queue_take(&q, false) == &items[0].node);
	CHECK(queue_take(&q, false) == &items[2].node);
	CHECK(queue_take(&q, false) == NULL);
	CHECK_INT(queue_push(&q, &items[0].node), QUEUE_FIRST);
	CHECK(queue_take_all(&q, false) == &items[0].node);
	queue_release(&q);
}

static void bound(void)
{
	struct queue q;
	struct item items[3] = {0};

	queue_init(&q, 2);
	CHECK_INT(queue_push(&q, &items[0].node), QUEUE_FIRST);
	CHECK_INT(queue_push(&q, &items[1].node), QUEUE_ADDED);
	CHECK_INT(queue_push(&q, &items[2].node), QUEUE_REFUSED);
	CHECK_INT(queue_length(&q), 2);
	CHECK(queue_take(&q, false) == &items[0].node);
	CHECK_INT(queue_push(&q, &items[2].node), QUEUE_ADDED);
	CHECK(queue_take(&q, false) == &items[1].node);
	CHECK(queue_take(&q, false) == &items[2].node);
	CHECK(queue_take(&q, false) == NULL);
	queue_release(&q);
}

/* A closed mailbox still gives what waits, then NULL at once. */
static void lists(void)
{
	struct queue q;
	struct item items[4] = {0};
	struct queue_node *list;

	queue_init(&q, 3);
	items[0].node.next = &items[1].node;
	CHECK_INT(queue_push_list(&q, &items[0].node, &items[1].node, 2), QUEUE_FIRST);
	CHECK_INT(queue_length(&q), 2);

	/* All or none: there is room for one of these two. */
	items[2].node.next = &items[3].node;
	CHECK_INT(queue_push_list(&q, &items[2].node, &items[3].node, 2), QUEUE_REFUSED);
	CHECK_INT(queue_length(&q), 2);

	/* The last one's link is the mailbox's from now on. */
	CHECK_INT(queue_push_list(&q, &items[2].node, &items[2].node, 1), QUEUE_ADDED);
	list = queue_take_all(&q, false);
	for (int i = 0; i < 3; i++, list = list->next)
		if (!CHECK(list == &items[i].node))
			return;
	CHECK(list == NULL);
	queue_release(&q);
}

static void closed(void)
{
	struct queue q;
	struct item items[3] = {0};

	queue_init(&q, 0);
	queue_push(&q, &items[0].node);
	queue_push(&q, &items[1].node);
	queue_close(&q);
	CHECK_INT(queue_push(&q, &items[2].node), QUEUE_REFUSED);
	CHECK(queue_take(&q, true) == &items[0].node);
	CHECK(queue_take_all(&q, true) == &items[1].node);
	CHECK(queue_take(&q, true) == NULL);
	CHECK(queue_take_all(&q, true) == NULL);
	queue_close(&q);
	queue_release(&q);
}

static struct queue shared;
static struct item items[PUSHERS][EACH];

static void *push_all(void *argument)
{
	struct item *mine = argument;

	for (int i = 0; i < EACH; i++) {
		/* Full: the takers need the processor. */
		while (queue_push(&shared, &mine[i].node) == QUEUE_REFUSED)
			nanosleep(&(struct timespec){.tv_nsec = 1000}, NULL);
	}
	return NULL;
}

struct taker {
	pthread_t thread;
	bool all;
	int count;
	int disorder;
};

/* Marks every item; counts those that come before an earlier one of the same pusher. */
static void *take_until_closed(void *argument)
{
	struct taker *taker = argument;
	int last[PUSHERS] = {0};
	struct queue_node *node;

	while ((node = taker->all ? queue_take_all(&shared, true) : queue_take(&shared, true))) {
		while (node) {
			struct item *item = (struct item *)node;
			struct queue_node *next = node->next;

			taker->disorder += item->number <= last[item->pusher];
			last[item->pusher] = item->number;
			item->taken++;
			taker->count++;
			node = next;
		}
	}
	return NULL;
}

static void run_threads(size_t max, int n_takers, bool all)
{
	pthread_t pushers[PUSHERS];
	struct taker takers[TAKERS] = {0};
	int count = 0, wrong = 0;

	queue_init(&shared, max);
	for (int i = 0; i < n_takers; i++) {
		takers[i].all = all;
		pthread_create(&takers[i].thread, NULL, take_until_closed, &takers[i]);
	}
	for (int i = 0; i < PUSHERS; i++) {
		for (int j = 0; j < EACH; j++)
			items[i][j] = (struct item){.pusher = i, .number = j + 1};
		pthread_create(&pushers[i], NULL, push_all, items[i]);
	}
	for (int i = 0; i < PUSHERS; i++)
		pthread_join(pushers[i], NULL);
	queue_close(&shared);
	for (int i = 0; i < n_takers; i++) {
		pthread_join(takers[i].thread, NULL);
		count += takers[i].count;
		wrong += takers[i].disorder;
	}
	for (int i = 0; i < PUSHERS; i++)
		for (int j = 0; j < EACH; j++)
			wrong += items[i][j].taken != 1;
	CHECK_INT(count, PUSHERS * EACH);
	CHECK_INT(wrong, 0);
	CHECK_INT(queue_length(&shared), 0);
	queue_release(&shared);
}

static void one_reader(void)
{
	run_threads(0, 1, true);
	run_threads(10, 1, true);
}

static void pool(void)
{
	run_threads(0, TAKERS, false);
	run_threads(10, TAKERS, false);
}

static void *take_one(void *argument)
{
	(void)argument;
	return queue_take(&shared, true);
}

/* Several sleepers: each pushed node wakes one, and closing wakes the rest. */
static void every_sleeper_wakes(void)
{
	struct item two[2] = {0};
	pthread_t threads[4];
	int got = 0;

	queue_init(&shared, 0);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, take_one, NULL);
	queue_push(&shared, &two[0].node);
	queue_push(&shared, &two[1].node);
	queue_close(&shared);
	for (int i = 0; i < 4; i++) {
		void *node;

		pthread_join(threads[i], &node);
		got += node != NULL;
	}
	CHECK_INT(got, 2);
	queue_release(&shared);
}

int main(void)
{
	RUN(in_order);
	RUN(bound);
	RUN(lists);
	RUN(closed);
	RUN(one_reader);
	RUN(pool);
	RUN(every_sleeper_wakes);
	return test_end();
}
