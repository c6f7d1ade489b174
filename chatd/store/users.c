#include <string.h>
#include "store/rows.h"

bool user_is_full(struct store *store, int64_t user_id)
{
	int64_t n = store_number(db_query(store->db,
		"SELECT count(*) FROM members m JOIN servers s ON s.id = m.server_id"
		" WHERE m.user_id = $1 AND m.left_at IS NULL AND s.deleted_at IS NULL",
		DB_INT(user_id)));

	return n >= LIMIT_SERVERS_PER_USER;
}

/* --- credentials --- */

/* Reads one row of credentials; with two, or without one, they are nobody's. */
static void credentials_read(
	struct store *store, struct db_stmt *stmt, struct arena *arena, struct credentials *out)
{
	memset(out, 0, sizeof(*out));
	if (db_step(stmt)) {
		out->user_id = db_int(stmt, 0);
		out->username = store_text(store, arena, stmt, 1);
		out->password_hash = store_text(store, arena, stmt, 2);
		if (db_step(stmt))
			memset(out, 0, sizeof(*out));
	}
	db_end(stmt);
}

enum chat_err store_credentials(
	struct store *store, const char *username, struct arena *arena, struct credentials *out)
{
	const char *fold;

	credentials_read(store,
		db_query(store->db,
			"SELECT id, username, password_hash FROM users WHERE username = $1",
			DB_TEXT(username)),
		arena, out);
	if (out->user_id == 0 && (fold = store_fold(store, arena, username)) != NULL)
		credentials_read(store,
			db_query(store->db,
				"SELECT id, username, password_hash FROM users"
				" WHERE username_fold = $1 LIMIT 2",
				DB_TEXT(fold)),
			arena, out);
	return store_end(store, CHAT_OK);
}

enum chat_err store_credentials_by_id(
	struct store *store, int64_t user_id, struct arena *arena, struct credentials *out)
{
	credentials_read(store,
		db_query(store->db, "SELECT id, username, password_hash FROM users WHERE id = $1",
			DB_INT(user_id)),
		arena, out);
	return store_end(store, CHAT_OK);
}

enum chat_err store_password_set(struct store *store, int64_t user_id, const char *password_hash)
{
	db_run(store->db, "UPDATE users SET password_hash = $1 WHERE id = $2",
		DB_TEXT(password_hash), DB_INT(user_id));
	return store_end(store, CHAT_OK);
}

enum chat_err store_password_old(struct store *store, struct arena *arena, const char **hash)
{
	struct db_stmt *st = db_query(store->db,
		"SELECT password_hash FROM users WHERE password_hash LIKE '$2%' LIMIT 1");

	*hash = db_step(st) ? store_text(store, arena, st, 0) : NULL;
	db_end(st);
	return store_end(store, CHAT_OK);
}

/* --- accounts --- */

static bool username_is_taken(struct store *store, const char *fold, int64_t but)
{
	return store_number(db_query(store->db,
		       "SELECT id FROM users WHERE username_fold = $1 AND id <> $2 LIMIT 1",
		       DB_TEXT(fold), DB_INT(but))) != 0;
}

static bool email_is_taken(struct store *store, const char *fold, int64_t but)
{
	return store_number(db_query(store->db,
		       "SELECT id FROM users WHERE email_fold = $1 AND id <> $2 LIMIT 1",
		       DB_TEXT(fold), DB_INT(but))) != 0;
}

enum chat_err store_user_create(struct store *store, const struct chat_register *in,
	const char *password_hash, int64_t now, struct arena *arena, struct chat_user *out)
{
	const char *username = store_fold(store, arena, in->username);
	const char *email = store_fold(store, arena, in->email);
	int64_t id;

	if (username == NULL || email == NULL)
		return store_end(store, CHAT_ERR_UNAVAILABLE);
	if (username_is_taken(store, username, 0))
		return store_end(store, CHAT_ERR_USERNAME_REGISTERED);
	if (email_is_taken(store, email, 0))
		return store_end(store, CHAT_ERR_EMAIL_REGISTERED);
	id = db_insert(store->db,
		"INSERT INTO users (username, username_fold, email, email_fold, password_hash,"
		" created_at) VALUES ($1, $2, $3, $4, $5, $6)",
		DB_TEXT(in->username), DB_TEXT(username), DB_TEXT(in->email), DB_TEXT(email),
		DB_TEXT(password_hash), DB_INT(now));
	return store_user_show(store, id, id, arena, out);
}

