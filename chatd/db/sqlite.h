#ifndef CHATD_SQLITE_H
#define CHATD_SQLITE_H

#include <sys/stat.h>
#include <sqlite3.h>
#include "db/checkpoint.h"
#include "db/db.h"

/* What sqlite.c (queries and transactions), sqlite_open.c (connections and schemas) and file.c
 * (whose a file is) share. */

struct db_stmt {
	struct db *db;
	const char *sql; /* the literal: its address is the key */
	sqlite3_stmt *handle;
	bool writes;
};

struct db {
	sqlite3 *handle;
	struct checkpoint *checkpoint; /* of DB_READ_WRITE */
	enum db_mode mode;
	char *path;
	int lock;                 /* of DB_READ_WRITE, from file_lock(); or -1 */
	bool made;                /* this connection's opening made the file */
	struct stat as_found;     /* the file, when it was opened */
	struct stat log_as_found; /* of DB_READ_WRITE */
	bool is_lost;
	struct db_stmt **cache; /* by address of the SQL, open addressing */
	size_t cache_size;      /* a power of two, or 0 */
	size_t n_cached;
	struct db_stmt failed; /* what a query that failed returns: it has no rows */
	enum chat_err status;
	char message[256];
	const char *fault; /* static */
};

/* Takes note of what a call of SQLite returned, if it is the first failure. what: static. */
void sqlite_fail(struct db *db, int code, const char *what);

/* The one number that a query yields, as long as *code is SQLITE_OK. */
int64_t sqlite_number(sqlite3 *handle, const char *sql, int *code);

/* Opens the file and sets the connection up; the schema is as the file has it. */
enum chat_err sqlite_open(struct db *db, const char *url, enum db_mode mode, struct buf *why);

#endif
