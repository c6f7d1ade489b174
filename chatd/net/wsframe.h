#ifndef CHATD_NET_WSFRAME_H
#define CHATD_NET_WSFRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The frames that clients send, by the rules of RFC 6455, section 5, without extensions; in place,
 * without memory of its own. Any thread, a reader at a time.
 */

/* A connection's state between its frames: zeroed but for max. */
struct ws_reader {
	uint32_t max;      /* bytes of a message */
	uint32_t gathered; /* of its fragments so far */
	uint8_t utf8;      /* inside of a character, where a fragment ended in one */
	uint8_t opcode;    /* of the message that further fragments belong to; 0 for none */
};

/* RFC 6455, section 5.2. */
enum { WS_CONTINUATION = 0, WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };

struct ws_frame {
	unsigned char *payload; /* unmasked, among the bytes that were given */
	size_t len;
	uint8_t opcode; /* of the message, also for its continuations */
	bool final;     /* the message ends with it */
	uint16_t code;  /* of a close frame, whose payload begins with it; 1005 when it has none */
};

/*
 * Reads the frame at the start of n bytes. 1: it takes *used of them and is unmasked. 0: to be
 * called again with these bytes and further ones. Else the code to close with: 1002 for what the
 * protocol forbids, 1003 for a binary message, 1007 for text or a close reason that is not UTF-8,
 * 1009 for a message of more than max bytes; 1002, 1003 and 1009 before any payload is there, where
 * the header shows it.
 */
int ws_frame_read(struct ws_reader *reader, unsigned char *bytes, size_t n, struct ws_frame *frame,
	size_t *used);

#endif
