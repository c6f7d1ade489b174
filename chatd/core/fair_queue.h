#ifndef CHATD_FAIR_QUEUE_H
#define CHATD_FAIR_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/map.h"

/* An element; embedded in what is queued, which stays its owner's. */
struct fair_node {
	struct fair_node *next; /* in its line */
	bool counted;
};

/*
 * A queue of one line for each key (an id, never 0), each first in, first out, from which one
 * element at a time is taken in turn, round robin: who queues much waits behind itself. All is
 * O(1), whatever the number of lines. Not locked.
 */
struct fair_queue {
	struct map lines;
	struct fair_line *turn; /* whose first element is next; NULL when the queue is empty */
	size_t length;
};

void fair_queue_init(struct fair_queue *queue);
/* It must be empty. */
void fair_queue_release(struct fair_queue *queue);

/* Adds to the end of the key's line. counted: for fair_queue_counted(). False without memory. */
bool fair_queue_push(struct fair_queue *queue, struct fair_node *node, int64_t key, bool counted);

/* The first element of the line whose turn it is; NULL when the queue is empty. */
struct fair_node *fair_queue_first(const struct fair_queue *queue);
/* Removes that element, and the turn passes to the next line. */
void fair_queue_pop(struct fair_queue *queue);
/* Removes that element, and the turn stays with its line unless the line is empty now: for an
 * element that costs nothing. */
void fair_queue_discard(struct fair_queue *queue);

/* How many in the key's line are counted. */
size_t fair_queue_counted(const struct fair_queue *queue, int64_t key);

#endif
