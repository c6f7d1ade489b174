#ifndef CHATTUI_CACHE_H
#define CHATTUI_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include <chat/buf.h>
#include "model/model.h"

/*
 * The last state of one account on disk (SQLite): servers, channels, members, read state, the
 * newest messages, and what was written but not sent. Survives a kill: what was saved is there. All
 * functions take a NULL cache, which keeps nothing.
 */
struct cache;

/* The most messages of a channel that are kept. */
#define CACHE_MESSAGES 200

/* Opens or makes the file; one that is broken is made anew. NULL when it cannot be used, with why.
 */
struct cache *cache_open(const char *path, struct buf *why);
void cache_close(struct cache *cache);

/* Puts what is saved, but for messages, into an empty model; the channel that was open last, or 0.
 * False if there is nothing. */
bool cache_load(struct cache *cache, struct model *model, int64_t *open_id);

/* Puts a channel's saved messages into the model. */
void cache_load_messages(struct cache *cache, struct model *model, int64_t channel_id);

/* Saves the messages that changed, and what CHANGE_TREE and CHANGE_MEMBERS in changes stand for; in
 * one transaction. False if it could not be done now: the disk is full, another process writes. */
bool cache_save(struct cache *cache, struct model *model, unsigned changes);

/* What was written in a channel and not sent; "" removes it. cache_draft appends it to out. */
void cache_set_draft(struct cache *cache, int64_t channel_id, const char *text);
void cache_draft(struct cache *cache, int64_t channel_id, struct buf *out);

/* Forgets everything: the file is another user's. */
void cache_clear(struct cache *cache);

#endif
