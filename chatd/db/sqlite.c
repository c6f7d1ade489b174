#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "db/file.h"
#include "db/sqlite.h"

#define SAVEPOINT_SQL "SAVEPOINT request"
#define RELEASE_SQL "RELEASE request"
#define UNDO_SQL "ROLLBACK TO request"

/* What stays of the pages that nothing uses: 4 MiB, and such a part of all. */
#define SPARE_PAGES 1024
#define SPARE_PART 16

enum chat_err db_open(struct db **out, const char *url, enum db_mode mode, struct buf *why)
{
	struct db *db = calloc(1, sizeof(*db));
	enum chat_err err = CHAT_ERR_NO_MEMORY;

	*out = NULL;
	if (db == NULL)
		goto out;
	db->mode = mode;
	db->lock = -1;
	db->failed.db = db;
	db->fault = "";
	err = sqlite_open(db, url, mode, why);
	if (err)
		goto out;
	*out = db;
	db = NULL;
out:
	db_close(db);
	return err;
}

void db_close(struct db *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < db->cache_size; i++) {
		if (db->cache[i] != NULL)
			sqlite3_finalize(db->cache[i]->handle);
		free(db->cache[i]);
	}
	free(db->cache);
	checkpoint_free(db->checkpoint);
	sqlite3_close(db->handle);
	if (db->lock >= 0)
		close(db->lock);
	free(db->path);
	free(db);
}

void db_discard(struct db *db)
{
	/* Only who is alone with a database can end its log, and may take the file away. */
	if (db != NULL) {
		db_rollback(db);
		checkpoint_free(db->checkpoint);
		db->checkpoint = NULL;
		(void)sqlite3_busy_timeout(db->handle, 0);
		if (db->made && sqlite3_exec(db->handle, "PRAGMA journal_mode = DELETE", NULL, NULL,
					NULL) == SQLITE_OK)
			(void)unlink(db->path);
	}
	db_close(db);
}

/* Whether the path names the same file as then; *now: what it is now. */
static bool is_same_file(const char *path, const struct stat *then, struct stat *now)
{
	return stat(path, now) == 0 && now->st_ino == then->st_ino && now->st_dev == then->st_dev;
}

bool db_is_unchanged(const struct db *db)
{
	const struct stat *then = &db->as_found;
	struct stat now;

	return is_same_file(db->path, then, &now) && now.st_size == then->st_size &&
	       now.st_mtim.tv_sec == then->st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == then->st_mtim.tv_nsec;
}

/* --- errors --- */

void sqlite_fail(struct db *db, int code, const char *what)
{
	if (db->status)
		return;
	switch (code & 0xff) {
	case SQLITE_ABORT:
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_NOMEM:
	case SQLITE_READONLY:
	case SQLITE_IOERR:
	case SQLITE_FULL:
	case SQLITE_CANTOPEN:
	case SQLITE_PROTOCOL:
		db->status = CHAT_ERR_UNAVAILABLE;
		break;
	default:
		db->status = CHAT_ERR_INTERNAL;
	}
	db->fault = sqlite3_errstr(code);
	snprintf(db->message, sizeof(db->message), "%s (SQLite's code %d) in: %s",
		sqlite3_extended_errcode(db->handle) == code ? sqlite3_errmsg(db->handle)
							     : sqlite3_errstr(code),
		code, what);
}

enum chat_err db_status(const struct db *db)
{
	return db->status;
}

const char *db_message(const struct db *db)
{
	return db->message;
}

const char *db_fault(const struct db *db)
{
	return db->fault;
}

void db_clear(struct db *db)
{
	db->status = CHAT_OK;
}

/* --- prepared statements --- */

static size_t cache_slot(struct db_stmt **cache, size_t size, const char *sql)
{
	/* Fibonacci hashing: the top bits of a product with 2^64 / the golden ratio. */
	size_t i = (size_t)(((uint64_t)(uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15)) >> 32);

	for (i &= size - 1; cache[i] != NULL && cache[i]->sql != sql; i = (i + 1) & (size - 1))
		continue;
	return i;
}

static bool cache_grow(struct db *db)
{
	size_t size = db->cache_size ? db->cache_size * 2 : 128;
	struct db_stmt **cache = calloc(size, sizeof(struct db_stmt *));

	if (cache == NULL)
		return false;
	for (size_t i = 0; i < db->cache_size; i++) {
		if (db->cache[i] != NULL)
			cache[cache_slot(cache, size, db->cache[i]->sql)] = db->cache[i];
	}
	free(db->cache);
	db->cache = cache;
	db->cache_size = size;
	return true;
}

