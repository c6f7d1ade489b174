#include "db/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <chat/buf.h>
#include <chat/text.h>
#include "db/sqlite.h"

int64_t sqlite_number(sqlite3 *handle, const char *sql, int *code)
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

#define URL_PREFIX "sqlite:///"

/* The first bytes of SQLite's "Database File Format". */
#define MAGIC "SQLite format 3"
#define MARK_AT 68
#define HEADER_BYTES 100

enum chat_err file_refuse(struct buf *why, const char *path, const char *fault, const char *hint)
{
	buf_printf(why, "%s: %s: %s", path, fault, hint);
	return CHAT_ERR_CONFIG;
}

/* Only what is damaged is to be replaced: whoever does it otherwise throws away what a log has. */
static const char *hint_for(int code)
{
	switch (code & 0xff) {
	case SQLITE_NOTADB:
		return "move it aside, or set another DATABASE_URL";
	case SQLITE_CORRUPT:
		return "the database is damaged: keep a copy of it with what is beside it, then "
		       "restore a backup";
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return "another program has locked the database: end that one first";
	case SQLITE_FULL:
		return "make room on its disk";
	default:
		return "the database cannot be used: see that chatd's user may write its folder "
		       "and what is beside it (-wal, -shm), and that its disk is a local one, "
		       "works and has room";
	}
}

enum chat_err file_explain(sqlite3 *handle, const char *path, struct buf *why)
{
	int code = sqlite3_errcode(handle);

	return file_refuse(why, path,
		(code & 0xff) == SQLITE_NOTADB ? "not an SQLite database" : sqlite3_errmsg(handle),
		hint_for(code));
}

/* --- the path --- */

enum chat_err file_path(const char *what, const char *url, char *path, struct buf *why)
{
	const char *name = url + strlen(URL_PREFIX);
	int n;

	if (strncmp(url, URL_PREFIX, strlen(URL_PREFIX)) != 0 || *name == '\0' ||
		strcmp(name, ":memory:") == 0)
		return file_refuse(why, what, "not a file of SQLite",
			"write sqlite:///./name.db or sqlite:////absolute/name.db");
	/* SQLite would take a bare "file:name" for a URI. */
	n = snprintf(path, PATH_MAX, "%s%s", *name == '/' || *name == '.' ? "" : "./", name);
	if (n >= PATH_MAX)
		return file_refuse(why, what, "the path is too long", "use a shorter one");
	return CHAT_OK;
}

static bool is_there(const char *path, const char *suffix)
{
	char name[PATH_MAX + 16];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return stat(name, &st) == 0 && st.st_size > 0;
}

/* SQLite deletes a log whose database is missing or empty, with all that was promised in it. */
static enum chat_err refuse_log(const char *path, struct buf *why)
{
	return file_refuse(why, path, "its log (-wal) is there without it",
		"put the database back, or move the log aside");
}

/* It must not open a file that is there: closing it would end the locks that this process's other
 * connections hold on it (fcntl(2)). */
enum chat_err file_check(const char *path, enum db_mode mode, bool *made, struct buf *why)
{
	struct stat st;
	int fd;

	if (stat(path, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			return file_refuse(
				why, path, "not a file", "set DATABASE_URL to a file's name");
		if (access(path, mode == DB_READ_WRITE ? R_OK | W_OK : R_OK) == 0)
			return CHAT_OK;
		return file_refuse(why, path, strerror(errno),
			"give chatd's user access to the database, or set another DATABASE_URL");
	}
	if (errno != ENOENT)
		return file_refuse(
			why, path, strerror(errno), "set DATABASE_URL to a path in reach");
	if (is_there(path, "-wal"))
		return refuse_log(path, why);
	if (mode == DB_READ_ONLY)
		return file_refuse(why, path, "no such database", "start chatd once to make it");
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST) /* by another chatd, now */
		return CHAT_OK;
	if (fd < 0)
		return file_refuse(why, path, strerror(errno),
			"the database cannot be made: make its folder, or set another "
			"DATABASE_URL");
	close(fd);
	*made = true;
	return CHAT_OK;
}

/* --- its one writer --- */

/* Who has the flock(2) of a file: its pid, 0 if the kernel does not tell. */
static long lock_holder(int fd)
{
	FILE *locks = fopen("/proc/locks", "re");
	unsigned long long inode;
	struct stat st;
	char line[256];
	long pid, holder = 0;

	if (locks == NULL || fstat(fd, &st) != 0)
		goto out;
	while (holder == 0 && fgets(line, sizeof(line), locks) != NULL) {
		if (sscanf(line, "%*d: FLOCK %*s %*s %ld %*x:%*x:%llu", &pid, &inode) == 2 &&
			inode == st.st_ino)
			holder = pid;
	}
out:
	if (locks != NULL)
		fclose(locks);
	return holder;
}

