#include <chat/object.h>

#include <chat/arena.h>
#include <chat/buf.h>
#include "test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Room for any object. */
union any {
#define OBJECT(name, doc) struct chat_##name as_##name;
#define F(object, field, type, flags, min, max, doc)
#define R(object, field, type, flags, ref, doc)
#define END(name)
#include <chat/objects.def>
#undef OBJECT
#undef F
#undef R
#undef END
};

static struct arena arena;
static struct problems problems;
static union any any;

static enum chat_err decode(enum object_id id, const char *json)
{
	arena_reset(&arena);
	problems.count = 0;
	return object_decode(id, json, strlen(json), &arena, &any, &problems);
}

static enum chat_err decode_form(enum object_id id, const char *text)
{
	arena_reset(&arena);
	problems.count = 0;
	return object_decode_form(id, "query", text, strlen(text), &arena, &any, &problems);
}

/* --- JSON that is refused --- */

#define NAME_3 "\xc3\xa4\xc3\xb6\xc3\xbc" /* three letters in six bytes */
#define CONTENT(text) "{\"content\":\"" text "\"}"

static const struct bad_row {
	enum object_id id;
	const char *json;
	enum chat_err err;
	const char *field, *type; /* of the first problem, for INVALID */
} bad_rows[] = {
	/* not JSON */
	{OBJECT_message_create, "{", CHAT_ERR_BAD_JSON, NULL, NULL},
	{OBJECT_message_create, "{\"content\":\"x\"", CHAT_ERR_BAD_JSON, NULL, NULL},
	{OBJECT_message_create, "{\"content\":\"x\"}}", CHAT_ERR_BAD_JSON, NULL, NULL},
	{OBJECT_message_create, "{'content':'x'}", CHAT_ERR_BAD_JSON, NULL, NULL},
	{OBJECT_message_create, "{\"content\":\"x\",}", CHAT_ERR_BAD_JSON, NULL, NULL},
	{OBJECT_message_create, "{\"content\":\"\n\"}", CHAT_ERR_BAD_JSON, NULL, NULL},
	{OBJECT_message_create, "{\"content\":\"\\x\"}", CHAT_ERR_BAD_JSON, NULL, NULL},
	{OBJECT_message_create, "{\"content\":\"\\u12g4\"}", CHAT_ERR_BAD_JSON, NULL, NULL},
	{OBJECT_message_create, "{\"content\":\"\\u12", CHAT_ERR_BAD_JSON, NULL, NULL},
	{OBJECT_message_create, "{\"content\":\"\\", CHAT_ERR_BAD_JSON, NULL, NULL},
	{OBJECT_message_create, " ", CHAT_ERR_BAD_JSON, NULL, NULL},
	{OBJECT_message_create, "content=x", CHAT_ERR_BAD_JSON, NULL, NULL},
	{OBJECT_message_create, "{\"content\":NaN}", CHAT_ERR_BAD_JSON, NULL, NULL},
	{OBJECT_message_create, "{\"content\":\"x\"} // no", CHAT_ERR_BAD_JSON, NULL, NULL},
	{OBJECT_invite_create, "{\"max_uses\":01}", CHAT_ERR_BAD_JSON, NULL, NULL},
	{OBJECT_message_create, "{\"content\":\"a\",\"content\":\"b\"}", CHAT_ERR_BAD_JSON, NULL,
		NULL},
	{OBJECT_message_create, "{\"x\":1,\"content\":\"b\",\"x\":1}", CHAT_ERR_BAD_JSON, NULL,
		NULL},
	/* not an object */
	{OBJECT_message_create, "[]", CHAT_ERR_INVALID, NULL, "object_type"},
	{OBJECT_message_create, "null", CHAT_ERR_INVALID, NULL, "object_type"},
	{OBJECT_message_create, "\"content\"", CHAT_ERR_INVALID, NULL, "object_type"},
	{OBJECT_message_create, "1", CHAT_ERR_INVALID, NULL, "object_type"},
	/* not text */
	{OBJECT_message_create, CONTENT("\xff"), CHAT_ERR_INVALID, NULL, "value_error"},
	{OBJECT_message_create, CONTENT("\xc0\x80"), CHAT_ERR_INVALID, NULL, "value_error"},
	{OBJECT_message_create, CONTENT("\xed\xa0\x80"), CHAT_ERR_INVALID, NULL, "value_error"},
	{OBJECT_message_create, CONTENT("\xf0\x9f\x98"), CHAT_ERR_INVALID, NULL, "value_error"},
	{OBJECT_message_create, CONTENT("\\ud800"), CHAT_ERR_INVALID, NULL, "value_error"},
	{OBJECT_message_create, CONTENT("\\uDC00"), CHAT_ERR_INVALID, NULL, "value_error"},
	{OBJECT_message_create, CONTENT("\\ud83d\\ud83d"), CHAT_ERR_INVALID, NULL, "value_error"},
	{OBJECT_message_create, CONTENT("\\udc00\\udc00"), CHAT_ERR_INVALID, NULL, "value_error"},
	{OBJECT_message_create, CONTENT("\\ud83dx"), CHAT_ERR_INVALID, NULL, "value_error"},
	{OBJECT_message_create, CONTENT("\\\\\\ud83d"), CHAT_ERR_INVALID, NULL, "value_error"},
	{OBJECT_message_create, "{\"content\":\"x\",\"y\":\"\\ud800\"}", CHAT_ERR_INVALID, NULL,
		"value_error"},
	{OBJECT_message_create, CONTENT("a\\u0000b"), CHAT_ERR_INVALID, "content", "value_error"},
	{OBJECT_message_create, "{\"content\":\"x\",\"a\\u0000b\":1}", CHAT_ERR_INVALID, NULL,
		"value_error"},
	/* of another type: a string is never a number, nor a number a string */
	{OBJECT_message_create, "{}", CHAT_ERR_INVALID, "content", "missing"},
	{OBJECT_message_create, "", CHAT_ERR_INVALID, "content", "missing"},
	{OBJECT_message_create, "{\"Content\":\"x\"}", CHAT_ERR_INVALID, "content", "missing"},
	{OBJECT_message_create, "{\"content\":null}", CHAT_ERR_INVALID, "content", "string_type"},
	{OBJECT_message_create, "{\"content\":5}", CHAT_ERR_INVALID, "content", "string_type"},
	{OBJECT_message_create, "{\"content\":true}", CHAT_ERR_INVALID, "content", "string_type"},
	{OBJECT_message_create, "{\"content\":[\"x\"]}", CHAT_ERR_INVALID, "content",
		"string_type"},
	{OBJECT_message_ref, "{\"id\":\"1\",\"channel_id\":1}", CHAT_ERR_INVALID, "id", "int_type"},
	{OBJECT_message_ref, "{\"id\":true,\"channel_id\":1}", CHAT_ERR_INVALID, "id", "int_type"},
	{OBJECT_message_ref, "{\"id\":{},\"channel_id\":1}", CHAT_ERR_INVALID, "id", "int_type"},
	{OBJECT_message_ref, "{\"id\":null,\"channel_id\":1}", CHAT_ERR_INVALID, "id", "int_type"},
	{OBJECT_member_update, "{\"role\":1}", CHAT_ERR_INVALID, "role", "string_type"},
	{OBJECT_member_update, "{\"role\":\"god\"}", CHAT_ERR_INVALID, "role", "enum"},
	{OBJECT_member_update, "{\"role\":\"\"}", CHAT_ERR_INVALID, "role", "enum"},
	{OBJECT_member_update, "{\"role\":\"owner\\u0000\"}", CHAT_ERR_INVALID, "role",
		"value_error"},
	{OBJECT_user_update, "{\"status\":\"Away\"}", CHAT_ERR_INVALID, "status", "enum"},
	{OBJECT_user_update, "{\"status\":0}", CHAT_ERR_INVALID, "status", "string_type"},
	{OBJECT_health, "{\"status\":\"x\",\"timestamp\":1}", CHAT_ERR_INVALID, "timestamp",
		"string_type"},
	{OBJECT_health, "{\"status\":\"x\",\"timestamp\":\"today\"}", CHAT_ERR_INVALID, "timestamp",
		"value_error"},
	{OBJECT_health, "{\"status\":\"x\",\"timestamp\":\"1969-12-31T23:59:59Z\"}",
		CHAT_ERR_INVALID, "timestamp", "value_error"},
	{OBJECT_health, "{\"status\":\"x\",\"timestamp\":\"9999-12-31T23:59:59-01:00\"}",
		CHAT_ERR_INVALID, "timestamp", "value_error"},
	/* numbers out of their range */
	{OBJECT_message_ref, "{\"id\":0,\"channel_id\":1}", CHAT_ERR_INVALID, "id",
		"greater_than_equal"},
	{OBJECT_message_ref, "{\"id\":-0.0,\"channel_id\":1}", CHAT_ERR_INVALID, "id",
		"greater_than_equal"},
	{OBJECT_message_ref, "{\"id\":-1,\"channel_id\":1}", CHAT_ERR_INVALID, "id",
		"greater_than_equal"},
	{OBJECT_message_ref, "{\"id\":-1e300,\"channel_id\":1}", CHAT_ERR_INVALID, "id",
		"greater_than_equal"},
	{OBJECT_message_ref, "{\"id\":1.5,\"channel_id\":1}", CHAT_ERR_INVALID, "id",
		"int_from_float"},
	{OBJECT_message_ref, "{\"id\":9007199254740992,\"channel_id\":1}", CHAT_ERR_INVALID, "id",
		"less_than_equal"},
	{OBJECT_message_ref, "{\"id\":9223372036854775808,\"channel_id\":1}", CHAT_ERR_INVALID,
		"id", "less_than_equal"},
	{OBJECT_message_ref, "{\"id\":1e300,\"channel_id\":1}", CHAT_ERR_INVALID, "id",
		"less_than_equal"},
	{OBJECT_message_ref, "{\"id\":1e400,\"channel_id\":1}", CHAT_ERR_INVALID, "id",
		"less_than_equal"},
	{OBJECT_invite_create, "{\"max_uses\":0}", CHAT_ERR_INVALID, "max_uses",
		"greater_than_equal"},
	{OBJECT_invite_create, "{\"max_uses\":1000001}", CHAT_ERR_INVALID, "max_uses",
		"less_than_equal"},
	{OBJECT_invite_create, "{\"expires_in\":31536001}", CHAT_ERR_INVALID, "expires_in",
		"less_than_equal"},
	/* lengths, in code points */
	{OBJECT_message_create, CONTENT(""), CHAT_ERR_INVALID, "content", "string_too_short"},
	{OBJECT_message_create, "{\"content\":\"x\",\"nonce\":\"\"}", CHAT_ERR_INVALID, "nonce",
		"string_too_short"},
	{OBJECT_login, "{\"username\":\"x\",\"password\":\"\"}", CHAT_ERR_INVALID, "password",
		"string_too_short"},
	{OBJECT_register, "{\"username\":\"" NAME_3 "\",\"email\":\"a@b\",\"password\":\"12345\"}",
		CHAT_ERR_INVALID, "password", "string_too_short"},
	{OBJECT_register, "{\"username\":\"ab\",\"email\":\"a@b\",\"password\":\"123456\"}",
		CHAT_ERR_INVALID, "username", "string_too_short"},
	/* what shows nothing */
	{OBJECT_message_create, CONTENT(" \\n\u200b"), CHAT_ERR_BLANK, "content", "blank"},
	{OBJECT_server_update, "{\"name\":\"\u3164\"}", CHAT_ERR_BLANK, "name", "blank"},
	{OBJECT_channel_create, "{\"name\":\"x\",\"description\":\" \"}", CHAT_OK, NULL, NULL},
	/* more than lengths */
	{OBJECT_register, "{\"username\":\"a b\",\"email\":\"a@b\",\"password\":\"123456\"}",
		CHAT_ERR_INVALID, "username", "value_error"},
	{OBJECT_register, "{\"username\":\"abc\",\"email\":\"a b@c\",\"password\":\"123456\"}",
		CHAT_ERR_INVALID, "email", "value_error"},
	/* within another object */
	{OBJECT_member,
		"{\"id\":1,\"server_id\":1,\"user_id\":1,\"role\":\"owner\","
		"\"joined_at\":\"2026-01-31T12:00:00Z\",\"user\":7}",
		CHAT_ERR_INVALID, "user", "object_type"},
};

