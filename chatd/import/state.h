#ifndef CHATD_IMPORT_STATE_H
#define CHATD_IMPORT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <chat/arena.h>
#include "import/report.h"
#include "import/source.h"

struct db;

/* What later rows have to know of a user, server or channel that was imported. */
struct entry {
	int64_t id;
	size_t server; /* of a channel: its place among the servers */
	int64_t owner; /* of a server: a user's id, ... */
	bool is_owned; /* ... and whether that one's membership was imported */
	int64_t rev;   /* of a server: the last that was given */
	int count;     /* of a server: its channels; of a user: the servers it is in */
};

/* Ascending by id. */
struct entries {
	struct entry *items;
	size_t count, capacity;
};

struct import {
	struct source *source;
	struct db *target;
	struct report report;
	struct counts counts[SOURCE_TABLES];
	struct entries users, servers, channels;
	int64_t newest;         /* message: all up to here counts as read */
	struct arena row_arena; /* what dies with a row */
	bool no_memory;
};

/* rows.c: the taker of each table. Writes the row to the target; or finds a fault in it, writes
 * nothing, and leaves the fault in the row. */
typedef void take_fn(struct import *import, struct row *row);
take_fn take_user, take_server, take_channel, take_message, take_member;

/* rows.c: what is only known after the last row: memberships that owners lack, the servers' revs.
 */
void take_rest(struct import *import);

/* The first column of the first row that a query on the target gives; 0 without one. */
int64_t import_number(struct db_stmt *stmt);

#endif
