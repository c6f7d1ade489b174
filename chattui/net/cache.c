#include "net/cache.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sqlite3.h>
#include <chat/arena.h>

#define SCHEMA_VERSION 1
#define BUSY_MS 200 /* another chattui of the same account may be writing */

struct cache {
	sqlite3 *db;
};

static const char schema[] =
	"DROP TABLE IF EXISTS meta; DROP TABLE IF EXISTS server; DROP TABLE IF EXISTS channel;"
	"DROP TABLE IF EXISTS person; DROP TABLE IF EXISTS member; DROP TABLE IF EXISTS message;"
	"DROP TABLE IF EXISTS draft;"
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER);"
	"CREATE TABLE server (id INTEGER PRIMARY KEY, place INTEGER, name TEXT, role INTEGER);"
	"CREATE TABLE channel (id INTEGER PRIMARY KEY, server_id INTEGER, place INTEGER, name TEXT,"
	" topic TEXT, last_id INTEGER, last_read INTEGER, unread INTEGER, mentions INTEGER,"
	" opened_at INTEGER);"
	"CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, status INTEGER);"
	"CREATE TABLE member (server_id INTEGER, user_id INTEGER, role INTEGER,"
	" PRIMARY KEY (server_id, user_id)) WITHOUT ROWID;"
	"CREATE TABLE message (channel_id INTEGER, id INTEGER, user_id INTEGER, content TEXT,"
	" created_at INTEGER, updated_at INTEGER, is_edited INTEGER,"
	" PRIMARY KEY (channel_id, id)) WITHOUT ROWID;"
	"CREATE TABLE draft (channel_id INTEGER PRIMARY KEY, content TEXT);"
	"PRAGMA user_version = 1";

_Static_assert(SCHEMA_VERSION == 1, "the schema says its version itself");

