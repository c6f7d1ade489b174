#ifndef CHATD_IMPORT_H
#define CHATD_IMPORT_H

#include <stdbool.h>

/*
 * What `chatd import` does: takes users, servers, members, channels and messages, with their ids,
 * out of the original backend's database at `from`, which is only read, into chatd's own at `to`,
 * which must have no users yet. One transaction: all of it or nothing.
 *
 * Each row that does not fit is named on standard error, and so is each that was made to fit. Rows
 * that do not fit stop the import, unless skip_bad says to go on without them. At the end a table
 * of counts goes to standard output. Returns the program's exit status.
 */
int import_run(const char *from, const char *to, bool skip_bad);

#endif
