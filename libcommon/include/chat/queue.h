#ifndef CHAT_QUEUE_H
#define CHAT_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* An element of a list; embedded as the first member of what is queued. */
struct queue_node {
	struct queue_node *next;
};

/*
 * A mailbox between threads: any number push, one or several take. First in, first out. What is
 * queued stays its owner's: the mailbox only links it.
 */
struct queue {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct queue_node *head;
	struct queue_node **tail;
	size_t length;
	size_t max; /* 0: no bound */
	bool closed;
};

enum queue_result {
	QUEUE_REFUSED, /* full or closed: the node is still the caller's */
	QUEUE_FIRST,   /* taken, and the mailbox was empty: its reader may need waking */
	QUEUE_ADDED,   /* taken */
};

/* max: how many may wait, 0 for no bound. */
void queue_init(struct queue *q, size_t max);
void queue_release(struct queue *q);

enum queue_result queue_push(struct queue *q, struct queue_node *node);

/* The same for n nodes that are linked from first to last: all of them or none. */
enum queue_result queue_push_list(
	struct queue *q, struct queue_node *first, struct queue_node *last, size_t n);

/* All that waits, as a list in order, or NULL. With wait, sleeps until there is something; NULL
 * then means that the mailbox was closed and is empty. */
struct queue_node *queue_take_all(struct queue *q, bool wait);

/* The oldest alone, for a pool of takers. The same rules. */
struct queue_node *queue_take(struct queue *q, bool wait);

/* Refuses what comes from now on and wakes every taker. */
void queue_close(struct queue *q);

/* How many wait now. */
size_t queue_length(struct queue *q);

#endif
