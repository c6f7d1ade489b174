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
	return CHAT_OK;
}

char *password_hash(const char *password, struct arena *arena)
{
	char out[crypto_pwhash_STRBYTES];

	if (crypto_pwhash_str(out, password, strlen(password), OPSLIMIT, MEMLIMIT) != 0)
		return NULL;
	return arena_strdup(arena, out);
}

/* What spell() has written, or crypto_pwhash_str(). */
struct argon2_hash {
	unsigned kibibytes, passes;
	unsigned char salt[crypto_pwhash_SALTBYTES];
	unsigned char hash[HASH_BYTES];
};

/* Reads n bytes that stand in base64 up to the character `after`; NULL if they do not, else what is
 * behind that. */
static const char *parse_bytes(const char *text, unsigned char *bytes, size_t n, char after)
{
	const char *end;
	size_t len;

	if (sodium_base642bin(bytes, n, text, strlen(text), NULL, &len, &end,
		    sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0 ||
		len != n || *end != after)
		return NULL;
	return end + 1;
}

static bool parse(const char *text, struct argon2_hash *out)
{
	int n = 0;

	if (sscanf(text, crypto_pwhash_STRPREFIX "v=19$m=%u,t=%u,p=1$%n", &out->kibibytes,
		    &out->passes, &n) != 2 ||
		n == 0)
		return false;
	text = parse_bytes(text + n, out->salt, sizeof(out->salt), '$');
	return text != NULL && parse_bytes(text, out->hash, sizeof(out->hash), '\0') != NULL;
}

/* crypto_pwhash_str_verify() would call a password wrong when there is no memory to check it. */
static enum chat_err argon2_verify(const char *text, const char *password, bool *right)
{
	struct argon2_hash want;
	unsigned char hash[HASH_BYTES];

	*right = false;
	if (!parse(text, &want))
		return CHAT_OK;
	if (crypto_pwhash(hash, sizeof(hash), password, strlen(password), want.salt, want.passes,
		    (size_t)want.kibibytes * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return CHAT_ERR_BUSY;
	*right = sodium_memcmp(hash, want.hash, sizeof(hash)) == 0;
	return CHAT_OK;
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

static enum chat_err bcrypt_verify(const char *hash, const char *password, bool *right)
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	const char *out;

	*right = false;
	if (data == NULL)
		return CHAT_ERR_BUSY;
	/* Not crypt_r(): of that AddressSanitizer has a copy, for which libcrypt would not be
	 * linked. */
	out = crypt_rn(password, hash, data, (int)sizeof(*data));
	*right = out != NULL && strlen(out) == BCRYPT_LENGTH &&
		 sodium_memcmp(out, hash, BCRYPT_LENGTH) == 0;
	free(data);
	return CHAT_OK;
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

/* Takes the time that a password takes whose hash is of the other kind, if that is in use. */
static enum chat_err spend_other(bool old, const char *password)
{
	bool right;

	if (old)
		return argon2_verify(decoy, password, &right);
	return old_decoy[0] == '\0' ? CHAT_OK : bcrypt_verify(old_decoy, password, &right);
}

enum chat_err password_verify(const char *hash, const char *password, bool *right)
{
	bool old = hash != NULL && password_is_old(hash);
	enum chat_err err;

	if (old)
		err = bcrypt_verify(hash, password, right);
	else
		err = argon2_verify(hash == NULL ? decoy : hash, password, right);
	*right = *right && hash != NULL;
	/* What is refused takes the time of every kind in use, so that it tells nothing. */
	return err != CHAT_OK || *right ? err : spend_other(old, password);
}
