#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/limits.h>
#include <chat/text.h>
#include <chat/time.h>
#include "db/db.h"
#include "import/source.h"

#define SPELLINGS_MAX 3
#define SQL_BYTES 1024

struct column {
	const char *names[SPELLINGS_MAX]; /* the first that the table has is taken */
	bool optional;
};

struct table {
	const char *name;
	struct column columns[SOURCE_COLUMNS_MAX]; /* up to the first without a name */
};

struct source {
	struct db *db;
	struct arena arena;                                     /* what follows */
	const char *columns[SOURCE_TABLES][SOURCE_COLUMNS_MAX]; /* as found; NULL: not there */
	const char *rows_sql[SOURCE_TABLES];
	const char *count_sql[SOURCE_TABLES];
};

static const struct table tables[SOURCE_TABLES] = {
	[SOURCE_USERS] = {"users",
		{
			[USER_ID] = {{"id"}, false},
			[USER_NAME] = {{"username"}, false},
			[USER_EMAIL] = {{"email"}, false},
			[USER_HASH] = {{"hashed_password", "password_hash"}, false},
			[USER_STATUS] = {{"status"}, true},
			[USER_CREATED] = {{"created_at"}, false},
		}},
	[SOURCE_SERVERS] = {"servers",
		{
			[SERVER_ID] = {{"id"}, false},
			[SERVER_NAME] = {{"name"}, false},
			[SERVER_DESCRIPTION] = {{"description"}, true},
			[SERVER_OWNER] = {{"owner_id"}, false},
			[SERVER_CREATED] = {{"created_at"}, false},
		}},
	/* A table that only joins two others may do without an id. */
	[SOURCE_MEMBERS] = {"server_members",
		{
			[MEMBER_ID] = {{"id", "rowid"}, false},
			[MEMBER_SERVER] = {{"server_id"}, false},
			[MEMBER_USER] = {{"user_id"}, false},
			[MEMBER_ROLE] = {{"role"}, false},
			[MEMBER_JOINED] = {{"joined_at", "created_at"}, false},
		}},
	[SOURCE_CHANNELS] = {"channels",
		{
			[CHANNEL_ID] = {{"id"}, false},
			[CHANNEL_NAME] = {{"name"}, false},
			[CHANNEL_DESCRIPTION] = {{"description", "topic"}, true},
			[CHANNEL_SERVER] = {{"server_id"}, false},
			[CHANNEL_CREATED] = {{"created_at"}, false},
		}},
	[SOURCE_MESSAGES] = {"messages",
		{
			[MESSAGE_ID] = {{"id"}, false},
			[MESSAGE_CONTENT] = {{"content"}, false},
			[MESSAGE_CHANNEL] = {{"channel_id"}, false},
			[MESSAGE_USER] = {{"user_id", "author_id", "sender_id"}, false},
			[MESSAGE_CREATED] = {{"created_at", "timestamp"}, false},
			[MESSAGE_UPDATED] = {{"updated_at", "edited_at"}, true},
			[MESSAGE_EDITED] = {{"is_edited", "edited"}, true},
		}},
};

const char *source_name(enum source_table table)
{
	return tables[table].name;
}

/* --- what the file has --- */

static bool has_columns(struct source *source, const char *table)
{
	struct db_stmt *st =
		db_query(source->db, "SELECT 1 FROM pragma_table_info($1) LIMIT 1", DB_TEXT(table));
	bool found = db_step(st);

	db_end(st);
	return found;
}

/* Whether the table has a column of that name; SQLite gives every table the column rowid. */
static bool has_column(struct source *source, const char *table, const char *name)
{
	struct db_stmt *st = db_query(source->db,
		"SELECT 1 FROM pragma_table_info($1) WHERE name = $2 COLLATE NOCASE"
		" OR $2 = 'rowid'",
		DB_TEXT(table), DB_TEXT(name));
	bool found = db_step(st);

	db_end(st);
	return found;
}

