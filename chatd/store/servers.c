#include <string.h>
#include "store/rows.h"

void server_read(
	struct store *store, struct db_stmt *stmt, struct arena *arena, struct chat_server *out)
{
	out->id = db_int(stmt, 0);
	out->name = store_text(store, arena, stmt, 1);
	out->description = store_text(store, arena, stmt, 2);
	out->owner_id = db_int(stmt, 3);
	out->created_at = db_int(stmt, 4);
}

enum chat_err store_server_create(struct store *store, int64_t user_id,
	const struct chat_server_create *in, int64_t now, struct arena *arena,
	struct chat_server *out, int64_t *rev)
{
	/* The settings, the owner's membership and the first channel take a rev each. */
	const int64_t settings_rev = 1, member_rev = 2, channel_rev = 3;
	int64_t id;

	if (user_is_full(store, user_id))
		return store_end(store, CHAT_ERR_LIMIT_REACHED);
	id = db_insert(store->db,
		"INSERT INTO servers (name, description, owner_id, created_at, settings_rev, rev)"
		" VALUES ($1, $2, $3, $4, $5, $6)",
		DB_TEXT(in->name), DB_TEXT(in->description), DB_INT(user_id), DB_INT(now),
		DB_INT(settings_rev), DB_INT(channel_rev));
	db_run(store->db,
		"INSERT INTO members (server_id, user_id, role, joined_at, created_rev, rev)"
		" VALUES ($1, $2, $3, $4, $5, $5)",
		DB_INT(id), DB_INT(user_id), DB_INT(ROLE_OWNER), DB_INT(now), DB_INT(member_rev));
	db_run(store->db,
		"INSERT INTO channels (server_id, name, created_at, created_rev, rev)"
		" VALUES ($1, 'general', $2, $3, $3)",
		DB_INT(id), DB_INT(now), DB_INT(channel_rev));
	*rev = channel_rev;
	return store_server_show(store, id, arena, out);
}

enum chat_err store_server_list(struct store *store, int64_t user_id, struct arena *arena,
	struct chat_server **list, size_t *count)
{
	struct rows rows = {.size = sizeof(struct chat_server)};
	struct chat_server *server;
	struct db_stmt *st = db_query(store->db,
		"SELECT " SERVER_COLUMNS " FROM members m JOIN servers s ON s.id = m.server_id"
		" WHERE m.user_id = $1 AND m.left_at IS NULL AND s.deleted_at IS NULL"
		" ORDER BY s.id LIMIT $2",
		DB_INT(user_id), DB_INT(LIMIT_SERVERS_PER_USER));

	while (db_step(st) && (server = rows_add(store, arena, &rows)) != NULL)
		server_read(store, st, arena, server);
	db_end(st);
	*list = rows.items;
	*count = rows.count;
	return store_end(store, CHAT_OK);
}

enum chat_err store_server_show(
	struct store *store, int64_t server_id, struct arena *arena, struct chat_server *out)
{
	enum chat_err err = CHAT_ERR_SERVER_NOT_FOUND;
	struct db_stmt *st = db_query(store->db,
		"SELECT " SERVER_COLUMNS " FROM servers s WHERE s.id = $1 AND s.deleted_at IS NULL",
		DB_INT(server_id));

	memset(out, 0, sizeof(*out));
	if (db_step(st)) {
		server_read(store, st, arena, out);
		err = CHAT_OK;
	}
	db_end(st);
	return store_end(store, err);
}

enum chat_err store_server_update(struct store *store, int64_t server_id,
	const struct chat_server_update *in, struct arena *arena, struct chat_server *out,
	int64_t *rev)
{
	enum chat_err err = store_server_show(store, server_id, arena, out);

	*rev = 0;
	if (err || !(store_differs(in->name, out->name) ||
			   store_differs(in->description, out->description)))
		return err;
	*rev = store_next_rev(store, server_id);
	db_run(store->db,
		"UPDATE servers SET name = coalesce($1, name),"
		" description = coalesce($2, description), settings_rev = $3 WHERE id = $4",
		DB_TEXT(in->name), DB_TEXT(in->description), DB_INT(*rev), DB_INT(server_id));
	return store_server_show(store, server_id, arena, out);
}

enum chat_err store_server_set_owner(
	struct store *store, int64_t server_id, int64_t user_id, int64_t *rev)
{
	*rev = store_next_rev(store, server_id);
	db_run(store->db, "UPDATE servers SET owner_id = $1, settings_rev = $2 WHERE id = $3",
		DB_INT(user_id), DB_INT(*rev), DB_INT(server_id));
	return store_end(store, CHAT_OK);
}

enum chat_err store_server_delete(struct store *store, int64_t server_id, int64_t now, int64_t *rev)
{
	int64_t n;

	*rev = store_next_rev(store, server_id);
	n = db_run(store->db,
		"UPDATE servers SET name = '', description = NULL, deleted_at = $1,"
		" settings_rev = $2 WHERE id = $3 AND deleted_at IS NULL",
		DB_INT(now), DB_INT(*rev), DB_INT(server_id));
	if (n > 0)
		db_run(store->db, "INSERT INTO purges (server_id, channel_id) VALUES ($1, 0)",
			DB_INT(server_id));
	return store_end(store, n > 0 ? CHAT_OK : CHAT_ERR_SERVER_NOT_FOUND);
}
