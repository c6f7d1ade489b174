#ifndef CHATTUI_MENTION_H
#define CHATTUI_MENTION_H

#include <stdbool.h>

/* True if a message mentions the user, as the server counts it. */
bool mention_of(const char *content, const char *username);

#endif
