#include <stdlib.h>
#include <string.h>
#include <chat/text.h>
#include "store/rows.h"

enum chat_err store_open(struct store **out, const char *url, enum store_mode mode, struct buf *why)
{
	struct store *store = calloc(1, sizeof(*store));
	enum chat_err err;

	*out = NULL;
	if (store == NULL)
		return CHAT_ERR_NO_MEMORY;
	err = db_open(&store->db, url, mode == STORE_WRITER ? DB_READ_WRITE : DB_READ_ONLY, why);
	if (err) {
		free(store);
		return err;
	}
	store->why = "";
	*out = store;
	return CHAT_OK;
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	db_close(store->db);
	free(store);
}

const char *store_why(const struct store *store)
{
	return store->why;
}

enum chat_err store_end(struct store *store, enum chat_err err)
{
	enum chat_err failure = db_status(store->db);

	if (failure) {
		store->why = db_message(store->db);
		/* In a transaction the error sticks until its end; a single query is over. */
		if (!db_in_transaction(store->db))
			db_clear(store->db);
	} else if (store->no_memory) {
		store->why = "out of memory";
		failure = CHAT_ERR_UNAVAILABLE;
	}
	store->no_memory = false;
	return failure ? failure : err;
}

/* --- transactions --- */

/* What a call of transaction control returned. Its failure, too, sticks only in a transaction. */
static enum chat_err control(struct store *store, enum chat_err err)
{
	return err ? store_end(store, err) : CHAT_OK;
}

/* Writes what was counted. */
static void settle(struct store *store)
{
	if (store->counter.server_id != 0)
		db_run(store->db, "UPDATE servers SET rev = $1 WHERE id = $2",
			DB_INT(store->counter.rev), DB_INT(store->counter.server_id));
	store->counter.server_id = 0;
}

enum chat_err store_begin(struct store *store)
{
	store->no_memory = false;
	store->counter.server_id = 0;
	return control(store, db_begin(store->db));
}

enum chat_err store_commit(struct store *store)
{
	settle(store);
	return control(store, db_commit(store->db));
}

void store_rollback(struct store *store)
{
	db_rollback(store->db);
	db_clear(store->db);
}

enum chat_err store_savepoint(struct store *store)
{
	settle(store);
	return control(store, db_savepoint(store->db));
}

enum chat_err store_release(struct store *store)
{
	return control(store, db_release(store->db));
}

enum chat_err store_undo(struct store *store)
{
	store->counter.server_id = 0;
	return control(store, db_rollback_to_savepoint(store->db));
}

bool store_is_open(const struct store *store)
{
	return db_in_transaction(store->db);
}

int64_t store_changes(const struct store *store)
{
	return db_changes(store->db);
}

bool snapshot_begin(struct store *store)
{
	/* A failure to begin sticks until snapshot_end(). */
	if (db_in_transaction(store->db)) {
		settle(store);
		return false;
	}
	(void)db_begin(store->db);
	return true;
}

enum chat_err snapshot_end(struct store *store, bool begun, enum chat_err err)
{
	err = store_end(store, err);
	if (begun)
		store_rollback(store);
	return err;
}

const char *store_fault(const struct store *store)
{
	return db_fault(store->db);
}

bool store_is_lost(const struct store *store)
{
	return db_is_lost(store->db);
}

enum chat_err store_shrink(struct store *store, int64_t max, int64_t *given)
{
	*given = db_shrink(store->db, max);
	return store_end(store, CHAT_OK);
}

enum chat_err store_touch(struct store *store)
{
	db_touch(store->db);
	return store_end(store, CHAT_OK);
}

enum chat_err store_check(struct store *store)
{
	store_number(db_query(store->db, "SELECT id FROM servers LIMIT 1"));
	return store_end(store, CHAT_OK);
}

/* --- for the other files --- */

int64_t store_number(struct db_stmt *stmt)
{
	int64_t value = db_step(stmt) ? db_int(stmt, 0) : 0;

	db_end(stmt);
	return value;
}

int64_t store_rev_ahead(struct store *store, int64_t server_id)
{
	if (store->counter.server_id == server_id)
		return store->counter.rev + 1;
	return store_number(db_query(
		store->db, "SELECT rev + 1 FROM servers WHERE id = $1", DB_INT(server_id)));
}

