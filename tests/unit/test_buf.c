#include <chat/buf.h>

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#include "test.h"

/* Let a hopeless allocation return NULL under a sanitizer, as it does without one. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void empty(void)
{
	struct buf b;
	char *bytes;

	buf_init(&b, 10);
	CHECK_STR(buf_str(&b), "");
	CHECK(buf_ok(&b));
	CHECK(b.data == NULL);
	buf_reset(&b);
	buf_truncate(&b, 0);
	CHECK(buf_append(&b, NULL, 0));
	CHECK_STR(buf_str(&b), "");
	buf_release(&b);
	bytes = buf_detach(&b);
	CHECK_STR(bytes, "");
	free(bytes);
	buf_release(&b);
}

static void grows(void)
{
	struct buf b;
	size_t wrong = 0;

	buf_init(&b, SIZE_MAX);
	for (int i = 0; i < 100000; i++) {
		buf_putc(&b, (char)('a' + i % 26));
		wrong += b.data[b.len] != '\0' || b.cap <= b.len;
	}
	CHECK_INT(wrong, 0);
	CHECK_INT(b.len, 100000);
	for (size_t i = 0; i < b.len; i++)
		wrong += b.data[i] != (char)('a' + i % 26);
	CHECK_INT(wrong, 0);
	buf_release(&b);
	CHECK_INT(b.cap, 0);
	CHECK(buf_puts(&b, "again"));
	CHECK_STR(buf_str(&b), "again");
	buf_release(&b);
}

static void bound(void)
{
	struct buf b;

	buf_init(&b, 5);
	CHECK(buf_puts(&b, "12345"));
	CHECK(buf_puts(&b, ""));
	CHECK(buf_ok(&b));
	CHECK(!buf_putc(&b, '6'));
	CHECK(!buf_ok(&b));
	CHECK_STR(buf_str(&b), "12345");
	/* It stays failed, even for what would fit. */
	buf_truncate(&b, 2);
	CHECK(!buf_puts(&b, "x"));
	CHECK(!buf_append(&b, NULL, 0));
	CHECK(!buf_put_int(&b, 1));
	CHECK(!buf_printf(&b, "x"));
	CHECK(!buf_put_json_string(&b, ""));
	CHECK(buf_reserve(&b, 0) == NULL);
	CHECK_STR(buf_str(&b), "12");
	CHECK(buf_detach(&b) == NULL);
	CHECK(buf_ok(&b) && b.data == NULL && b.max == 5);

	CHECK(!buf_puts(&b, "123456"));
	CHECK_STR(buf_str(&b), "");
	buf_reset(&b);
	CHECK(buf_puts(&b, "123"));
	buf_release(&b);

	buf_init(&b, 0);
	CHECK(buf_puts(&b, ""));
	CHECK(!buf_putc(&b, 'x'));
	buf_release(&b);
}

/* Around the first allocation's size and its doublings, each way to append agrees with the bound.
 */
static void bounds_near_growth(void)
{
	static char text[2100];

	memset(text, 'x', sizeof(text));
	for (size_t max = 250; max <= 2050; max++) {
		struct buf b;
		bool ok = true;

		buf_init(&b, max);
		for (size_t i = 0; i < max / 10; i++)
			ok = ok && buf_append(&b, text, 10);
		ok = ok && buf_append(&b, text, max % 10);
		if (!ok || b.len != max || b.cap != max + 1 || buf_append(&b, text, 1))
			CHECK_INT(max, -1);
		buf_release(&b);
		if (!buf_append(&b, text, max) || buf_append(&b, text, 1) || b.len != max)
			CHECK_INT(max, -2);
		buf_release(&b);
	}
	CHECK(true);
}

static void no_memory(void)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	CHECK(buf_puts(&b, "kept"));
	CHECK(buf_reserve(&b, SIZE_MAX / 4) == NULL);
	CHECK(!buf_ok(&b));
	CHECK_STR(buf_str(&b), "kept");
	buf_reset(&b);
	CHECK(buf_reserve(&b, SIZE_MAX - 1) == NULL);
	buf_reset(&b);
	CHECK(buf_reserve(&b, SIZE_MAX) == NULL);
	buf_reset(&b);
	CHECK(buf_puts(&b, "works"));
	CHECK_STR(buf_str(&b), "works");
	buf_release(&b);
}

static void reserve(void)
{
	struct buf b;
	char *at;

	buf_init(&b, 1000);
	at = buf_reserve(&b, 1000);
	if (CHECK(at != NULL)) {
		CHECK_STR(buf_str(&b), "");
		memset(at, 'r', 1000);
		b.len += 1000;
		at[1000] = '\0';
		CHECK_INT(strlen(buf_str(&b)), 1000);
		CHECK(buf_reserve(&b, 0) == b.data + 1000);
		CHECK(buf_reserve(&b, 1) == NULL);
	}
	buf_release(&b);
}

