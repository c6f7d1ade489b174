#ifndef CHAT_MENTION_H
#define CHAT_MENTION_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct arena;

/*
 * Finds the "@username" of a message, as the protocol has it: at a word boundary, outside of code
 * and of links, not after a backslash. Pure text, any thread.
 *
 * A name is the longest run of letters with their marks, digits and signs ('_', '.', '-') behind
 * the '@'. Signs at its end may be the sentence's ("@ada.") or the name's: whoever looks names up
 * tries the whole first and then drops one sign after another, by chat_mention_shorten(); who
 * knows the one name it looks for asks chat_mention_is().
 */
struct chat_mention {
	const char *name; /* behind the '@' */
	size_t n;         /* bytes; signs that no username has room for are left out */
};

struct chat_mentions {
	struct chat_mention *list; /* in the text's order; NULL where there are none */
	size_t count;
};

/* The mentions of a message's text, which is valid UTF-8; they and their names are the arena's.
 * False without memory. */
bool chat_mentions_find(const char *text, struct arena *arena, struct chat_mentions *found);

/* The same for n bytes and a NUL that chat_markup_put() made. The names point into them, so that a
 * drawer, whom md4c gives pieces of the same bytes, finds the mentions among them. */
bool chat_mentions_find_marked(
	const char *text, size_t n, struct arena *arena, struct chat_mentions *found);

/* Takes a sign off the end, if there is one, and says whether there was. */
bool chat_mention_shorten(struct chat_mention *mention);

/* True if the mention can be of that user: its name, perhaps without signs at its end, folds to
 * the same text (text_fold()). False also without memory. */
bool chat_mention_is(const struct chat_mention *mention, const char *username);

#ifdef __cplusplus
}
#endif

#endif
