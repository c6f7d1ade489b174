#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jwt.h>
#include <chat/arena.h>
#include <chat/object.h>
#include <chat/random.h>
#include "core/map.h"
#include "core/token.h"

/* A power of two. A token takes about 300 bytes, so a full cache about 1.3 MB. */
#define TOKEN_CACHE 4096

struct token_entry {
	char *text;
	size_t len;
	int64_t not_before; /* ms */
	struct principal principal;
};

struct token {
	jwt_alg_t algorithm;
	unsigned char *key;
	int key_len;
	uint64_t seed; /* makes the cache's slots unpredictable */
	struct token_entry cache[TOKEN_CACHE];
};

struct token *token_new(const char *algorithm, const char *key)
{
	struct token *token = calloc(1, sizeof(*token));

	if (token == NULL)
		return NULL;
	token->algorithm = jwt_str_alg(algorithm);
	token->key = (unsigned char *)strdup(key);
	token->key_len = (int)strlen(key);
	random_bytes(&token->seed, sizeof(token->seed));
	if (token->key == NULL) {
		free(token);
		return NULL;
	}
	return token;
}

void token_free(struct token *token)
{
	if (token == NULL)
		return;
	for (size_t i = 0; i < TOKEN_CACHE; i++)
		free(token->cache[i].text);
	explicit_bzero(token->key, (size_t)token->key_len);
	free(token->key);
	free(token);
}

static struct token_entry *token_slot(struct token *token, const char *text, size_t n)
{
	uint64_t hash = token->seed;

	for (; n >= 8; n -= 8, text += 8) {
		uint64_t word;

		memcpy(&word, text, sizeof(word));
		hash = map_hash(hash ^ word);
	}
	for (; n > 0; n--, text++)
		hash = map_hash(hash ^ (unsigned char)*text);
	return &token->cache[hash & (TOKEN_CACHE - 1)];
}

/* The user's id of a "sub": decimal digits without a leading zero; 0 if it is something else. */
static int64_t parse_subject(const char *text)
{
	int64_t id = 0;

	if (*text == '0')
		return 0;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return 0;
		id = id * 10 + (*text - '0');
	}
	return id <= LIMIT_ID_MAX ? id : 0;
}

static enum chat_err claims_to_entry(const struct chat_claims *claims, struct token_entry *entry)
{
	struct principal *out = &entry->principal;

	*out = (struct principal){.user_id = parse_subject(claims->sub)};
	if (out->user_id == 0 || claims->exp > LIMIT_ID_MAX / 1000)
		return CHAT_ERR_BAD_TOKEN;
	out->issued_at = claims->iat > LIMIT_ID_MAX / 1000 ? 0 : claims->iat * 1000;
	out->expires_at = claims->exp * 1000;
	entry->not_before = claims->nbf > LIMIT_ID_MAX / 1000 ? LIMIT_ID_MAX : claims->nbf * 1000;
	if (claims->sid != NULL)
		snprintf(out->session_id, sizeof(out->session_id), "%s", claims->sid);
	return CHAT_OK;
}

/* Exactly the configured one: libjwt also takes its name in other case. */
static bool is_algorithm(const struct token *token, jwt_t *jwt)
{
	const char *name = jwt_get_header(jwt, "alg");

	return name != NULL && strcmp(name, jwt_alg_str(token->algorithm)) == 0;
}

/* Checks the signature, then reads the claims with the same care as any other input. */
static enum chat_err token_decode(
	const struct token *token, const char *text, struct token_entry *entry)
{
	enum chat_err err = CHAT_ERR_BAD_TOKEN;
	struct chat_claims claims;
	struct arena arena;
	char *json = NULL;
	jwt_t *jwt = NULL;

	arena_init(&arena, 0);
	if (jwt_decode(&jwt, text, token->key, token->key_len) != 0 || !is_algorithm(token, jwt))
		goto out;
	json = jwt_get_grants_json(jwt, NULL);
	if (json == NULL ||
		object_decode(OBJECT_claims, json, strlen(json), &arena, &claims, NULL) != CHAT_OK)
		goto out;
	err = claims_to_entry(&claims, entry);
out:
	free(json);
	jwt_free(jwt);
	arena_release(&arena);
	return err;
}

static enum chat_err token_remember(
	struct token *token, struct token_entry *entry, const char *text, size_t n)
{
	struct token_entry fresh = {.text = strndup(text, n), .len = n};
	enum chat_err err;

	if (fresh.text == NULL)
		return CHAT_ERR_NO_MEMORY;
	err = strlen(fresh.text) == n ? token_decode(token, fresh.text, &fresh)
				      : CHAT_ERR_BAD_TOKEN;
	if (err != CHAT_OK) {
		free(fresh.text);
		return err;
	}
	free(entry->text);
	*entry = fresh;
	return CHAT_OK;
}

enum chat_err token_verify(
	struct token *token, const char *text, size_t n, int64_t now, struct principal *out)
{
	struct token_entry *entry = token_slot(token, text, n);

	if (entry->text == NULL || entry->len != n || memcmp(entry->text, text, n) != 0) {
		enum chat_err err = token_remember(token, entry, text, n);

		if (err != CHAT_OK)
			return err;
	}
	if (now >= entry->principal.expires_at || now < entry->not_before)
		return CHAT_ERR_BAD_TOKEN;
	*out = entry->principal;
	return CHAT_OK;
}

char *token_sign(const struct token *token, const struct principal *principal, const char *username,
	struct arena *arena)
{
	char *text = NULL, *copy = NULL, subject[24];
	jwt_t *jwt = NULL;

	snprintf(subject, sizeof(subject), "%lld", (long long)principal->user_id);
	if (jwt_new(&jwt) != 0)
		return NULL;
	if (jwt_set_alg(jwt, token->algorithm, token->key, token->key_len) == 0 &&
		jwt_add_grant(jwt, "sub", subject) == 0 &&
		jwt_add_grant(jwt, "username", username) == 0 &&
		jwt_add_grant(jwt, "sid", principal->session_id) == 0 &&
		jwt_add_grant_int(jwt, "iat", (long)(principal->issued_at / 1000)) == 0 &&
		jwt_add_grant_int(jwt, "exp", (long)(principal->expires_at / 1000)) == 0)
		text = jwt_encode_str(jwt);
	if (text != NULL)
		copy = arena_strdup(arena, text);
	free(text);
	jwt_free(jwt);
	return copy;
}
