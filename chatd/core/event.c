#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <chat/buf.h>
#include <chat/limits.h>
#include "core/event.h"

/* The ready frame of a user with 200 servers of 500 channels each is some 30 MB. */
#define PAYLOAD_BYTES_MAX (64u << 20)

static atomic_size_t shared; /* bytes of packets */

size_t packet_bytes(void)
{
	return atomic_load_explicit(&shared, memory_order_relaxed);
}

void packet_claim(struct packet *packet)
{
	if (!packet->is_private)
		atomic_fetch_sub_explicit(&shared, packet->len, memory_order_relaxed);
	packet->is_private = true;
}

/* Of so many bytes, which are still to be filled in. */
static struct packet *packet_alloc(size_t len)
{
	struct packet *packet = malloc(sizeof(*packet) + len);

	if (packet == NULL)
		return NULL;
	*packet = (struct packet){.refs = 1, .len = len};
	atomic_fetch_add_explicit(&shared, len, memory_order_relaxed);
	return packet;
}

struct packet *packet_new(const char *payload, size_t n)
{
	unsigned char header[10];
	size_t header_len = frame_header(header, n);
	struct packet *packet = packet_alloc(header_len + n);

	if (packet == NULL)
		return NULL;
	packet->header = (unsigned)header_len;
	packet->frames = 1;
	memcpy(packet->bytes, header, header_len);
	memcpy(packet->bytes + header_len, payload, n);
	return packet;
}

struct packet *packet_encode(enum event_id id, const void *data, const struct frame_extra *extra)
{
	struct packet *packet = NULL;
	struct buf payload;

	buf_init(&payload, PAYLOAD_BYTES_MAX);
	frame_encode(&payload, id, data, extra);
	if (buf_ok(&payload))
		packet = packet_new(payload.data, payload.len);
	buf_release(&payload);
	return packet;
}

/* Appends a packet at `at`; returns its end. */
static char *append(struct packet *all, char *at, const struct packet *packet)
{
	memcpy(at, packet->bytes, packet->len);
	all->frames += packet->frames;
	return at + packet->len;
}

struct packet *packet_join(struct packet *const *packets, size_t n)
{
	struct packet *all;
	size_t len = 0;
	char *at;

	for (size_t i = 0; i < n; i++)
		len += packets[i]->len;
	all = packet_alloc(len);
	if (all == NULL)
		return NULL;
	at = all->bytes;
	for (size_t i = 0; i < n; i++)
		at = append(all, at, packets[i]);
	return all;
}

struct packet *packet_ref(struct packet *packet)
{
	packet->refs++;
	return packet;
}

void packet_unref(struct packet *packet)
{
	if (packet == NULL || --packet->refs > 0)
		return;
	packet_claim(packet);
	free(packet);
}

struct packet *event_join(const struct event *first, const struct event *end)
{
	struct packet *all;
	size_t len = 0;
	char *at;

	for (const struct event *event = first; event != end; event = event->next)
		len += event->packet->len;
	all = packet_alloc(len);
	if (all == NULL)
		return NULL;
	at = all->bytes;
	for (; first != end; first = first->next)
		at = append(all, at, first->packet);
	return all;
}

struct event *event_new(enum event_kind kind)
{
	struct event *event = calloc(1, sizeof(*event));

	if (event != NULL)
		event->kind = kind;
	return event;
}

void event_free(struct event *list)
{
	while (list != NULL) {
		struct event *next = list->next;

		packet_unref(list->packet);
		packet_unref(list->own);
		free(list->username);
		free(list);
		list = next;
	}
}
