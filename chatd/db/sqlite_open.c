#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <chat/buf.h>
#include <chat/text.h>
#include "db/migrations.h"
#include "db/sqlite.h"

/* "chat" in ASCII, at byte 68 of each of chatd's files. */
#define APPLICATION_ID 0x63686174

#define URL_PREFIX "sqlite:///"

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

static enum chat_err refuse(struct buf *why, const char *path, const char *fault, const char *hint)
{
	buf_printf(why, "%s: %s: %s", path, fault, hint);
	return CHAT_ERR_CONFIG;
}

/* --- the file --- */

/* what: whose value the URL is, for the error. */
static enum chat_err path_of_url(
	const char *what, const char *url, char path[PATH_MAX], struct buf *why)
{
	const char *name = url + strlen(URL_PREFIX);
	int n;

	if (strncmp(url, URL_PREFIX, strlen(URL_PREFIX)) != 0 || *name == '\0' ||
		strcmp(name, ":memory:") == 0)
		return refuse(why, what, "not a file of SQLite",
			"write sqlite:///./name.db or sqlite:////absolute/name.db");
	/* SQLite would take a bare "file:name" for a URI. */
	n = snprintf(path, PATH_MAX, "%s%s", *name == '/' || *name == '.' ? "" : "./", name);
	if (n >= PATH_MAX)
		return refuse(why, what, "the path is too long", "use a shorter one");
	return CHAT_OK;
}

/*
 * Sees to it that there is a file that can be used. It must not open one that is there: closing it
 * would end the locks that this process's other connections hold on it (fcntl(2)).
 */
static enum chat_err file_check(const char *path, enum db_mode mode, bool *made, struct buf *why)
{
	struct stat st;
	int fd;

	if (stat(path, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			return refuse(why, path, "not a file", "set DATABASE_URL to a file's name");
		if (access(path, mode == DB_READ_WRITE ? R_OK | W_OK : R_OK) == 0)
			return CHAT_OK;
		return refuse(why, path, strerror(errno),
			"give chatd's user access to the database, or set another DATABASE_URL");
	}
	if (errno != ENOENT)
		return refuse(why, path, strerror(errno), "set DATABASE_URL to a path in reach");
	if (mode == DB_READ_ONLY)
		return refuse(why, path, "no such database", "start chatd once to make it");
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return refuse(why, path, strerror(errno),
			"the database cannot be made: make its folder, or set another "
			"DATABASE_URL");
	close(fd);
	*made = true;
	return CHAT_OK;
}

/* --- what is in it --- */

static int64_t number(sqlite3 *handle, const char *sql, int *code)
{
	sqlite3_stmt *stmt = NULL;
	int64_t value = 0;

	*code = sqlite3_prepare_v2(handle, sql, -1, &stmt, NULL);
	if (*code == SQLITE_OK) {
		*code = sqlite3_step(stmt);
		value = sqlite3_column_int64(stmt, 0);
		*code = *code == SQLITE_ROW ? SQLITE_OK : *code;
	}
	sqlite3_finalize(stmt);
	return value;
}

/* Whether chatd may use the file: its own, or one that is empty. */
static enum chat_err recognise(sqlite3 *handle, const char *path, struct buf *why)
{
	int code;
	int64_t id = number(handle, "PRAGMA application_id", &code);
	int64_t tables = 0, original = 0;

