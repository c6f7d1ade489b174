#include <chat/json.h>

#include <stdlib.h>
#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/limits.h>
#include <chat/object.h>
#include "test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct arena arena;

static const struct value *parsed(const char *text)
{
	const struct value *out;

	return json_parse(text, strlen(text), &arena, &out, NULL) ? NULL : out;
}

/* --- numbers --- */

static const struct number_row {
	const char *text;
	bool is_whole;
	int64_t number;
} numbers[] = {
	{"0", true, 0},
	{"-0", true, 0},
	{"0.0e5", true, 0},
	{"0e-400", true, 0},
	{"7", true, 7},
	{"-7", true, -7},
	{"10", true, 10},
	{"7.0", true, 7},
	{"7.5", false, 0},
	{"0.1", false, 0},
	{"75e-1", false, 0},
	{"70e-1", true, 7},
	{"0.007e3", true, 7},
	{"0.007E+4", true, 70},
	{"1e-1", false, 0},
	{"1e18", true, 1000000000000000000},
	{"9007199254740993", true, 9007199254740993}, /* which no double is */
	{"9223372036854775807", true, INT64_MAX},
	{"9223372036854775808", true, INT64_MAX},
	{"-9223372036854775808", true, -INT64_MAX},
	{"100000000000000000000000000000001", true, INT64_MAX},
	{"100000000000000000000000000000001e-32", false, 0},
	{"1e400", true, INT64_MAX},
	{"-1e400", true, -INT64_MAX},
	{"1e99999999999999999999", true, INT64_MAX},
	{"1e-99999999999999999999", false, 0},
};

static void test_numbers(void)
{
	for (size_t i = 0; i < COUNT(numbers); i++) {
		const struct value *value = parsed(numbers[i].text);
		bool ok = CHECK(value_is(value, VALUE_NUMBER));

		ok = ok && CHECK_INT(value->is_whole, numbers[i].is_whole);
		ok = ok && CHECK_INT(value->number, numbers[i].number);
		if (!ok)
			fprintf(stderr, "  in %s\n", numbers[i].text);
	}
}

/* --- strings --- */

