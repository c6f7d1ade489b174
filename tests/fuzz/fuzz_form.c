#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/object.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A form or a query string; what is taken from one is what JSON can say too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum object_id ids[] = {
		OBJECT_login, OBJECT_history_query, OBJECT_page_query, OBJECT_status_query};
	struct arena arena;
	struct buf json;

	arena_init(&arena, 0);
	buf_init(&json, 16 << 20);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		void *object = arena_alloc(&arena, object_info(ids[i])->size);
		void *again = arena_alloc(&arena, object_info(ids[i])->size);
		struct problems problems = {0};
		enum chat_err err = object_decode_form(
			ids[i], "query", (const char *)data, size, &arena, object, &problems);

		if ((err == CHAT_ERR_INVALID) != (problems.count > 0))
			abort();
		if (err)
			continue;
		buf_reset(&json);
		object_encode(&json, ids[i], object);
		if (object_decode(ids[i], json.data, json.len, &arena, again, &problems))
			abort();
	}
	buf_release(&json);
	arena_release(&arena);
	return 0;
}