	if (code == SQLITE_OK && id == APPLICATION_ID)
		return CHAT_OK;
	if (code == SQLITE_OK)
		tables = number(handle, "SELECT count(*) FROM sqlite_schema", &code);
	if (code == SQLITE_OK)
		original = number(handle,
			"SELECT count(*) = 5 FROM sqlite_schema WHERE type = 'table' AND name IN "
			"('users', 'servers', 'server_members', 'channels', 'messages')",
			&code);
	if (code == SQLITE_NOTADB)
		return refuse(why, path, "not an SQLite database",
			"move it aside, or set another DATABASE_URL");
	if (code != SQLITE_OK)
		return refuse(why, path, sqlite3_errmsg(handle),
			"the database cannot be read: restore it from a backup, or set another "
			"DATABASE_URL");
	if (original)
		return refuse(why, path, "this is a database of the original backend",
			"it is left as it is: move it aside and run `chatd import` (see chatd "
			"--help)");
	if (tables > 0 || id != 0)
		return refuse(why, path, "this is another program's database",
			"it is left as it is: move it aside, or set another DATABASE_URL");
	return CHAT_OK;
}

/* Opens a file without being noticed: immutable=1 neither locks it nor makes the files -wal and
 * -shm beside it. *handle is to be closed in any case. */
static int open_immutable(const char *path, sqlite3 **handle)
{
	struct buf uri;
	int code = SQLITE_NOMEM;

	buf_init(&uri, (size_t)PATH_MAX * 3 + 32);
	buf_puts(&uri, "file:");
	text_percent_encode(&uri, path);
	if (buf_puts(&uri, "?immutable=1"))
		code = sqlite3_open_v2(buf_str(&uri), handle,
			SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
	buf_release(&uri);
	return code;
}

/* Looks at the file before anything is opened for good. */
static enum chat_err look(const char *path, struct buf *why)
{
	sqlite3 *handle = NULL;
	enum chat_err err;

	if (open_immutable(path, &handle) == SQLITE_OK)
		err = recognise(handle, path, why);
	else
		err = refuse(why, path, sqlite3_errmsg(handle),
			"the database cannot be opened: set another DATABASE_URL");
	sqlite3_close(handle);
	return err;
}

/* --- the schema --- */

/* One step in one transaction; another process may have taken it meanwhile. */
static int migrate_step(sqlite3 *handle, const struct migration *step)
{
	char set_version[64];
	int code = sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	int64_t version = 0;

	if (code == SQLITE_OK)
		version = number(handle, "PRAGMA user_version", &code);
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
	int64_t version = number(handle, "PRAGMA user_version", &code);

	if (code == SQLITE_OK && version > latest) {
		buf_printf(why,
			"%s: its schema is version %d, and this chatd knows %d: run the newer "
			"chatd that made it, or restore a backup from before",
			path, (int)version, latest);
		return CHAT_ERR_CONFIG;
	}
	if (code == SQLITE_OK && version < latest && mode == DB_READ_ONLY)
		return refuse(why, path, "its schema is an older one",
			"start chatd once to bring it up to date");
	for (size_t i = 0; i < n_migrations && code == SQLITE_OK; i++) {
		if (migrations[i].version > version)
			code = migrate_step(handle, &migrations[i]);
	}
	if (code != SQLITE_OK)
		return refuse(why, path, sqlite3_errmsg(handle),
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
	return values[0] == NULL || strcmp(values[0], expected) != 0;
}

/* Marks a new file as chatd's, and has it written by way of a log. */
static int claim(sqlite3 *handle)
{
	static char wal[] = "wal";
	char mark[64];
	int code;

	if (number(handle, "PRAGMA application_id", &code) != APPLICATION_ID && code == SQLITE_OK) {
		snprintf(mark, sizeof(mark), "PRAGMA application_id = %d", APPLICATION_ID);
		code = sqlite3_exec(handle, mark, NULL, NULL, NULL);
	}
	if (code == SQLITE_OK)
		code = sqlite3_exec(handle, "PRAGMA journal_mode = WAL", text_is, wal, NULL);
	return code;
}

/* Opens chatd's own database. */
static enum chat_err open_own(struct db *db, const char *path, enum db_mode mode, struct buf *why)
{
	int flags = mode == DB_READ_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
	enum chat_err err = file_check(path, mode, &db->made, why);

	if (!err)
		err = look(path, why);
	if (err)
		return err;
	if (sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
		sqlite3_extended_result_codes(db->handle, 1) != SQLITE_OK ||
		sqlite3_exec(db->handle, settings, NULL, NULL, NULL) != SQLITE_OK)
		goto failed;
	err = recognise(db->handle, path, why);
	if (err)
		return err;
	if (mode == DB_READ_WRITE && claim(db->handle) != SQLITE_OK)
		goto failed;
	if (mode == DB_READ_WRITE)
		db->checkpoint = checkpoint_new(db->handle, path);
	return schema_check(db->handle, path, mode, why);
failed:
	return refuse(why, path, sqlite3_errmsg(db->handle),
		"the database cannot be used: see that its folder can be written and is on a "
		"local disk");
}

/* Whether there is something in path's neighbour of that suffix. */
static bool has_beside(const char *path, const char *suffix)
{
	char name[PATH_MAX + 16];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return stat(name, &st) == 0 && st.st_size > 0;
}

static enum chat_err open_foreign(struct db *db, const char *path, struct buf *why)
{
	int code;
	int64_t id;

	if (stat(path, &db->as_found) != 0 || access(path, R_OK) != 0)
		return refuse(why, path, strerror(errno), "name the database to read");
	if (open_immutable(path, &db->handle) != SQLITE_OK)
		return refuse(why, path, sqlite3_errmsg(db->handle), "name the database to read");
	id = number(db->handle, "PRAGMA application_id", &code);
	if (code == SQLITE_OK && id == APPLICATION_ID)
		return refuse(why, path, "this is chatd's own database",
			"name the database of the original backend");
	if (has_beside(path, "-wal") || has_beside(path, "-journal"))
		return refuse(why, path, "not all of its changes are in it, some are beside it",
			"stop the program that uses it, then run `sqlite3 FILE 'PRAGMA "
			"wal_checkpoint(TRUNCATE)'`");
	if (code == SQLITE_OK)
		(void)number(db->handle, "SELECT count(*) FROM sqlite_schema", &code);
	if (code != SQLITE_OK)
		return refuse(why, path, sqlite3_errmsg(db->handle), "name the database to read");
	return CHAT_OK;
}

enum chat_err sqlite_open(struct db *db, const char *url, enum db_mode mode, struct buf *why)
{
	char path[PATH_MAX];
	enum chat_err err = path_of_url(mode == DB_FOREIGN ? url : "DATABASE_URL", url, path, why);

	if (err)
		return err;
	db->path = strdup(path);
	if (db->path == NULL)
		return CHAT_ERR_NO_MEMORY;
	pthread_once(&configured, configure);
	return mode == DB_FOREIGN ? open_foreign(db, path, why) : open_own(db, path, mode, why);
}
