#include "config/keymap.h"

#include <stdio.h>
#include <string.h>

static void remove_bindings(struct keymap *map, enum action action, chat_key key)
{
	enum action_mode mode = action_info(action)->mode;
	size_t kept = 0;

	for (size_t i = 0; i < map->count; i++) {
		const struct binding *binding = &map->bindings[i];
		bool same = key == KEY_NONE ? binding->action == action
					    : binding->key == key &&
						      action_info(binding->action)->mode == mode;

		if (!same)
			map->bindings[kept++] = *binding;
	}
	map->count = kept;
}

const char *keymap_bind(struct keymap *map, enum action action, const char *keys)
{
	static char wrong[KEY_TEXT_SIZE];
	chat_key parsed[KEYMAP_MAX];
	size_t count = 0;

	while (*(keys += strspn(keys, " \t,")) && count < KEYMAP_MAX) {
		size_t n = strcspn(keys, " \t");
		chat_key key = key_parse(keys, n);

		if (n == 4 && strncmp(keys, "none", 4) == 0) {
			keys += n;
			continue;
		}
		if (key == KEY_NONE) {
			snprintf(wrong, sizeof(wrong), "%.*s", (int)(n < KEY_TEXT_SIZE ? n : 0),
				keys);
			return wrong;
		}
		parsed[count++] = key;
		keys += n;
	}
	remove_bindings(map, action, KEY_NONE);
	for (size_t i = 0; i < count; i++) {
		remove_bindings(map, action, parsed[i]);
		if (map->count < KEYMAP_MAX)
			map->bindings[map->count++] = (struct binding){parsed[i], action};
	}
	return NULL;
}

void keymap_init(struct keymap *map)
{
	map->count = 0;
	for (enum action action = 0; action < ACTION_COUNT; action++)
		keymap_bind(map, action, action_info(action)->keys);
}

enum action keymap_find(const struct keymap *map, enum action_mode mode, chat_key key)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->bindings[i].key == key &&
			action_info(map->bindings[i].action)->mode == mode)
			return map->bindings[i].action;
	return ACTION_NONE;
}

void keymap_put(
	const struct keymap *map, enum action action, const char *separator, struct buf *out)
{
	bool first = true;

	for (size_t i = 0; i < map->count; i++) {
		char text[KEY_TEXT_SIZE];

		if (map->bindings[i].action != action)
			continue;
		key_format(map->bindings[i].key, text);
		buf_puts(out, first ? "" : separator);
		buf_puts(out, text);
		first = false;
	}
}

void keymap_first(const struct keymap *map, enum action action, char out[KEY_TEXT_SIZE])
{
	for (size_t i = 0; i < map->count; i++) {
		if (map->bindings[i].action != action)
			continue;
		key_format(map->bindings[i].key, out);
		return;
	}
	snprintf(out, KEY_TEXT_SIZE, "/%s", action_info(action)->name);
}
