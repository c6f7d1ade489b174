#include "words.h"

#include <string.h>
#include <chat/arena.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Copies the word at *line to `to`, which has room, and moves *line behind it. Returns its end. */
static char *take_word(const char **line, char *to, char *open_quote)
{
	const char *from = *line;
	char quote = 0;

	for (; *from && (quote || !is_space(*from)); from++) {
		if (quote != '\'' && *from == '\\') {
			if (!from[1]) {
				*open_quote = '\\';
				from++;
				break;
			}
			/* Between double quotes it keeps only what is special there. */
			if (quote && !strchr("\"\\$`", from[1]))
				*to++ = '\\';
			*to++ = *++from;
		} else if (quote ? *from == quote : *from == '\'' || *from == '"') {
			quote = quote ? 0 : *from;
		} else {
			*to++ = *from;
		}
	}
	if (quote)
		*open_quote = quote;
	*line = from;
	*to = '\0';
	return to + 1;
}

bool words_split(struct words *words, const char *line, struct arena *arena)
{
	size_t n = strlen(line);
	/* At most one word for each two bytes, and each with a NUL in place of its separator. */
	char *text = arena_alloc(arena, n + 2);

	*words = (struct words){.list = arena_array(arena, n / 2 + 2, sizeof(char *))};
	if (!text || !words->list)
		return false;
	for (;;) {
		while (is_space(*line))
			line++;
		if (!*line || (*line == '#' && !words->count))
			return true;
		words->list[words->count++] = text;
		text = take_word(&line, text, &words->open_quote);
	}
}