/* "users.hashed_password or password_hash" */
static void put_missing(struct buf *missing, const char *table, const struct column *column)
{
	buf_printf(missing, "%s%s.%s", missing->len > 0 ? ", " : "", table, column->names[0]);
	for (size_t i = 1; i < SPELLINGS_MAX && column->names[i] != NULL; i++)
		buf_printf(missing, " or %s", column->names[i]);
}

static void find_columns(struct source *source, enum source_table table, struct buf *missing)
{
	const char *name = tables[table].name;

	if (!has_columns(source, name)) {
		buf_printf(missing, "%sthe table %s", missing->len > 0 ? ", " : "", name);
		return;
	}
	for (size_t c = 0; c < SOURCE_COLUMNS_MAX; c++) {
		const struct column *column = &tables[table].columns[c];

		for (size_t i = 0; i < SPELLINGS_MAX && column->names[i] != NULL; i++) {
			if (source->columns[table][c] == NULL &&
				has_column(source, name, column->names[i]))
				source->columns[table][c] = column->names[i];
		}
		if (column->names[0] != NULL && !column->optional &&
			source->columns[table][c] == NULL)
			put_missing(missing, name, column);
	}
}

/* Writes the query of a table's rows, with NULL for each column that is not there. */
static bool write_sql(struct source *source, enum source_table table)
{
	const char *name = tables[table].name;
	struct buf sql;

	buf_init(&sql, SQL_BYTES);
	for (size_t c = 0; c < SOURCE_COLUMNS_MAX && tables[table].columns[c].names[0]; c++) {
		const char *column = source->columns[table][c];

		buf_printf(&sql, "%s %s", c == 0 ? "SELECT" : ",", column ? column : "NULL");
	}
	buf_printf(&sql, " FROM %s ORDER BY %s", name, source->columns[table][0]);
	source->rows_sql[table] = arena_strdup(&source->arena, buf_str(&sql));
	source->count_sql[table] = arena_printf(&source->arena, "SELECT count(*) FROM %s", name);
	buf_release(&sql);
	return source->rows_sql[table] != NULL && source->count_sql[table] != NULL;
}

static enum chat_err look_at(struct source *source, struct buf *why)
{
	enum chat_err err = CHAT_OK;
	struct buf missing;

	buf_init(&missing, SQL_BYTES);
	for (enum source_table table = 0; table < SOURCE_TABLES; table++)
		find_columns(source, table, &missing);
	if (db_status(source->db)) {
		buf_printf(why, "it cannot be read: %s", db_message(source->db));
		err = db_status(source->db);
	} else if (missing.len > 0) {
		buf_printf(why, "this is no database of the original backend: it lacks %s",
			buf_str(&missing));
		err = CHAT_ERR_CONFIG;
	}
	for (enum source_table table = 0; table < SOURCE_TABLES && !err; table++) {
		if (!write_sql(source, table))
			err = CHAT_ERR_NO_MEMORY;
	}
	buf_release(&missing);
	return err;
}

enum chat_err source_open(struct source **out, const char *url, struct buf *why)
{
	struct source *source = calloc(1, sizeof(*source));
	enum chat_err err = CHAT_ERR_NO_MEMORY;

	*out = NULL;
	if (source == NULL)
		return err;
	arena_init(&source->arena, 0);
	err = db_open(&source->db, url, DB_FOREIGN, why);
	if (!err)
		err = look_at(source, why);
	if (err)
		source_close(source);
	else
		*out = source;
	return err;
}

void source_close(struct source *source)
{
	if (source == NULL)
		return;
	db_close(source->db);
	arena_release(&source->arena);
	free(source);
}

int64_t source_count(struct source *source, enum source_table table)
{
	struct db_stmt *st = db_query_values(source->db, source->count_sql[table], NULL, 0);
	int64_t count = db_step(st) ? db_int(st, 0) : -1;

	db_end(st);
	return count;
}

enum chat_err source_status(struct source *source, struct buf *why)
{
	if (db_status(source->db)) {
		buf_printf(why, "it cannot be read: %s", db_message(source->db));
		return db_status(source->db);
	}
	if (!db_is_unchanged(source->db)) {
		buf_puts(why, "it was changed while it was read: stop the original backend first");
		return CHAT_ERR_UNAVAILABLE;
	}
	return CHAT_OK;
}

