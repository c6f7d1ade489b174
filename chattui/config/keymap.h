#ifndef CHATTUI_KEYMAP_H
#define CHATTUI_KEYMAP_H

#include <stddef.h>
#include <chat/buf.h>
#include "config/action.h"
#include "config/key.h"

#define KEYMAP_MAX 256

/* Which key does what. */
struct keymap {
	struct binding {
		chat_key key;
		enum action action;
	} bindings[KEYMAP_MAX];
	size_t count;
};

/* The keys of actions.def. */
void keymap_init(struct keymap *map);

/*
 * Gives an action these keys (with spaces between them; "none" for none) instead of those it has;
 * they are taken from others of its mode. NULL, or the word that is no key (static, until the next
 * call).
 */
const char *keymap_bind(struct keymap *map, enum action action, const char *keys);

/* What a key does in a mode; ACTION_NONE for nothing. */
enum action keymap_find(const struct keymap *map, enum action_mode mode, chat_key key);

/* Appends the action's keys, as people write them, with the separator between them. */
void keymap_put(
	const struct keymap *map, enum action action, const char *separator, struct buf *out);

/* The action's first key as people write it, or /its-name where it has none. */
void keymap_first(const struct keymap *map, enum action action, char out[KEY_TEXT_SIZE]);

#endif