/* Parameters are bound by position, so the i-th that the text mentions has to be called $i. */
static bool parameters_in_order(sqlite3_stmt *handle)
{
	int n = sqlite3_bind_parameter_count(handle);

	for (int i = 1; i <= n; i++) {
		char expected[16];

		snprintf(expected, sizeof(expected), "$%d", i);
		if (strcmp(sqlite3_bind_parameter_name(handle, i), expected) != 0)
			return false;
	}
	return true;
}

static struct db_stmt *stmt_new(struct db *db, const char *sql)
{
	struct db_stmt *stmt = calloc(1, sizeof(*stmt));
	int code = SQLITE_NOMEM;

	if (stmt != NULL)
		code = sqlite3_prepare_v3(
			db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt->handle, NULL);
	if (code != SQLITE_OK) {
		sqlite_fail(db, code, sql);
		free(stmt);
		return NULL;
	}
	assert(parameters_in_order(stmt->handle));
	stmt->db = db;
	stmt->sql = sql;
	stmt->writes = !sqlite3_stmt_readonly(stmt->handle);
	return stmt;
}

static struct db_stmt *stmt_get(struct db *db, const char *sql)
{
	size_t i;

	/* At most three quarters full, so that a search always ends at an empty slot. */
	if (db->n_cached * 4 >= db->cache_size * 3 && !cache_grow(db)) {
		sqlite_fail(db, SQLITE_NOMEM, sql);
		return NULL;
	}
	i = cache_slot(db->cache, db->cache_size, sql);
	if (db->cache[i] == NULL) {
		db->cache[i] = stmt_new(db, sql);
		db->n_cached += db->cache[i] != NULL;
	}
	return db->cache[i];
}

static int stmt_bind(struct db_stmt *stmt, const struct db_value *values, size_t n)
{
	int code = SQLITE_OK;

	assert((int)n == sqlite3_bind_parameter_count(stmt->handle));
	for (size_t i = 0; i < n && code == SQLITE_OK; i++) {
		if (values[i].is_text)
			code = sqlite3_bind_text(
				stmt->handle, (int)i + 1, values[i].text, -1, SQLITE_STATIC);
		else
			code = sqlite3_bind_int64(stmt->handle, (int)i + 1, values[i].number);
	}
	return code;
}

struct db_stmt *db_query_values(
	struct db *db, const char *sql, const struct db_value *values, size_t n)
{
	struct db_stmt *stmt;
	int code;

	if (db->status)
		return &db->failed;
	stmt = stmt_get(db, sql);
	if (stmt == NULL)
		return &db->failed;
	assert(!sqlite3_stmt_busy(stmt->handle));
	/* A change outside a transaction would be one of its own, which nobody commits or undoes:
	 * that is what is left of a batch after SQLite has rolled it back by itself. */
	if (stmt->writes && sqlite3_get_autocommit(db->handle)) {
		sqlite_fail(db, SQLITE_ABORT, "a change outside a transaction");
		return &db->failed;
	}
	code = stmt_bind(stmt, values, n);
	if (code != SQLITE_OK) {
		sqlite_fail(db, code, sql);
		return &db->failed;
	}
	return stmt;
}

bool db_step(struct db_stmt *stmt)
{
	int code;

	if (stmt->handle == NULL)
		return false;
	code = sqlite3_step(stmt->handle);
	if (code == SQLITE_ROW)
		return true;
	if (code != SQLITE_DONE)
		sqlite_fail(stmt->db, code, stmt->sql);
	return false;
}

int64_t db_int(struct db_stmt *stmt, int column)
{
	return sqlite3_column_int64(stmt->handle, column);
}

const char *db_text(struct db_stmt *stmt, int column)
{
	return (const char *)sqlite3_column_text(stmt->handle, column);
}

enum db_type db_type(struct db_stmt *stmt, int column)
{
	switch (sqlite3_column_type(stmt->handle, column)) {
	case SQLITE_NULL:
		return DB_TYPE_NULL;
	case SQLITE_INTEGER:
		return DB_TYPE_INT;
	case SQLITE_TEXT:
		return DB_TYPE_TEXT;
	default:
		return DB_TYPE_OTHER;
	}
}

size_t db_bytes(struct db_stmt *stmt, int column)
{
	return (size_t)sqlite3_column_bytes(stmt->handle, column);
}

void db_end(struct db_stmt *stmt)
{
	/* The failure of the last step, if it was one, is known already. */
	if (stmt->handle != NULL)
		(void)sqlite3_reset(stmt->handle);
}

