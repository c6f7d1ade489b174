#include <string.h>
#include <chat/mention.h>
#include "store/rows.h"

/* What a user has not read, and what of it mentions the user. */

/* --- unread --- */

/* How far the user has read since it joined, and up to where all counts as read. */
#define MARKER "CASE WHEN r.message_id > m.read_floor THEN r.message_id END"
#define READ_UP_TO "CASE WHEN r.message_id > m.read_floor THEN r.message_id ELSE m.read_floor END"

/* The channel's newest message at the joining, of those that are still there, and of those that
 * were deleted only later: a marker does not move back when its message goes. Where more than
 * LIMIT_UNREAD_MAX that were gone already lie above such a one, it does, which changes no count. */
#define NEWEST_THEN                                                                                \
	"(SELECT x.id FROM messages x WHERE x.channel_id = c.id AND x.deleted = 0"                 \
	" AND x.id <= m.read_floor ORDER BY x.id DESC LIMIT 1)"
#define NEWEST_GONE                                                                                \
	"(SELECT max(z.id) FROM (SELECT y.id, y.rev FROM messages y"                               \
	" WHERE y.channel_id = c.id AND y.deleted = 1 AND y.id <= m.read_floor"                    \
	" AND y.id > coalesce(" NEWEST_THEN ", 0) ORDER BY y.id DESC LIMIT 100) z"                 \
	" WHERE z.rev > m.created_rev)"

#define WITHOUT_MARKER(value) "CASE WHEN r.message_id > m.read_floor THEN NULL ELSE " value " END"

/* One row for each channel of a member. */
#define UNREAD                                                                                     \
	"SELECT c.id, c.server_id, " MARKER ", " WITHOUT_MARKER(NEWEST_THEN) ", " WITHOUT_MARKER(  \
		NEWEST_GONE) ", " READ_UP_TO                                                       \
			     " FROM members m JOIN servers s ON s.id = m.server_id"                \
			     " JOIN channels c ON c.server_id = s.id"                              \
			     " LEFT JOIN reads r ON r.channel_id = c.id AND r.user_id = m.user_id" \
			     " WHERE m.user_id = $1 AND m.left_at IS NULL AND s.deleted_at IS "    \
			     "NULL"                                                                \
			     " AND c.deleted_at IS NULL"

/* Of a channel's messages above an id: the one beyond those that are counted, and their authors. */
#define ABOVE " FROM messages WHERE channel_id = $1 AND deleted = 0 AND id > $2 ORDER BY id"
#define BEYOND "SELECT id" ABOVE " LIMIT 1 OFFSET 100"
#define AUTHORS "SELECT user_id" ABOVE " LIMIT 100"
_Static_assert(LIMIT_UNREAD_MAX == 100, "the bound that the statements have");

/* Reads row by row: SQL that counts up to a bound costs twice as much. */
static int64_t count_others(
	struct store *store, int64_t channel_id, int64_t user_id, int64_t read_up_to)
{
	struct db_stmt *st = db_query(store->db, AUTHORS, DB_INT(channel_id), DB_INT(read_up_to));
	int64_t n = 0;

	while (db_step(st))
		n += db_int(st, 0) != user_id;
	db_end(st);
	return n;
}

/* Whether the user ever wrote in the channel; what is gone by now counts too. */
static bool has_written(struct store *store, int64_t channel_id, int64_t user_id)
{
	return store_number(db_query(store->db,
		       "SELECT id FROM messages WHERE channel_id = $1 AND user_id = $2 LIMIT 1",
		       DB_INT(channel_id), DB_INT(user_id))) != 0;
}

/* Counts what the user has not read of out's channel. A long run of its own messages is bounded
 * like any other. When a crowd comes back this is most of the work, and most of the crowd never
 * wrote in most channels: they need not be told from the authors one by one. */
static void unread_count(
	struct store *store, int64_t user_id, int64_t read_up_to, struct chat_unread *out)
{
	out->more = store_number(db_query(
			    store->db, BEYOND, DB_INT(out->channel_id), DB_INT(read_up_to))) != 0;
	if (out->more && !has_written(store, out->channel_id, user_id))
		out->unread = LIMIT_UNREAD_MAX;
	else
		out->unread = count_others(store, out->channel_id, user_id, read_up_to);
	if (out->unread == 0 && !out->more)
		return;
	out->mentions = store_number(db_query(store->db,
		"SELECT count(*) FROM (SELECT 1 FROM mentions WHERE user_id = $1"
		" AND channel_id = $2 AND message_id > $3 LIMIT 100) x",
		DB_INT(user_id), DB_INT(out->channel_id), DB_INT(read_up_to)));
}

/* All but the counts; returns up to where all counts as read. */
static int64_t unread_read(struct db_stmt *stmt, struct chat_unread *out)
{
	*out = (struct chat_unread){.channel_id = db_int(stmt, 0), .server_id = db_int(stmt, 1)};
	/* The latest of the three; those that there are not are 0. */
	for (int column = 2; column <= 4; column++) {
		if (db_int(stmt, column) > out->last_read_id)
			out->last_read_id = db_int(stmt, column);
	}
	return db_int(stmt, 5);
}

