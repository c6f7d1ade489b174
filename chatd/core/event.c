#include <stdlib.h>
#include <string.h>
#include <chat/buf.h>
#include <chat/limits.h>
#include "core/event.h"

/* The ready frame of a user with 200 servers of 500 channels each is some 30 MB. */
#define PAYLOAD_BYTES_MAX (64u << 20)

struct packet *packet_new(const char *payload, size_t n)
{
	unsigned char header[10];
	size_t header_len = frame_header(header, n);
	struct packet *packet = malloc(sizeof(*packet) + header_len + n);

	if (packet == NULL)
		return NULL;
	packet->refs = 1;
	packet->header = (unsigned)header_len;
	packet->len = header_len + n;
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

struct packet *packet_ref(struct packet *packet)
{
	packet->refs++;
	return packet;
}

void packet_unref(struct packet *packet)
{
	if (packet != NULL && --packet->refs == 0)
		free(packet);
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
