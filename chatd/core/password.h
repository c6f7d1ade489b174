#ifndef CHATD_PASSWORD_H
#define CHATD_PASSWORD_H

#include <stdbool.h>
#include <chat/err.h>

struct arena;

/* Call once, before the others and before threads start. */
enum chat_err password_init(void);

/* argon2id with libsodium's interactive limits (64 MiB, about 85 ms); in the arena, NULL where it
 * cannot have its memory. Slow by design: for the hasher's thread only. */
char *password_hash(const char *password, struct arena *arena);

/* Whether the password is the hash's, of argon2id or bcrypt. A NULL hash, for a name that nobody
 * has, costs the same time as a wrong password and is never right. BUSY: there is no memory to find
 * out; *right is then false. For the hasher's thread only. */
enum chat_err password_verify(const char *hash, const char *password, bool *right);

/*
 * Users who came over from the original backend have bcrypt's hashes until their next login:
 * password_is_old(). password_is_known(): one of the kinds that password_verify() takes.
 */
bool password_is_old(const char *hash);
bool password_is_known(const char *hash);

/* Tells that such old hashes are in use, of the same cost as this one (NULL: none are), so that
 * refused logins take as long for every name. For the hasher's thread only. */
void password_expect(const char *hash);

/* As password_hash(), for a password that was verified by an old hash. The salt is made from that
 * one's, so that two logins at once come to the same new hash. For the hasher's thread only. */
char *password_rehash(const char *old, const char *password, struct arena *arena);

#endif
