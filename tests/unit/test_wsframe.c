#include "net/wsframe.h"

#include <stdlib.h>
#include "test.h"

enum { MAX = 65536, LARGEST = 3 * MAX };
enum { SHORTEST = -1 };

static const unsigned char mask[4] = {0x12, 0x34, 0x56, 0xf8};
static unsigned char bytes[LARGEST];
static size_t n_bytes;

/* What becomes of the bytes that were put together. */
struct outcome {
	int result; /* of the last call */
	unsigned frames;
	struct ws_frame last;
	unsigned char text[LARGEST]; /* the payloads of text, one behind the other */
	size_t n;
};

/* Appends a frame; wide says how many bytes its length takes: 0, 2, 8 or SHORTEST. */
static void put(unsigned first, int wide, const void *payload, size_t n)
{
	unsigned char *at = bytes + n_bytes;

	if (wide == SHORTEST)
		wide = n < 126 ? 0 : n <= UINT16_MAX ? 2 : 8;
	*at++ = (unsigned char)first;
	*at++ = (unsigned char)(0x80 | (wide == 0 ? n : wide == 2 ? 126 : 127));
	for (int i = wide - 1; i >= 0; i--)
		*at++ = (unsigned char)((uint64_t)n >> 8 * i);
	memcpy(at, mask, sizeof(mask));
	at += sizeof(mask);
	for (size_t i = 0; i < n; i++)
		*at++ = ((const unsigned char *)payload)[i] ^ mask[i % 4];
	n_bytes = (size_t)(at - bytes);
}

static void put_text(unsigned first, const char *text)
{
	put(first, SHORTEST, text, strlen(text));
}

static void put_raw(const char *raw, size_t n)
{
	memcpy(bytes + n_bytes, raw, n);
	n_bytes += n;
}

/* Reads what was put together, with step more bytes at each call. */
static void read_all(struct outcome *outcome, size_t step)
{
	struct ws_reader reader = {.max = MAX};
	size_t start = 0, end = 0, used = 0;

	memset(outcome, 0, sizeof(*outcome));
	for (;;) {
		/* Memory of just this size, so that a sanitizer sees who reads on. */
		size_t n = end - start;
		unsigned char *copy = malloc(n ? n : 1);

		if (!copy)
			abort();
		memcpy(copy, bytes + start, n);
		outcome->result = ws_frame_read(&reader, copy, n, &outcome->last, &used);
		if (outcome->result == 1) {
			outcome->frames++;
			if (outcome->last.opcode == WS_TEXT) {
				memcpy(outcome->text + outcome->n, outcome->last.payload,
					outcome->last.len);
				outcome->n += outcome->last.len;
			}
			start += used;
		} else if (outcome->result == 0) {
			/* Nothing was touched. */
			CHECK(memcmp(copy, bytes + start, n) == 0);
		}
		free(copy);
		outcome->last.payload = NULL;
		if (outcome->result > 1 || (outcome->result == 0 && end == n_bytes))
			return;
		if (outcome->result == 0)
			end = n_bytes - end < step ? n_bytes : end + step;
	}
}

/* Whole, a byte at a time, and three; of what is long, more. */
static const size_t steps[] = {LARGEST, 1, 3};

enum { N_STEPS = sizeof(steps) / sizeof(steps[0]) };

static size_t pace(size_t step)
{
	return n_bytes > 1000 ? 997 * step : step;
}

/* The last result, and how many frames came before it. */
static void expect(int result, unsigned frames, const char *what)
{
	static struct outcome outcome;

	for (size_t i = 0; i < N_STEPS; i++) {
		read_all(&outcome, pace(steps[i]));
		if (!CHECK_INT(outcome.result, result) || !CHECK_INT(outcome.frames, frames))
			fprintf(stderr, "  in: %s, by %zu\n", what, steps[i]);
	}
	n_bytes = 0;
}

static void expect_text(const char *text, size_t n, const char *what)
{
	static struct outcome outcome;

	for (size_t i = 0; i < N_STEPS; i++) {
		read_all(&outcome, pace(steps[i]));
		if (!CHECK_INT(outcome.result, 0) || !CHECK_INT(outcome.n, n) ||
			!CHECK(memcmp(outcome.text, text, n) == 0))
			fprintf(stderr, "  in: %s, by %zu\n", what, steps[i]);
	}
	n_bytes = 0;
}

static char long_text[LARGEST];