static void test_decode_bad(void)
{
	for (size_t i = 0; i < COUNT(bad_rows); i++) {
		const struct bad_row *row = &bad_rows[i];
		bool ok = CHECK_INT(decode(row->id, row->json), row->err);

		if (row->err == CHAT_ERR_INVALID || row->err == CHAT_ERR_BLANK) {
			ok &= CHECK_INT((int)problems.count, 1);
			ok &= CHECK_STR(problems.list[0].in, "body");
			ok &= CHECK_STR(problems.list[0].field, row->field);
			ok &= CHECK_STR(problems.list[0].type, row->type);
			ok &= CHECK(problems.list[0].msg && *problems.list[0].msg);
		} else {
			ok &= CHECK_INT((int)problems.count, 0);
		}
		if (!ok)
			fprintf(stderr, "  in row %zu: %.80s\n", i, row->json);
	}
}

/* What strlen() does not see the end of. */
static void test_decode_nul(void)
{
	static const char inside[] = "{\"content\":\"a\0b\"}";
	static const char outside[] = "{\"content\":\"ab\"}\0";

	problems.count = 0;
	CHECK_INT(object_decode(OBJECT_message_create, inside, sizeof(inside) - 1, &arena, &any,
			  &problems),
		CHAT_ERR_INVALID);
	CHECK_INT(object_decode(OBJECT_message_create, outside, sizeof(outside) - 1, &arena, &any,
			  &problems),
		CHAT_ERR_BAD_JSON);
	CHECK_INT(object_decode(OBJECT_user_update, NULL, 0, &arena, &any, &problems), CHAT_OK);
}

