#ifndef CHATCTL_WORDS_H
#define CHATCTL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A command line's words, as a POSIX shell quotes them: spaces part them; '…', "…" and \ keep what
 * they hold; a line that begins with # is a comment. */
struct words {
	char **list; /* with a NULL at the end; the arena's */
	size_t count;
	char open_quote; /* ' or " or \ where one was not closed, else 0 */
};

/* False without memory. */
bool words_split(struct words *words, const char *line, struct arena *arena);

#endif
