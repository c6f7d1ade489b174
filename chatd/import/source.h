#ifndef CHATD_IMPORT_SOURCE_H
#define CHATD_IMPORT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <chat/err.h>

struct buf;
struct db_stmt;
struct source;

/*
 * The original backend's database: SQLAlchemy's tables in a file of SQLite. Column types there are
 * only hints, so every value is checked as it is read.
 */

/* In the order in which they are read: members last, who have read what is there. */
enum source_table {
	SOURCE_USERS,
	SOURCE_SERVERS,
	SOURCE_CHANNELS,
	SOURCE_MESSAGES,
	SOURCE_MEMBERS,
	SOURCE_TABLES
};

/* The columns of each, by what they mean; the names in the file differ a little. */
enum {
	USER_ID,
	USER_NAME,
	USER_EMAIL,
	USER_HASH,
	USER_STATUS,
	USER_CREATED,
	SERVER_ID = 0,
	SERVER_NAME,
	SERVER_DESCRIPTION,
	SERVER_OWNER,
	SERVER_CREATED,
	MEMBER_ID = 0,
	MEMBER_SERVER,
	MEMBER_USER,
	MEMBER_ROLE,
	MEMBER_JOINED,
	CHANNEL_ID = 0,
	CHANNEL_NAME,
	CHANNEL_DESCRIPTION,
	CHANNEL_SERVER,
	CHANNEL_CREATED,
	MESSAGE_ID = 0,
	MESSAGE_CONTENT,
	MESSAGE_CHANNEL,
	MESSAGE_USER,
	MESSAGE_CREATED,
	MESSAGE_UPDATED,
	MESSAGE_EDITED,
	SOURCE_COLUMNS_MAX
};

/* Opens it and finds the tables and columns; *why names those that are missing. */
enum chat_err source_open(struct source **source, const char *url, struct buf *why);
void source_close(struct source *source);

/* What a table of the enum is called here. */
const char *source_name(enum source_table table);
/* How many rows it has; -1 after a failure. */
int64_t source_count(struct source *source, enum source_table table);

/* CHAT_OK, or what went wrong while reading, the file's having changed meanwhile included. */
enum chat_err source_status(struct source *source, struct buf *why);

/* A row that is being read. */
struct row {
	struct source *source;
	enum source_table table;
	struct db_stmt *stmt;
	int64_t number;  /* from 1 on, in that order */
	int64_t id;      /* 0 while it is not a good one */
	char fault[160]; /* the first thing that does not fit; "" if all does */
};

/* The rows of a table, ascending by id: row_next() until it is false, then row_end(). */
void row_begin(struct row *row, struct source *source, enum source_table table);
bool row_next(struct row *row);
void row_end(struct row *row);

/* Says what does not fit: the column's name as it is in the file, and what is wrong with it. Only
 * the first fault of a row is kept. */
void row_fault(struct row *row, int column, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * A column's value, checked. What does not fit becomes the row's fault, and the value 0 or "".
 * Texts live until the next row; lengths are in code points.
 */
int64_t row_id(struct row *row, int column);
int64_t row_time(struct row *row, int column);
int64_t row_time_or(struct row *row, int column, int64_t fallback);
bool row_bool(struct row *row, int column);
const char *row_text(struct row *row, int column, size_t min, size_t max);
const char *row_text_or_null(struct row *row, int column, size_t max);

/* The name of an enum's value, in small letters, in word; "" for NULL and for what is too long. */
#define ROW_WORD_SIZE 16
void row_word(struct row *row, int column, char word[ROW_WORD_SIZE]);

#endif
