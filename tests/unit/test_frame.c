#include <chat/frame.h>

#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/json.h>
#include "test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_encode(void)
{
	struct chat_message_ref ref = {1, 2};
	struct buf out;

	buf_init(&out, 4096);
	CHECK(frame_encode(&out, EVENT_message_delete, &ref, NULL));
	CHECK_STR(buf_str(&out),
		"{\"type\":\"message_delete\",\"data\":{\"id\":1,\"channel_id\":2}}");
	buf_reset(&out);
	CHECK(frame_encode(
		&out, EVENT_message_delete, &ref, &(struct frame_extra){.username = "a\"b"}));
	CHECK_STR(buf_str(&out), "{\"type\":\"message_delete\",\"data\":{\"id\":1,\"channel_id\":2,"
				 "\"username\":\"a\\\"b\"}}");
	buf_reset(&out);
	CHECK(frame_encode(&out, EVENT_pong, NULL, NULL));
	CHECK_STR(buf_str(&out), "{\"type\":\"pong\"}");
	buf_release(&out);
	buf_init(&out, 20);
	CHECK(!frame_encode(&out, EVENT_message_delete, &ref, NULL));
	buf_release(&out);
}

static void test_events(void)
{
	for (unsigned i = 0; i < EVENT_COUNT; i++)
		CHECK_INT(event_by_name(event_info((enum event_id)i)->name), (int)i);
	CHECK_INT(event_by_name("Message"), EVENT_COUNT);
	CHECK_INT(event_by_name(""), EVENT_COUNT);
	CHECK_INT(event_info(EVENT_message_delete)->object, OBJECT_message_ref);
	CHECK_INT(event_info(EVENT_message)->reach, REACH_CHANNEL);
	CHECK_INT(event_info(EVENT_pong)->object, OBJECT_none);
}

static const struct frame_row {
	const char *text;
	enum chat_err err;
	const char *type, *content, *nonce; /* what a good one has; content of its data */
} rows[] = {
	{"{\"type\":\"message\",\"data\":{\"content\":\"x\",\"nonce\":\"n\"}}", CHAT_OK, "message",
		"x", "n"},
	{"{\"content\":\"x\"}", CHAT_OK, "message", "x", NULL},
	{"{\"content\":\"x\",\"nonce\":\"n\",\"username\":\"forged\"}", CHAT_OK, "message", "x",
		"n"},
	{"{\"type\":\"ping\"}", CHAT_OK, "ping", NULL, NULL},
	{"{\"type\":\"ping\",\"data\":null}", CHAT_OK, "ping", NULL, NULL},
	{"{\"type\":\"typing\",\"data\":{}}", CHAT_OK, "typing", NULL, NULL},
	{"{\"type\":\"anything\",\"content\":\"x\"}", CHAT_OK, "anything", NULL, NULL},
	{"{\"content\":\"x\",\"nonce\":5}", CHAT_OK, "message", "x", NULL},
	{"{\"content\":\"x\",\"nonce\":\"\"}", CHAT_OK, "message", "x", NULL},
	{"{\"content\":\"x\",\"nonce\":\"a\\u0000b\"}", CHAT_OK, "message", "x", NULL},
	{"{\"content\":\"x\",\"nonce\":\"12345678901234567890123456789012345678901234567890"
	 "123456789012345\"}",
		CHAT_OK, "message", "x", NULL},
	{"", CHAT_ERR_BAD_JSON, NULL, NULL, NULL},
	{"ping", CHAT_ERR_BAD_JSON, NULL, NULL, NULL},
	{"{\"type\":\"ping\",\"type\":\"ping\"}", CHAT_ERR_BAD_JSON, NULL, NULL, NULL},
	{"{\"type\":\"\xff\"}", CHAT_ERR_INVALID, NULL, NULL, NULL},
	{"{\"content\":\"\\ud800\"}", CHAT_ERR_INVALID, NULL, NULL, NULL},
	{"{}", CHAT_ERR_BAD_FRAME, NULL, NULL, NULL},
	{"[]", CHAT_ERR_BAD_FRAME, NULL, NULL, NULL},
	{"\"ping\"", CHAT_ERR_BAD_FRAME, NULL, NULL, NULL},
	{"null", CHAT_ERR_BAD_FRAME, NULL, NULL, NULL},
	{"{\"type\":1}", CHAT_ERR_BAD_FRAME, NULL, NULL, NULL},
	{"{\"type\":null,\"content\":\"x\"}", CHAT_ERR_BAD_FRAME, NULL, NULL, NULL},
	{"{\"type\":\"ping\\u0000\"}", CHAT_ERR_BAD_FRAME, NULL, NULL, NULL},
	{"{\"type\":\"message\",\"data\":\"x\"}", CHAT_ERR_BAD_FRAME, NULL, NULL, NULL},
	{"{\"type\":\"message\",\"data\":[]}", CHAT_ERR_BAD_FRAME, NULL, NULL, NULL},
	{"{\"data\":{\"content\":\"x\"}}", CHAT_ERR_BAD_FRAME, NULL, NULL, NULL},
};

