#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include <chat/arena.h>
#include "core/password.h"

#define OPSLIMIT crypto_pwhash_OPSLIMIT_INTERACTIVE
#define MEMLIMIT crypto_pwhash_MEMLIMIT_INTERACTIVE
#define HASH_BYTES 32 /* as in crypto_pwhash_str() */

/* "$2b$12$", 22 characters of salt, 31 of hash. */
#define BCRYPT_LENGTH 60

/* The hash of no password, to spend a login's time on an unknown name. */
static char decoy[crypto_pwhash_STRBYTES];
/* One of the old hashes that are in use, "" if none is: likewise. */
static char old_decoy[BCRYPT_LENGTH + 1];

/* As crypto_pwhash_str() spells it: "$argon2id$v=19$m=65536,t=2,p=1$salt$hash". */
static void spell(char out[crypto_pwhash_STRBYTES],
	const unsigned char salt[crypto_pwhash_SALTBYTES], const unsigned char hash[HASH_BYTES])
{
	char salt_text[sodium_base64_ENCODED_LEN(
		crypto_pwhash_SALTBYTES, sodium_base64_VARIANT_ORIGINAL)];
	char hash_text[sodium_base64_ENCODED_LEN(HASH_BYTES, sodium_base64_VARIANT_ORIGINAL)];

	sodium_bin2base64(salt_text, sizeof(salt_text), salt, crypto_pwhash_SALTBYTES,
		sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
	sodium_bin2base64(hash_text, sizeof(hash_text), hash, HASH_BYTES,
		sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
	snprintf(out, crypto_pwhash_STRBYTES, "%sv=19$m=%u,t=%u,p=1$%s$%s", crypto_pwhash_STRPREFIX,
		(unsigned)(MEMLIMIT / 1024), (unsigned)OPSLIMIT, salt_text, hash_text);
}

enum chat_err password_init(void)
{
	unsigned char salt[crypto_pwhash_SALTBYTES], hash[HASH_BYTES];

	if (sodium_init() < 0)
		return CHAT_ERR_INTERNAL;
	randombytes_buf(salt, sizeof(salt));
	randombytes_buf(hash, sizeof(hash));
	spell(decoy, salt, hash);
	/* One that libsodium does not take would be refused at once. */
	return crypto_pwhash_str_needs_rehash(decoy, OPSLIMIT, MEMLIMIT) == 0 ? CHAT_OK
									      : CHAT_ERR_INTERNAL;
}

char *password_hash(const char *password, struct arena *arena)
{
	char out[crypto_pwhash_STRBYTES];

	if (crypto_pwhash_str(out, password, strlen(password), OPSLIMIT, MEMLIMIT) != 0)
		return NULL;
	return arena_strdup(arena, out);
}

static bool argon2_verify(const char *hash, const char *password)
{
	return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}

/* --- the original's hashes --- */

bool password_is_old(const char *hash)
{
	return strlen(hash) == BCRYPT_LENGTH && hash[0] == '$' && hash[1] == '2' &&
	       strchr("aby", hash[2]) != NULL && hash[3] == '$' && hash[6] == '$';
}

bool password_is_known(const char *hash)
{
	return password_is_old(hash) ||
	       strncmp(hash, crypto_pwhash_STRPREFIX, strlen(crypto_pwhash_STRPREFIX)) == 0;
}

void password_expect(const char *hash)
{
	if (hash != NULL && password_is_old(hash))
		memcpy(old_decoy, hash, sizeof(old_decoy));
}

static bool bcrypt_verify(const char *hash, const char *password)
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	/* Not crypt_r(): of that AddressSanitizer has a copy, for which libcrypt would not be
	 * linked. */
	const char *out = data == NULL ? NULL : crypt_rn(password, hash, data, (int)sizeof(*data));
	bool right = out != NULL && strlen(out) == BCRYPT_LENGTH &&
		     sodium_memcmp(out, hash, BCRYPT_LENGTH) == 0;

	free(data);
	return right;
}

char *password_rehash(const char *old, const char *password, struct arena *arena)
{
	unsigned char salt[crypto_pwhash_SALTBYTES], hash[HASH_BYTES];
	char out[crypto_pwhash_STRBYTES];

	crypto_generichash(salt, sizeof(salt), (const unsigned char *)old, strlen(old), NULL, 0);
	if (crypto_pwhash(hash, sizeof(hash), password, strlen(password), salt, OPSLIMIT, MEMLIMIT,
		    crypto_pwhash_ALG_ARGON2ID13) != 0)
		return NULL;
	spell(out, salt, hash);
	return arena_strdup(arena, out);
}

/* --- verification --- */

bool password_verify(const char *hash, const char *password)
{
	bool old = hash != NULL && password_is_old(hash);
	bool right;

	if (old)
		right = bcrypt_verify(hash, password);
	else
		right = argon2_verify(hash == NULL ? decoy : hash, password) && hash != NULL;
	if (right)
		return true;
	/* What is refused takes the time of every kind in use, so that it tells nothing. */
	if (old)
		(void)argon2_verify(decoy, password);
	else if (old_decoy[0] != '\0')
		(void)bcrypt_verify(old_decoy, password);
	return false;
}
