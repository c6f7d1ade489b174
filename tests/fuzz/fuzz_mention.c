/* Anybody's message, and who it mentions. */
#include <chat/arena.h>
#include <chat/mention.h>
#include <chat/text.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chat_mentions found;
	struct arena arena;
	const char *text, *last = NULL;

	if (!text_is_utf8((const char *)data, size) || memchr(data, '\0', size))
		return 0;
	arena_init(&arena, 0);
	text = arena_strndup(&arena, (const char *)data, size);
	if (!text || !chat_mentions_find(text, &arena, &found))
		abort();
	for (size_t i = 0; i < found.count; i++) {
		struct chat_mention mention = found.list[i];

		/* In order, each behind an '@' and made of whole characters. */
		if (mention.n == 0 || mention.name[-1] != '@' || (last && mention.name <= last) ||
			!text_is_utf8(mention.name, mention.n))
			abort();
		last = mention.name;
		while (chat_mention_shorten(&mention))
			continue;
		chat_mention_is(&mention, "ada");
	}
	arena_release(&arena);
	return 0;
}
