#ifndef CHATD_TOKEN_H
#define CHATD_TOKEN_H

#include <stddef.h>
#include <stdint.h>
#include <chat/err.h>
#include "store/store.h"

struct arena;

/* Signs and checks JSON Web Tokens (RFC 7519) with one key and exactly one algorithm. */
struct token;

/* algorithm: "HS256", "HS384" or "HS512". The key is copied. NULL without memory. */
struct token *token_new(const char *algorithm, const char *key);
void token_free(struct token *token);

/*
 * Checks the signature and the claims; *out says whose token it is. Whether its session still lives
 * only the store knows (store_authenticate). What was checked is remembered by the token's text, so
 * that a repeated one costs no cryptography: for the loop's thread only. BAD_TOKEN.
 */
enum chat_err token_verify(
	struct token *token, const char *text, size_t n, int64_t now, struct principal *out);

/* A signed token for a principal, in the arena; NULL without memory. Any thread. */
char *token_sign(const struct token *token, const struct principal *principal, const char *username,
	struct arena *arena);

#endif
