#include <chat/queue.h>

void queue_init(struct queue *q, size_t max)
{
	*q = (struct queue){.max = max};
	q->tail = &q->head;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->filled, NULL);
}

void queue_release(struct queue *q)
{
	pthread_cond_destroy(&q->filled);
	pthread_mutex_destroy(&q->lock);
}

enum queue_result queue_push_list(
	struct queue *q, struct queue_node *first, struct queue_node *last, size_t n)
{
	enum queue_result result = QUEUE_REFUSED;

	pthread_mutex_lock(&q->lock);
	if (!q->closed && (q->max == 0 || n <= q->max - q->length)) {
		result = q->head ? QUEUE_ADDED : QUEUE_FIRST;
		last->next = NULL;
		*q->tail = first;
		q->tail = &last->next;
		q->length += n;
		/* Each node wakes one taker: with several of them the first wake is not enough. */
		if (n == 1)
			pthread_cond_signal(&q->filled);
		else
			pthread_cond_broadcast(&q->filled);
	}
	pthread_mutex_unlock(&q->lock);
	return result;
}

enum queue_result queue_push(struct queue *q, struct queue_node *node)
{
	return queue_push_list(q, node, node, 1);
}

/* Called with the lock held. */
static void queue_wait(struct queue *q)
{
	while (!q->head && !q->closed)
		pthread_cond_wait(&q->filled, &q->lock);
}

struct queue_node *queue_take_all(struct queue *q, bool wait)
{
	struct queue_node *list;

	pthread_mutex_lock(&q->lock);
	if (wait)
		queue_wait(q);
	list = q->head;
	q->head = NULL;
	q->tail = &q->head;
	q->length = 0;
	pthread_mutex_unlock(&q->lock);
	return list;
}

struct queue_node *queue_take(struct queue *q, bool wait)
{
	struct queue_node *node;

	pthread_mutex_lock(&q->lock);
	if (wait)
		queue_wait(q);
	node = q->head;
	if (node) {
		q->head = node->next;
		if (!q->head)
			q->tail = &q->head;
		q->length--;
		node->next = NULL;
	}
	pthread_mutex_unlock(&q->lock);
	return node;
}

void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->filled);
	pthread_mutex_unlock(&q->lock);
}

size_t queue_length(struct queue *q)
{
	size_t length;

	pthread_mutex_lock(&q->lock);
	length = q->length;
	pthread_mutex_unlock(&q->lock);
	return length;
}