/* --- rows --- */

void row_begin(struct row *row, struct source *source, enum source_table table)
{
	memset(row, 0, sizeof(*row));
	row->source = source;
	row->table = table;
	row->stmt = db_query_values(source->db, source->rows_sql[table], NULL, 0);
}

bool row_next(struct row *row)
{
	int64_t before = row->id;

	row->fault[0] = '\0';
	if (!db_step(row->stmt))
		return false;
	row->number++;
	row->id = row_id(row, 0);
	if (row->id != 0 && row->id == before)
		row_fault(row, 0, "%lld is given twice", (long long)before);
	return true;
}

void row_end(struct row *row)
{
	db_end(row->stmt);
}

void row_fault(struct row *row, int column, const char *format, ...)
{
	const char *name = row->source->columns[row->table][column];
	va_list args;
	int n;

	if (row->fault[0] != '\0')
		return;
	n = snprintf(row->fault, sizeof(row->fault), "%s ", name);
	va_start(args, format);
	vsnprintf(row->fault + n, sizeof(row->fault) - (size_t)n, format, args);
	va_end(args);
}

int64_t row_id(struct row *row, int column)
{
	/* The type first: reading a value may change it. */
	if (db_type(row->stmt, column) == DB_TYPE_INT) {
		int64_t id = db_int(row->stmt, column);

		if (id >= 1 && id <= LIMIT_ID_MAX)
			return id;
		row_fault(row, column, "%lld is not an id", (long long)id);
	}
	row_fault(row, column, "is not an id");
	return 0;
}

int64_t row_time(struct row *row, int column)
{
	int64_t ms;

	if (db_type(row->stmt, column) == DB_TYPE_TEXT &&
		time_parse(db_text(row->stmt, column), db_bytes(row->stmt, column), &ms) && ms >= 0)
		return ms;
	row_fault(row, column, "is not a date and time since 1970");
	return 0;
}

int64_t row_time_or(struct row *row, int column, int64_t fallback)
{
	if (db_type(row->stmt, column) == DB_TYPE_NULL)
		return fallback;
	return row_time(row, column);
}

bool row_bool(struct row *row, int column)
{
	enum db_type type = db_type(row->stmt, column);
	int64_t value = type == DB_TYPE_NULL ? 0 : db_int(row->stmt, column);

	if ((type != DB_TYPE_NULL && type != DB_TYPE_INT) || value < 0 || value > 1)
		row_fault(row, column, "is neither 0 nor 1");
	return value == 1;
}

const char *row_text(struct row *row, int column, size_t min, size_t max)
{
	enum db_type type = db_type(row->stmt, column);
	const char *text;
	size_t n, length;

	if (type != DB_TYPE_TEXT) {
		row_fault(row, column, type == DB_TYPE_NULL ? "is missing" : "is not text");
		return "";
	}
	text = db_text(row->stmt, column);
	n = db_bytes(row->stmt, column);
	if (text == NULL || memchr(text, '\0', n) != NULL || !text_is_utf8(text, n)) {
		row_fault(row, column, "is not UTF-8 without NUL");
		return "";
	}
	length = text_length(text, n);
	if (length < min)
		row_fault(row, column, "is empty");
	if (length > max)
		row_fault(row, column, "has %zu characters, of which %zu may be", length, max);
	return text;
}

const char *row_text_or_null(struct row *row, int column, size_t max)
{
	if (db_type(row->stmt, column) == DB_TYPE_NULL)
		return NULL;
	return row_text(row, column, 0, max);
}

void row_word(struct row *row, int column, char word[ROW_WORD_SIZE])
{
	const char *text = db_text(row->stmt, column);
	size_t n = text == NULL ? 0 : strlen(text);

	if (n >= ROW_WORD_SIZE)
		n = 0;
	for (size_t i = 0; i < n; i++)
		word[i] =
			(char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i]);
	word[n] = '\0';
}
