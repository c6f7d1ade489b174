#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <chat/buf.h>
#include <chat/time.h>
#include "db/db.h"
#include "import/import.h"
#include "import/state.h"

#define WHY_BYTES 2048

static take_fn *const takers[SOURCE_TABLES] = {
	[SOURCE_USERS] = take_user,
	[SOURCE_SERVERS] = take_server,
	[SOURCE_MEMBERS] = take_member,
	[SOURCE_CHANNELS] = take_channel,
	[SOURCE_MESSAGES] = take_message,
};

static enum chat_err failure_of(const struct import *import, struct buf *why)
{
	if (import->no_memory)
		return CHAT_ERR_NO_MEMORY;
	if (db_status(import->target))
		buf_printf(why, "the database cannot be written: %s", db_message(import->target));
	return db_status(import->target);
}

/* The target may be new, or one that nobody has used yet. */
static enum chat_err open_target(struct import *import, const char *url, struct buf *why)
{
	enum chat_err err = db_open(&import->target, url, DB_READ_WRITE, why);
	bool used;

	if (!err)
		err = db_begin(import->target);
	if (err)
		return import->target == NULL ? err : failure_of(import, why);
	used = import_number(db_query(import->target, "SELECT id FROM users LIMIT 1")) != 0;
	if (!used)
		return failure_of(import, why);
	buf_printf(why,
		"%s has users already: an import needs a new database, so set another "
		"DATABASE_URL, or move this one aside",
		url);
	return CHAT_ERR_CONFIG;
}

static enum chat_err take_table(struct import *import, enum source_table table, struct buf *why)
{
	struct counts *counts = &import->counts[table];
	struct row row;
	enum chat_err err = CHAT_OK;

	row_begin(&row, import->source, table);
	while (!err && row_next(&row)) {
		int64_t merged = counts->merged;

		counts->read++;
		report_progress(&import->report, &row);
		if (row.fault[0] == '\0')
			takers[table](import, &row);
		if (row.fault[0] != '\0') {
			report_fault(&import->report, &row);
			counts->left_out++;
		} else if (counts->merged == merged) {
			counts->imported++;
		}
		arena_reset(&import->row_arena);
		err = failure_of(import, why);
	}
	row_end(&row);
	return err;
}

/* --- the end --- */

/* How many rows of a table are in the target now. */
static int64_t count_target(struct db *db, enum source_table table)
{
	switch (table) {
	case SOURCE_USERS:
		return import_number(db_query(db, "SELECT count(*) FROM users"));
	case SOURCE_SERVERS:
		return import_number(db_query(db, "SELECT count(*) FROM servers"));
	case SOURCE_MEMBERS:
		return import_number(db_query(db, "SELECT count(*) FROM members"));
	case SOURCE_CHANNELS:
		return import_number(db_query(db, "SELECT count(*) FROM channels"));
	case SOURCE_MESSAGES:
		return import_number(db_query(db, "SELECT count(*) FROM messages"));
	case SOURCE_TABLES:
		break;
	}
	return -1;
}

/* Counts both sides once more: what was read is all that there is, and what was written is there.
 */
static enum chat_err check_counts(struct import *import, struct buf *why)
{
	for (enum source_table table = 0; table < SOURCE_TABLES; table++) {
		const struct counts *c = &import->counts[table];
		int64_t in_source = source_count(import->source, table);
		int64_t in_target = count_target(import->target, table);

		if (in_source == c->read && in_target == c->imported + c->added)
			continue;
		buf_printf(why,
			"the counts of %s differ: %lld in the source, %lld read; %lld in the "
			"target, %lld written",
			source_name(table), (long long)in_source, (long long)c->read,
			(long long)in_target, (long long)(c->imported + c->added));
		return CHAT_ERR_INTERNAL;
	}
	return CHAT_OK;
}

static enum chat_err check_fit(const struct import *import, bool skip_bad, struct buf *why)
{
	int64_t left_out = 0;

	for (enum source_table table = 0; table < SOURCE_TABLES; table++)
		left_out += import->counts[table].left_out;
	if (left_out == 0 || skip_bad)
		return CHAT_OK;
	buf_printf(why,
		"%lld of the rows do not fit, so none were imported: mend them in a copy of the "
		"database and import that, or go on without them by --skip-bad",
		(long long)left_out);
	return CHAT_ERR_CONFIG;
}

static enum chat_err run(
	struct import *import, const char *from, const char *to, bool skip_bad, struct buf *why)
{
	int64_t total = 0;
	enum chat_err err = source_open(&import->source, from, why);

	if (!err)
		err = open_target(import, to, why);
	for (enum source_table table = 0; table < SOURCE_TABLES && !err; table++)
		total += source_count(import->source, table);
	report_init(&import->report, total);
	for (enum source_table table = 0; table < SOURCE_TABLES && !err; table++)
		err = take_table(import, table, why);
	if (!err) {
		take_rest(import);
		err = failure_of(import, why);
	}
	report_clear(&import->report);
	if (!err)
		err = source_status(import->source, why);
	if (!err)
		err = check_fit(import, skip_bad, why);
	if (!err)
		err = check_counts(import, why);
	if (!err && db_commit(import->target) != CHAT_OK)
		err = failure_of(import, why);
	return err;
}

int import_run(const char *from, const char *to, bool skip_bad)
{
	int64_t start = time_mono_us();
	struct import *import = calloc(1, sizeof(*import));
	enum chat_err err = CHAT_ERR_NO_MEMORY;
	struct buf why;

	buf_init(&why, WHY_BYTES);
	if (import != NULL)
		err = run(import, from, to, skip_bad, &why);
	if (err == CHAT_OK) {
		report_counts(import->counts);
		printf("Imported into %s in %.1f s; the counts agree. Keep SECRET_KEY as it was, "
		       "and logins go on.\n",
			to, (double)(time_mono_us() - start) / 1e6);
	} else {
		fprintf(stderr, "chatd import: %s\n",
			why.len > 0 ? buf_str(&why) : err_info(err)->detail);
	}
	if (import != NULL) {
		if (err == CHAT_OK)
			db_close(import->target);
		else
			db_discard(import->target);
		source_close(import->source);
		arena_release(&import->row_arena);
		free(import->users.items);
		free(import->servers.items);
		free(import->channels.items);
		free(import);
	}
	buf_release(&why);
	return err == CHAT_OK && fflush(stdout) == 0 ? 0 : 1;
}