static void test_depth(void)
{
	char json[256];
	struct buf text;

	for (int depth = LIMIT_JSON_DEPTH_MAX - 1; depth <= LIMIT_JSON_DEPTH_MAX + 1; depth++) {
		buf_init(&text, sizeof(json));
		buf_puts(&text, "{\"content\":\"[[[[{{{{\",\"x\":");
		for (int i = 1; i < depth; i++)
			buf_putc(&text, '[');
		for (int i = 1; i < depth; i++)
			buf_putc(&text, ']');
		buf_puts(&text, ",\"y\":[],\"z\":{}}");
		CHECK_INT(decode(OBJECT_message_create, buf_str(&text)),
			depth <= LIMIT_JSON_DEPTH_MAX ? CHAT_OK : CHAT_ERR_BAD_JSON);
		buf_release(&text);
	}
}

/* Every problem is told, in the table's order. */
static void test_problems(void)
{
	CHECK_INT(decode(OBJECT_register, "{\"password\":1,\"email\":\"x\"}"), CHAT_ERR_INVALID);
	if (CHECK_INT((int)problems.count, 3)) {
		CHECK_STR(problems.list[0].field, "username");
		CHECK_STR(problems.list[0].type, "missing");
		CHECK_STR(problems.list[1].field, "email");
		CHECK_STR(problems.list[1].msg, "String should have at least 3 characters");
		CHECK_STR(problems.list[2].field, "password");
		CHECK_STR(problems.list[2].type, "string_type");
	}
	CHECK_INT(decode(OBJECT_message_create, CONTENT("")), CHAT_ERR_INVALID);
	CHECK_STR(problems.list[0].msg, "String should have at least 1 character");
}

