#include <string.h>
#include "store/rows.h"

/* --- members --- */

void member_read(
	struct store *store, struct db_stmt *stmt, struct arena *arena, struct chat_member *out)
{
	out->id = db_int(stmt, 0);
	out->server_id = db_int(stmt, 1);
	out->user_id = db_int(stmt, 2);
	out->role = (enum chat_role)db_int(stmt, 3);
	out->joined_at = db_int(stmt, 4);
	out->user = user_read_new(store, stmt, MEMBER_N, arena);
}

enum chat_err store_member_list(struct store *store, int64_t server_id, int64_t viewer,
	const struct chat_page_query *page, struct arena *arena, struct chat_member **list,
	size_t *count)
{
	struct rows rows = {.size = sizeof(struct chat_member)};
	struct chat_member *member;
	struct db_stmt *st = db_query(store->db,
		"SELECT " MEMBER_COLUMNS ", " USER_COLUMNS(STATUS_SEEN_IN("$1",
			"$2")) " FROM members m JOIN users u ON u.id = m.user_id"
			       " WHERE m.server_id = $2 AND m.left_at IS NULL AND m.user_id > $3"
			       " ORDER BY m.user_id LIMIT $4",
		DB_INT(viewer), DB_INT(server_id), DB_INT(page->after),
		DB_INT(page->limit ? page->limit : LIMIT_LIST_MAX));

	while (db_step(st) && (member = rows_add(store, arena, &rows)) != NULL)
		member_read(store, st, arena, member);
	db_end(st);
	*list = rows.items;
	*count = rows.count;
	return store_end(store, CHAT_OK);
}

enum chat_err store_member_show(struct store *store, int64_t server_id, int64_t user_id,
	int64_t viewer, struct arena *arena, struct chat_member *out)
{
	enum chat_err err = CHAT_ERR_MEMBER_NOT_FOUND;
	struct db_stmt *st = db_query(store->db,
		"SELECT " MEMBER_COLUMNS ", " USER_COLUMNS(STATUS_SEEN_IN("$1",
			"$2")) " FROM members m JOIN users u ON u.id = m.user_id"
			       " WHERE m.server_id = $2 AND m.user_id = $3 AND m.left_at IS NULL",
		DB_INT(viewer), DB_INT(server_id), DB_INT(user_id));

	memset(out, 0, sizeof(*out));
	if (db_step(st)) {
		member_read(store, st, arena, out);
		err = CHAT_OK;
	}
	db_end(st);
	return store_end(store, err);
}

enum chat_err store_member_set_role(
	struct store *store, int64_t server_id, int64_t user_id, enum chat_role role, int64_t *rev)
{
	int64_t n;

	*rev = store_next_rev(store, server_id);
	n = db_run(store->db,
		"UPDATE members SET role = $1, rev = $2"
		" WHERE server_id = $3 AND user_id = $4 AND left_at IS NULL",
		DB_INT(role), DB_INT(*rev), DB_INT(server_id), DB_INT(user_id));
	return store_end(store, n > 0 ? CHAT_OK : CHAT_ERR_MEMBER_NOT_FOUND);
}

enum chat_err store_member_remove(
	struct store *store, int64_t server_id, int64_t user_id, int64_t now, int64_t *rev)
{
	int64_t n;

	*rev = store_next_rev(store, server_id);
	n = db_run(store->db,
		"UPDATE members SET left_at = $1, rev = $2"
		" WHERE server_id = $3 AND user_id = $4 AND left_at IS NULL",
		DB_INT(now), DB_INT(*rev), DB_INT(server_id), DB_INT(user_id));
	db_run(store->db, "DELETE FROM invites WHERE server_id = $1 AND creator_id = $2",
		DB_INT(server_id), DB_INT(user_id));
	return store_end(store, n > 0 ? CHAT_OK : CHAT_ERR_MEMBER_NOT_FOUND);
}

/* --- bans --- */

#define BAN_COLUMNS "b.server_id, b.user_id, b.creator_id, b.created_at"
#define BAN_N 4

static void ban_read(
	struct store *store, struct db_stmt *stmt, struct arena *arena, struct chat_ban *out)
{
	out->server_id = db_int(stmt, 0);
	out->user_id = db_int(stmt, 1);
	out->creator_id = db_int(stmt, 2);
	out->created_at = db_int(stmt, 3);
	out->user = user_read_new(store, stmt, BAN_N, arena);
}

enum chat_err store_ban_list(struct store *store, int64_t server_id, int64_t viewer,
	const struct chat_page_query *page, struct arena *arena, struct chat_ban **list,
	size_t *count)
{
	struct rows rows = {.size = sizeof(struct chat_ban)};
	struct chat_ban *ban;
	struct db_stmt *st = db_query(store->db,
		"SELECT " BAN_COLUMNS
		", " USER_COLUMNS(STATUS_SEEN("$1")) " FROM bans b JOIN users u ON u.id = b.user_id"
						     " WHERE b.server_id = $2 AND b.user_id > $3 "
						     "ORDER BY b.user_id LIMIT $4",
		DB_INT(viewer), DB_INT(server_id), DB_INT(page->after),
		DB_INT(page->limit ? page->limit : LIMIT_LIST_MAX));

	while (db_step(st) && (ban = rows_add(store, arena, &rows)) != NULL)
		ban_read(store, st, arena, ban);
	db_end(st);
	*list = rows.items;
	*count = rows.count;
	return store_end(store, CHAT_OK);
}

enum chat_err store_ban_show(struct store *store, int64_t server_id, int64_t user_id,
	int64_t viewer, struct arena *arena, struct chat_ban *out)
{
	enum chat_err err = CHAT_ERR_BAN_NOT_FOUND;
	struct db_stmt *st = db_query(store->db,
		"SELECT " BAN_COLUMNS
		", " USER_COLUMNS(STATUS_SEEN("$1")) " FROM bans b JOIN users u ON u.id = b.user_id"
						     " WHERE b.server_id = $2 AND b.user_id = $3",
		DB_INT(viewer), DB_INT(server_id), DB_INT(user_id));

	memset(out, 0, sizeof(*out));
	if (db_step(st)) {
		ban_read(store, st, arena, out);
		err = CHAT_OK;
	}
	db_end(st);
	return store_end(store, err);
}

enum chat_err store_ban_create(
	struct store *store, int64_t server_id, int64_t user_id, int64_t creator_id, int64_t now)
{
	if (!store_number(
		    db_query(store->db, "SELECT id FROM users WHERE id = $1", DB_INT(user_id))))
		return store_end(store, CHAT_ERR_USER_NOT_FOUND);
	db_run(store->db,
		"INSERT INTO bans (server_id, user_id, creator_id, created_at)"
		" VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
		DB_INT(server_id), DB_INT(user_id), DB_INT(creator_id), DB_INT(now));
	return store_end(store, CHAT_OK);
}

enum chat_err store_ban_delete(struct store *store, int64_t server_id, int64_t user_id)
{
	int64_t n = db_run(store->db, "DELETE FROM bans WHERE server_id = $1 AND user_id = $2",
		DB_INT(server_id), DB_INT(user_id));

	return store_end(store, n > 0 ? CHAT_OK : CHAT_ERR_BAN_NOT_FOUND);
}
