#include "text/mention.h"

#include <string.h>
#include <chat/arena.h>
#include <chat/mention.h>

#define ARENA_MAX ((size_t)1 << 20) /* bytes; a message has 8000 at most */

bool mention_of(const char *content, const char *username)
{
	struct chat_mentions found;
	struct arena arena;
	bool is_there = false;

	if (!strchr(content, '@'))
		return false;
	arena_init(&arena, ARENA_MAX);
	if (chat_mentions_find(content, &arena, &found))
		for (size_t i = 0; i < found.count && !is_there; i++)
			is_there = chat_mention_is(&found.list[i], username);
	arena_release(&arena);
	return is_there;
}
