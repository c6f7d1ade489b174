#ifndef CHATCTL_COMPLETE_H
#define CHATCTL_COMPLETE_H

#include "ctl.h"

/* What the command "complete" prints where a file's name fits, which the shells know to find. */
#define COMPLETE_FILE "\t"

/* Takes a candidate and what can be said of it, or NULL; both are valid during the call. */
typedef void complete_offer(void *context, const char *candidate, const char *about);

/*
 * Gives what could stand in place of the last of n words (n > 0, the last one may be ""), each with
 * that word as its beginning: commands, flags, choices, contexts; servers, channels and users as
 * name_cache_read() has them. ctl has its options; it is connected if need be. True where the word
 * is a file's name instead.
 */
bool complete_words(
	struct ctl *ctl, char *const *words, size_t n, complete_offer *add, void *context);

#endif
