#include "core/hash_queue.h"
#include "test.h"

/* A login: its address and account are whatever numbers. */
static struct hash_node *push(
	struct hash_queue *queue, struct hash_node *node, uint64_t address, uint64_t account)
{
	node->address = address;
	node->account = account;
	return hash_queue_push(queue, node);
}

/* How many are served before this one; all who were leave. -1: it does not wait. */
static int waits(struct hash_queue *queue, const struct hash_node *node)
{
	const struct hash_node *next;
	int before = 0;

	while ((next = hash_queue_pop(queue)) != NULL && next != node)
		before++;
	return next == NULL ? -1 : before;
}

static void first_come_first_served(void)
{
	struct hash_queue queue = {0};
	struct hash_node nodes[10];

	CHECK(hash_queue_pop(&queue) == NULL);
	for (unsigned i = 0; i < 10; i++)
		CHECK(push(&queue, &nodes[i], i, 100 + i) == NULL);
	CHECK_INT(queue.length, 10);
	for (unsigned i = 0; i < 10; i++)
		CHECK(hash_queue_pop(&queue) == &nodes[i]);
	CHECK(hash_queue_pop(&queue) == NULL);
	CHECK_INT(queue.length, 0);
}

/* From one address at many accounts. */
static void one_guesser(void)
{
	struct hash_queue queue = {0};
	struct hash_node guesses[20], login, other;

	for (unsigned i = 0; i < HASH_LINE_MAX; i++)
		CHECK(push(&queue, &guesses[i], 1, 100 + i) == NULL);
	CHECK(push(&queue, &guesses[HASH_LINE_MAX], 1, 200) == &guesses[HASH_LINE_MAX]);
	CHECK(push(&queue, &login, 2, 300) == NULL);
	CHECK(push(&queue, &other, 3, 301) == NULL);
	CHECK_INT(waits(&queue, &login), 1);
	CHECK_INT(waits(&queue, &other), 0);
}

/* At one account from many addresses: its line is as long as an address's may be. */
static void one_victim(void)
{
	struct hash_queue queue = {0};
	struct hash_node guesses[20], login;

	for (unsigned i = 0; i < HASH_LINE_MAX; i++)
		CHECK(push(&queue, &guesses[i], i, 100) == NULL);
	CHECK(push(&queue, &guesses[HASH_LINE_MAX], 99, 100) == &guesses[HASH_LINE_MAX]);
	CHECK(push(&queue, &login, 200, 101) == NULL);
	CHECK_INT(waits(&queue, &login), 1);
}

/* Twenty addresses with four guesses each at accounts of their own: they push out each other, and
 * everybody else gets in and is served in the first round. */
static void many_guessers(void)
{
	struct hash_queue queue = {0};
	struct hash_node guesses[80], logins[10];
	int refused = 0;

	for (unsigned i = 0; i < 80; i++)
		refused += push(&queue, &guesses[i], i % 20, 1000 + i) != NULL;
	CHECK_INT(queue.length, HASH_QUEUE_MAX);
	CHECK_INT(refused, 80 - HASH_QUEUE_MAX);
	for (unsigned i = 0; i < 10; i++) {
		const struct hash_node *displaced = push(&queue, &logins[i], 100 + i, i);

		CHECK(displaced >= guesses && displaced < guesses + 80);
		CHECK(displaced != NULL && displaced->round >= 3);
	}
	CHECK_INT(queue.length, HASH_QUEUE_MAX);
	CHECK_INT(waits(&queue, &logins[0]), 20);
	for (unsigned i = 1; i < 10; i++)
		CHECK_INT(waits(&queue, &logins[i]), 0);
}

/* Guesses that go on coming keep nobody waiting: he is served within a round, not later. */
static void endless_guessing(void)
{
	struct hash_queue queue = {0};
	struct hash_node guesses[100], login;
	int before = 0;

	for (unsigned i = 0; i < 40; i++)
		push(&queue, &guesses[i], i % 10, 1000 + i);
	CHECK(push(&queue, &login, 100, 1) == NULL);
	for (struct hash_node *next; (next = hash_queue_pop(&queue)) != &login; before++) {
		if (!CHECK(next != NULL && before < 50))
			break;
		push(&queue, next, next->address, next->account);
	}
	CHECK_INT(before, 10);
}

/* With one from each address and for each account the latest does not get in. */
static void full_of_equals(void)
{
	struct hash_queue queue = {0};
	struct hash_node nodes[HASH_QUEUE_MAX], late;

	for (unsigned i = 0; i < HASH_QUEUE_MAX; i++)
		CHECK(push(&queue, &nodes[i], i, i) == NULL);
	CHECK(push(&queue, &late, 1000, 1000) == &late);
	CHECK_INT(queue.length, HASH_QUEUE_MAX);
	CHECK(hash_queue_pop(&queue) == &nodes[0]);
	CHECK(push(&queue, &late, 1000, 1000) == NULL);
	CHECK_INT(waits(&queue, &late), HASH_QUEUE_MAX - 1);
}

int main(void)
{
	RUN(first_come_first_served);
	RUN(one_guesser);
	RUN(one_victim);
	RUN(many_guessers);
	RUN(endless_guessing);
	RUN(full_of_equals);
	return test_end();
}