/* Decodes a message that is the text so many times. */
static enum chat_err decode_content(const char *text, size_t times)
{
	enum chat_err err;
	struct buf json;

	buf_init(&json, 1 << 20);
	buf_puts(&json, "{\"content\":\"");
	while (times-- > 0)
		buf_puts(&json, text);
	buf_puts(&json, "\"}");
	err = decode(OBJECT_message_create, buf_str(&json));
	buf_release(&json);
	return err;
}

/* Where something else is wrong too, that is what the request is refused for. */
static void test_blank_and_more(void)
{
	CHECK_INT(decode(OBJECT_message_create, "{\"content\":\" \",\"nonce\":\"\"}"),
		CHAT_ERR_INVALID);
	CHECK_INT(problems.count, 2);
	CHECK_STR(problems.list[0].type, "blank");
}

/* Lengths count code points, not bytes, and escapes as what they stand for. */
static void test_length(void)
{
	static const char *const letters[] = {
		"x", "\xc3\xa4", "\xf0\x9f\x98\x80", "\\ud83d\\ude00", "\\\\"};

	for (size_t i = 0; i < COUNT(letters); i++) {
		CHECK_INT(decode_content(letters[i], LIMIT_CONTENT_MAX), CHAT_OK);
		CHECK_INT(decode_content(letters[i], LIMIT_CONTENT_MAX + 1), CHAT_ERR_INVALID);
		CHECK_STR(problems.list[0].type, "string_too_long");
		CHECK_STR(problems.list[0].msg, "String should have at most 2000 characters");
	}
	CHECK_INT(decode_content("\xf0\x9f\x98\x80", LIMIT_CONTENT_MAX), CHAT_OK);
	CHECK_INT((long long)strlen(any.as_message_create.content), 4 * LIMIT_CONTENT_MAX);
}

/* --- JSON that is taken --- */

