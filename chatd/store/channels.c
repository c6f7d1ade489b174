#include <string.h>
#include "store/rows.h"

void channel_read(
	struct store *store, struct db_stmt *stmt, struct arena *arena, struct chat_channel *out)
{
	out->id = db_int(stmt, 0);
	out->server_id = db_int(stmt, 1);
	out->name = store_text(store, arena, stmt, 2);
	out->description = store_text(store, arena, stmt, 3);
	out->created_at = db_int(stmt, 4);
	out->last_message_id = db_int(stmt, 5);
}

enum chat_err store_channel_create(struct store *store, int64_t server_id,
	const struct chat_channel_create *in, int64_t now, struct arena *arena,
	struct chat_channel *out, int64_t *rev)
{
	int64_t n = store_number(db_query(store->db,
		"SELECT count(*) FROM channels WHERE server_id = $1 AND deleted_at IS NULL",
		DB_INT(server_id)));
	int64_t id;

	if (n >= LIMIT_CHANNELS_PER_SERVER)
		return store_end(store, CHAT_ERR_LIMIT_REACHED);
	*rev = store_next_rev(store, server_id);
	id = db_insert(store->db,
		"INSERT INTO channels (server_id, name, description, created_at, created_rev, rev)"
		" VALUES ($1, $2, $3, $4, $5, $5)",
		DB_INT(server_id), DB_TEXT(in->name), DB_TEXT(in->description), DB_INT(now),
		DB_INT(*rev));
	return store_channel_show(store, id, arena, out);
}

enum chat_err store_channel_list(struct store *store, int64_t server_id, struct arena *arena,
	struct chat_channel **list, size_t *count)
{
	struct rows rows = {.size = sizeof(struct chat_channel)};
	struct chat_channel *channel;
	struct db_stmt *st = db_query(store->db,
		"SELECT " CHANNEL_COLUMNS " FROM channels c"
		" WHERE c.server_id = $1 AND c.deleted_at IS NULL ORDER BY c.id LIMIT $2",
		DB_INT(server_id), DB_INT(LIMIT_CHANNELS_PER_SERVER));

	while (db_step(st) && (channel = rows_add(store, arena, &rows)) != NULL)
		channel_read(store, st, arena, channel);
	db_end(st);
	*list = rows.items;
	*count = rows.count;
	return store_end(store, CHAT_OK);
}

enum chat_err store_channel_show(
	struct store *store, int64_t channel_id, struct arena *arena, struct chat_channel *out)
{
	enum chat_err err = CHAT_ERR_CHANNEL_NOT_FOUND;
	struct db_stmt *st = db_query(store->db,
		"SELECT " CHANNEL_COLUMNS " FROM channels c WHERE c.id = $1"
		" AND c.deleted_at IS NULL",
		DB_INT(channel_id));

	memset(out, 0, sizeof(*out));
	if (db_step(st)) {
		channel_read(store, st, arena, out);
		err = CHAT_OK;
	}
	db_end(st);
	return store_end(store, err);
}

enum chat_err store_channel_update(struct store *store, const struct place *place,
	const struct chat_channel_update *in, struct arena *arena, struct chat_channel *out,
	int64_t *rev)
{
	enum chat_err err = store_channel_show(store, place->channel_id, arena, out);

	*rev = 0;
	if (err || !(store_differs(in->name, out->name) ||
			   store_differs(in->description, out->description)))
		return err;
	*rev = store_next_rev(store, place->server_id);
	db_run(store->db,
		"UPDATE channels SET name = coalesce($1, name),"
		" description = coalesce($2, description), rev = $3 WHERE id = $4",
		DB_TEXT(in->name), DB_TEXT(in->description), DB_INT(*rev),
		DB_INT(place->channel_id));
	return store_channel_show(store, place->channel_id, arena, out);
}

enum chat_err store_channel_delete(
	struct store *store, const struct place *place, int64_t now, int64_t *rev)
{
	int64_t n;

	*rev = store_next_rev(store, place->server_id);
	n = db_run(store->db,
		"UPDATE channels SET name = '', description = NULL, deleted_at = $1, rev = $2"
		" WHERE id = $3 AND deleted_at IS NULL",
		DB_INT(now), DB_INT(*rev), DB_INT(place->channel_id));
	if (n > 0)
		db_run(store->db, "INSERT INTO purges (server_id, channel_id) VALUES ($1, $2)",
			DB_INT(place->server_id), DB_INT(place->channel_id));
	return store_end(store, n > 0 ? CHAT_OK : CHAT_ERR_CHANNEL_NOT_FOUND);
}
