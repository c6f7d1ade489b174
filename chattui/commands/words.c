#include "commands/words.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 8192

/* Takes one word from the line's byte i on, its bytes to `to`; where it ends in the line. */
static size_t take_word(const char *line, size_t i, char *to)
{
	bool quoted = line[i] == '"' && strchr(line + i + 1, '"');

	for (i += quoted; line[i]; i++) {
		if (quoted ? line[i] == '"' : strchr(" \t\n", line[i]) != NULL)
			break;
		i += quoted && line[i] == '\\' && line[i + 1];
		*to++ = line[i];
	}
	*to = '\0';
	return i + (quoted && line[i]);
}

bool words_init(struct words *words, const char *line)
{
	size_t n = strlen(line), i = 0;
	char *to;

	*words = (struct words){.line = strdup(line), .store = malloc(2 * n + 1)};
	if (!words->line || !words->store || n > LINE_MAX_BYTES)
		return false;
	to = words->store;
	while (words->count < WORDS_MAX && line[i += strspn(line + i, " \t\n")]) {
		struct word *word = &words->at[words->count++];

		*word = (struct word){.text = to, .start = i};
		i = word->end = take_word(line, i, to);
		to += strlen(to) + 1;
	}
	return true;
}

void words_release(struct words *words)
{
	free(words->line);
	free(words->store);
}

size_t words_left(const struct words *words)
{
	return words->count - words->next;
}

const char *words_peek(const struct words *words)
{
	return words_left(words) ? words->at[words->next].text : NULL;
}

const char *words_take(struct words *words)
{
	return words_left(words) ? words->at[words->next++].text : NULL;
}

const char *words_rest(struct words *words)
{
	size_t left = words_left(words), end;
	char *rest;

	if (left < 2)
		return words_take(words);
	rest = words->line + words->at[words->next].start;
	end = strlen(rest);
	while (end > 0 && strchr(" \t\n", rest[end - 1]))
		end--;
	rest[end] = '\0';
	words->next = words->count;
	return rest;
}

static bool is_flag(const char *word, const char *name)
{
	if (strncmp(word, "--", 2) != 0)
		return false;
	for (word += 2; *word && (*word == *name || (*word == '-' && *name == '_')); word++)
		name++;
	return !*word && !*name;
}

const char *words_flag(struct words *words, const char *name)
{
	for (size_t i = words->next; i + 1 < words->count; i++) {
		struct word flag = words->at[i], value = words->at[i + 1];

		if (!is_flag(flag.text, name))
			continue;
		memset(words->line + flag.start, ' ', value.end - flag.start);
		words->count -= 2;
		memmove(words->at + i, words->at + i + 2, (words->count - i) * sizeof(flag));
		return value.text;
	}
	return NULL;
}
