#include <chat/arena.h>

#include <stdint.h>

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

static bool is_zero(const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i])
			return false;
	return true;
}

static void empty(void)
{
	struct arena a;

	arena_init(&a, 0);
	CHECK(a.head == NULL);
	arena_reset(&a);
	arena_release(&a);
	CHECK(arena_alloc(&a, 0) != NULL);
	arena_release(&a);
	CHECK_INT(a.used, 0);
}

/* Pieces of many sizes, written full, are aligned, zeroed and do not overlap. */
static void pieces(void)
{
	struct arena a;
	unsigned char *piece[300];
	size_t wrong = 0;

	arena_init(&a, 0);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 300; i++) {
			size_t size = i * i % 997 + (i % 50 == 0 ? 100000 : 0);

			piece[i] = arena_alloc(&a, size);
			if (!CHECK(piece[i] != NULL))
				return;
			wrong += (uintptr_t)piece[i] % _Alignof(max_align_t) != 0;
			wrong += !is_zero(piece[i], size);
			memset(piece[i], (int)(i % 255 + 1), size);
			arena_strdup(&a, "odd"); /* upsets the alignment */
		}
		for (size_t i = 0; i < 300; i++) {
			size_t size = i * i % 997 + (i % 50 == 0 ? 100000 : 0);

			for (size_t j = 0; j < size; j++)
				wrong += piece[i][j] != i % 255 + 1;
		}
		arena_reset(&a);
		CHECK_INT(a.used, 0);
	}
	CHECK_INT(wrong, 0);
	arena_release(&a);
}

static void reset_keeps_one_block(void)
{
	struct arena a;
	void *first, *again;

	arena_init(&a, 0);
	first = arena_alloc(&a, 100);
	arena_reset(&a);
	again = arena_alloc(&a, 100);
	CHECK(first && first == again);
	CHECK(again && is_zero(again, 100));
	arena_reset(&a);

	/* A large piece alone is not kept. */
	arena_release(&a);
	CHECK(arena_alloc(&a, 1 << 20) != NULL);
	arena_reset(&a);
	CHECK(a.head == NULL);
	arena_release(&a);
}

/* A large piece leaves the rest of the block in use. */
static void large_goes_behind(void)
{
	struct arena a;
	char *before, *after;

	arena_init(&a, 0);
	before = arena_alloc(&a, 16);
	CHECK(arena_alloc(&a, 1 << 20) != NULL);
	after = arena_alloc(&a, 16);
	CHECK(after == before + 16);
	arena_release(&a);
}

static void bound(void)
{
	struct arena a;

	arena_init(&a, 100);
	CHECK(arena_alloc(&a, 101) == NULL);
	CHECK(arena_alloc(&a, 96) != NULL);
	CHECK_INT(a.used, 96);
	CHECK(arena_strdup(&a, "abcd") == NULL);
	CHECK_STR(arena_strdup(&a, "abc"), "abc");
	CHECK_INT(a.used, 100);
	CHECK(arena_strdup(&a, "") == NULL);
	CHECK(arena_printf(&a, "x") == NULL);
	arena_reset(&a);
	CHECK(arena_alloc(&a, 100) != NULL);
	arena_release(&a);
	CHECK(arena_alloc(&a, 100) != NULL);
	arena_release(&a);
}

static void no_memory(void)
{
	struct arena a;

	arena_init(&a, 0);
	CHECK(arena_alloc(&a, SIZE_MAX) == NULL);
	CHECK(arena_alloc(&a, SIZE_MAX / 2) == NULL);
	CHECK(arena_alloc(&a, SIZE_MAX / 4) == NULL);
	CHECK(arena_array(&a, SIZE_MAX / 2, 3) == NULL);
	CHECK(arena_array(&a, 3, SIZE_MAX / 2) == NULL);
	CHECK(arena_array(&a, SIZE_MAX / 2 + 1, 2) == NULL); /* the product wraps to 0 */
	CHECK_INT(a.used, 0);
	CHECK_STR(arena_strdup(&a, "still works"), "still works");
	arena_release(&a);
}

static void arrays(void)
{
	struct arena a;
	long *numbers;

	arena_init(&a, 0);
	numbers = arena_array(&a, 1000, sizeof(*numbers));
	CHECK(numbers && is_zero((unsigned char *)numbers, 1000 * sizeof(*numbers)));
	CHECK(arena_array(&a, 0, 8) != NULL);
	CHECK(arena_array(&a, 8, 0) != NULL);
	arena_release(&a);
}

static void texts(void)
{
	static char text[10000];
	struct arena a;
	char *copy;

	arena_init(&a, 0);
	CHECK(arena_strdup(&a, NULL) == NULL);
	CHECK(arena_strndup(&a, NULL, 3) == NULL);
	CHECK_STR(arena_strdup(&a, ""), "");
	CHECK_STR(arena_strdup(&a, "caf\xc3\xa9"), "caf\xc3\xa9");
	CHECK_STR(arena_strndup(&a, "abcdef", 3), "abc");
	CHECK_STR(arena_strndup(&a, "abc", 0), "");
	CHECK_STR(arena_strndup(&a, "abc", 100), "abc");
	CHECK_STR(arena_strndup(&a, (const char[]){'n', 'o', 'n', 'u', 'l'}, 5), "nonul");
	CHECK_STR(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
	CHECK_STR(arena_printf(&a, "%s", ""), "");
	memset(text, 't', sizeof(text) - 1);
	copy = arena_printf(&a, "<%s>", text);
	CHECK(copy && strlen(copy) == sizeof(text) + 1 && copy[sizeof(text)] == '>');
	arena_release(&a);
}

int main(void)
{
	RUN(empty);
	RUN(pieces);
	RUN(reset_keeps_one_block);
	RUN(large_goes_behind);
	RUN(bound);
	RUN(no_memory);
	RUN(arrays);
	RUN(texts);
	return test_end();
}