static void unread_read_all(struct store *store, struct db_stmt *st, int64_t user_id,
	struct arena *arena, struct chat_unread **list, size_t *count)
{
	struct rows rows = {.size = sizeof(struct chat_unread)};
	struct chat_unread *unread;

	while (db_step(st) && (unread = rows_add(store, arena, &rows)) != NULL)
		unread_count(store, user_id, unread_read(st, unread), unread);
	db_end(st);
	*list = rows.items;
	*count = rows.count;
}

enum chat_err store_unread_list(struct store *store, int64_t user_id, struct arena *arena,
	struct chat_unread **list, size_t *count)
{
	bool begun = snapshot_begin(store);

	unread_read_all(store, db_query(store->db, UNREAD " ORDER BY c.id", DB_INT(user_id)),
		user_id, arena, list, count);
	return snapshot_end(store, begun, CHAT_OK);
}

enum chat_err store_unread_at(struct store *store, int64_t server_id, int64_t rev, int64_t user_id,
	struct arena *arena, struct chat_unread **list, size_t *count, bool *same)
{
	bool begun = snapshot_begin(store);

	*count = 0;
	*same = rev == store_number(db_query(store->db, "SELECT rev FROM servers WHERE id = $1",
			       DB_INT(server_id)));
	if (*same)
		unread_read_all(store,
			db_query(store->db, UNREAD " AND s.id = $2 ORDER BY c.id", DB_INT(user_id),
				DB_INT(server_id)),
			user_id, arena, list, count);
	return snapshot_end(store, begun, CHAT_OK);
}

/* The event of a marker stands in line with those of messages, which clients add to its counts, so
 * these are of the moment of the change and made with it. They are a hundred rows at most. */
enum chat_err store_read_update(struct store *store, const struct place *place, int64_t user_id,
	int64_t message_id, struct chat_unread *out, bool *moved)
{
	int64_t read_up_to = 0;
	struct db_stmt *st;

	*moved = false;
	if (!store_number(db_query(store->db,
		    "SELECT id FROM messages WHERE id = $1 AND channel_id = $2 AND deleted = 0",
		    DB_INT(message_id), DB_INT(place->channel_id))))
		return store_end(store, CHAT_ERR_MESSAGE_NOT_FOUND);
	st = db_query(
		store->db, UNREAD " AND c.id = $2", DB_INT(user_id), DB_INT(place->channel_id));
	memset(out, 0, sizeof(*out));
	if (db_step(st))
		read_up_to = unread_read(st, out);
	db_end(st);
	if (message_id > out->last_read_id) {
		*moved = true;
		db_run(store->db,
			"INSERT INTO reads (channel_id, user_id, message_id) VALUES ($1, $2, $3)"
			" ON CONFLICT (channel_id, user_id)"
			" DO UPDATE SET message_id = excluded.message_id",
			DB_INT(place->channel_id), DB_INT(user_id), DB_INT(message_id));
		out->last_read_id = read_up_to = message_id;
	}
	unread_count(store, user_id, read_up_to, out);
	return store_end(store, CHAT_OK);
}

/* --- mentions --- */

/* Names that one message may have looked up, so also the most it can mention. */
#define LOOKUPS_MAX 100

/* The member who is called so; of those whose names fold alike the one who is spelled so, or the
 * oldest. 0 for nobody. */
static int64_t member_by_name(
	struct store *store, int64_t server_id, const char *name, size_t n, struct arena *arena)
{
	const char *spelled = arena_strndup(arena, name, n);
	const char *fold;

	if (spelled == NULL) {
		store->no_memory = true;
		return 0;
	}
	fold = store_fold(store, arena, spelled);
	if (fold == NULL)
		return 0;
	return store_number(db_query(store->db,
		"SELECT u.id FROM users u JOIN members m ON m.user_id = u.id"
		" WHERE u.username_fold = $1 AND m.server_id = $2 AND m.left_at IS NULL"
		" ORDER BY u.username <> $3, u.id LIMIT 1",
		DB_TEXT(fold), DB_INT(server_id), DB_TEXT(spelled)));
}

void mentions_add(struct store *store, const struct place *place, int64_t message_id,
	int64_t author_id, const char *content, struct arena *arena)
{
	struct chat_mentions found;
	int lookups = 0;

	if (!chat_mentions_find(content, arena, &found)) {
		store->no_memory = true;
		return;
	}
	for (size_t i = 0; i < found.count && lookups < LOOKUPS_MAX; i++) {
		struct chat_mention *mention = &found.list[i];
		int64_t user_id;

		do {
			user_id = member_by_name(
				store, place->server_id, mention->name, mention->n, arena);
			lookups++;
		} while (user_id == 0 && lookups < LOOKUPS_MAX && chat_mention_shorten(mention));
		if (user_id != 0 && user_id != author_id)
			db_run(store->db,
				"INSERT INTO mentions (user_id, channel_id, message_id)"
				" VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
				DB_INT(user_id), DB_INT(place->channel_id), DB_INT(message_id));
	}
}

void mentions_remove(struct store *store, int64_t message_id)
{
	db_run(store->db, "DELETE FROM mentions WHERE message_id = $1", DB_INT(message_id));
}
