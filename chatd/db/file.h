#ifndef CHATD_FILE_H
#define CHATD_FILE_H

#include <sqlite3.h>
#include "db/db.h"

/*
 * The file of a database: whether there is one, and whose it is. That is asked before SQLite opens
 * it for good, since opening is more than looking: it replays a log or a journal that was left
 * beside the file, and another program's is not chatd's to touch.
 *
 * What can fail says in one line why, and what to do, and returns CHAT_ERR_CONFIG.
 */

/* "chat" in ASCII, at byte 68 of each of chatd's files. */
#define APPLICATION_ID 0x63686174
/* Makes the mark; again, it changes nothing, but writes the page. */
#define MARK_SQL "PRAGMA application_id = 0x63686174"

/* path: of PATH_MAX bytes. what: whose value the URL is. */
enum chat_err file_path(const char *what, const char *url, char *path, struct buf *why);

/* Sees to it that there is a file that can be used; *made: none was there. */
enum chat_err file_check(const char *path, enum db_mode mode, bool *made, struct buf *why);

/* Whether chatd may open the file: its own, or one that is empty. It is only read. */
enum chat_err file_look(const char *path, struct buf *why);

/*
 * Makes this process the file's one writer, by flock(2) on it: another chatd is refused with this
 * one's pid, other programs are not. *lock is to be closed after each of the process's connections
 * to the file, whose locks that ends (fcntl(2)).
 */
enum chat_err file_lock(const char *path, int *lock, struct buf *why);

/* The same as file_look() by what a connection sees. */
enum chat_err file_recognise(sqlite3 *handle, const char *path, struct buf *why);

/* Opens a file without being noticed: immutable=1 neither locks it nor makes the files -wal and
 * -shm beside it, nor reads what they have. *handle is to be closed in any case. */
int file_open_immutable(const char *path, sqlite3 **handle);

/* Whether the file itself has chatd's mark, whatever its log has. */
bool file_is_marked(sqlite3 *handle);

/* Whether there is something in the file of that suffix beside it. */
bool file_has_beside(sqlite3 *handle, const char *suffix);

enum chat_err file_refuse(struct buf *why, const char *path, const char *fault, const char *hint);

/* Refuses by the last error of a connection. */
enum chat_err file_explain(sqlite3 *handle, const char *path, struct buf *why);

#endif