static void test_decode_good(void)
{
	CHECK_INT(decode(OBJECT_message_create, CONTENT("\\ud83d\\ude00\\\\ud83d\\n")), CHAT_OK);
	CHECK_STR(any.as_message_create.content, "\xf0\x9f\x98\x80\\ud83d\n");
	CHECK_INT(
		decode(OBJECT_message_create, " {\"x\":{\"y\":[1,null]},\"content\":\"a\",\"nonce\""
					      ":null}\r\n"),
		CHAT_OK);
	CHECK_STR(any.as_message_create.content, "a");
	CHECK(!any.as_message_create.nonce);
}

static void test_decode_numbers(void)
{
	CHECK_INT(decode(OBJECT_message_ref, "{\"id\":7.0,\"channel_id\":9007199254740991}"),
		CHAT_OK);
	CHECK_INT(any.as_message_ref.id, 7);
	CHECK_INT(any.as_message_ref.channel_id, LIMIT_ID_MAX);
	CHECK_INT(decode(OBJECT_message_ref, "{\"id\":1.25e2,\"channel_id\":1e0}"), CHAT_OK);
	CHECK_INT(any.as_message_ref.id, 125);
	CHECK_INT(any.as_message_ref.channel_id, 1);
	CHECK_INT(decode(OBJECT_history_query, "{\"skip\":-0.0}"), CHAT_OK);
	CHECK_INT(any.as_history_query.skip, 0);
}

/* Nothing, null and "" are not the same where a value may be cleared. */
static void test_decode_absent(void)
{
	CHECK_INT(decode(OBJECT_server_update, ""), CHAT_OK);
	CHECK(!any.as_server_update.name && !any.as_server_update.description);
	CHECK_INT(decode(OBJECT_server_update, "{\"description\":null}"), CHAT_OK);
	CHECK(!any.as_server_update.description);
	CHECK_INT(decode(OBJECT_server_update, "{\"description\":\"\"}"), CHAT_OK);
	CHECK_STR(any.as_server_update.description, "");
	CHECK_INT(decode(OBJECT_user_update, "{\"status\":\"dnd\"}"), CHAT_OK);
	CHECK_INT(any.as_user_update.status, STATUS_DND);
	CHECK(!any.as_user_update.username && !any.as_user_update.email);
}

static void test_decode_list(void)
{
	static const char json[] = "[{\"id\":1,\"channel_id\":2},{\"id\":3,\"channel_id\":4}]";
	struct chat_message_ref *items;
	void *list;
	size_t count;

	problems.count = 0;
	CHECK_INT(object_decode_list(
			  OBJECT_message_ref, json, strlen(json), &arena, &list, &count, &problems),
		CHAT_OK);
	items = list;
	if (CHECK_INT((long long)count, 2)) {
		CHECK_INT(items[0].id, 1);
		CHECK_INT(items[1].channel_id, 4);
	}
	CHECK_INT(object_decode_list(OBJECT_message_ref, "[]", 2, &arena, &list, &count, &problems),
		CHAT_OK);
	CHECK_INT((long long)count, 0);
	CHECK_INT(
		object_decode_list(OBJECT_message_ref, "[1]", 3, &arena, &list, &count, &problems),
		CHAT_ERR_INVALID);
	CHECK_INT(object_decode_list(OBJECT_message_ref, "{}", 2, &arena, &list, &count, &problems),
		CHAT_ERR_INVALID);
	CHECK_INT(object_decode_list(OBJECT_message_ref, "[", 1, &arena, &list, &count, &problems),
		CHAT_ERR_BAD_JSON);
}

static void test_no_memory(void)
{
	static const char json[] = CONTENT("more than eight bytes");
	struct arena small;

	arena_init(&small, 8);
	problems.count = 0;
	CHECK_INT(object_decode(OBJECT_message_create, json, strlen(json), &small, &any, &problems),
		CHAT_ERR_NO_MEMORY);
	CHECK_INT(object_decode_form(OBJECT_message_create, "body", "content=123456789", 17, &small,
			  &any, &problems),
		CHAT_ERR_NO_MEMORY);
	arena_release(&small);
}

/* --- forms and query strings --- */

