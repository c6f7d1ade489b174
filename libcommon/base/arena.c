#include <chat/arena.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the first block's data (a page with its header) and of the largest's; each block is
 * twice the one before. */
#define BLOCK_FIRST (4096 - sizeof(struct arena_block))
#define BLOCK_LAST ((size_t)65536)

struct arena_block {
	struct arena_block *next;
	size_t size; /* of data */
	size_t used;
	max_align_t data[];
};

void arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){.max = max};
}

static void arena_free_list(struct arena_block *block)
{
	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void arena_release(struct arena *a)
{
	arena_free_list(a->head);
	a->head = NULL;
	a->used = 0;
}

void arena_reset(struct arena *a)
{
	struct arena_block *keep = a->head;

	a->used = 0;
	if (!keep)
		return;
	/* What one large allocation needed is not worth keeping. */
	if (keep->size > BLOCK_LAST) {
		arena_release(a);
		return;
	}
	arena_free_list(keep->next);
	keep->next = NULL;
	keep->used = 0;
}

/*
 * A new block with room for size bytes. It becomes the head, which serves what comes next, unless
 * it is made to measure for a large piece: then it goes behind the head, whose rest stays in use.
 */
static struct arena_block *arena_grow(struct arena *a, size_t size)
{
	struct arena_block **at = &a->head;
	struct arena_block *block;
	size_t room = BLOCK_FIRST;

	if (a->head)
		room = a->head->size < BLOCK_LAST / 2 ? a->head->size * 2 : BLOCK_LAST;
	if (size > room) {
		room = size;
		if (a->head)
			at = &a->head->next;
	}
	block = malloc(sizeof(*block) + room);
	if (!block)
		return NULL;
	*block = (struct arena_block){.next = *at, .size = room};
	*at = block;
	return block;
}

/* size bytes, not zeroed, at a multiple of align, which is a power of two. */
static void *arena_take(struct arena *a, size_t size, size_t align)
{
	struct arena_block *block = a->head;
	size_t start = block ? (block->used + align - 1) & ~(align - 1) : 0;
	bool fits = block && start <= block->size && size <= block->size - start;
	size_t cost = fits ? start - block->used + size : size;

	if (size > PTRDIFF_MAX / 2 || (a->max && cost > a->max - a->used))
		return NULL;
	if (!fits) {
		block = arena_grow(a, size);
		start = 0;
	}
	if (!block)
		return NULL;
	block->used = start + size;
	a->used += cost;
	return (char *)block->data + start;
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *out = arena_take(a, size, _Alignof(max_align_t));

	return out ? memset(out, 0, size) : NULL;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		return NULL;
	return arena_alloc(a, n * size);
}

char *arena_strdup(struct arena *a, const char *text)
{
	size_t size;
	char *out;

	if (!text)
		return NULL;
	size = strlen(text) + 1;
	out = arena_take(a, size, 1);
	return out ? memcpy(out, text, size) : NULL;
}

char *arena_strndup(struct arena *a, const char *text, size_t n)
{
	char *out;

	if (!text)
		return NULL;
	n = strnlen(text, n);
	out = arena_take(a, n + 1, 1);
	if (!out)
		return NULL;
	memcpy(out, text, n);
	out[n] = '\0';
	return out;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	char *out = NULL;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n >= 0)
		out = arena_take(a, (size_t)n + 1, 1);
	if (out) {
		va_start(args, format);
		vsnprintf(out, (size_t)n + 1, format, args);
		va_end(args);
	}
	return out;
}
