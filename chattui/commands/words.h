#ifndef CHATTUI_WORDS_H
#define CHATTUI_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define WORDS_MAX 64

/*
 * The words of a command's line, of which its parser takes one after another. What begins with a
 * double quote goes on to the next one, a backslash being for what follows it.
 */
struct words {
	char *line;  /* what is left of it: flags that were taken are blank */
	char *store; /* the words' bytes */
	struct word {
		char *text;
		size_t start, end; /* in the line */
	} at[WORDS_MAX];
	size_t count, next;
};

/* False without memory, or for a line that is too long. words_release in any case. */
bool words_init(struct words *words, const char *line);
void words_release(struct words *words);

size_t words_left(const struct words *words);

/* NULL past the last. The text is the words', as are those of the two below. */
const char *words_peek(const struct words *words);
const char *words_take(struct words *words);

/* All that is left as one text, as it was typed; a single word without its quotes. */
const char *words_rest(struct words *words);

/* Takes "--name VALUE" out, wherever it is: the value, or NULL if it is not there. In the name '_'
 * counts as
 * '-'. */
const char *words_flag(struct words *words, const char *name);

#endif
