#ifndef CHAT_ARENA_H
#define CHAT_ARENA_H

#include <stddef.h>

/*
 * Memory that dies at once: what is decoded from a request, or read by it from the store, lives in
 * the request's arena and is never freed alone. Not locked: one thread at a time.
 */
struct arena {
	struct arena_block *head;
	size_t used; /* bytes handed out, with what aligns them */
	size_t max;  /* bytes that may be handed out; 0 is no bound */
};

/* An empty arena; allocates nothing. max: bytes it may hand out, 0 for no bound. */
void arena_init(struct arena *a, size_t max);

/* Frees everything; the arena is then empty and can be used again. */
void arena_release(struct arena *a);

/* Frees everything but one block, for an arena that soon serves again. */
void arena_reset(struct arena *a);

/* size zeroed bytes, aligned for any type; NULL when there is no memory or the bound is passed. */
void *arena_alloc(struct arena *a, size_t size);

/* An array of n zeroed elements; NULL also when n * size overflows. */
void *arena_array(struct arena *a, size_t n, size_t size);

/* Copies; NULL when there is no memory. arena_strndup takes at most n bytes, or those before a NUL,
 * and adds the NUL; a NULL text gives NULL. */
char *arena_strdup(struct arena *a, const char *text);
char *arena_strndup(struct arena *a, const char *text, size_t n);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