void store_take_rev(struct store *store, int64_t server_id, int64_t rev)
{
	if (store->counter.server_id != server_id)
		settle(store);
	store->counter = (struct counter){server_id, rev};
}

int64_t store_next_rev(struct store *store, int64_t server_id)
{
	int64_t rev = store_rev_ahead(store, server_id);

	store_take_rev(store, server_id, rev);
	settle(store);
	return rev;
}

void *store_alloc(struct store *store, struct arena *arena, size_t n, size_t size)
{
	void *memory = arena_array(arena, n, size);

	store->no_memory |= memory == NULL;
	return memory;
}

const char *store_copy(struct store *store, struct arena *arena, const char *text)
{
	const char *copy = arena_strdup(arena, text);

	store->no_memory |= copy == NULL && text != NULL;
	return copy;
}

const char *store_fold(struct store *store, struct arena *arena, const char *text)
{
	const char *folded = text_fold(text, arena);

	store->no_memory |= folded == NULL;
	return folded;
}

const char *store_text(struct store *store, struct arena *arena, struct db_stmt *stmt, int column)
{
	return store_copy(store, arena, db_text(stmt, column));
}

bool store_differs(const char *wanted, const char *present)
{
	return wanted != NULL && (present == NULL || strcmp(wanted, present) != 0);
}

void *rows_add(struct store *store, struct arena *arena, struct rows *rows)
{
	if (rows->count == rows->capacity) {
		size_t capacity = rows->capacity ? rows->capacity * 2 : 16;
		void *items = store_alloc(store, arena, capacity, rows->size);

		if (items == NULL)
			return NULL;
		if (rows->count > 0)
			memcpy(items, rows->items, rows->count * rows->size);
		rows->items = items;
		rows->capacity = capacity;
	}
	return (char *)rows->items + rows->count++ * rows->size;
}

/* --- places --- */

static enum chat_err place_read(
	struct store *store, struct db_stmt *stmt, enum chat_err missing, struct place *out)
{
	enum chat_err err = missing;

	memset(out, 0, sizeof(*out));
	if (db_step(stmt)) {
		err = CHAT_ERR_NOT_MEMBER;
		if (db_int(stmt, 0) != ROLE_NONE) {
			err = CHAT_OK;
			out->role = (enum chat_role)db_int(stmt, 0);
			out->server_id = db_int(stmt, 1);
			out->channel_id = db_int(stmt, 2);
			out->message_id = db_int(stmt, 3);
			out->author_id = db_int(stmt, 4);
		}
	}
	db_end(stmt);
	return store_end(store, err);
}

/* The role of user $1 in server s, 0 for a stranger. */
#define ROLE                                                                                       \
	"coalesce((SELECT x.role FROM members x WHERE x.server_id = s.id AND x.user_id = $1"       \
	" AND x.left_at IS NULL), 0)"

enum chat_err store_place(
	struct store *store, const struct path_params *path, int64_t user_id, struct place *out)
{
	if (path->message_id)
		return place_read(store,
			db_query(store->db,
				"SELECT " ROLE ", s.id, c.id, m.id, m.user_id FROM messages m"
				" JOIN channels c ON c.id = m.channel_id"
				" JOIN servers s ON s.id = m.server_id"
				" WHERE m.id = $2 AND m.deleted = 0 AND c.deleted_at IS NULL"
				" AND s.deleted_at IS NULL",
				DB_INT(user_id), DB_INT(path->message_id)),
			CHAT_ERR_MESSAGE_NOT_FOUND, out);
	if (path->channel_id)
		return place_read(store,
			db_query(store->db,
				"SELECT " ROLE ", s.id, c.id, 0, 0 FROM channels c"
				" JOIN servers s ON s.id = c.server_id"
				" WHERE c.id = $2 AND c.deleted_at IS NULL"
				" AND s.deleted_at IS NULL",
				DB_INT(user_id), DB_INT(path->channel_id)),
			CHAT_ERR_CHANNEL_NOT_FOUND, out);
	return place_read(store,
		db_query(store->db,
			"SELECT " ROLE ", s.id, 0, 0, 0 FROM servers s"
			" WHERE s.id = $2 AND s.deleted_at IS NULL",
			DB_INT(user_id), DB_INT(path->server_id)),
		CHAT_ERR_SERVER_NOT_FOUND, out);
}
