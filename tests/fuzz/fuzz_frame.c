#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <chat/arena.h>
#include <chat/frame.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A frame from a client, and what chatd makes of its data. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems problems = {0};
	struct chat_message_create message;
	struct arena arena;
	struct frame frame;
	enum chat_err err;

	arena_init(&arena, 0);
	err = frame_decode((const char *)data, size, &arena, &frame, &problems);
	if ((err == CHAT_OK) != (frame.root != NULL) || (!err && !frame.type))
		abort();
	if (frame.nonce && !*frame.nonce)
		abort();
	if (!err && !object_decode_value(
			    OBJECT_message_create, frame.data, &arena, &message, &problems)) {
		/* The nonce that an answer names is the one that was decoded. */
		if ((frame.nonce != NULL) != (message.nonce != NULL) ||
			(frame.nonce && strcmp(frame.nonce, message.nonce) != 0))
			abort();
	}
	arena_release(&arena);
	return 0;
}