static void test_decode(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct problems problems = {0};
		struct arena arena;
		struct frame frame;
		bool ok;

		arena_init(&arena, 0);
		ok = CHECK_INT(
			frame_decode(rows[i].text, strlen(rows[i].text), &arena, &frame, &problems),
			rows[i].err);
		ok &= CHECK_INT(problems.count > 0, rows[i].err == CHAT_ERR_INVALID);
		ok &= CHECK_STR(frame.type, rows[i].type);
		ok &= CHECK_STR(frame.nonce, rows[i].nonce);
		ok &= CHECK_STR(value_text(value_member(frame.data, "content")), rows[i].content);
		if (!ok)
			fprintf(stderr, "  in %s\n", rows[i].text);
		CHECK((frame.root != NULL) == (rows[i].err == CHAT_OK));
		arena_release(&arena);
	}
}

/* A frame's data decodes as a body does. */
static void test_data(void)
{
	static const char text[] = "{\"type\":\"message\",\"data\":{\"content\":\"x\"}}";
	static const char bad[] = "{\"type\":\"message\"}";
	struct problems problems = {0};
	struct chat_message_create message;
	struct arena arena;
	struct frame frame;

	arena_init(&arena, 0);
	frame_decode(text, strlen(text), &arena, &frame, &problems);
	CHECK_INT(
		object_decode_value(OBJECT_message_create, frame.data, &arena, &message, &problems),
		CHAT_OK);
	CHECK_STR(message.content, "x");
	frame_decode(bad, strlen(bad), &arena, &frame, &problems);
	CHECK_INT(
		object_decode_value(OBJECT_message_create, frame.data, &arena, &message, &problems),
		CHAT_ERR_INVALID);
	CHECK_STR(problems.list[0].type, "object_type");
	arena_release(&arena);
}

/* RFC 6455, section 5.7: the examples, and the lengths where the form changes. */
static void test_header(void)
{
	static const struct {
		size_t n, length;
		unsigned char bytes[10];
	} headers[] = {
		{0, 2, {0x81, 0}},
		{5, 2, {0x81, 0x05}},
		{125, 2, {0x81, 125}},
		{126, 4, {0x81, 126, 0, 126}},
		{256, 4, {0x81, 126, 1, 0}},
		{65535, 4, {0x81, 126, 0xff, 0xff}},
		{65536, 10, {0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}},
		{0x12345678, 10, {0x81, 127, 0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78}},
	};

	for (size_t i = 0; i < COUNT(headers); i++) {
		unsigned char out[10];

		CHECK_INT((long long)frame_header(out, headers[i].n), (long long)headers[i].length);
		CHECK(!memcmp(out, headers[i].bytes, headers[i].length));
	}
}

int main(void)
{
	RUN(test_encode);
	RUN(test_events);
	RUN(test_decode);
	RUN(test_data);
	RUN(test_header);
	return test_end();
}
