#include <string.h>
#include "store/rows.h"

/* What a gateway session starts from. */

enum chat_err store_epoch(struct store *store, struct arena *arena, const char **epoch)
{
	struct db_stmt *st = db_query(store->db, "SELECT epoch FROM meta WHERE id = 1");

	*epoch = db_step(st) ? store_text(store, arena, st, 0) : NULL;
	db_end(st);
	return store_end(store, *epoch != NULL ? CHAT_OK : CHAT_ERR_INTERNAL);
}

/* The servers of user $1, each with its rev and the user's role. */
#define STATES                                                                                     \
	"SELECT " SERVER_COLUMNS ", s.rev, m.role"                                                 \
	" FROM members m JOIN servers s ON s.id = m.server_id"                                     \
	" WHERE m.user_id = $1 AND m.left_at IS NULL AND s.deleted_at IS NULL"

static void state_read(struct store *store, struct db_stmt *stmt, struct arena *arena,
	struct chat_server_state *out)
{
	struct chat_server server;

	server_read(store, stmt, arena, &server);
	out->id = server.id;
	out->name = server.name;
	out->description = server.description;
	out->owner_id = server.owner_id;
	out->created_at = server.created_at;
	out->rev = db_int(stmt, SERVER_N);
	out->role = (enum chat_role)db_int(stmt, SERVER_N + 1);
}

/* Reads the channels of all of them at once, then gives each server its part. */
static void read_channels(struct store *store, int64_t user_id, struct arena *arena,
	struct chat_server_state *servers, size_t n_servers)
{
	struct rows rows = {.size = sizeof(struct chat_channel)};
	struct chat_channel *channel;
	struct db_stmt *st = db_query(store->db,
		"SELECT " CHANNEL_COLUMNS " FROM members m JOIN servers s ON s.id = m.server_id"
		" JOIN channels c ON c.server_id = s.id"
		" WHERE m.user_id = $1 AND m.left_at IS NULL AND s.deleted_at IS NULL"
		" AND c.deleted_at IS NULL ORDER BY c.server_id, c.id",
		DB_INT(user_id));
	size_t at = 0;

	while (db_step(st) && (channel = rows_add(store, arena, &rows)) != NULL)
		channel_read(store, st, arena, channel);
	db_end(st);
	channel = rows.items;
	for (size_t i = 0; i < n_servers; i++) {
		size_t first = at;

		while (at < rows.count && channel[at].server_id == servers[i].id)
			at++;
		servers[i].channels.items = at > first ? channel + first : NULL;
		servers[i].channels.count = at - first;
	}
}

enum chat_err store_ready(
	struct store *store, int64_t user_id, struct arena *arena, struct chat_ready *out)
{
	struct rows rows = {.size = sizeof(struct chat_server_state)};
	struct chat_server_state *server;
	struct chat_unread *unread;
	struct chat_user *user = store_alloc(store, arena, 1, sizeof(*user));
	bool begun = snapshot_begin(store);
	struct db_stmt *st = db_query(store->db, STATES " ORDER BY s.id", DB_INT(user_id));
	enum chat_err err;

	while (db_step(st) && (server = rows_add(store, arena, &rows)) != NULL)
		state_read(store, st, arena, server);
	db_end(st);
	read_channels(store, user_id, arena, rows.items, rows.count);
	out->servers.items = rows.items;
	out->servers.count = rows.count;
	err = store_unread_list(store, user_id, arena, &unread, &out->unread.count);
	out->unread.items = unread;
	if (err == CHAT_OK && user != NULL)
		err = store_user_show(store, user_id, user_id, arena, user);
	out->user = user;
	return snapshot_end(store, begun, err);
}

enum chat_err store_server_state(struct store *store, int64_t server_id, int64_t user_id,
	struct arena *arena, struct chat_server_state *out)
{
	enum chat_err err = CHAT_ERR_NOT_MEMBER;
	bool begun = snapshot_begin(store);
	struct db_stmt *st =
		db_query(store->db, STATES " AND s.id = $2", DB_INT(user_id), DB_INT(server_id));
	struct chat_channel *channels;

	memset(out, 0, sizeof(*out));
	if (db_step(st)) {
		state_read(store, st, arena, out);
		err = CHAT_OK;
	}
	db_end(st);
	if (err == CHAT_OK) {
		err = store_channel_list(store, server_id, arena, &channels, &out->channels.count);
		out->channels.items = channels;
	}
	return snapshot_end(store, begun, err);
}
