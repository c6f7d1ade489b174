#include <chat/frame.h>

#include <string.h>
#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/json.h>
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

bool frame_encode(
	struct buf *out, enum event_id id, const void *data, const struct frame_extra *extra)
{
	buf_puts(out, "{\"type\":\"");
	buf_puts(out, events[id].name);
	buf_putc(out, '"');
	if (extra && extra->rev) {
		buf_puts(out, ",\"scope\":\"s");
		buf_put_int(out, extra->server_id);
		buf_puts(out, "\",\"rev\":");
		buf_put_int(out, extra->rev);
	}
	if (data) {
		buf_puts(out, ",\"data\":{");
		object_encode_members(out, events[id].object, data);
		if (extra && extra->username) {
			buf_puts(out, ",\"username\":");
			buf_put_json_string(out, extra->username);
		}
		buf_putc(out, '}');
	}
	return buf_putc(out, '}');
}

int64_t scope_server(const char *scope)
{
	int64_t id = 0;

	if (scope[0] != 's' || scope[1] < '1' || scope[1] > '9')
		return 0;
	for (scope++; *scope >= '0' && *scope <= '9'; scope++) {
		id = id * 10 + (*scope - '0');
		if (id > LIMIT_ID_MAX)
			return 0;
	}
	return *scope == '\0' ? id : 0;
}

/* The nonce that an answer can name: one that the decoder would take. */
static const char *frame_nonce(const struct value *data)
{
	const char *nonce = value_text(value_member(data, "nonce"));
	size_t length = nonce ? text_length(nonce, strlen(nonce)) : 0;

	return length >= 1 && length <= LIMIT_NONCE_MAX ? nonce : NULL;
}

enum chat_err frame_decode(const char *text, size_t n, struct arena *arena, struct frame *frame,
	struct problems *problems)
{
	const struct value *root, *type, *data;
	const char *name;
	enum chat_err err = json_parse(text, n, arena, &root, problems);

	*frame = (struct frame){0};
	if (err)
		return err;
	type = value_member(root, "type");
	data = value_member(root, "data");
	name = value_text(type);
	if (!type && value_member(root, "content")) {
		name = "message";
		data = root;
	}
	if (!name || (data && data->type != VALUE_OBJECT && data->type != VALUE_NULL))
		return CHAT_ERR_BAD_FRAME;
	frame->type = name;
	frame->root = root;
	frame->data = value_is(data, VALUE_OBJECT) ? data : NULL;
	frame->nonce = frame_nonce(data);
	return CHAT_OK;
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

/* --- resume --- */

/* The number of a rev: an integer from 0 to ID_MAX, else -1. */
static int64_t rev_value(const struct value *value)
{
	bool is_rev = value_is(value, VALUE_NUMBER) && value->is_whole && value->number >= 0 &&
		      value->number <= LIMIT_ID_MAX;

	return is_rev ? value->number : -1;
}

enum chat_err frame_resume(const struct frame *frame, struct arena *arena, struct resume *out)
{
	const struct value *revs = value_member(frame->data, "revs");

	*out = (struct resume){.epoch = value_text(value_member(frame->data, "epoch"))};
	if (!out->epoch || !value_is(revs, VALUE_OBJECT) || revs->size > RESUME_SCOPES_MAX)
		return CHAT_ERR_INVALID;
	out->scopes = arena_array(arena, revs->size + 1, sizeof(*out->scopes));
	if (!out->scopes)
		return CHAT_ERR_NO_MEMORY;
	for (const struct value *rev = revs->first; rev; rev = rev->next) {
		struct resume_scope *next = &out->scopes[out->count++];

		next->server_id = scope_server(rev->name);
		next->rev = rev_value(rev);
		if (next->server_id == 0 || next->rev < 0)
			return CHAT_ERR_INVALID;
	}
	return CHAT_OK;
}
