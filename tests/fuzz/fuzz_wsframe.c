#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <chat/text.h>
#include "net/wsframe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX = 300 };

/* What was read of a stream of frames. */
struct story {
	int result;
	size_t end; /* bytes of the frames that were read */
	unsigned frames;
	uint32_t hash; /* of payloads and what is known of them */
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void mix(uint32_t *hash, const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*hash = (*hash ^ bytes[i]) * 16777619u;
}

static void check_frame(const struct ws_frame *frame, char text[MAX], size_t *n)
{
	if (frame->opcode != WS_TEXT) {
		require(frame->final && frame->len <= 125 && frame->opcode >= WS_CLOSE &&
			frame->opcode <= WS_PONG);
		require((frame->code != 0) == (frame->opcode == WS_CLOSE));
		return;
	}
	require(frame->len <= MAX - *n);
	memcpy(text + *n, frame->payload, frame->len);
	*n += frame->len;
	if (frame->final) {
		require(text_is_utf8(text, *n));
		*n = 0;
	}
}

/* Reads copies of just the bytes that are there, step more at each call. */
static struct story read_all(const uint8_t *data, size_t size, size_t step)
{
	struct ws_reader reader = {.max = MAX};
	struct story story = {.result = 0};
	char text[MAX];
	size_t end = step < size ? step : size, n = 0, used;

	for (;;) {
		size_t there = end - story.end;
		unsigned char *copy = malloc(there ? there : 1);
		struct ws_frame frame;

		require(copy != NULL);
		memcpy(copy, data + story.end, there);
		story.result = ws_frame_read(&reader, copy, there, &frame, &used);
		if (story.result == 1) {
			require(used <= there && frame.payload + frame.len == copy + used);
			check_frame(&frame, text, &n);
			mix(&story.hash, frame.payload, frame.len);
			mix(&story.hash, (unsigned char[]){frame.opcode, frame.final}, 2);
			story.frames++;
			story.end += used;
		}
		free(copy);
		if (story.result > 1 || (story.result == 0 && end == size))
			return story;
		if (story.result == 0)
			end = size - end < step ? size : end + step;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct story whole = read_all(data, size, size ? size : 1), pieces;

	require(whole.result == 0 || whole.result == 1002 || whole.result == 1003 ||
		whole.result == 1007 || whole.result == 1009);
	if (size > 2048)
		return 0;
	pieces = read_all(data, size, 1);
	require(whole.result == pieces.result && whole.end == pieces.end &&
		whole.frames == pieces.frames && whole.hash == pieces.hash);
	return 0;
}
