#ifndef CHATD_PASSWORD_H
#define CHATD_PASSWORD_H

#include <stdbool.h>
#include <chat/err.h>

struct arena;

/* Call once, before the others and before threads start. */
enum chat_err password_init(void);

/* argon2id with libsodium's interactive limits (64 MiB, about 85 ms); in the arena, NULL without
 * memory. Slow by design: for the hasher's thread only. */
char *password_hash(const char *password, struct arena *arena);

/* Whether the password is the hash's. A NULL hash, for a name that nobody has, costs the same time
 * and is never right. For the hasher's thread only. */
bool password_verify(const char *hash, const char *password);

#endif
