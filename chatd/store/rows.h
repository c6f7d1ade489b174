#ifndef CHATD_ROWS_H
#define CHATD_ROWS_H

#include <chat/arena.h>
#include <chat/limits.h>
#include "db/db.h"
#include "store/store.h"

/* What the files of queries share: rows as objects, and how a function ends. */

/* The newest rev of a server, counted here and not yet in its row; server_id 0: of none. */
struct counter {
	int64_t server_id;
	int64_t rev;
};

struct store {
	struct db *db;
	struct counter counter; /* of this transaction */
	bool no_memory;         /* an arena gave none since the last store_end() */
	const char *why;        /* the latest failure, for the log */
};

/* How every function ends: the database's error or the arena's if there was one, else err. So
 * "no row" is only taken for an answer when there was no failure. */
enum chat_err store_end(struct store *store, enum chat_err err);

/* The first column of the query's first row, 0 without one. Ends the query. */
int64_t store_number(struct db_stmt *stmt);

/* The next change of a server; 0 after a failure or if there is no such server. */
int64_t store_next_rev(struct store *store, int64_t server_id);
/* The same in two steps, for what may yet turn out to be no change. Messages of one server in a row
 * are counted in memory; the row follows before anything else looks at it. */
int64_t store_rev_ahead(struct store *store, int64_t server_id);
void store_take_rev(struct store *store, int64_t server_id, int64_t rev);

/* Memory of the request: NULL without memory, which store_end() then reports. */
void *store_alloc(struct store *store, struct arena *arena, size_t n, size_t size);
const char *store_copy(struct store *store, struct arena *arena, const char *text);
const char *store_fold(struct store *store, struct arena *arena, const char *text);
/* A column's text, copied; NULL for NULL. */
const char *store_text(struct store *store, struct arena *arena, struct db_stmt *stmt, int column);

/* Whether a change to `wanted` (NULL: none is asked for) is one. */
bool store_differs(const char *wanted, const char *present);

/* An array of objects that grows row by row. */
struct rows {
	void *items;
	size_t count, capacity;
	size_t size; /* of an object, in bytes */
};
/* A zeroed object at the end, or NULL without memory. */
void *rows_add(struct store *store, struct arena *arena, struct rows *rows);

/*
 * What SELECT names for an object, and how many columns those are. The tables go by these letters:
 * c channels, i invites, m members or messages, s servers, u users.
 */
#define USER_COLUMNS(status) "u.id, u.username, " status ", u.created_at"
#define USER_N 4
#define SERVER_COLUMNS "s.id, s.name, s.description, s.owner_id, s.created_at"
#define SERVER_N 5
#define MEMBER_COLUMNS "m.id, m.server_id, m.user_id, m.role, m.joined_at"
#define MEMBER_N 5

void user_read(struct store *store, struct db_stmt *stmt, int column, struct arena *arena,
	struct chat_user *out);
const struct chat_user *user_read_new(
	struct store *store, struct db_stmt *stmt, int column, struct arena *arena);
void server_read(
	struct store *store, struct db_stmt *stmt, struct arena *arena, struct chat_server *out);
/* MEMBER_COLUMNS, then USER_COLUMNS. */
void member_read(
	struct store *store, struct db_stmt *stmt, struct arena *arena, struct chat_member *out);

#define IN_SERVER(user, server)                                                                    \
	"EXISTS (SELECT 1 FROM members x WHERE x.server_id = " server " AND x.user_id = " user     \
	" AND x.left_at IS NULL)"

/* Whether viewer and u are both in some server. */
#define SHARES_SERVER(viewer)                                                                      \
	"EXISTS (SELECT 1 FROM members x JOIN members y ON y.server_id = x.server_id"              \
	" JOIN servers z ON z.id = x.server_id WHERE x.user_id = " viewer                          \
	" AND x.left_at IS NULL AND y.user_id = u.id AND y.left_at IS NULL"                        \
	" AND z.deleted_at IS NULL)"

/* The status of u as viewer may see it: 2 is STATUS_OFFLINE. With a server at hand, that one is
 * asked first. */
#define STATUS_SEEN(viewer)                                                                        \
	"CASE WHEN u.id = " viewer " OR " SHARES_SERVER(viewer) " THEN u.status ELSE 2 END"
#define STATUS_SEEN_IN(viewer, server)                                                             \
	"CASE WHEN u.id = " viewer " OR (" IN_SERVER(viewer, server) " AND " IN_SERVER(            \
		"u.id", server) ") OR " SHARES_SERVER(viewer) " THEN u.status ELSE 2 END"
_Static_assert(STATUS_OFFLINE == 2, "as STATUS_SEEN spells it");

#define CHANNEL_COLUMNS                                                                            \
	"c.id, c.server_id, c.name, c.description, c.created_at,"                                  \
	" (SELECT m.id FROM messages m WHERE m.channel_id = c.id AND m.deleted = 0"                \
	" ORDER BY m.id DESC LIMIT 1)"
#define CHANNEL_N 6

void channel_read(
	struct store *store, struct db_stmt *stmt, struct arena *arena, struct chat_channel *out);

/* As $1 may see it: the nonce is the author's own. `server` is the SQL of the message's server,
 * which is asked for first in what the two have in common. */
#define MESSAGE_COLUMNS(server)                                                                    \
	"m.id, m.channel_id, m.user_id, m.content, m.created_at, m.updated_at, m.is_edited,"       \
	" CASE WHEN m.user_id = $1 THEN m.nonce END, " USER_COLUMNS(STATUS_SEEN_IN("$1", server))
#define MESSAGE_N 8

void message_read(
	struct store *store, struct db_stmt *stmt, struct arena *arena, struct chat_message *out);

/* What a message's text mentions, resolved among the members of its place. */
void mentions_add(struct store *store, const struct place *place, int64_t message_id,
	int64_t author_id, const char *content, struct arena *arena);
void mentions_remove(struct store *store, int64_t message_id);

/* All that is read between these two is of one moment. In a transaction that is so anyway, and
 * snapshot_begin() is false; its answer goes to snapshot_end(), which ends like store_end(). */
bool snapshot_begin(struct store *store);
enum chat_err snapshot_end(struct store *store, bool begun, enum chat_err err);

/* Whether the user is in as many servers as it may be. */
bool user_is_full(struct store *store, int64_t user_id);

#endif