static const struct string_row {
	const char *text, *string;
} strings[] = {
	{"\"\"", ""},
	{"\"a b\"", "a b"},
	{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
	{"\"x\\u0041y\"", "xAy"},
	{"\"\\u007f\\u0080\\u07ff\\u0800\\uffff\"", "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"},
	{"\"\\ud800\\udc00\\uDBFF\\uDFFF\"", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
	{"\"\xc3\xa4\x7f\"", "\xc3\xa4\x7f"},
};

static void test_strings(void)
{
	const struct value *value;

	for (size_t i = 0; i < COUNT(strings); i++)
		CHECK_STR(value_text(parsed(strings[i].text)), strings[i].string);
	value = parsed("\"a\\u0000b\"");
	CHECK(value_is(value, VALUE_STRING) && value->size == 3 &&
		!memcmp(value->string, "a\0b", 4));
	CHECK_STR(value_text(value), NULL);
}

/* --- arrays and objects --- */

static void test_structure(void)
{
	const struct value
		*value = parsed(
			" { \"a\" : [ 1 , [ ] , { } ] ,\r\n\t\"b\":null,\"\":true,\"c\":false } "),
		*list;

	CHECK(value_is(value, VALUE_OBJECT) && value->size == 4 && !value->name);
	list = value_member(value, "a");
	if (CHECK(value_is(list, VALUE_ARRAY) && list->size == 3)) {
		CHECK_INT(list->first->number, 1);
		CHECK(value_is(list->first->next, VALUE_ARRAY) && !list->first->next->size);
		CHECK(value_is(list->first->next->next, VALUE_OBJECT));
		CHECK(!list->first->next->next->next);
	}
	CHECK(value_is(value_member(value, "b"), VALUE_NULL));
	CHECK(value_is(value_member(value, ""), VALUE_TRUE));
	CHECK(value_is(value_member(value, "c"), VALUE_FALSE));
	CHECK(!value_member(value, "d") && !value_member(list, "a") && !value_member(NULL, "a"));
}

/* --- what is refused --- */

static const struct bad_row {
	const char *text;
	enum chat_err err;
} bad_rows[] = {
	{"", CHAT_ERR_BAD_JSON},
	{" ", CHAT_ERR_BAD_JSON},
	{"nul", CHAT_ERR_BAD_JSON},
	{"truely", CHAT_ERR_BAD_JSON},
	{"True", CHAT_ERR_BAD_JSON},
	{"1 2", CHAT_ERR_BAD_JSON},
	{"00", CHAT_ERR_BAD_JSON},
	{"01", CHAT_ERR_BAD_JSON},
	{"-", CHAT_ERR_BAD_JSON},
	{"+1", CHAT_ERR_BAD_JSON},
	{".5", CHAT_ERR_BAD_JSON},
	{"1.", CHAT_ERR_BAD_JSON},
	{"1e", CHAT_ERR_BAD_JSON},
	{"1e+", CHAT_ERR_BAD_JSON},
	{"1e--1", CHAT_ERR_BAD_JSON},
	{"0x1", CHAT_ERR_BAD_JSON},
	{"NaN", CHAT_ERR_BAD_JSON},
	{"[", CHAT_ERR_BAD_JSON},
	{"[1", CHAT_ERR_BAD_JSON},
	{"[1,", CHAT_ERR_BAD_JSON},
	{"[1,]", CHAT_ERR_BAD_JSON},
	{"[,1]", CHAT_ERR_BAD_JSON},
	{"[1 2]", CHAT_ERR_BAD_JSON},
	{"[1}", CHAT_ERR_BAD_JSON},
	{"]", CHAT_ERR_BAD_JSON},
	{"{\"a\"}", CHAT_ERR_BAD_JSON},
	{"{\"a\":}", CHAT_ERR_BAD_JSON},
	{"{\"a\":1,}", CHAT_ERR_BAD_JSON},
	{"{a:1}", CHAT_ERR_BAD_JSON},
	{"{1:1}", CHAT_ERR_BAD_JSON},
	{"{\"a\":1]", CHAT_ERR_BAD_JSON},
	{"{\"a\":1,\"b\":2,\"a\":3}", CHAT_ERR_BAD_JSON},
	{"{\"a\":1,\"\\u0061\":3}", CHAT_ERR_BAD_JSON},
	{"[{\"x\":{\"a\":1,\"a\":1}}]", CHAT_ERR_BAD_JSON},
	{"\"", CHAT_ERR_BAD_JSON},
	{"\"a", CHAT_ERR_BAD_JSON},
	{"\"\\", CHAT_ERR_BAD_JSON},
	{"\"\\\"", CHAT_ERR_BAD_JSON},
	{"\"\\x\"", CHAT_ERR_BAD_JSON},
	{"\"\\u12\"", CHAT_ERR_BAD_JSON},
	{"\"\\u12g4\"", CHAT_ERR_BAD_JSON},
	{"\"a\nb\"", CHAT_ERR_BAD_JSON},
	{"\"\\ud800\"", CHAT_ERR_INVALID},
	{"\"\\ud800\\n\"", CHAT_ERR_INVALID},
	{"\"\\ud800\\ud800\"", CHAT_ERR_INVALID},
	{"\"\\udc00\"", CHAT_ERR_INVALID},
	{"\"\\udc00\\ud800\"", CHAT_ERR_INVALID},
	{"{\"a\\u0000b\":1}", CHAT_ERR_INVALID},
	{"\"\xff\"", CHAT_ERR_INVALID},
	{"\xef\xbb\xbf{}", CHAT_ERR_BAD_JSON},
	{"// a\n1", CHAT_ERR_BAD_JSON},
};

/* A copy of just its length, so that a byte read behind it is a fault. */
static enum chat_err parse_copy(const char *text, size_t n, struct problems *problems)
{
	char *copy = malloc(n + !n);
	const struct value *out;
	enum chat_err err;

	memcpy(copy, text, n);
	err = json_parse(copy, n, &arena, &out, problems);
	CHECK((out != NULL) == (err == CHAT_OK));
	free(copy);
	return err;
}

static void test_bad(void)
{
	for (size_t i = 0; i < COUNT(bad_rows); i++) {
		struct problems problems = {0};
		bool ok =
			CHECK_INT(parse_copy(bad_rows[i].text, strlen(bad_rows[i].text), &problems),
				bad_rows[i].err);

		ok &= CHECK_INT(problems.count, bad_rows[i].err == CHAT_ERR_INVALID);
		if (!ok)
			fprintf(stderr, "  in %s\n", bad_rows[i].text);
	}
}

/* Every beginning of a text is refused and read no further. */
static void test_beginnings(void)
{
	static const char text[] =
		"{\"a\":[true,-1.5e+3,\"\\ud83d\\ude00\\n\xc3\xa4\"],\"b\":null}";

	for (size_t n = 0; n + 1 < sizeof(text) - 1; n++)
		CHECK(parse_copy(text, n, NULL) != CHAT_OK);
	CHECK_INT(parse_copy(text, sizeof(text) - 1, NULL), CHAT_OK);
}

/* As many names as a body can have. */
static void test_many_names(void)
{
	struct buf text;

	buf_init(&text, LIMIT_BODY_BYTES_MAX);
	for (int i = 0; i < 6000; i++)
		buf_printf(&text, "%c\"%d\":1", i ? ',' : '{', i);
	buf_putc(&text, '}');
	CHECK_INT(parse_copy(text.data, text.len, NULL), CHAT_OK);
	text.len--;
	buf_puts(&text, ",\"0\":1}");
	CHECK_INT(parse_copy(text.data, text.len, NULL), CHAT_ERR_BAD_JSON);
	buf_release(&text);
}

int main(void)
{
	arena_init(&arena, 0);
	RUN(test_numbers);
	RUN(test_strings);
	RUN(test_structure);
	RUN(test_bad);
	RUN(test_beginnings);
	RUN(test_many_names);
	arena_release(&arena);
	return test_end();
}
