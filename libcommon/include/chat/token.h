#ifndef CHAT_TOKEN_H
#define CHAT_TOKEN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* When a token ends, in ms since 1970, as it says itself: nothing is verified, for only the server
 * can. 0 where it is no JWT with such a time. Any thread. */
int64_t chat_token_expires_at(const char *token);

#ifdef __cplusplus
}
#endif

#endif
