#include <string.h>
#include <chat/random.h>
#include <chat/text.h>
#include "api/request.h"
#include "api/state.h"
#include "config.h"
#include "core/metrics.h"
#include "core/password.h"
#include "core/token.h"

#define SESSION_BITS 128

/* What the hasher found out for the writer. */
struct verified {
	struct credentials credentials;
	const char *new_hash; /* of a new password, or in place of an old kind of hash */
};

static struct verified *verified_new(struct req *req)
{
	req->prepared = arena_alloc(req->arena, sizeof(struct verified));
	return req->prepared;
}

/* --- whose account --- */

/* As names are compared. */
static uint64_t hash_name(const char *name, struct arena *arena)
{
	const char *fold = text_fold(name, arena);

	return map_hash_text(fold == NULL ? name : fold);
}

uint64_t account_register(const struct req *req)
{
	return hash_name(((const struct chat_register *)req->body)->username, req->arena);
}

uint64_t account_login(const struct req *req)
{
	return hash_name(((const struct chat_login *)req->body)->username, req->arena);
}

uint64_t account_password_change(const struct req *req)
{
	return map_hash((uint64_t)req->principal.user_id);
}

/* --- registration --- */

enum chat_err prepare_register(struct req *req, struct reply *reply)
{
	const struct chat_register *in = req->body;
	struct verified *verified = verified_new(req);

	(void)reply;
	if (verified == NULL)
		return CHAT_ERR_NO_MEMORY;
	verified->new_hash = password_hash(in->password, req->arena);
	return verified->new_hash == NULL ? CHAT_ERR_BUSY : CHAT_OK;
}

enum chat_err handle_register(struct req *req, struct reply *reply)
{
	const struct verified *verified = req->prepared;
	struct chat_user user;
	enum chat_err err = store_user_create(
		req->store, req->body, verified->new_hash, req->now, req->arena, &user);

	if (err != CHAT_OK)
		return err;
	reply->viewer = user.id;
	return reply_object(reply, 201, OBJECT_user, &user);
}

/* --- login --- */

enum chat_err prepare_login(struct req *req, struct reply *reply)
{
	const struct chat_login *in = req->body;
	struct verified *verified = verified_new(req);
	enum chat_err err;
	bool right;

	(void)reply;
	if (verified == NULL)
		return CHAT_ERR_NO_MEMORY;
	err = store_credentials(req->store, in->username, req->arena, &verified->credentials);
	if (err == CHAT_OK)
		err = password_verify(verified->credentials.password_hash, in->password, &right);
	if (err != CHAT_OK)
		return err;
	if (!right) {
		metrics_add(&req->api->metrics->logins_failed, 1);
		return CHAT_ERR_BAD_CREDENTIALS;
	}
	if (!password_is_old(verified->credentials.password_hash))
		return CHAT_OK;
	verified->new_hash =
		password_rehash(verified->credentials.password_hash, in->password, req->arena);
	return verified->new_hash == NULL ? CHAT_ERR_BUSY : CHAT_OK;
}

/* Whether the password that was verified is still the user's. Its hash may meanwhile have become
 * the new one by another login. */
static enum chat_err still_valid(struct req *req, const struct verified *verified)
{
	const struct credentials *then = &verified->credentials;
	struct credentials now;
	enum chat_err err = store_credentials_by_id(req->store, then->user_id, req->arena, &now);

	if (err != CHAT_OK)
		return err;
	if (now.user_id != 0 && strcmp(now.password_hash, then->password_hash) == 0)
		return CHAT_OK;
	if (now.user_id != 0 && verified->new_hash != NULL &&
		strcmp(now.password_hash, verified->new_hash) == 0)
		return CHAT_OK;
	return CHAT_ERR_BAD_CREDENTIALS;
}

/* At most 200 code points, as the object's row says; NULL for bytes that are no text. */
static const char *clean(const char *text, struct arena *arena)
{
	size_t n = text == NULL ? 0 : strlen(text);

	if (n > 0 && !text_is_utf8(text, n))
		return NULL;
	if (n <= 200)
		return text;
	for (n = 200; n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80; n--)
		;
	return arena_strndup(arena, text, n);
}

