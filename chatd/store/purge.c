#include "store/rows.h"

/* Each removes up to $2 rows of what $1 says. */
static const char *const expired[] = {
	"DELETE FROM sessions WHERE id IN"
	" (SELECT id FROM sessions WHERE expires_at <= $1 LIMIT $2)",
	"DELETE FROM invites WHERE code IN"
	" (SELECT code FROM invites WHERE expires_at > 0 AND expires_at <= $1 LIMIT $2)",
};
static const char *const of_server[] = {
	"DELETE FROM messages WHERE id IN"
	" (SELECT id FROM messages WHERE server_id = $1"
	" AND id < (SELECT max(id) FROM messages) LIMIT $2)",
	"DELETE FROM reads WHERE (channel_id, user_id) IN"
	" (SELECT r.channel_id, r.user_id FROM channels c JOIN reads r ON r.channel_id = c.id"
	" WHERE c.server_id = $1 LIMIT $2)",
	"DELETE FROM members WHERE id IN (SELECT id FROM members WHERE server_id = $1 LIMIT $2)",
	"DELETE FROM bans WHERE server_id = $1 AND user_id IN"
	" (SELECT user_id FROM bans WHERE server_id = $1 LIMIT $2)",
	"DELETE FROM invites WHERE code IN (SELECT code FROM invites WHERE server_id = $1 LIMIT "
	"$2)",
};
/* Messages that were deleted one by one have no content any more and stay until their server goes.
 */
static const char *const of_channel[] = {
	"DELETE FROM messages WHERE id IN"
	" (SELECT id FROM messages WHERE channel_id = $1 AND deleted = 0 LIMIT $2)",
	"DELETE FROM reads WHERE channel_id = $1 AND user_id IN"
	" (SELECT user_id FROM reads WHERE channel_id = $1 LIMIT $2)",
};

#define N(array) (sizeof(array) / sizeof(*(array)))

/* Runs the statements while there is room; false when that was not enough for all. */
static bool remove_some(
	struct store *store, const char *const *statements, size_t n, int64_t of, int64_t *room)
{
	for (size_t i = 0; i<n && * room> 0; i++) {
		int64_t removed = db_run(store->db, statements[i], DB_INT(of), DB_INT(*room));

		*room -= removed > 0 ? removed : 0;
	}
	return *room > 0;
}

/* Makes the newest message of all a deleted one, if it is among what goes: its row stays, or its id
 * would be given again. */
static void empty_newest(struct store *store, int64_t server_id, int64_t channel_id)
{
	int64_t id = store_number(db_query(store->db,
		"SELECT id FROM messages WHERE id = (SELECT max(id) FROM messages)"
		" AND deleted = 0 AND server_id = $1 AND (channel_id = $2 OR $2 = 0)",
		DB_INT(server_id), DB_INT(channel_id)));

	if (id == 0)
		return;
	db_run(store->db, "UPDATE messages SET content = '', deleted = 1 WHERE id = $1",
		DB_INT(id));
	mentions_remove(store, id);
}

/* The content of one deleted server or channel; false when something of it is left, or there was
 * none. */
static bool purge_next(struct store *store, int64_t *room)
{
	struct db_stmt *st =
		db_query(store->db, "SELECT server_id, channel_id FROM purges LIMIT 1");
	bool found = db_step(st);
	int64_t server_id = found ? db_int(st, 0) : 0;
	int64_t channel_id = found ? db_int(st, 1) : 0;

	db_end(st);
	if (!found)
		return false;
	empty_newest(store, server_id, channel_id);
	if (channel_id != 0) {
		if (!remove_some(store, of_channel, N(of_channel), channel_id, room))
			return false;
	} else {
		if (!remove_some(store, of_server, N(of_server), server_id, room))
			return false;
		db_run(store->db,
			"UPDATE channels SET name = '', description = NULL WHERE server_id = $1",
			DB_INT(server_id));
	}
	db_run(store->db, "DELETE FROM purges WHERE server_id = $1 AND channel_id = $2",
		DB_INT(server_id), DB_INT(channel_id));
	return !db_status(store->db);
}

enum chat_err store_purge(struct store *store, int64_t now, int64_t limit, int64_t *removed)
{
	int64_t room = limit;

	remove_some(store, expired, N(expired), now, &room);
	while (room > 0 && purge_next(store, &room))
		continue;
	*removed = limit - room;
	return store_end(store, CHAT_OK);
}
