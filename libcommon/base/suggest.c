#include <chat/suggest.h>
#include <chat/text.h>

#include <string.h>

void chat_suggest_try(struct chat_suggest *suggest, const char *candidate, size_t n)
{
	char copy[CHAT_SUGGEST_MAX + 1] = "";
	size_t length = strlen(suggest->word);
	size_t distance;

	if (n > CHAT_SUGGEST_MAX)
		return;
	memcpy(copy, candidate, n);
	if (length > 1 && strncmp(copy, suggest->word, length) == 0)
		distance = 1;
	else
		distance = text_distance(suggest->word, copy);
	if (distance > length / 3 + 1 || (*suggest->best && distance >= suggest->distance))
		return;
	memcpy(suggest->best, copy, sizeof(copy));
	suggest->distance = distance;
}
