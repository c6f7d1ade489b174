#include "net/head.h"

#include <stdlib.h>
#include "heads.h"
#include "test.h"

static char *read_as_text(const struct head *head)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		abort();
	head_print(out, head);
	fclose(out);
	return text;
}

/* Parses a copy of just n bytes, so that a sanitizer sees who reads on. */
static enum head_result parse(const char *bytes, size_t n, struct head *head, size_t *used)
{
	char *copy = malloc(n ? n : 1);
	enum head_result result;

	if (!copy)
		abort();
	memcpy(copy, bytes, n);
	result = head_parse(copy, n, head, used);
	free(copy);
	return result;
}

static bool check_row(const struct head_row *row, enum head_result result, const struct head *head)
{
	bool ok = CHECK_INT(result, row->result);

	return CHECK_STR(err_info(head->err)->code, err_info(row->err)->code) && ok;
}

static void whole(void)
{
	for (size_t i = 0; i < N_HEAD_ROWS; i++) {
		struct head head;
		size_t used, n;
		char *bytes = head_row_spell(&head_rows[i], &n);
		enum head_result result = head_parse(bytes, n, &head, &used);
		bool ok = check_row(&head_rows[i], result, &head);

		if (result == HEAD_DONE && head_rows[i].read) {
			char *text = read_as_text(&head);

			ok = CHECK_STR(text, head_rows[i].read) && ok;
			free(text);
		}
		if (!ok)
			fprintf(stderr, "  in: %s\n", head_rows[i].name);
		free(bytes);
	}
}

/* No prefix is taken for the whole, and a refusal is final: further bytes do not change it. */
static void check_prefixes(const struct head_row *row, const char *bytes, size_t n)
{
	enum head_result result = HEAD_MORE;
	size_t used, end = 0, at = 0;
	struct head head;

	/* Of what is long not each prefix is tried. */
	while (at <= n && result == HEAD_MORE) {
		end = at;
		result = parse(bytes, at, &head, &used);
		at += at > 600 && at + 600 < n ? 97 : 1;
	}
	if (!check_row(row, result, &head) || (result == HEAD_DONE && !CHECK_INT(used, end)))
		fprintf(stderr, "  in: %s, at %zu\n", row->name, end);
	for (at = end; at <= n && result != HEAD_MORE; at += 1 + at / 16)
		if (!check_row(row, parse(bytes, at, &head, &used), &head))
			fprintf(stderr, "  in: %s, with %zu\n", row->name, at);
}

static void byte_by_byte(void)
{
	for (size_t i = 0; i < N_HEAD_ROWS; i++) {
		size_t n;
		char *bytes = head_row_spell(&head_rows[i], &n);

		check_prefixes(&head_rows[i], bytes, n);
		free(bytes);
	}
}

static void behind_a_good_request(void)
{
	static const char good[] = "GET /first HTTP/1.1\r\nHost: a\r\nX: 1\r\nX: 2\r\n\r\n";
	enum { N_GOOD = sizeof(good) - 1 };

	for (size_t i = 0; i < N_HEAD_ROWS; i++) {
		size_t n, used = 0;
		char *bytes = head_row_spell(&head_rows[i], &n), *both = malloc(N_GOOD + n);
		enum head_result result;
		struct head head;

		if (!both)
			abort();
		memcpy(both, good, N_GOOD);
		memcpy(both + N_GOOD, bytes, n);
		CHECK_INT(head_parse(both, N_GOOD + n, &head, &used), HEAD_DONE);
		CHECK_INT(used, N_GOOD);
		CHECK_INT(head.n_fields, 3);
		result = head_parse(both + N_GOOD, n, &head, &used);
		if (!check_row(&head_rows[i], result, &head))
			fprintf(stderr, "  in: %s\n", head_rows[i].name);
		free(bytes);
		free(both);
	}
}

