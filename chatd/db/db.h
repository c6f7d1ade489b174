#ifndef CHATD_DB_H
#define CHATD_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <chat/err.h>

struct buf;

/*
 * One connection to a database, used by one thread at a time. This is all that chatd asks of one;
 * SQL above this line is portable, with parameters $1, $2, … in order of their first use.
 *
 * Errors stick: after a failure every query yields no row until db_begin() or db_clear(), and
 * db_status() says what happened. So a function may query several times and ask once, before it
 * takes "no row" for an answer.
 */
struct db;
struct db_stmt;

/* DB_FOREIGN: another program's database, read as it lies there: neither locked nor written, and
 * nothing is made beside it. */
enum db_mode { DB_READ_WRITE, DB_READ_ONLY, DB_FOREIGN };

/*
 * Opens the database of a URL (sqlite:///./relative, sqlite:////absolute). DB_READ_WRITE makes it
 * if it is not there and brings its schema up to date; *why says in one line what is wrong and what
 * to do: a foreign file (another application_id), a newer schema, no access. DB_FOREIGN refuses
 * chatd's own files, and one with changes that are not in it yet.
 */
enum chat_err db_open(struct db **db, const char *url, enum db_mode mode, struct buf *why);
void db_close(struct db *db);

/* Closes the connection without a commit. If it was this one's db_open() that made the database,
 * and nobody else uses it by now, removes it. */
void db_discard(struct db *db);

/* Whether a DB_FOREIGN database is as it was when it was opened. */
bool db_is_unchanged(const struct db *db);

/* A parameter's value. The text must live until the statement is reset; NULL is SQL's NULL. */
struct db_value {
	bool is_text;
	int64_t number;
	const char *text;
};
#define DB_INT(value) ((struct db_value){false, (value), NULL})
#define DB_TEXT(value) ((struct db_value){true, 0, (value)})

/*
 * Starts a query; rows come by db_step(). sql is a string literal, or lives as long: the prepared
 * statement is kept by its address, for the life of the connection. Never NULL. Each query ends
 *with db_end(). A statement that changes something fails outside a transaction.
 *
 *	struct db_stmt *st = db_query(db, "SELECT name FROM servers WHERE id = $1", DB_INT(id));
 */
#define db_query(db, ...) DB_CALL_(db_query_values, db, __VA_ARGS__, DB_LAST_)

/* Runs a statement that returns no rows; the count of rows it changed, -1 if it failed. */
#define db_run(db, ...) DB_CALL_(db_run_values, db, __VA_ARGS__, DB_LAST_)

/* How many rows have been inserted, updated and deleted since it was opened. */
int64_t db_changes(const struct db *db);

/* Runs an INSERT of one row; the id it was given, 0 if a conflict let it do nothing or it failed.
 * For SQLite this costs half of what RETURNING does, which makes a table for its one row. */
#define db_insert(db, ...) DB_CALL_(db_insert_values, db, __VA_ARGS__, DB_LAST_)

struct db_stmt *db_query_values(
	struct db *db, const char *sql, const struct db_value *values, size_t n);
int64_t db_run_values(struct db *db, const char *sql, const struct db_value *values, size_t n);
int64_t db_insert_values(struct db *db, const char *sql, const struct db_value *values, size_t n);

/* The next row: true. No more rows, or a failure: false. */
bool db_step(struct db_stmt *stmt);

/* The row's columns, from 0. A text is valid until the next step; NULL for SQL's NULL. */
int64_t db_int(struct db_stmt *stmt, int column);
const char *db_text(struct db_stmt *stmt, int column);

/* What a column really holds, where no schema of chatd's says it; and a text's bytes, which may
 * include NULs. */
enum db_type { DB_TYPE_NULL, DB_TYPE_INT, DB_TYPE_TEXT, DB_TYPE_OTHER };
enum db_type db_type(struct db_stmt *stmt, int column);
size_t db_bytes(struct db_stmt *stmt, int column);

void db_end(struct db_stmt *stmt);

/* CHAT_OK, or the first error since it was last cleared: CHAT_ERR_UNAVAILABLE (full, locked,
 * unreachable) or CHAT_ERR_INTERNAL. db_message() says more, for the log. */
enum chat_err db_status(const struct db *db);
const char *db_message(const struct db *db);
/* What kind of failure that is, without the query: static. */
const char *db_fault(const struct db *db);
void db_clear(struct db *db);

/*
 * A transaction, and savepoints in it. db_commit() returns after the data is on disk (fsync).
 * db_in_transaction() asks the database: after a full disk or an I/O error SQLite has rolled the
 * whole transaction back by itself, savepoints included, and nothing of it may be acknowledged.
 */
enum chat_err db_begin(struct db *db);
enum chat_err db_commit(struct db *db);
void db_rollback(struct db *db);
enum chat_err db_savepoint(struct db *db);
enum chat_err db_release(struct db *db);
enum chat_err db_rollback_to_savepoint(struct db *db);
bool db_in_transaction(const struct db *db);

/* Gives up to max pages that nothing uses any more back to the file system, once there are many: a
 * few are kept for what comes next. How many were given; 0 when it is done, and then the log is
 * copied, which makes the file shorter. */
int64_t db_shrink(struct db *db, int64_t max);

/* Has the transaction write something that changes nothing. */
void db_touch(struct db *db);

/* Whether a commit found that the database's file, or its log, was moved, removed or replaced since
 * it was opened: what is written from then on would be found by nobody, so no commit succeeds. */
bool db_is_lost(const struct db *db);

#define DB_LAST_ ((struct db_value){0})
#define DB_CALL_(function, db, sql, ...)                                                           \
	function((db), (sql), (const struct db_value[]){__VA_ARGS__},                              \
		sizeof(((struct db_value[]){__VA_ARGS__})) / sizeof(struct db_value) - 1)

#endif
