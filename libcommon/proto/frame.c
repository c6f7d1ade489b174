#include <chat/frame.h>

#include <string.h>
#include <jansson.h>
#include <chat/buf.h>
#include <chat/text.h>

static const struct event_info events[EVENT_COUNT] = {
#define EVENT(name_, object_, reach_, doc_)                                                        \
	[EVENT_##name_] = {.name = #name_,                                                         \
		.object = OBJECT_##object_,                                                        \
		.reach = REACH_##reach_,                                                           \
		.doc = (doc_)},
#include <chat/events.def>
#undef EVENT
};

const struct event_info *event_info(enum event_id id)
{
	return &events[id];
}

enum event_id event_by_name(const char *name)
{
	unsigned id = 0;

	while (id < EVENT_COUNT && strcmp(events[id].name, name) != 0)
		id++;
	return (enum event_id)id;
}

bool frame_encode(struct buf *out, enum event_id id, const void *data, const char *username)
{
	buf_puts(out, "{\"type\":\"");
	buf_puts(out, events[id].name);
	buf_putc(out, '"');
	if (data) {
		buf_puts(out, ",\"data\":{");
		object_encode_members(out, events[id].object, data);
		if (username) {
			buf_puts(out, ",\"username\":");
			buf_put_json_string(out, username);
		}
		buf_putc(out, '}');
	}
	return buf_putc(out, '}');
}

/* A string without a NUL, or NULL. */
static const char *plain_string(const json_t *value)
{
	const char *text = json_string_value(value);

	return text && strlen(text) == json_string_length(value) ? text : NULL;
}

/* The nonce that an answer can name: one that the decoder would take. */
static const char *frame_nonce(const json_t *data)
{
	const char *nonce = plain_string(json_object_get(data, "nonce"));
	size_t length = nonce ? text_length(nonce, strlen(nonce)) : 0;

	return length >= 1 && length <= LIMIT_NONCE_MAX ? nonce : NULL;
}

enum chat_err frame_decode(
	const char *text, size_t n, struct frame *frame, struct problems *problems)
{
	const json_t *type, *data;
	enum chat_err err;

	*frame = (struct frame){0};
	frame->root = json_parse(text, n, &err, problems);
	if (!frame->root)
		return err;
	type = json_object_get(frame->root, "type");
	data = json_object_get(frame->root, "data");
	if (!type && json_object_get(frame->root, "content")) {
		frame->type = "message";
		data = frame->root;
	} else {
		frame->type = plain_string(type);
	}
	if (!frame->type || (data && !json_is_object(data) && !json_is_null(data))) {
		frame_release(frame);
		return CHAT_ERR_BAD_FRAME;
	}
	frame->data = json_is_object(data) ? data : NULL;
	frame->nonce = frame_nonce(data);
	return CHAT_OK;
}

void frame_release(struct frame *frame)
{
	json_decref(frame->root);
	*frame = (struct frame){0};
}

size_t frame_header(unsigned char out[10], size_t n)
{
	size_t bytes = n < 126 ? 0 : n <= 0xFFFF ? 2 : 8; /* of the length */

	out[0] = 0x81; /* FIN, opcode 1: text */
	out[1] = (unsigned char)(bytes == 0 ? n : bytes == 2 ? 126 : 127);
	for (size_t i = 0; i < bytes; i++)
		out[2 + i] = (unsigned char)((unsigned long long)n >> (8 * (bytes - 1 - i)));
	return 2 + bytes;
}
