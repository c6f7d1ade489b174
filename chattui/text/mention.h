#ifndef CHATTUI_MENTION_H
#define CHATTUI_MENTION_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The next "@name" at a word's boundary, from byte *at of n on: *at becomes where its '@' stands,
 * and the result is its length with the '@'. 0 when there is none.
 */
size_t mention_next(const char *text, size_t n, size_t *at);

/* True if the mention (with its '@') is of that user. ASCII letters count in any case. */
bool mention_is(const char *mention, size_t n, const char *username);

/* True if a message mentions the user outside of code. */
bool mention_of(const char *content, const char *username);

#endif