static const struct form_row {
	enum object_id id;
	const char *text;
	const char *field, *type; /* of the only problem; NULL type for none */
} form_rows[] = {
	{OBJECT_history_query, "", NULL, NULL},
	{OBJECT_history_query, "&&", NULL, NULL},
	{OBJECT_history_query, "limit=100&skip=10000", NULL, NULL},
	{OBJECT_history_query, "limit=7.0", NULL, NULL},
	{OBJECT_history_query, "unknown=%zz&=&x&unknown=1", NULL, NULL},
	{OBJECT_history_query, "limit=0", "limit", "greater_than_equal"},
	{OBJECT_history_query, "limit=101", "limit", "less_than_equal"},
	{OBJECT_history_query, "limit=-1", "limit", "greater_than_equal"},
	{OBJECT_history_query, "limit=", "limit", "int_type"},
	{OBJECT_history_query, "limit", "limit", "int_type"},
	{OBJECT_history_query, "limit=ten", "limit", "int_type"},
	{OBJECT_history_query, "limit=1.5", "limit", "int_type"},
	{OBJECT_history_query, "limit=1.", "limit", "int_type"},
	{OBJECT_history_query, "limit=%2B1", "limit", "int_type"},
	{OBJECT_history_query, "limit=+1", "limit", "int_type"},
	{OBJECT_history_query, "limit=0x10", "limit", "int_type"},
	{OBJECT_history_query, "limit=1%00", "limit", "int_type"},
	{OBJECT_history_query, "limit=1&limit=1", "limit", "value_error"},
	{OBJECT_history_query, "limit=1&l%69mit=1", "limit", "value_error"},
	{OBJECT_history_query, "skip=10001", "skip", "less_than_equal"},
	{OBJECT_history_query, "before=9223372036854775808", "before", "less_than_equal"},
	{OBJECT_history_query, "before=-9223372036854775809", "before", "greater_than_equal"},
	{OBJECT_history_query, "before=9007199254740992", "before", "less_than_equal"},
	{OBJECT_history_query, "after=0", "after", "greater_than_equal"},
	{OBJECT_history_query, "around=99999999999999999999999999999999", "around",
		"less_than_equal"},
	{OBJECT_status_query, "", "new_status", "missing"},
	{OBJECT_status_query, "new_status=away", NULL, NULL},
	{OBJECT_status_query, "new_status=busy", "new_status", "enum"},
	{OBJECT_login, "username=a&password=b", NULL, NULL},
	{OBJECT_login, "username=a", "password", "missing"},
	{OBJECT_login, "username=&password=b", "username", "string_too_short"},
	{OBJECT_login, "username=a&password=%zz", "password", "value_error"},
	{OBJECT_login, "username=a&password=%4", "password", "value_error"},
	{OBJECT_login, "username=a&password=%ff", "password", "value_error"},
	{OBJECT_login, "username=a&password=\xff", "password", "value_error"},
	{OBJECT_login, "username=a&password=b%00c", "password", "value_error"},
};

static void test_form(void)
{
	for (size_t i = 0; i < COUNT(form_rows); i++) {
		const struct form_row *row = &form_rows[i];
		bool ok = CHECK_INT(
			decode_form(row->id, row->text), row->type ? CHAT_ERR_INVALID : CHAT_OK);

		ok &= CHECK_INT((int)problems.count, row->type != NULL);
		if (problems.count) {
			ok &= CHECK_STR(problems.list[0].in, "query");
			ok &= CHECK_STR(problems.list[0].field, row->field);
			ok &= CHECK_STR(problems.list[0].type, row->type);
		}
		if (!ok)
			fprintf(stderr, "  in row %zu: %s\n", i, row->text);
	}
	CHECK_INT(decode_form(OBJECT_login, "username=a+b%2b%C3%A4&grant_type=&password=%26%3d=="),
		CHAT_OK);
	CHECK_STR(any.as_login.username, "a b+\xc3\xa4");
	CHECK_STR(any.as_login.password, "&===");
	CHECK_INT(decode_form(OBJECT_history_query, "limit=7.00&before=9007199254740991"), CHAT_OK);
	CHECK_INT(any.as_history_query.limit, 7);
	CHECK_INT(any.as_history_query.before, LIMIT_ID_MAX);
	CHECK_INT(object_decode_form(OBJECT_page_query, "query", NULL, 0, &arena, &any, &problems),
		CHAT_OK);
}

int main(void)
{
	arena_init(&arena, 0);
	RUN(test_decode_bad);
	RUN(test_decode_nul);
	RUN(test_depth);
	RUN(test_problems);
	RUN(test_blank_and_more);
	RUN(test_length);
	RUN(test_decode_good);
	RUN(test_decode_numbers);
	RUN(test_decode_absent);
	RUN(test_decode_list);
	RUN(test_no_memory);
	RUN(test_form);
	arena_release(&arena);
	return test_end();
}