enum chat_err file_lock(const char *path, int *lock, struct buf *why)
{
	char fault[64] = "another chatd uses it";
	long holder;

	*lock = open(path, O_RDONLY | O_CLOEXEC);
	if (*lock >= 0 && flock(*lock, LOCK_EX | LOCK_NB) == 0)
		return CHAT_OK;
	if (*lock < 0 || errno != EWOULDBLOCK)
		return file_refuse(why, path, strerror(errno),
			"the database cannot be locked: put it on a local disk");
	holder = lock_holder(*lock);
	if (holder > 0)
		snprintf(fault, sizeof(fault), "chatd with pid %ld uses it", holder);
	return file_refuse(why, path, fault, "end that one first, or set another DATABASE_URL");
}

/* --- whose it is --- */

int file_open_immutable(const char *path, sqlite3 **handle)
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

/* Reads by SQLite's own descriptor, which it closes when no lock depends on it. */
bool file_is_marked(sqlite3 *handle)
{
	unsigned char header[HEADER_BYTES];
	const unsigned char *mark = header + MARK_AT;
	sqlite3_file *file = NULL;

	if (sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
		file->pMethods == NULL ||
		file->pMethods->xRead(file, header, sizeof(header), 0) != SQLITE_OK)
		return false;
	return memcmp(header, MAGIC, sizeof(MAGIC)) == 0 &&
	       ((uint32_t)mark[0] << 24 | (uint32_t)mark[1] << 16 | (uint32_t)mark[2] << 8 |
		       mark[3]) == APPLICATION_ID;
}

bool file_has_beside(sqlite3 *handle, const char *suffix)
{
	/* Beside the target, where the path is a link. */
	return is_there(sqlite3_db_filename(handle, "main"), suffix);
}

static bool is_empty(sqlite3 *handle)
{
	struct stat st;

	return stat(sqlite3_db_filename(handle, "main"), &st) == 0 && st.st_size == 0;
}

static bool is_originals(sqlite3 *handle, int *code)
{
	return sqlite_number(handle,
		       "SELECT count(*) = 5 FROM sqlite_schema WHERE type = 'table' AND name IN "
		       "('users', 'servers', 'server_members', 'channels', 'messages')",
		       code) == 1;
}

static enum chat_err refuse_foreign(const char *path, bool originals, struct buf *why)
{
	if (originals)
		return file_refuse(why, path, "this is a database of the original backend",
			"it is left as it is: move it aside and run `chatd import` (see chatd "
			"--help)");
	return file_refuse(why, path, "this is another program's database",
		"it is left as it is: move it aside, or set another DATABASE_URL");
}

enum chat_err file_recognise(sqlite3 *handle, const char *path, struct buf *why)
{
	int code;
	int64_t id = sqlite_number(handle, "PRAGMA application_id", &code);
	int64_t tables = 0;
	bool originals = false;

	if (code == SQLITE_OK && id == APPLICATION_ID)
		return CHAT_OK;
	if (code == SQLITE_OK)
		tables = sqlite_number(handle, "SELECT count(*) FROM sqlite_schema", &code);
	if (code == SQLITE_OK)
		originals = is_originals(handle, &code);
	if (code != SQLITE_OK)
		return file_explain(handle, path, why);
	if (tables > 0 || id != 0)
		return refuse_foreign(path, originals, why);
	return CHAT_OK;
}

/*
 * A file with the mark is chatd's, even where its pages are of no use without the log: that is how
 * a crash in a checkpoint leaves it, and SQLite mends it. One without the mark is judged as it lies
 * there, and if part of it is beside it, it is another's: chatd writes nothing before the mark.
 */
enum chat_err file_look(const char *path, struct buf *why)
{
	sqlite3 *handle = NULL;
	enum chat_err err = CHAT_OK;
	int code;

	if (file_open_immutable(path, &handle) != SQLITE_OK)
		err = file_explain(handle, path, why);
	else if (file_is_marked(handle))
		err = CHAT_OK;
	else if (is_empty(handle))
		err = file_has_beside(handle, "-wal") ? refuse_log(path, why) : CHAT_OK;
	else if (file_has_beside(handle, "-wal") || file_has_beside(handle, "-journal"))
		err = refuse_foreign(path, is_originals(handle, &code), why);
	else
		err = file_recognise(handle, path, why);
	sqlite3_close(handle);
	return err;
}