static void texts(void)
{
	static const size_t lengths[] = {
		0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 124, 125, 126, 127, 128, 65535, 65536};

	for (size_t i = 0; i < sizeof(long_text); i++)
		long_text[i] = (char)('a' + i % 26);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		put(0x81, SHORTEST, long_text, lengths[i]);
		expect_text(long_text, lengths[i], "a text");
	}
	put_text(0x81, "one");
	put_text(0x81, "two");
	expect_text("onetwo", 6, "two messages");
}

static void fragments(void)
{
	static struct outcome outcome;

	put_text(0x01, "a");
	put_text(0x00, "");
	put_text(0x89, "ping");
	put_text(0x00, "b");
	put_text(0x8a, "");
	put_text(0x80, "c");
	put_text(0x81, "d");
	expect_text("abcd", 4, "fragments with control frames between");

	put_text(0x01, "a");
	put_text(0x80, "b");
	read_all(&outcome, 1);
	CHECK_INT(outcome.last.opcode, WS_TEXT);
	CHECK(outcome.last.final);
	n_bytes = 0;

	put_text(0x80, "a");
	expect(1002, 0, "a continuation of nothing");
	put_text(0x00, "a");
	expect(1002, 0, "a first fragment that is a continuation");
	put_text(0x81, "a");
	put_text(0x80, "a");
	expect(1002, 1, "a continuation of what has ended");
	put_text(0x01, "a");
	put_text(0x81, "a");
	expect(1002, 1, "a message in another");
	put_text(0x01, "a");
	put_text(0x01, "a");
	expect(1002, 1, "a fragmented message in another");
	put_text(0x01, "a");
	put_text(0x82, "a");
	expect(1002, 1, "a binary message in another");
}

static void first_bytes(void)
{
	/* Opcodes that exist, with and without the bit that says final. */
	for (unsigned first = 0; first < 256; first++) {
		unsigned opcode = first & 0x0f;
		bool final = (first & 0x80) != 0;
		int want = 1002;
		unsigned frames = 0;

		if ((first & 0x70) == 0 &&
			(opcode == WS_TEXT || (opcode >= WS_CLOSE && opcode <= WS_PONG && final))) {
			want = 0;
			frames = 1;
		}
		if ((first & 0x70) == 0 && opcode == WS_BINARY)
			want = 1003;
		put_text(first, "");
		expect(want, frames, "a first byte");
		/* The first byte is enough to refuse. */
		if (want == 1002) {
			n_bytes = 0;
			put_raw((const char[]){(char)first}, 1);
			expect(1002, 0, "a first byte alone");
		}
	}
}

static void masks(void)
{
	put_raw("\x81\x01"
		"a",
		3);
	expect(1002, 0, "an unmasked text");
	put_raw("\x89\x00", 2);
	expect(1002, 0, "an unmasked ping");
	put_raw("\x88\x02\x03\xe8", 4);
	expect(1002, 0, "an unmasked close");
	put_raw("\x81\x7e", 2);
	expect(1002, 0, "an unmasked long text, from its second byte on");
	put_raw("\x81\x81\0\0\0\0a", 7);
	expect_text("a", 1, "a mask of zeros");
}