/* Each byte in each place, against the RFC's own words for what may stand there. */
static void every_byte(void)
{
	static const char alnum[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct head head;
	size_t used;

	for (int c = 0; c < 256; c++) {
		bool letter = c != 0 && strchr(alnum, c);
		bool token = letter || (c != 0 && strchr("!#$%&'*+-.^_`|~", c));
		bool host = letter || (c != 0 && strchr("-._~!$&'()*+;=", c));
		char name[] = "GET / HTTP/1.1\r\nHost: a\r\nX_: y\r\n\r\n";
		char value[] = "GET / HTTP/1.1\r\nHost: a\r\nX: y_z\r\n\r\n";
		char target[] = "GET /_/ HTTP/1.1\r\nHost: a\r\n\r\n";
		char named[] = "GET / HTTP/1.1\r\nHost: a_a\r\n\r\n";

		*strchr(name, '_') = (char)c;
		*strchr(value, '_') = (char)c;
		*strchr(target, '_') = (char)c;
		*strchr(named, '_') = (char)c;
		/* "X:: y" has the value ": y". */
		if (!CHECK_INT(parse(name, sizeof(name) - 1, &head, &used) == HEAD_DONE,
			    token || c == ':') ||
			!CHECK_INT(parse(value, sizeof(value) - 1, &head, &used) == HEAD_DONE,
				c == '\t' || (c >= ' ' && c != 0x7f)) ||
			!CHECK_INT(parse(target, sizeof(target) - 1, &head, &used) == HEAD_DONE,
				c > ' ' && c < 0x7f && c != '#' && c != '%') ||
			!CHECK_INT(
				parse(named, sizeof(named) - 1, &head, &used) == HEAD_DONE, host))
			fprintf(stderr, "  with byte %d\n", c);
	}
}

/* Values are read in words of eight bytes: a byte counts wherever it stands in one. */
static void every_byte_of_a_long_value(void)
{
	static const char before[] = "GET / HTTP/1.0\r\nX: ", after[] = "\r\n\r\n";
	enum { START = sizeof(before) - 1, LONG = 24 };
	char bytes[START + LONG + sizeof(after) - 1];
	struct head head;
	size_t used;

	for (int c = 0; c < 256; c++) {
		for (size_t place = 0; place < LONG; place++) {
			memcpy(bytes, before, START);
			memset(bytes + START, 'x', LONG);
			memcpy(bytes + START + LONG, after, sizeof(after) - 1);
			bytes[START + place] = (char)c;
			if (!CHECK_INT(parse(bytes, sizeof(bytes), &head, &used) == HEAD_DONE,
				    c == '\t' || (c >= ' ' && c != 0x7f)))
				fprintf(stderr, "  with byte %d at %zu\n", c, place);
		}
	}
}

/* The last byte that a head may have, to the byte. */
static void limits(void)
{
	enum { LARGEST = HEAD_BYTES_MAX };
	static char bytes[LARGEST + 64];
	struct head head;
	size_t used, n = 0;

	n += (size_t)snprintf(bytes, sizeof(bytes), "GET / HTTP/1.1\r\nHost: a\r\nX: ");
	memset(bytes + n, 'x', 8000);
	n += 8000;
	n += (size_t)snprintf(bytes + n, sizeof(bytes) - n, "\r\nY: ");
	memset(bytes + n, 'y', LARGEST - 4 - n);
	memcpy(bytes + LARGEST - 4, "\r\n\r\nGET", 7);
	memcpy(bytes + n + 8000, "\r\nZ: ", 5); /* two lines would be too long */
	CHECK_INT(parse(bytes, LARGEST + 3, &head, &used), HEAD_DONE);
	CHECK_INT(used, LARGEST);
	CHECK_INT(parse(bytes, LARGEST - 1, &head, &used), HEAD_MORE);
	memcpy(bytes + LARGEST - 4, "y\r\n\r\n", 5);
	CHECK_INT(parse(bytes, LARGEST + 1, &head, &used), HEAD_REFUSED);
	CHECK_INT(head.err, CHAT_ERR_HEAD_TOO_LARGE);
	CHECK_INT(parse(bytes, LARGEST, &head, &used), HEAD_REFUSED);
	CHECK_INT(head.err, CHAT_ERR_HEAD_TOO_LARGE);
}

static bool slice_same(struct slice slice, const char *text)
{
	return slice.len == strlen(text) && memcmp(slice.at, text, slice.len) == 0;
}

static void finding(void)
{
	static const char bytes[] =
		"GET / HTTP/1.1\r\nHost: a\r\nx-ONE: 1\r\nX-One: 2\r\nX-Empty:\r\n\r\n";
	struct head head;
	size_t used;

	CHECK_INT(head_parse(bytes, sizeof(bytes) - 1, &head, &used), HEAD_DONE);
	CHECK(slice_same(head_find(&head, "x-one"), "1"));
	CHECK_INT(head_count(&head, "x-one"), 2);
	CHECK(head_find(&head, "x-empty").at != NULL);
	CHECK_INT(head_find(&head, "x-empty").len, 0);
	CHECK(head_find(&head, "x-on").at == NULL);
	CHECK(head_find(&head, "x-one2").at == NULL);
	CHECK_INT(head_count(&head, "x"), 0);
}

static void words(void)
{
	static const struct {
		const char *text;
		size_t n;
		const char *lower;
		bool same;
	} cases[] = {
		{"", 0, "", true},
		{"WebSocket", 9, "websocket", true},
		{"websocke", 8, "websocket", false},
		{"websockets", 10, "websocket", false},
		{"websockets", 9, "websocket", true},
		{"", 0, "a", false},
		{"a", 1, "", false},
		{"[", 1, "{", false},
		{"@", 1, "`", false},
		{"\xc3\x84", 2, "\xc3\xa4", false},
		{"a\0b", 3, "a", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_INT(slice_is((struct slice){cases[i].text, cases[i].n}, cases[i].lower),
			cases[i].same);
}

static void elements(void)
{
	static const char text[] = " ,a,\tb c\t, ,\"d,";
	static const char *const want[] = {"a", "b c", "\"d"};
	struct slice list = {text, sizeof(text) - 1}, element;

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		if (CHECK(head_next_element(&list, &element)))
			CHECK(slice_same(element, want[i]));
	CHECK(!head_next_element(&list, &element));
	list = (struct slice){NULL, 0};
	CHECK(!head_next_element(&list, &element));
}

static void lists_over_several_fields(void)
{
	static const char bytes[] =
		"GET / HTTP/1.0\r\nA: 1, 2\r\nB: 3\r\na:,\r\nA: 4\r\nAA: 5\r\n\r\n";
	static const char *const want[] = {"1", "2", "4"};
	struct head_list list = {0}, none = {0};
	struct slice element;
	struct head head;
	size_t used;

	CHECK_INT(head_parse(bytes, sizeof(bytes) - 1, &head, &used), HEAD_DONE);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		if (CHECK(head_next_of(&head, "a", &list, &element)))
			CHECK(slice_same(element, want[i]));
	CHECK(!head_next_of(&head, "a", &list, &element));
	CHECK(!head_next_of(&head, "a", &list, &element));
	CHECK(!head_next_of(&head, "c", &none, &element));
}

static void decoding(void)
{
	static const char *const cases[][2] = {
		{"/", "/"},
		{"/a%20b", "/a b"},
		{"/%41%5a%c3%A9", "/AZ\xc3\xa9"},
		{"/a%2Fb%2f", "/a%2Fb%2f"},
		{"/%252f", "/%2f"},
		{"/a+b", "/a+b"},
		{"/%25", "/%"},
		{"*", "*"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice path = {cases[i][0], strlen(cases[i][0])};
		char *out = malloc(path.len + 1);

		if (!out)
			abort();
		CHECK_INT(head_decode_path(path, out), strlen(cases[i][1]));
		CHECK_STR(out, cases[i][1]);
		free(out);
	}
}

int main(void)
{
	printf("%d heads\n", N_HEAD_ROWS);
	RUN(whole);
	RUN(byte_by_byte);
	RUN(behind_a_good_request);
	RUN(every_byte);
	RUN(every_byte_of_a_long_value);
	RUN(limits);
	RUN(finding);
	RUN(words);
	RUN(elements);
	RUN(lists_over_several_fields);
	RUN(decoding);
	return test_end();
}