enum chat_err handle_login(struct req *req, struct reply *reply)
{
	const struct verified *verified = req->prepared;
	int64_t life = (int64_t)req->api->config->token_minutes * 60 * 1000;
	struct principal principal = {
		.user_id = verified->credentials.user_id,
		.issued_at = req->now,
		.expires_at = req->now + life,
	};
	struct chat_session session = {
		.id = principal.session_id,
		.created_at = req->now,
		.last_seen_at = req->now,
		.user_agent = clean(req->user_agent, req->arena),
	};
	struct chat_token token = {.token_type = "bearer", .expires_in = life / 1000};
	char ended[sizeof(principal.session_id)] = "";
	enum chat_err err = still_valid(req, verified);

	if (err == CHAT_OK && verified->new_hash != NULL)
		err = store_password_set(req->store, principal.user_id, verified->new_hash);
	if (err != CHAT_OK)
		return err;
	random_hex(principal.session_id, SESSION_BITS);
	err = store_session_create(
		req->store, principal.user_id, &session, principal.expires_at, ended);
	if (err != CHAT_OK)
		return err;
	if (ended[0] != '\0')
		reply_revoke(reply, principal.user_id, ended, false);
	token.access_token =
		token_sign(req->api->token, &principal, verified->credentials.username, req->arena);
	if (token.access_token == NULL)
		return CHAT_ERR_NO_MEMORY;
	return reply_object(reply, 200, OBJECT_token, &token);
}

/* --- ending sessions --- */

enum chat_err handle_logout(struct req *req, struct reply *reply)
{
	const struct principal *principal = &req->principal;
	struct chat_notice notice = {"Successfully logged out"};
	enum chat_err err;

	/* A token of the original has no session to end: all such tokens until now end. */
	if (principal->session_id[0] == '\0')
		err = store_tokens_expire(req->store, principal->user_id, req->now);
	else
		err = store_session_delete(req->store, principal->user_id, principal->session_id);
	if (err != CHAT_OK)
		return err;
	reply_revoke(reply, principal->user_id, principal->session_id, false);
	return reply_object(reply, 200, OBJECT_notice, &notice);
}

enum chat_err handle_session_list(struct req *req, struct reply *reply)
{
	struct chat_session *list;
	size_t count;
	enum chat_err err = store_session_list(
		req->store, &req->principal, req->now, req->arena, &list, &count);

	if (err != CHAT_OK)
		return err;
	return reply_list(reply, OBJECT_session, list, count);
}

enum chat_err handle_session_delete(struct req *req, struct reply *reply)
{
	enum chat_err err =
		store_session_delete(req->store, req->principal.user_id, req->path.session_id);

	if (err != CHAT_OK)
		return err;
	reply_revoke(reply, req->principal.user_id, req->path.session_id, false);
	return reply_empty(reply);
}

/* --- password --- */

enum chat_err prepare_password_change(struct req *req, struct reply *reply)
{
	const struct chat_password_change *in = req->body;
	struct verified *verified = verified_new(req);
	enum chat_err err;
	bool right;

	(void)reply;
	if (verified == NULL)
		return CHAT_ERR_NO_MEMORY;
	err = store_credentials_by_id(
		req->store, req->principal.user_id, req->arena, &verified->credentials);
	if (err == CHAT_OK)
		err = password_verify(
			verified->credentials.password_hash, in->old_password, &right);
	if (err != CHAT_OK)
		return err;
	if (!right)
		return CHAT_ERR_WRONG_PASSWORD;
	verified->new_hash = password_hash(in->new_password, req->arena);
	return verified->new_hash == NULL ? CHAT_ERR_BUSY : CHAT_OK;
}

enum chat_err handle_password_change(struct req *req, struct reply *reply)
{
	const struct verified *verified = req->prepared;
	const struct principal *principal = &req->principal;
	enum chat_err err = still_valid(req, verified);

	if (err == CHAT_OK)
		err = store_password_set(req->store, principal->user_id, verified->new_hash);
	if (err == CHAT_OK)
		err = store_session_delete_others(
			req->store, principal->user_id, principal->session_id, req->now);
	if (err != CHAT_OK)
		return err;
	reply_revoke(reply, principal->user_id, principal->session_id, true);
	return reply_empty(reply);
}
