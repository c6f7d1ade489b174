#include <stdlib.h>
#include "core/fair_queue.h"

/* Those who wait under one key; there is no empty one. */
struct fair_line {
	struct fair_line *next, *prev; /* the ring of all, in order of their turns */
	struct fair_node *first, *last;
	int64_t key;
	size_t counted;
};

void fair_queue_init(struct fair_queue *queue)
{
	*queue = (struct fair_queue){0};
}

void fair_queue_release(struct fair_queue *queue)
{
	map_release(&queue->lines);
}

/* A new line at the end of the ring; NULL without memory. */
static struct fair_line *add_line(struct fair_queue *queue, int64_t key)
{
	struct fair_line *line = calloc(1, sizeof(*line));

	if (line == NULL || !map_put(&queue->lines, key, line)) {
		free(line);
		return NULL;
	}
	line->key = key;
	if (queue->turn == NULL)
		queue->turn = line->next = line->prev = line;
	line->next = queue->turn;
	line->prev = queue->turn->prev;
	line->prev->next = line->next->prev = line;
	return line;
}

static void remove_line(struct fair_queue *queue, struct fair_line *line)
{
	if (queue->turn == line)
		queue->turn = line->next == line ? NULL : line->next;
	line->prev->next = line->next;
	line->next->prev = line->prev;
	map_remove(&queue->lines, line->key);
	free(line);
}

bool fair_queue_push(struct fair_queue *queue, struct fair_node *node, int64_t key, bool counted)
{
	struct fair_line *line = map_get(&queue->lines, key);

	if (line == NULL)
		line = add_line(queue, key);
	if (line == NULL)
		return false;
	*node = (struct fair_node){.counted = counted};
	if (line->last == NULL)
		line->first = node;
	else
		line->last->next = node;
	line->last = node;
	line->counted += counted;
	queue->length++;
	return true;
}

struct fair_node *fair_queue_first(const struct fair_queue *queue)
{
	return queue->turn == NULL ? NULL : queue->turn->first;
}

void fair_queue_discard(struct fair_queue *queue)
{
	struct fair_line *line = queue->turn;

	queue->length--;
	line->counted -= line->first->counted;
	line->first = line->first->next;
	if (line->first == NULL)
		remove_line(queue, line);
}

void fair_queue_pop(struct fair_queue *queue)
{
	struct fair_line *next = queue->turn->next;
	bool is_alone = queue->turn == next;

	fair_queue_discard(queue);
	if (!is_alone)
		queue->turn = next;
}

size_t fair_queue_counted(const struct fair_queue *queue, int64_t key)
{
	const struct fair_line *line = map_get(&queue->lines, key);

	return line == NULL ? 0 : line->counted;
}
