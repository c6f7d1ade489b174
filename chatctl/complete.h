#ifndef CHATCTL_COMPLETE_H
#define CHATCTL_COMPLETE_H

#include "ctl.h"

/* Takes a candidate; it is valid during the call. */
typedef void complete_take(void *context, const char *candidate);

/*
 * Gives what could stand in place of the last of n words (n > 0, the last one may be ""), each with
 * that word as its beginning: commands, flags, choices, contexts; servers, channels and users from
 * the server, or from a cache of a minute. Asks the server for at most a second; where it does not
 * answer there are no such candidates. ctl has its options; it is connected if need be.
 */
void complete_words(
	struct ctl *ctl, char *const *words, size_t n, complete_take *take, void *context);

#endif