static bool run(struct cache *cache, const char *sql)
{
	return sqlite3_exec(cache->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* A statement with its integer parameters bound; NULL on failure. */
static sqlite3_stmt *prepare(struct cache *cache, const char *sql, int64_t first)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(cache->db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return NULL;
	if (sqlite3_bind_parameter_count(stmt) > 0)
		sqlite3_bind_int64(stmt, 1, first);
	return stmt;
}

static bool step(sqlite3_stmt *stmt)
{
	return stmt && sqlite3_step(stmt) == SQLITE_ROW;
}

static const char *column_text(sqlite3_stmt *stmt, int column)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	return text ? (const char *)text : "";
}

/* The number that the statement gives, or the other one. */
static int64_t get_number(struct cache *cache, const char *sql, int64_t first, int64_t other)
{
	sqlite3_stmt *stmt = prepare(cache, sql, first);
	int64_t number = step(stmt) ? sqlite3_column_int64(stmt, 0) : other;

	sqlite3_finalize(stmt);
	return number;
}

/* Opens the file and brings it to today's schema. */
static bool begin(struct cache *cache, const char *path)
{
	int64_t version;

	if (sqlite3_open(path, &cache->db) != SQLITE_OK)
		return false;
	sqlite3_busy_timeout(cache->db, BUSY_MS);
	/* A write survives a kill at once, and a power cut once the log is moved into the file. */
	if (!run(cache, "PRAGMA journal_mode = WAL") || !run(cache, "PRAGMA synchronous = NORMAL"))
		return false;
	run(cache, "PRAGMA cache_size = -256");
	/* What cannot be read just now is not another version. */
	version = get_number(cache, "PRAGMA user_version", 0, -1);
	return version == SCHEMA_VERSION || (version >= 0 && run(cache, schema));
}

struct cache *cache_open(const char *path, struct buf *why)
{
	struct cache *cache = calloc(1, sizeof(*cache));
	bool opened, is_broken;

	if (!cache)
		return NULL;
	opened = begin(cache, path);
	is_broken = !opened && (sqlite3_errcode(cache->db) == SQLITE_NOTADB ||
				       sqlite3_errcode(cache->db) == SQLITE_CORRUPT);
	if (is_broken && unlink(path) == 0) {
		sqlite3_close(cache->db);
		opened = begin(cache, path);
	}
	if (opened)
		return cache;
	buf_printf(why, "nothing is kept on disk: %s: %s", path, sqlite3_errmsg(cache->db));
	sqlite3_close(cache->db);
	free(cache);
	return NULL;
}

void cache_close(struct cache *cache)
{
	if (!cache)
		return;
	sqlite3_close(cache->db);
	free(cache);
}

void cache_clear(struct cache *cache)
{
	if (cache)
		run(cache, schema);
}

/* --- loading --- */

static void load_channels(struct cache *cache, struct model *model, int64_t server_id)
{
	sqlite3_stmt *stmt = prepare(cache,
		"SELECT id, name, topic, last_id, last_read, unread, mentions, opened_at "
		"FROM channel WHERE server_id = ? ORDER BY place",
		server_id);

	while (step(stmt)) {
		struct chat_channel from = {
			.id = sqlite3_column_int64(stmt, 0),
			.server_id = server_id,
			.name = column_text(stmt, 1),
			.description = column_text(stmt, 2),
			.last_message_id = sqlite3_column_int64(stmt, 3),
		};
		struct channel *channel = model_put_channel(model, &from);

		if (!channel)
			continue;
		model_set_read(model, from.id, sqlite3_column_int64(stmt, 4),
			sqlite3_column_int64(stmt, 5), sqlite3_column_int64(stmt, 6), false);
		channel->opened_at = sqlite3_column_int64(stmt, 7);
	}
	sqlite3_finalize(stmt);
}

static void load_members(struct cache *cache, struct model *model, int64_t server_id)
{
	struct server *server = model_server(model, server_id);
	size_t most = (size_t)get_number(
		cache, "SELECT count(*) FROM member WHERE server_id = ?", server_id, 0);
	struct arena arena;
	struct chat_member *members;
	struct chat_user *users;
	size_t count = 0;
	sqlite3_stmt *stmt = prepare(cache,
		"SELECT person.id, name, status, role FROM member "
		"JOIN person ON person.id = member.user_id WHERE server_id = ?",
		server_id);

	arena_init(&arena, 0);
	members = arena_alloc(&arena, most * sizeof(*members));
	users = arena_alloc(&arena, most * sizeof(*users));
	while (members && users && count < most && step(stmt)) {
		users[count] = (struct chat_user){
			.id = sqlite3_column_int64(stmt, 0),
			.username = arena_strdup(&arena, column_text(stmt, 1)),
			.status = (enum chat_status)sqlite3_column_int(stmt, 2),
		};
		members[count] = (struct chat_member){
			.server_id = server_id,
			.user_id = users[count].id,
			.role = (enum chat_role)sqlite3_column_int(stmt, 3),
			.user = &users[count],
		};
		count++;
	}
	sqlite3_finalize(stmt);
	/* All at once: they are sorted each time. */
	model_members(model, server_id, members, count, true);
	arena_release(&arena);
	server->members_load = LOAD_NONE;
}

bool cache_load(struct cache *cache, struct model *model, int64_t *open_id)
{
	sqlite3_stmt *stmt;
	int64_t self;

	*open_id = 0;
	if (!cache)
		return false;
	self = get_number(cache, "SELECT value FROM meta WHERE name = 'self'", 0, 0);
	if (!self)
		return false;
	*open_id = get_number(cache, "SELECT value FROM meta WHERE name = 'open'", 0, 0);
	stmt = prepare(cache, "SELECT name, status FROM person WHERE id = ?", self);
	if (step(stmt) && (model->self = model_person(model, self, column_text(stmt, 0))) != NULL)
		model->self->status = (enum chat_status)sqlite3_column_int(stmt, 1);
	sqlite3_finalize(stmt);
	stmt = prepare(cache, "SELECT id, name, role FROM server ORDER BY place", 0);
	while (step(stmt)) {
		struct chat_server from = {
			.id = sqlite3_column_int64(stmt, 0), .name = column_text(stmt, 1)};

		model_put_server(model, &from, (enum chat_role)sqlite3_column_int(stmt, 2));
		load_channels(cache, model, from.id);
		load_members(cache, model, from.id);
	}
	sqlite3_finalize(stmt);
	return model->self != NULL;
}

void cache_load_messages(struct cache *cache, struct model *model, int64_t channel_id)
{
	sqlite3_stmt *stmt;

	if (!cache)
		return;
	stmt = prepare(cache,
		"SELECT message.id, user_id, name, content, created_at, updated_at, is_edited "
		"FROM message JOIN person ON person.id = user_id WHERE channel_id = ? "
		"ORDER BY message.id",
		channel_id);
	while (step(stmt)) {
		struct chat_user user = {
			.id = sqlite3_column_int64(stmt, 1), .username = column_text(stmt, 2)};
		struct chat_message message = {
			.id = sqlite3_column_int64(stmt, 0),
			.channel_id = channel_id,
			.user_id = user.id,
			.user = &user,
			.content = column_text(stmt, 3),
			.created_at = sqlite3_column_int64(stmt, 4),
			.updated_at = sqlite3_column_int64(stmt, 5),
			.is_edited = sqlite3_column_int(stmt, 6) != 0,
		};

		model_cached(model, channel_id, &message, 1);
	}
	sqlite3_finalize(stmt);
}

/* --- saving --- */

/* Binds numbers after each other from parameter 1 on, a text last, runs the statement. */
static void put(sqlite3_stmt *stmt, const int64_t *numbers, int n, const char *a, const char *b)
{
	if (!stmt)
		return;
	for (int i = 0; i < n; i++)
		sqlite3_bind_int64(stmt, i + 1, numbers[i]);
	if (a)
		sqlite3_bind_text(stmt, n + 1, a, -1, SQLITE_STATIC);
	if (b)
		sqlite3_bind_text(stmt, n + 2, b, -1, SQLITE_STATIC);
	sqlite3_step(stmt);
	sqlite3_reset(stmt);
}

static void save_person(struct cache *cache, const struct person *person)
{
	sqlite3_stmt *stmt = prepare(
		cache, "INSERT OR REPLACE INTO person (id, status, name) VALUES (?, ?, ?)", 0);

	put(stmt, (int64_t[]){person->id, person->status}, 2, person->name, NULL);
	sqlite3_finalize(stmt);
}

static void save_messages(struct cache *cache, const struct channel *channel)
{
	const struct history *history = &channel->history;
	sqlite3_stmt *stmt =
		prepare(cache, "DELETE FROM message WHERE channel_id = ?", channel->id);
	const struct person *last = NULL;

	step(stmt);
	sqlite3_finalize(stmt);
	stmt = prepare(cache,
		"INSERT OR REPLACE INTO message (channel_id, id, user_id, created_at, updated_at,"
		" is_edited, content) VALUES (?, ?, ?, ?, ?, ?, ?)",
		0);
	for (size_t i = history->count > CACHE_MESSAGES ? history->count - CACHE_MESSAGES : 0;
		i < history->count; i++) {
		const struct message *message = &history->items[i];

		if (message->author != last)
			save_person(cache, message->author);
		last = message->author;
		put(stmt,
			(int64_t[]){channel->id, message->id, message->author->id,
				message->created_at, message->updated_at, message->is_edited},
			6, message->content, NULL);
	}
	sqlite3_finalize(stmt);
}

static void save_server(struct cache *cache, const struct server *server, int64_t place)
{
	sqlite3_stmt *stmt =
		prepare(cache, "INSERT INTO server (id, place, role, name) VALUES (?, ?, ?, ?)", 0);

	put(stmt, (int64_t[]){server->id, place, server->role}, 3, server->name, NULL);
	sqlite3_finalize(stmt);
	stmt = prepare(cache,
		"INSERT INTO channel (id, server_id, place, last_id, last_read, unread, mentions,"
		" opened_at, name, topic) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		0);
	for (size_t i = 0; i < server->n_channels; i++) {
		const struct channel *channel = server->channels[i];

		put(stmt,
			(int64_t[]){channel->id, server->id, (int64_t)i, channel->last_id,
				channel->last_read, channel->unread, channel->mentions,
				channel->opened_at},
			8, channel->name, channel->topic);
	}
	sqlite3_finalize(stmt);
}

static void save_members(struct cache *cache, const struct server *server)
{
	sqlite3_stmt *stmt =
		prepare(cache, "INSERT INTO member (server_id, user_id, role) VALUES (?, ?, ?)", 0);

	for (size_t i = 0; i < server->n_members; i++) {
		put(stmt,
			(int64_t[]){
				server->id, server->members[i].person->id, server->members[i].role},
			3, NULL, NULL);
		save_person(cache, server->members[i].person);
	}
	sqlite3_finalize(stmt);
}

static void save_meta(struct cache *cache, const struct model *model)
{
	sqlite3_stmt *stmt =
		prepare(cache, "INSERT OR REPLACE INTO meta (value, name) VALUES (?, ?)", 0);

	put(stmt, &model->self->id, 1, "self", NULL);
	if (model->open)
		put(stmt, &model->open->id, 1, "open", NULL);
	sqlite3_finalize(stmt);
	save_person(cache, model->self);
}

bool cache_save(struct cache *cache, struct model *model, unsigned changes)
{
	if (!cache || !model->self)
		return true;
	if (!run(cache, "BEGIN IMMEDIATE"))
		return false;
	if (changes & CHANGE_TREE) {
		run(cache, "DELETE FROM server; DELETE FROM channel");
		save_meta(cache, model);
	}
	if (changes & CHANGE_MEMBERS)
		run(cache, "DELETE FROM member");
	for (size_t i = 0; i < model->n_servers; i++) {
		struct server *server = model->servers[i];

		if (changes & CHANGE_TREE)
			save_server(cache, server, (int64_t)i);
		if (changes & CHANGE_MEMBERS)
			save_members(cache, server);
		for (size_t j = 0; j < server->n_channels; j++) {
			if (server->channels[j]->history.is_saved ||
				!server->channels[j]->history.count)
				continue;
			save_messages(cache, server->channels[j]);
			server->channels[j]->history.is_saved = true;
		}
	}
	if (run(cache, "COMMIT"))
		return true;
	run(cache, "ROLLBACK");
	for (size_t i = 0; i < model->n_servers; i++)
		for (size_t j = 0; j < model->servers[i]->n_channels; j++)
			model->servers[i]->channels[j]->history.is_saved = false;
	return false;
}

/* --- drafts --- */

void cache_set_draft(struct cache *cache, int64_t channel_id, const char *text)
{
	sqlite3_stmt *stmt;

	if (!cache)
		return;
	if (*text) {
		stmt = prepare(cache,
			"INSERT OR REPLACE INTO draft (channel_id, content) VALUES (?, ?)", 0);
		put(stmt, &channel_id, 1, text, NULL);
	} else {
		stmt = prepare(cache, "DELETE FROM draft WHERE channel_id = ?", channel_id);
		step(stmt);
	}
	sqlite3_finalize(stmt);
}

void cache_draft(struct cache *cache, int64_t channel_id, struct buf *out)
{
	sqlite3_stmt *stmt =
		cache ? prepare(cache, "SELECT content FROM draft WHERE channel_id = ?", channel_id)
		      : NULL;

	if (step(stmt))
		buf_puts(out, column_text(stmt, 0));
	sqlite3_finalize(stmt);
}
