#ifndef CHAT_SUGGEST_H
#define CHAT_SUGGEST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CHAT_SUGGEST_MAX 63 /* bytes of a candidate; longer ones are not near to anything */

/* "Did you mean": the candidate that a mistyped word is nearest to. Start with the word and zeroes,
 * try all candidates. */
struct chat_suggest {
	const char *word;
	char best[CHAT_SUGGEST_MAX + 1]; /* "": none is near */
	size_t distance;
};

/* A candidate of n bytes. Near is what begins with the word, if that has two bytes, or differs from
 * it in a third of its letters and one more at most; of equals the first. */
void chat_suggest_try(struct chat_suggest *suggest, const char *candidate, size_t n);

#ifdef __cplusplus
}
#endif

#endif