static void lengths(void)
{
	put(0x81, 2, long_text, 125);
	expect(1002, 0, "125 in 16 bits");
	put(0x81, 2, long_text, 0);
	expect(1002, 0, "0 in 16 bits");
	put(0x81, 8, long_text, 0);
	expect(1002, 0, "0 in 64 bits");
	put(0x81, 8, long_text, 126);
	expect(1002, 0, "126 in 64 bits");
	put(0x81, 8, long_text, 65535);
	expect(1002, 0, "65535 in 64 bits");
	put_raw("\x81\xff\x80\0\0\0\0\0\0\0", 10);
	expect(1002, 0, "the 64th bit of a length");
	put_raw("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 10);
	expect(1009, 0, "63 bits of length");
	put_raw("\x81\xff\0\0\0\0\0\1\0\1", 10);
	expect(1009, 0, "a byte too many, before its mask is there");
	put_raw("\x81\xff\0\0\0\1\0\0\0\0", 10);
	expect(1009, 0, "a length that 32 bits cut to nothing");
	put(0x01, SHORTEST, long_text, 60000);
	put(0x00, SHORTEST, long_text, 5536);
	put_text(0x89, "ping");
	put_text(0x80, "");
	expect(0, 4, "as much as may be, in fragments");
	put(0x01, SHORTEST, long_text, 60000);
	put(0x00, SHORTEST, long_text, 5536);
	put_text(0x80, "a");
	expect(1009, 2, "a byte too many in the last fragment");
	put(0x81, SHORTEST, long_text, 65536);
	put(0x81, SHORTEST, long_text, 65536);
	expect(0, 2, "as much as may be, twice");
	put_raw("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 10);
	expect(1003, 0, "a binary message of any length");
}

static void control_frames(void)
{
	put(0x89, SHORTEST, long_text, 125);
	expect(0, 1, "a ping of 125 bytes");
	put_raw("\x89\xfe", 2);
	expect(1002, 0, "a ping with a length of 16 bits");
	put_raw("\x88\xff", 2);
	expect(1002, 0, "a close with a length of 64 bits");
	put(0x8a, SHORTEST, "\xff\xfe", 2);
	expect(0, 1, "a pong that is no text");
	put_raw("\x09\x80", 2);
	expect(1002, 0, "a fragmented ping");
}

static void closes(void)
{
	static const struct {
		unsigned from, to;
	} good[] = {{1000, 1003}, {1007, 1014}, {3000, 4999}};
	static struct outcome outcome;

	for (unsigned code = 0; code < 6000; code++) {
		unsigned char payload[2] = {(unsigned char)(code >> 8), (unsigned char)code};
		bool ok = false;

		for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
			ok |= code >= good[i].from && code <= good[i].to;
		put(0x88, SHORTEST, payload, 2);
		read_all(&outcome, LARGEST);
		n_bytes = 0;
		if (!CHECK_INT(outcome.result, ok ? 0 : 1002) ||
			(ok && !CHECK_INT(outcome.last.code, code)))
			fprintf(stderr, "  code %u\n", code);
	}
	put(0x88, SHORTEST, "\xff\xff", 2);
	expect(1002, 0, "close 65535");
	put_text(0x88, "");
	read_all(&outcome, 1);
	CHECK_INT(outcome.last.code, 1005);
	n_bytes = 0;
	put_text(0x88, "\x03");
	expect(1002, 0, "half a code");
	put_text(0x88, "\x03\xe8"
		       "caf\xc3\xa9");
	expect(0, 1, "a reason");
	put_text(0x88, "\x03\xe8"
		       "caf\xc3");
	expect(1007, 0, "a reason that is cut");
	put_text(0x88, "\x03\xe8\xff");
	expect(1007, 0, "a reason that is no UTF-8");
	put_text(0x01, "\xc3");
	put_text(0x88, "\x03\xe8");
	expect(0, 2, "a close inside of a character");
}

static void utf8(void)
{
	static const char *const good[] = {"\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
		"\xe1\x80\x80", "\xec\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf1\x80\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x8f\xbf\xbf",
		"\xef\xbb\xbfx", "1234567 \xc3\xa9 1234567 \xe2\x82\xac",
		"\xf0\x9f\x98\x80\xf0\x9f\x98\x80"};
	static const char *const bad[] = {"\x80", "\xbf", "\xc0\x80", "\xc0\xaf", "\xc1\xbf",
		"\xc2", "\xc2x", "\xc2\xc2", "\xc2\x80\x80", "\xe0\x9f\xbf", "\xe1\x80",
		"\xe1\x80x", "\xe1xx", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
		"\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe",
		"12345678\xff", "1234567812345678\xc3(", "x\x80"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		size_t n = strlen(good[i]);

		put_text(0x81, good[i]);
		expect_text(good[i], n, "good UTF-8");
		/* Cut at each place, with a ping between. */
		for (size_t cut = 0; cut <= n; cut++) {
			put(0x01, SHORTEST, good[i], cut);
			put_text(0x89, "\x80");
			put(0x80, SHORTEST, good[i] + cut, n - cut);
			expect_text(good[i], n, "good UTF-8 in two fragments");
		}
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		size_t n = strlen(bad[i]);

		put_text(0x81, bad[i]);
		expect(1007, 0, bad[i]);
		put(0x01, SHORTEST, bad[i], 1);
		put(0x80, SHORTEST, bad[i] + 1, n - 1);
		/* A first fragment is refused as soon as nothing could mend it. */
		expect(1007, strchr("\x80\xbf\xc0\xc1\xf5\xff\xfe", bad[i][0]) ? 0 : 1, bad[i]);
	}
}

/* What is small stays so: each connection has one. */
static void size(void)
{
	CHECK_INT(sizeof(struct ws_reader), 12);
}

int main(void)
{
	RUN(texts);
	RUN(fragments);
	RUN(first_bytes);
	RUN(masks);
	RUN(lengths);
	RUN(control_frames);
	RUN(closes);
	RUN(utf8);
	RUN(size);
	return test_end();
}
