#include <string.h>
#include <sodium.h>
#include <chat/arena.h>
#include "core/password.h"

/* The hash of no password that anybody knows, to spend a login's time on an unknown name. */
static char decoy[crypto_pwhash_STRBYTES];

static enum chat_err hash_into(char out[crypto_pwhash_STRBYTES], const char *password)
{
	if (crypto_pwhash_str(out, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
		    crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
		return CHAT_ERR_NO_MEMORY;
	return CHAT_OK;
}

enum chat_err password_init(void)
{
	char secret[33] = {0};

	if (sodium_init() < 0)
		return CHAT_ERR_INTERNAL;
	for (size_t i = 0; i + 1 < sizeof(secret); i++)
		secret[i] = (char)('a' + randombytes_uniform(26));
	return hash_into(decoy, secret);
}

char *password_hash(const char *password, struct arena *arena)
{
	char out[crypto_pwhash_STRBYTES];

	if (hash_into(out, password) != CHAT_OK)
		return NULL;
	return arena_strdup(arena, out);
}

bool password_verify(const char *hash, const char *password)
{
	const char *against = hash == NULL ? decoy : hash;
	bool right = crypto_pwhash_str_verify(against, password, strlen(password)) == 0;

	return right && hash != NULL;
}
