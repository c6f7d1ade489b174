#ifndef CHATD_CHECKPOINT_H
#define CHATD_CHECKPOINT_H

#include <sqlite3.h>

/*
 * Copies what was committed from a database's log back into its file, beside the writer: the log
 * would be begun anew by a commit that copies all of it, and everybody waits for that one, a second
 * or more on a slow disk. Here a thread with a connection of its own copies most of it, and the
 * writer the little that it wrote meanwhile.
 */
struct checkpoint;

/* For the connection that writes. The thread is started when the log is long enough for the first
 * time. NULL without memory: then commits copy the log, as SQLite does by itself. */
struct checkpoint *checkpoint_new(sqlite3 *writer);

/* Has what is committed copied beside the writer now, however short the log is. Its thread. */
void checkpoint_now(struct checkpoint *checkpoint);

/* Ends the thread and copies all of the log, so that the file alone is the database; before the
 * writer's connection is closed. NULL is nothing. */
void checkpoint_free(struct checkpoint *checkpoint);

#endif
