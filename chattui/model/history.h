#ifndef CHATTUI_HISTORY_H
#define CHATTUI_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chat_message;
struct person;

struct message {
	int64_t id;
	int64_t created_at, updated_at; /* ms since 1970 */
	struct person *author;          /* the model's */
	char *content;
	bool is_edited;
	bool is_stale; /* from the cache, or from before a gap: may have changed since */
};

/* The messages of a channel that are known, oldest first. */
struct history {
	struct message *items;
	size_t count, cap;
	bool is_complete; /* nothing is older than the first */
	bool is_loaded;   /* the newest page has come since the gateway is live */
	bool is_loading;  /* a page is on its way */
	bool is_saved;    /* the cache has it as it is */
};

void history_release(struct history *history);

/* The index of the first message whose id is not below id; count if there is none. */
size_t history_index(const struct history *history, int64_t id);
struct message *history_find(const struct history *history, int64_t id);

/* Adds or updates a message in its place. What is older than what is known of it is ignored. NULL
 * without memory. */
struct message *history_put(
	struct history *history, const struct chat_message *from, struct person *author);

void history_remove(struct history *history, int64_t id);

/*
 * Says what a page of the server's proves: messages below `before` (0: the newest ones), ascending,
 * of which history_put has taken those that are there. Whatever else is known within the page's
 * range is gone; with fewer than limit the page reaches the channel's first message.
 */
void history_page(struct history *history, int64_t before, const struct chat_message *items,
	size_t count, size_t limit);

/* Everything may have changed: nothing of it is believed until pages prove it. */
void history_doubt(struct history *history);

/*
 * The id below which a page is wanted so that the messages from index first on are believed; 0 when
 * they are.
 */
int64_t history_hole(const struct history *history, size_t first);

/* Forgets the oldest, so that `keep` remain. */
void history_trim(struct history *history, size_t keep);

#endif
