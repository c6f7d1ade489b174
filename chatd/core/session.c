#include <assert.h>
#include <stdlib.h>
#include <chat/limits.h>
#include "core/session.h"

/* From a row's state to a column's. */
static const bool moves[3][3] = {
	[SESSION_CHECKING] = {[SESSION_LIVE] = true, [SESSION_CLOSING] = true},
	[SESSION_LIVE] = {[SESSION_CLOSING] = true},
	[SESSION_CLOSING] = {false},
};

void session_set_state(struct session *session, enum session_state state)
{
	assert(moves[session->state][state]);
	session->state = state;
}

static bool queue_grow(struct packet_queue *queue)
{
	unsigned capacity = queue->capacity == 0 ? 8 : queue->capacity * 2;
	struct packet **ring = malloc(capacity * sizeof(struct packet *));
	unsigned n = 0;

	if (ring == NULL)
		return false;
	for (unsigned at = queue->head; at != queue->tail; at++)
		ring[n++] = queue->ring[at & (queue->capacity - 1)];
	free(queue->ring);
	queue->ring = ring;
	queue->capacity = capacity;
	queue->head = 0;
	queue->tail = n;
	return true;
}

bool packet_queue_push(struct packet_queue *queue, struct packet *packet)
{
	if (queue->bytes + packet->len > LIMIT_QUEUE_BYTES_MAX)
		return false;
	if (queue->tail - queue->head == queue->capacity && !queue_grow(queue))
		return false;
	queue->ring[queue->tail++ & (queue->capacity - 1)] = packet_ref(packet);
	queue->bytes += packet->len;
	return true;
}

struct packet *packet_queue_at(const struct packet_queue *queue, unsigned i)
{
	if (i >= queue->tail - queue->head)
		return NULL;
	return queue->ring[(queue->head + i) & (queue->capacity - 1)];
}

struct packet *packet_queue_first(const struct packet_queue *queue)
{
	return packet_queue_at(queue, 0);
}

struct packet *packet_queue_only(const struct packet_queue *queue)
{
	return queue->tail - queue->head == 1 ? packet_queue_first(queue) : NULL;
}

void packet_queue_pop(struct packet_queue *queue)
{
	struct packet *packet = queue->ring[queue->head++ & (queue->capacity - 1)];

	queue->bytes -= packet->len;
	packet_unref(packet);
}

void packet_queue_release(struct packet_queue *queue)
{
	while (queue->head != queue->tail)
		packet_queue_pop(queue);
	free(queue->ring);
	*queue = (struct packet_queue){0};
}

size_t session_private_bytes(const struct session *session)
{
	const struct packet_queue *queue = &session->queue;
	size_t bytes = (queue->tail - queue->head) * sizeof(*queue->ring);

	if (session->bulk != NULL)
		bytes += session->bulk->len - session->bulk_at;
	return bytes;
}

void session_drop_output(struct session *session)
{
	packet_queue_release(&session->queue);
	packet_unref(session->bulk);
	session->bulk = NULL;
	scopes_release(&session->scopes);
	backlog_release(&session->backlog);
}
