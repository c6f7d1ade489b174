#ifndef CHAT_WORDS_H
#define CHAT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct arena;
struct buf;

/* Where a word stands in its line: bytes, quotes included. */
struct chat_word_place {
	size_t start, end;
};

/*
 * The words of a command's line, as a POSIX shell quotes them: blanks part them; '…', "…" and \
 * keep what they hold; nothing expands. A line that begins with # has none.
 */
struct chat_words {
	char **list; /* count words and a NULL; the arena's, as is the next */
	struct chat_word_place *places;
	size_t count;
	char open_quote; /* ' or " or \ where one was not closed, else 0 */
};

/* False without memory. There is room for one word more, for who completes the next one. */
bool chat_words_split(struct chat_words *words, const char *line, struct arena *arena);

/*
 * Appends text as one word that chat_words_split() and a POSIX shell read back as text. open_quote:
 * the quote, ' or ", that stands open before it and stays open behind it; 0: none, and the word has
 * quotes where it needs them. Fails as the buffer does.
 */
bool chat_words_quote(struct buf *out, const char *text, char open_quote);

#ifdef __cplusplus
}
#endif

#endif