int64_t db_run_values(struct db *db, const char *sql, const struct db_value *values, size_t n)
{
	struct db_stmt *stmt = db_query_values(db, sql, values, n);

	while (db_step(stmt))
		continue;
	db_end(stmt);
	return db->status ? -1 : sqlite3_changes64(db->handle);
}

int64_t db_changes(const struct db *db)
{
	return sqlite3_total_changes64(db->handle);
}

int64_t db_insert_values(struct db *db, const char *sql, const struct db_value *values, size_t n)
{
	if (db_run_values(db, sql, values, n) != 1)
		return 0;
	return sqlite3_last_insert_rowid(db->handle);
}

/* --- transactions --- */

/* Runs a statement of transaction control, whether or not an error sticks. */
static bool control(struct db *db, const char *sql)
{
	struct db_stmt *stmt = stmt_get(db, sql);
	int code;

	if (stmt == NULL)
		return false;
	code = sqlite3_step(stmt->handle);
	if (code != SQLITE_DONE)
		sqlite_fail(db, code, sql);
	(void)sqlite3_reset(stmt->handle);
	return code == SQLITE_DONE;
}

bool db_in_transaction(const struct db *db)
{
	return !sqlite3_get_autocommit(db->handle);
}

enum chat_err db_begin(struct db *db)
{
	assert(!db_in_transaction(db));
	db_clear(db);
	control(db, db->mode == DB_READ_WRITE ? "BEGIN IMMEDIATE" : "BEGIN");
	return db->status;
}

static int64_t number(struct db *db, const char *sql)
{
	struct db_stmt *stmt = db_query(db, sql);
	int64_t value = db_step(stmt) ? db_int(stmt, 0) : 0;

	db_end(stmt);
	return value;
}

int64_t db_shrink(struct db *db, int64_t max)
{
	int64_t all = number(db, "PRAGMA page_count");
	int64_t surplus = number(db, "PRAGMA freelist_count") - SPARE_PAGES - all / SPARE_PART;
	int64_t given = 0;
	struct db_stmt *stmt;

	/* The file itself is cut when the log is copied. */
	if (surplus <= 0) {
		if (db->checkpoint != NULL)
			checkpoint_now(db->checkpoint);
		return 0;
	}
	/* Each step moves one page. Of a database that was not made for it there is no first. */
	stmt = db_query(db, "PRAGMA incremental_vacuum");
	while (given < max && given < surplus && db_step(stmt))
		given++;
	db_end(stmt);
	return given;
}

void db_touch(struct db *db)
{
	db_run(db, MARK_SQL);
}

bool db_is_lost(const struct db *db)
{
	return db->is_lost;
}

/* Before a commit is acknowledged; a transaction of many requests can afford two stat(). */
static bool is_in_place(const struct db *db)
{
	const char *path = sqlite3_db_filename(db->handle, "main");
	struct stat now;

	return is_same_file(path, &db->as_found, &now) &&
	       is_same_file(sqlite3_filename_wal(path), &db->log_as_found, &now);
}

enum chat_err db_commit(struct db *db)
{
	if (db->mode == DB_READ_WRITE && !is_in_place(db)) {
		db->is_lost = true;
		sqlite_fail(db, SQLITE_READONLY_DBMOVED, "COMMIT");
		db->fault = "its file was moved, removed or replaced";
	}
	if (!db_in_transaction(db))
		sqlite_fail(db, SQLITE_ABORT, "COMMIT of what was rolled back");
	if (db->status || !control(db, "COMMIT"))
		db_rollback(db);
	return db->status;
}

void db_rollback(struct db *db)
{
	if (db_in_transaction(db))
		control(db, "ROLLBACK");
}

enum chat_err db_savepoint(struct db *db)
{
	/* Outside a transaction SQLite would begin one. */
	if (!db_in_transaction(db))
		sqlite_fail(db, SQLITE_ABORT, SAVEPOINT_SQL);
	if (!db->status)
		control(db, SAVEPOINT_SQL);
	return db->status;
}

enum chat_err db_release(struct db *db)
{
	if (!db_in_transaction(db))
		sqlite_fail(db, SQLITE_ABORT, RELEASE_SQL);
	if (!db->status)
		control(db, RELEASE_SQL);
	return db->status;
}

enum chat_err db_rollback_to_savepoint(struct db *db)
{
	/* With an error that ended the transaction there is nothing left to undo, and it sticks. */
	if (!db_in_transaction(db)) {
		sqlite_fail(db, SQLITE_ABORT, UNDO_SQL);
		return db->status;
	}
	db_clear(db);
	if (control(db, UNDO_SQL))
		control(db, RELEASE_SQL);
	return db->status;
}
