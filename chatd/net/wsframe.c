#include "net/wsframe.h"

#include <string.h>

enum {
	FINAL = 0x80,    /* in the first byte, */
	RESERVED = 0x70, /* of which no extension makes use */
	OPCODE = 0x0f,
	CONTROL = 0x08, /* the bit that opcodes of control frames have */
	MASKED = 0x80,  /* in the second byte */
	LENGTH = 0x7f,
	LENGTH_16 = 126, /* the length is in the next two bytes, */
	LENGTH_64 = 127, /* or in the next eight */
	CONTROL_MAX = 125,
	MASK_BYTES = 4,
};

enum { NO_CODE = 1005 };

/* --- UTF-8 that comes in pieces --- */

/* What has to come next; by The Unicode Standard, table 3-7, the second byte has bounds of its own
 * behind four of the first ones. */
enum utf8 { WHOLE, LAST, LAST_TWO, LAST_THREE, AFTER_E0, AFTER_ED, AFTER_F0, AFTER_F4, BROKEN };

static const struct {
	uint8_t low, high, next;
} continuations[] = {
	[LAST] = {0x80, 0xbf, WHOLE},
	[LAST_TWO] = {0x80, 0xbf, LAST},
	[LAST_THREE] = {0x80, 0xbf, LAST_TWO},
	[AFTER_E0] = {0xa0, 0xbf, LAST},
	[AFTER_ED] = {0x80, 0x9f, LAST},
	[AFTER_F0] = {0x90, 0xbf, LAST_TWO},
	[AFTER_F4] = {0x80, 0x8f, LAST_TWO},
};

static uint8_t utf8_begin(unsigned char c)
{
	if (c < 0x80)
		return WHOLE;
	if (c < 0xc2 || c > 0xf4)
		return BROKEN;
	if (c < 0xe0)
		return LAST;
	if (c < 0xf0)
		return c == 0xe0 ? AFTER_E0 : c == 0xed ? AFTER_ED : LAST_TWO;
	return c == 0xf0 ? AFTER_F0 : c == 0xf4 ? AFTER_F4 : LAST_THREE;
}

static size_t skip_ascii(const unsigned char *text, size_t n)
{
	size_t i = 0;
	uint64_t word;

	for (; i + sizeof(word) <= n; i += sizeof(word)) {
		memcpy(&word, text + i, sizeof(word));
		if ((word & 0x8080808080808080) != 0)
			break;
	}
	while (i < n && text[i] < 0x80)
		i++;
	return i;
}

/* The state after n more bytes. */
static uint8_t utf8_go_on(uint8_t state, const unsigned char *text, size_t n)
{
	for (size_t i = 0; i < n && state != BROKEN; i++) {
		if (state == WHOLE) {
			i += skip_ascii(text + i, n - i);
			if (i < n)
				state = utf8_begin(text[i]);
		} else if (text[i] < continuations[state].low ||
			   text[i] > continuations[state].high) {
			state = BROKEN;
		} else {
			state = continuations[state].next;
		}
	}
	return state;
}

/* --- frames --- */

struct header {
	size_t size; /* bytes of it */
	uint64_t len;
	uint8_t opcode;
	bool final;
};

/* 1 when the first two bytes, or the one that is there, may stand where they do. */
static int read_start(const struct ws_reader *reader, const unsigned char *bytes, size_t n)
{
	uint8_t opcode = bytes[0] & OPCODE;

	if ((bytes[0] & RESERVED) != 0 || (opcode & ~CONTROL) > WS_BINARY)
		return 1002;
	if ((opcode & CONTROL) != 0) {
		if ((bytes[0] & FINAL) == 0 || (n > 1 && (bytes[1] & LENGTH) > CONTROL_MAX))
			return 1002;
	} else if ((opcode == WS_CONTINUATION) != (reader->opcode != 0)) {
		return 1002;
	}
	if (n < 2)
		return 0;
	return (bytes[1] & MASKED) != 0 ? 1 : 1002;
}

