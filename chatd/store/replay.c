#include <string.h>
#include "store/rows.h"

/*
 * What changed in a server since a rev. The tables are the log: each is read along its index by
 * rev, a row at a time, and the rows are merged by rev. So a page costs what it holds, however long
 * the history is.
 */

/* One table's rows in order of rev. */
struct source {
	struct db_stmt *stmt;
	int column;  /* of rev; then created_rev, whether it is deleted, and whether to be told */
	int64_t rev; /* of the row at hand; 0 when there are no more */
	void (*read)(struct store *store, const struct source *source, int64_t base,
		struct arena *arena, struct change *out);
};

static void source_step(struct source *source)
{
	source->rev = db_step(source->stmt) ? db_int(source->stmt, source->column) : 0;
}

static bool is_new(const struct source *source, int64_t base)
{
	return db_int(source->stmt, source->column + 1) > base;
}

static bool is_deleted(const struct source *source)
{
	return db_int(source->stmt, source->column + 2) != 0;
}

static bool is_told(const struct source *source)
{
	return db_int(source->stmt, source->column + 3) != 0;
}

/* --- the kinds of rows --- */

static void member_change(struct store *store, const struct source *source, int64_t base,
	struct arena *arena, struct change *out)
{
	struct chat_member_ref *gone;
	struct chat_member *member;

	if (is_deleted(source)) {
		out->event = EVENT_member_leave;
		out->data = gone = store_alloc(store, arena, 1, sizeof(*gone));
		if (gone != NULL)
			*gone = (struct chat_member_ref){
				.server_id = db_int(source->stmt, 1),
				.user_id = db_int(source->stmt, 2),
			};
		return;
	}
	out->event = is_new(source, base) ? EVENT_member_join : EVENT_member_update;
	out->data = member = store_alloc(store, arena, 1, sizeof(*member));
	if (member != NULL)
		member_read(store, source->stmt, arena, member);
}

static void channel_change(struct store *store, const struct source *source, int64_t base,
	struct arena *arena, struct change *out)
{
	struct chat_channel_ref *gone;
	struct chat_channel *channel;

	if (is_deleted(source)) {
		out->event = EVENT_channel_delete;
		out->data = gone = store_alloc(store, arena, 1, sizeof(*gone));
		if (gone != NULL)
			*gone = (struct chat_channel_ref){
				.id = db_int(source->stmt, 0),
				.server_id = db_int(source->stmt, 1),
			};
		return;
	}
	out->event = is_new(source, base) ? EVENT_channel_create : EVENT_channel_update;
	out->data = channel = store_alloc(store, arena, 1, sizeof(*channel));
	if (channel != NULL)
		channel_read(store, source->stmt, arena, channel);
}

static void message_change(struct store *store, const struct source *source, int64_t base,
	struct arena *arena, struct change *out)
{
	struct chat_message_ref *gone;
	struct chat_message *message;

	if (is_deleted(source)) {
		out->event = EVENT_message_delete;
		out->data = gone = store_alloc(store, arena, 1, sizeof(*gone));
		if (gone != NULL)
			*gone = (struct chat_message_ref){
				.id = db_int(source->stmt, 0),
				.channel_id = db_int(source->stmt, 1),
			};
		return;
	}
	out->event = is_new(source, base) ? EVENT_message : EVENT_message_update;
	out->data = message = store_alloc(store, arena, 1, sizeof(*message));
	if (message != NULL)
		message_read(store, source->stmt, arena, message);
}

static void settings_change(struct store *store, const struct source *source, int64_t base,
	struct arena *arena, struct change *out)
{
	struct chat_server *server = store_alloc(store, arena, 1, sizeof(*server));

	(void)base;
	out->event = EVENT_server_update;
	out->data = server;
	if (server != NULL)
		server_read(store, source->stmt, arena, server);
}

/* --- the merge --- */

#define N_SOURCES 4

/* As $1 may see them in server $2. */
#define MEMBER MEMBER_COLUMNS ", " USER_COLUMNS(STATUS_SEEN_IN("$1", "$2"))
#define MESSAGE MESSAGE_COLUMNS("$2")

