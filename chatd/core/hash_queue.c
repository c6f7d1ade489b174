#include <stdbool.h>
#include "core/hash_queue.h"

/* Gives a newcomer its round; false when its address or its account has enough of them. */
static bool choose_round(const struct hash_queue *queue, struct hash_node *node)
{
	size_t of_address = 0, of_account = 0;
	uint64_t last = queue->round;

	for (const struct hash_node *other = queue->first; other != NULL; other = other->next) {
		bool same_address = other->address == node->address;
		bool same_account = other->account == node->account;

		of_address += same_address;
		of_account += same_account;
		if ((same_address || same_account) && other->round > last)
			last = other->round;
	}
	node->round = last + 1;
	return of_address < HASH_LINE_MAX && of_account < HASH_LINE_MAX;
}

struct hash_node *hash_queue_push(struct hash_queue *queue, struct hash_node *node)
{
	struct hash_node **link = &queue->first, *displaced;

	if (!choose_round(queue, node))
		return node;
	while (*link != NULL && (*link)->round <= node->round)
		link = &(*link)->next;
	node->next = *link;
	*link = node;
	if (++queue->length <= HASH_QUEUE_MAX)
		return NULL;
	while ((*link)->next != NULL)
		link = &(*link)->next;
	displaced = *link;
	*link = NULL;
	queue->length--;
	return displaced;
}

struct hash_node *hash_queue_pop(struct hash_queue *queue)
{
	struct hash_node *node = queue->first;

	if (node == NULL)
		return NULL;
	queue->first = node->next;
	queue->length--;
	queue->round = node->round;
	return node;
}