static int read_header(
	const struct ws_reader *reader, const unsigned char *bytes, size_t n, struct header *header)
{
	int result = n > 0 ? read_start(reader, bytes, n) : 0;
	size_t wide = 0;

	if (result != 1)
		return result;
	header->final = (bytes[0] & FINAL) != 0;
	header->opcode = bytes[0] & OPCODE;
	header->len = bytes[1] & LENGTH;
	if (header->len >= LENGTH_16) {
		uint64_t least = header->len == LENGTH_16 ? LENGTH_16 : UINT16_MAX + UINT64_C(1);

		wide = header->len == LENGTH_16 ? 2 : 8;
		if (n < 2 + wide)
			return 0;
		header->len = 0;
		for (size_t i = 0; i < wide; i++)
			header->len = header->len << 8 | bytes[2 + i];
		if (header->len < least || header->len > INT64_MAX)
			return 1002;
	}
	header->size = 2 + wide + MASK_BYTES;
	if (header->opcode == WS_BINARY)
		return 1003;
	if ((header->opcode & CONTROL) == 0 && header->len > reader->max - reader->gathered)
		return 1009;
	return 1;
}

static void unmask(unsigned char *payload, size_t n, const unsigned char mask[MASK_BYTES])
{
	unsigned char twice[2 * MASK_BYTES];
	uint64_t key, word;
	size_t i = 0;

	memcpy(twice, mask, MASK_BYTES);
	memcpy(twice + MASK_BYTES, mask, MASK_BYTES);
	memcpy(&key, twice, sizeof(key));
	for (; i + sizeof(word) <= n; i += sizeof(word)) {
		memcpy(&word, payload + i, sizeof(word));
		word ^= key;
		memcpy(payload + i, &word, sizeof(word));
	}
	for (; i < n; i++)
		payload[i] ^= mask[i % MASK_BYTES];
}

/* RFC 6455, section 7.4, and the three that IANA has registered since. */
static bool may_be_sent(uint16_t code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
	       (code >= 3000 && code <= 4999);
}

static int read_close(struct ws_frame *frame)
{
	frame->code = NO_CODE;
	if (frame->len == 0)
		return 1;
	if (frame->len < 2)
		return 1002;
	frame->code = (uint16_t)(frame->payload[0] << 8 | frame->payload[1]);
	if (!may_be_sent(frame->code))
		return 1002;
	return utf8_go_on(WHOLE, frame->payload + 2, frame->len - 2) == WHOLE ? 1 : 1007;
}

static int read_text(struct ws_reader *reader, const struct ws_frame *frame)
{
	reader->utf8 = utf8_go_on(reader->utf8, frame->payload, frame->len);
	if (reader->utf8 == BROKEN || (frame->final && reader->utf8 != WHOLE))
		return 1007;
	reader->opcode = frame->final ? 0 : frame->opcode;
	reader->gathered = frame->final ? 0 : reader->gathered + (uint32_t)frame->len;
	return 1;
}

int ws_frame_read(struct ws_reader *reader, unsigned char *bytes, size_t n, struct ws_frame *frame,
	size_t *used)
{
	struct header header;
	int result = read_header(reader, bytes, n, &header);

	if (result != 1)
		return result;
	if (n < header.size || n - header.size < header.len)
		return 0;
	*frame = (struct ws_frame){.payload = bytes + header.size,
		.len = (size_t)header.len,
		.opcode = header.opcode != WS_CONTINUATION ? header.opcode : reader->opcode,
		.final = header.final};
	unmask(frame->payload, frame->len, frame->payload - MASK_BYTES);
	*used = header.size + frame->len;
	if (frame->opcode == WS_CLOSE)
		return read_close(frame);
	return (frame->opcode & CONTROL) != 0 ? 1 : read_text(reader, frame);
}