static void sources_start(struct store *store, int64_t server_id, int64_t viewer, int64_t from,
	struct source sources[N_SOURCES])
{
	sources[0] = (struct source){
		.read = settings_change,
		.column = SERVER_N,
		.stmt = db_query(store->db,
			"SELECT " SERVER_COLUMNS ", s.settings_rev, 0, 0, 1 FROM servers s"
			" WHERE s.id = $1 AND s.settings_rev > $2",
			DB_INT(server_id), DB_INT(from)),
	};
	sources[1] = (struct source){
		.read = member_change,
		.column = MEMBER_N + USER_N,
		.stmt = db_query(store->db,
			"SELECT " MEMBER ", m.rev, m.created_rev, m.left_at IS NOT NULL, 1"
			" FROM members m JOIN users u ON u.id = m.user_id"
			" WHERE m.server_id = $2 AND m.rev > $3 ORDER BY m.rev",
			DB_INT(viewer), DB_INT(server_id), DB_INT(from)),
	};
	sources[2] = (struct source){
		.read = channel_change,
		.column = CHANNEL_N,
		.stmt = db_query(store->db,
			"SELECT " CHANNEL_COLUMNS
			", c.rev, c.created_rev, c.deleted_at IS NOT NULL, 1 FROM channels c"
			" WHERE c.server_id = $1 AND c.rev > $2 ORDER BY c.rev",
			DB_INT(server_id), DB_INT(from)),
	};
	sources[3] = (struct source){
		.read = message_change,
		.column = MESSAGE_N + USER_N,
		.stmt = db_query(store->db,
			"SELECT " MESSAGE ", m.rev, m.created_rev, m.deleted, c.deleted_at IS NULL"
			" FROM messages m JOIN users u ON u.id = m.user_id"
			" JOIN channels c ON c.id = m.channel_id"
			" WHERE m.server_id = $2 AND m.rev > $3 ORDER BY m.rev",
			DB_INT(viewer), DB_INT(server_id), DB_INT(from)),
	};
	for (size_t i = 0; i < N_SOURCES; i++)
		source_step(&sources[i]);
}

/* The one whose row comes next; NULL when all are at their end. */
static struct source *sources_next(struct source sources[N_SOURCES])
{
	struct source *next = NULL;

	for (struct source *s = sources; s < sources + N_SOURCES; s++) {
		if (s->rev != 0 && (next == NULL || s->rev < next->rev))
			next = s;
	}
	return next;
}

/* Reads a page; *to_rev is its last rev. Returns whether that was all. */
static bool read_page(struct store *store, struct source sources[N_SOURCES], int64_t base,
	int64_t limit, struct arena *arena, struct rows *rows, int64_t *to_rev)
{
	struct source *source;
	struct change *change;

	/* Rows that are not told count as well, so that a page of them ends too; rows of the same
	 * rev stay together. */
	for (int64_t n = 0; (source = sources_next(sources)) != NULL; n++) {
		if (n >= limit && source->rev > *to_rev)
			return false;
		*to_rev = source->rev;
		if (is_told(source)) {
			change = rows_add(store, arena, rows);
			if (change == NULL)
				return false;
			change->rev = source->rev;
			source->read(store, source, base, arena, change);
		}
		source_step(source);
	}
	return true;
}

enum chat_err store_replay(struct store *store, int64_t server_id, int64_t viewer, int64_t base,
	int64_t from, int64_t limit, struct arena *arena, struct change **list, size_t *count,
	int64_t *to_rev, bool *complete)
{
	struct rows rows = {.size = sizeof(struct change)};
	struct source sources[N_SOURCES];
	bool begun = snapshot_begin(store);
	int64_t rev = store_number(db_query(store->db,
		"SELECT rev FROM servers WHERE id = $1 AND deleted_at IS NULL", DB_INT(server_id)));

	*to_rev = from;
	*complete = false;
	if (rev != 0) {
		sources_start(store, server_id, viewer, from, sources);
		*complete = read_page(store, sources, base, limit, arena, &rows, to_rev);
		for (size_t i = 0; i < N_SOURCES; i++)
			db_end(sources[i].stmt);
	}
	if (*complete)
		*to_rev = rev;
	*list = rows.items;
	*count = rows.count;
	return snapshot_end(store, begun, rev != 0 ? CHAT_OK : CHAT_ERR_SERVER_NOT_FOUND);
}