enum chat_err store_user_show(struct store *store, int64_t user_id, int64_t viewer,
	struct arena *arena, struct chat_user *out)
{
	enum chat_err err = CHAT_ERR_USER_NOT_FOUND;
	struct db_stmt *st = db_query(store->db,
		"SELECT " USER_COLUMNS(STATUS_SEEN("$1")) ", CASE WHEN u.id = $1 THEN u.email END"
							  " FROM users u WHERE u.id = $2",
		DB_INT(viewer), DB_INT(user_id));

	memset(out, 0, sizeof(*out));
	if (db_step(st)) {
		user_read(store, st, 0, arena, out);
		out->email = store_text(store, arena, st, 4);
		err = CHAT_OK;
	}
	db_end(st);
	return store_end(store, err);
}

/* --- changes --- */

static enum chat_err set_username(
	struct store *store, int64_t user_id, const char *username, struct arena *arena)
{
	const char *fold = store_fold(store, arena, username);

	if (fold == NULL)
		return CHAT_ERR_UNAVAILABLE;
	if (username_is_taken(store, fold, user_id))
		return CHAT_ERR_USERNAME_TAKEN;
	db_run(store->db,
		"UPDATE users SET username = $1, username_fold = $2, username_twin = 0"
		" WHERE id = $3",
		DB_TEXT(username), DB_TEXT(fold), DB_INT(user_id));
	return CHAT_OK;
}

static enum chat_err set_email(
	struct store *store, int64_t user_id, const char *email, struct arena *arena)
{
	const char *fold = store_fold(store, arena, email);

	if (fold == NULL)
		return CHAT_ERR_UNAVAILABLE;
	if (email_is_taken(store, fold, user_id))
		return CHAT_ERR_EMAIL_TAKEN;
	db_run(store->db,
		"UPDATE users SET email = $1, email_fold = $2, email_twin = 0 WHERE id = $3",
		DB_TEXT(email), DB_TEXT(fold), DB_INT(user_id));
	return CHAT_OK;
}

/* After a rename: each membership of the user takes a rev of its server. */
static enum chat_err change_members(struct store *store, int64_t user_id, struct arena *arena,
	struct member_change **changes, size_t *count)
{
	int64_t *servers;
	struct member_change *list;
	size_t n;
	enum chat_err err = store_user_servers(store, user_id, arena, &servers, &n);

	if (err || n == 0)
		return err;
	list = store_alloc(store, arena, n, sizeof(*list));
	if (list == NULL)
		return CHAT_ERR_UNAVAILABLE;
	for (size_t i = 0; i < n && !err; i++) {
		list[i].rev = store_next_rev(store, servers[i]);
		db_run(store->db,
			"UPDATE members SET rev = $1 WHERE server_id = $2 AND user_id = $3",
			DB_INT(list[i].rev), DB_INT(servers[i]), DB_INT(user_id));
		err = store_member_show(
			store, servers[i], user_id, user_id, arena, &list[i].member);
	}
	*changes = list;
	*count = n;
	return err;
}

enum chat_err store_user_update(struct store *store, int64_t user_id,
	const struct chat_user_update *in, struct arena *arena, struct chat_user *out,
	struct member_change **changes, size_t *count)
{
	enum chat_err err = store_user_show(store, user_id, user_id, arena, out);
	bool renamed = !err && store_differs(in->username, out->username);

	*changes = NULL;
	*count = 0;
	if (renamed)
		err = set_username(store, user_id, in->username, arena);
	if (!err && store_differs(in->email, out->email))
		err = set_email(store, user_id, in->email, arena);
	if (!err && in->status != STATUS_NONE && in->status != out->status)
		db_run(store->db, "UPDATE users SET status = $1 WHERE id = $2", DB_INT(in->status),
			DB_INT(user_id));
	if (!err)
		err = store_user_show(store, user_id, user_id, arena, out);
	if (!err && renamed)
		err = change_members(store, user_id, arena, changes, count);
	return store_end(store, err);
}

enum chat_err store_user_servers(
	struct store *store, int64_t user_id, struct arena *arena, int64_t **ids, size_t *count)
{
	struct rows rows = {.size = sizeof(int64_t)};
	int64_t *id;
	struct db_stmt *st = db_query(store->db,
		"SELECT s.id FROM members m JOIN servers s ON s.id = m.server_id"
		" WHERE m.user_id = $1 AND m.left_at IS NULL AND s.deleted_at IS NULL"
		" ORDER BY s.id",
		DB_INT(user_id));

	while (db_step(st) && (id = rows_add(store, arena, &rows)) != NULL)
		*id = db_int(st, 0);
	db_end(st);
	*ids = rows.items;
	*count = rows.count;
	return store_end(store, CHAT_OK);
}