static void put_int(void)
{
	static const struct {
		long long value;
		const char *text;
	} cases[] = {
		{0, "0"},
		{7, "7"},
		{10, "10"},
		{42, "42"},
		{99, "99"},
		{100, "100"},
		{101, "101"},
		{-1, "-1"},
		{-10, "-10"},
		{999999, "999999"},
		{1234567, "1234567"},
		{9007199254740991, "9007199254740991"},
		{LLONG_MAX, "9223372036854775807"},
		{LLONG_MIN, "-9223372036854775808"},
	};
	struct buf b;

	buf_init(&b, 100);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK(buf_put_int(&b, cases[i].value));
		CHECK_STR(buf_str(&b), cases[i].text);
		buf_reset(&b);
	}
	for (long long i = -2000; i <= 2000; i++) {
		char want[32];

		snprintf(want, sizeof(want), "%lld", i);
		buf_put_int(&b, i);
		if (strcmp(buf_str(&b), want) != 0)
			CHECK_STR(buf_str(&b), want);
		buf_reset(&b);
	}
	buf_release(&b);
}

static void print(void)
{
	static char text[600];
	struct buf b;

	memset(text, 'p', sizeof(text) - 1);
	buf_init(&b, 700);
	CHECK(buf_printf(&b, "%s=%d;", "n", 5));
	CHECK_STR(buf_str(&b), "n=5;");
	CHECK(buf_printf(&b, "%s", ""));    /* nothing */
	CHECK(buf_printf(&b, "%s|", text)); /* longer than the room that is there */
	CHECK_INT(b.len, 4 + 599 + 1);
	CHECK_INT(strlen(buf_str(&b)), b.len);
	CHECK(!buf_printf(&b, "%s", text));
	CHECK_INT(strlen(buf_str(&b)), 604);
	CHECK_INT(b.len, 604);
	buf_release(&b);

	/* To the byte. */
	buf_init(&b, 4);
	CHECK(buf_printf(&b, "%d", 1234));
	CHECK(!buf_printf(&b, "%d", 5));
	CHECK_STR(buf_str(&b), "1234");
	buf_release(&b);
}

static void json_string(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"", "\"\""},
		{"plain", "\"plain\""},
		{"\"", "\"\\\"\""},
		{"\\", "\"\\\\\""},
		{"a/b", "\"a/b\""},
		{"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
		{"\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\""},
		{"12345678\n", "\"12345678\\n\""},
		{"1234567\"90", "\"1234567\\\"90\""},
		{"caf\xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80",
			"\"caf\xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80\""},
		{"!#[]^_`~ !#[]^_`~", "\"!#[]^_`~ !#[]^_`~\""},
		{"\xe2\xa2\xdc\xa2\xc2\xa0\xdf\xbf", "\"\xe2\xa2\xdc\xa2\xc2\xa0\xdf\xbf\""},
	};
	struct buf b;

	buf_init(&b, 200);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK(buf_put_json_string(&b, cases[i].text));
		CHECK_STR(buf_str(&b), cases[i].want);
		buf_reset(&b);
	}
	buf_release(&b);
}

/* Each byte at each place of a word: the eight-byte scan and the table must agree. */
static void json_scan(void)
{
	struct buf b;

	buf_init(&b, 100);
	for (int c = 1; c < 256; c++) {
		bool escaped = c < 0x20 || c == '"' || c == '\\';

		for (size_t place = 0; place < 17; place++) {
			char text[18];

			memset(text, 'x', 17);
			text[17] = '\0';
			text[place] = (char)c;
			buf_put_json_string(&b, text);
			if ((b.len > 19) != escaped || b.data[0] != '"' ||
				b.data[b.len - 1] != '"' ||
				(!escaped && memcmp(b.data + 1, text, 17) != 0) ||
				(escaped && b.data[1 + place] != '\\'))
				CHECK_INT(c, place);
			buf_reset(&b);
		}
	}
	CHECK(true);
	buf_release(&b);
}

/* A string that does not fit leaves nothing behind. */
static void json_is_whole(void)
{
	for (size_t max = 0; max < 30; max++) {
		struct buf b;
		bool fits = max >= 4 + 2 + 3 + 12;

		buf_init(&b, max);
		if (max >= 4)
			buf_puts(&b, "key:");
		if (buf_put_json_string(&b, "a\x01"
					    "b\x02"
					    "c") != fits)
			CHECK_INT(max, fits);
		CHECK_STR(buf_str(&b), fits ? "key:\"a\\u0001b\\u0002c\"" : max >= 4 ? "key:" : "");
		buf_release(&b);
	}
}

static void detach(void)
{
	struct buf b;
	char *bytes;

	buf_init(&b, 100);
	buf_puts(&b, "mine");
	bytes = buf_detach(&b);
	CHECK_STR(bytes, "mine");
	CHECK(b.data == NULL && b.len == 0 && b.cap == 0 && b.max == 100);
	buf_puts(&b, "other");
	CHECK_STR(bytes, "mine");
	free(bytes);
	buf_release(&b);
}

int main(void)
{
	RUN(empty);
	RUN(grows);
	RUN(bound);
	RUN(bounds_near_growth);
	RUN(no_memory);
	RUN(reserve);
	RUN(put_int);
	RUN(print);
	RUN(json_string);
	RUN(json_scan);
	RUN(json_is_whole);
	RUN(detach);
	return test_end();
}
