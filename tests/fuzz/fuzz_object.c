#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/object.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void encode(struct buf *out, enum object_id id, const void *object)
{
	buf_reset(out);
	if (!object_encode(out, id, object))
		abort();
}

/* What decodes must encode, decode again, and encode to the same bytes. */
static void round_trip(enum object_id id, const char *json, size_t n, struct arena *arena)
{
	void *first = arena_alloc(arena, object_info(id)->size);
	void *second = arena_alloc(arena, object_info(id)->size);
	struct problems problems = {0};
	enum chat_err err = object_decode(id, json, n, arena, first, &problems);
	struct buf once, twice;

	if ((err == CHAT_ERR_INVALID || err == CHAT_ERR_BLANK) != (problems.count > 0))
		abort();
	if (err)
		return;
	buf_init(&once, 16 << 20);
	buf_init(&twice, 16 << 20);
	encode(&once, id, first);
	if (object_decode(id, once.data, once.len, arena, second, &problems))
		abort();
	encode(&twice, id, second);
	if (strcmp(once.data, twice.data) != 0)
		abort();
	buf_release(&once);
	buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems problems = {0};
	struct arena arena;
	size_t count;
	void *items;

	arena_init(&arena, 0);
	for (unsigned id = OBJECT_none + 1; id < OBJECT_COUNT; id++) {
		round_trip((enum object_id)id, (const char *)data, size, &arena);
		arena_reset(&arena);
	}
	object_decode_list(
		OBJECT_user, (const char *)data, size, &arena, &items, &count, &problems);
	arena_release(&arena);
	return 0;
}
