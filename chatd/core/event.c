#include <stdlib.h>
#include <string.h>
#include <chat/buf.h>
#include <chat/limits.h>
#include "core/event.h"

struct packet *packet_new(const char *payload, size_t n)
{
	unsigned char header[10];
	size_t header_len = frame_header(header, n);
	struct packet *packet = malloc(sizeof(*packet) + header_len + n);

	if (packet == NULL)
		return NULL;
	packet->refs = 1;
	packet->len = header_len + n;
	memcpy(packet->bytes, header, header_len);
	memcpy(packet->bytes + header_len, payload, n);
	return packet;
}

struct packet *packet_encode(enum event_id id, const void *data, const char *username)
{
	struct packet *packet = NULL;
	struct buf payload;

	buf_init(&payload, LIMIT_QUEUE_BYTES_MAX);
	frame_encode(&payload, id, data, username);
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
