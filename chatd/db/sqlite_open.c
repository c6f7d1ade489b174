#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <chat/buf.h>
#include "db/file.h"
#include "db/migrations.h"
#include "db/sqlite.h"

/* Not mmap_size: it makes old pages 30% cheaper to read, but a disk's error then kills the process
 * where it could have answered 503. */
static const char settings[] = "PRAGMA busy_timeout = 5000;"
			       "PRAGMA foreign_keys = ON;"
			       "PRAGMA trusted_schema = OFF;"
			       "PRAGMA synchronous = FULL;"
			       "PRAGMA cache_size = -16384;"
			       "PRAGMA journal_size_limit = 67108864;";

/* The old pages of a savepoint stay in memory, without a bound: a request changes few. (A bound
 * above 128 KiB would make a savepoint that passes it fail as if the disk were full: SQLite 3.40
 * writes what it kept in one piece, of whose length its Unix layer takes the lower 17 bits.) */
#define SAVEPOINT_BYTES (-1)

/* --- the schema --- */

/* One step in one transaction; another process may have taken it meanwhile. */
static int migrate_step(sqlite3 *handle, const struct migration *step)
{
	char set_version[64];
	int code = sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	int64_t version = 0;

	if (code == SQLITE_OK)
		version = sqlite_number(handle, "PRAGMA user_version", &code);
	if (code == SQLITE_OK && version < step->version) {
		snprintf(set_version, sizeof(set_version), "PRAGMA user_version = %d",
			step->version);
		code = sqlite3_exec(handle, step->sql, NULL, NULL, NULL);
		if (code == SQLITE_OK)
			code = sqlite3_exec(handle, set_version, NULL, NULL, NULL);
	}
	if (code == SQLITE_OK)
		code = sqlite3_exec(handle, "COMMIT", NULL, NULL, NULL);
	return code;
}

static enum chat_err schema_check(
	sqlite3 *handle, const char *path, enum db_mode mode, struct buf *why)
{
	int latest = migrations[n_migrations - 1].version;
	int code;
	int64_t version = sqlite_number(handle, "PRAGMA user_version", &code);

	if (code == SQLITE_OK && version > latest) {
		buf_printf(why,
			"%s: its schema is version %d, and this chatd knows %d: run the newer "
			"chatd that made it, or restore a backup from before",
			path, (int)version, latest);
		return CHAT_ERR_CONFIG;
	}
	if (code == SQLITE_OK && version < latest && mode == DB_READ_ONLY)
		return file_refuse(why, path, "its schema is an older one",
			"start chatd once to bring it up to date");
	for (size_t i = 0; i < n_migrations && code == SQLITE_OK; i++) {
		if (migrations[i].version > version)
			code = migrate_step(handle, &migrations[i]);
	}
	if (code != SQLITE_OK)
		return file_refuse(why, path, sqlite3_errmsg(handle),
			"the schema could not be brought up to date; nothing was changed");
	return CHAT_OK;
}

/* --- the connection --- */

static pthread_once_t configured = PTHREAD_ONCE_INIT;

/* Without counting its memory SQLite needs no lock around malloc(). */
static void configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, SAVEPOINT_BYTES);
}

static int text_is(void *expected, int n, char **values, char **names)
{
	(void)n;
	(void)names;
	return values[0] == NULL || strcmp(values[0], *(const char **)expected) != 0;
}

static int set_journal(sqlite3 *handle, const char *sql, const char *mode)
{
	return sqlite3_exec(handle, sql, text_is, &mode, NULL);
}

/* Makes a new file chatd's: one that can shrink, that has its mark, and that is written by way of a
 * log. (To be able to shrink costs a message one page more in fifty.) The mark goes into the file
 * itself: by it file_look() knows the file, whatever state a crash leaves the rest in. */
static int claim(sqlite3 *handle)
{
	/* In one transaction: the first pragma alone would leave a file without the mark. */
	static const char claim_sql[] =
		"BEGIN; PRAGMA auto_vacuum = INCREMENTAL; " MARK_SQL "; COMMIT";
	int code;
	bool marked = sqlite_number(handle, "PRAGMA application_id", &code) == APPLICATION_ID;

	if (code == SQLITE_OK && !marked) {
		code = set_journal(handle, "PRAGMA journal_mode = DELETE", "delete");
		if (code == SQLITE_OK)
			code = sqlite3_exec(handle, claim_sql, NULL, NULL, NULL);
	}
	if (code == SQLITE_OK)
		code = set_journal(handle, "PRAGMA journal_mode = WAL", "wal");
	return code;
}

/* Opens chatd's own database. */
static enum chat_err open_own(struct db *db, const char *path, enum db_mode mode, struct buf *why)
{
	int flags = mode == DB_READ_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
	enum chat_err err = file_check(path, mode, &db->made, why);

	if (!err)
		err = file_look(path, why);
	if (!err && mode == DB_READ_WRITE)
		err = file_lock(path, &db->lock, why);
	if (err)
		return err;
	if (sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
		sqlite3_extended_result_codes(db->handle, 1) != SQLITE_OK ||
		sqlite3_exec(db->handle, settings, NULL, NULL, NULL) != SQLITE_OK)
		return file_explain(db->handle, path, why);
	err = file_recognise(db->handle, path, why);
	if (err)
		return err;
	if (mode == DB_READ_WRITE && claim(db->handle) != SQLITE_OK)
		return file_explain(db->handle, path, why);
	err = schema_check(db->handle, path, mode, why);
	if (err || mode == DB_READ_ONLY)
		return err;
	db->checkpoint = checkpoint_new(db->handle);
	if (stat(sqlite3_db_filename(db->handle, "main"), &db->as_found) != 0 ||
		stat(sqlite3_filename_wal(sqlite3_db_filename(db->handle, "main")),
			&db->log_as_found) != 0)
		return file_refuse(why, path, strerror(errno), "start again");
	return CHAT_OK;
}

static enum chat_err open_foreign(struct db *db, const char *path, struct buf *why)
{
	int code;

	if (stat(path, &db->as_found) != 0 || access(path, R_OK) != 0)
		return file_refuse(why, path, strerror(errno), "name the database to read");
	if (file_open_immutable(path, &db->handle) != SQLITE_OK)
		return file_refuse(
			why, path, sqlite3_errmsg(db->handle), "name the database to read");
	if (file_is_marked(db->handle))
		return file_refuse(why, path, "this is chatd's own database",
			"name the database of the original backend");
	if (file_has_beside(db->handle, "-wal") || file_has_beside(db->handle, "-journal"))
		return file_refuse(why, path,
			"not all of its changes are in it, some are beside it",
			"stop the program that uses it, then run `sqlite3 FILE 'PRAGMA "
			"wal_checkpoint(TRUNCATE)'`");
	(void)sqlite_number(db->handle, "SELECT count(*) FROM sqlite_schema", &code);
	if (code != SQLITE_OK)
		return file_refuse(
			why, path, sqlite3_errmsg(db->handle), "name the database to read");
	return CHAT_OK;
}

enum chat_err sqlite_open(struct db *db, const char *url, enum db_mode mode, struct buf *why)
{
	char path[PATH_MAX];
	enum chat_err err = file_path(mode == DB_FOREIGN ? url : "DATABASE_URL", url, path, why);

	if (err)
		return err;
	db->path = strdup(path);
	if (db->path == NULL)
		return CHAT_ERR_NO_MEMORY;
	pthread_once(&configured, configure);
	return mode == DB_FOREIGN ? open_foreign(db, path, why) : open_own(db, path, mode, why);
}
