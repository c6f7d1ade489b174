#include <stdio.h>
#include <string.h>
#include "store/rows.h"

enum chat_err store_authenticate(struct store *store, const struct principal *principal,
	int64_t now, struct arena *arena, struct chat_user *self)
{
	struct db_stmt *st;
	enum chat_err err = CHAT_ERR_BAD_TOKEN;

	memset(self, 0, sizeof(*self));
	if (principal->session_id[0] != '\0')
		st = db_query(store->db,
			"SELECT " USER_COLUMNS("u.status") ", u.email FROM sessions n"
							   " JOIN users u ON u.id = n.user_id"
							   " WHERE n.id = $1 AND n.user_id = $2 "
							   "AND n.expires_at > $3",
			DB_TEXT(principal->session_id), DB_INT(principal->user_id), DB_INT(now));
	else
		st = db_query(store->db,
			"SELECT " USER_COLUMNS("u.status") ", u.email FROM users u"
							   " WHERE u.id = $1 AND (u.tokens_after = "
							   "0 OR u.tokens_after < $2)",
			DB_INT(principal->user_id), DB_INT(principal->issued_at));
	if (db_step(st)) {
		user_read(store, st, 0, arena, self);
		self->email = store_text(store, arena, st, 4);
		err = CHAT_OK;
	}
	db_end(st);
	return store_end(store, err);
}

enum chat_err store_session_create(struct store *store, int64_t user_id,
	const struct chat_session *session, int64_t expires_at, char ended[33])
{
	struct db_stmt *st;

	ended[0] = '\0';
	db_run(store->db,
		"INSERT INTO sessions (id, user_id, created_at, last_seen_at, expires_at, "
		"user_agent)"
		" VALUES ($1, $2, $3, $4, $5, $6)",
		DB_TEXT(session->id), DB_INT(user_id), DB_INT(session->created_at),
		DB_INT(session->last_seen_at), DB_INT(expires_at), DB_TEXT(session->user_agent));
	st = db_query(store->db,
		"DELETE FROM sessions WHERE id = (SELECT id FROM sessions WHERE user_id = $1"
		" ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET $2) RETURNING id",
		DB_INT(user_id), DB_INT(LIMIT_SESSIONS_PER_USER));
	if (db_step(st))
		snprintf(ended, 33, "%s", db_text(st, 0));
	db_end(st);
	return store_end(store, CHAT_OK);
}

enum chat_err store_session_list(struct store *store, const struct principal *principal,
	int64_t now, struct arena *arena, struct chat_session **list, size_t *count)
{
	struct rows rows = {.size = sizeof(struct chat_session)};
	struct chat_session *session;
	struct db_stmt *st = db_query(store->db,
		"SELECT id, created_at, last_seen_at, user_agent FROM sessions"
		" WHERE user_id = $1 AND expires_at > $2 ORDER BY created_at DESC, id DESC LIMIT "
		"$3",
		DB_INT(principal->user_id), DB_INT(now), DB_INT(LIMIT_SESSIONS_PER_USER));

	while (db_step(st) && (session = rows_add(store, arena, &rows)) != NULL) {
		session->id = store_text(store, arena, st, 0);
		session->created_at = db_int(st, 1);
		session->last_seen_at = db_int(st, 2);
		session->user_agent = store_text(store, arena, st, 3);
		session->current = strcmp(db_text(st, 0), principal->session_id) == 0;
	}
	db_end(st);
	*list = rows.items;
	*count = rows.count;
	return store_end(store, CHAT_OK);
}

enum chat_err store_session_delete(struct store *store, int64_t user_id, const char *session_id)
{
	int64_t n = db_run(store->db, "DELETE FROM sessions WHERE id = $1 AND user_id = $2",
		DB_TEXT(session_id), DB_INT(user_id));

	return store_end(store, n > 0 ? CHAT_OK : CHAT_ERR_SESSION_NOT_FOUND);
}

enum chat_err store_session_delete_others(
	struct store *store, int64_t user_id, const char *keep, int64_t now)
{
	db_run(store->db, "DELETE FROM sessions WHERE user_id = $1 AND id <> $2", DB_INT(user_id),
		DB_TEXT(keep));
	return store_tokens_expire(store, user_id, now);
}

enum chat_err store_tokens_expire(struct store *store, int64_t user_id, int64_t now)
{
	db_run(store->db, "UPDATE users SET tokens_after = $1 WHERE id = $2", DB_INT(now),
		DB_INT(user_id));
	return store_end(store, CHAT_OK);
}

enum chat_err store_session_touch(struct store *store, const char *session_id, int64_t now)
{
	db_run(store->db, "UPDATE sessions SET last_seen_at = $1 WHERE id = $2", DB_INT(now),
		DB_TEXT(session_id));
	return store_end(store, CHAT_OK);
}
