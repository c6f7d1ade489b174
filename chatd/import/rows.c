#include <stdlib.h>
#include <string.h>
#include <chat/limits.h>
#include <chat/object.h>
#include <chat/text.h>
#include "core/password.h"
#include "db/db.h"
#include "import/state.h"

#define HASH_BYTES_MAX 255

/* --- what was imported so far --- */

static struct entry *entry_find(const struct entries *list, int64_t id)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < list->count && list->items[low].id == id ? &list->items[low] : NULL;
}

/* A new entry at the end, whose id is above all others'. NULL without memory. */
static struct entry *entry_add(struct import *import, struct entries *list, int64_t id)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : 64;
		struct entry *items = reallocarray(list->items, capacity, sizeof(*items));

		if (items == NULL) {
			import->no_memory = true;
			return NULL;
		}
		list->items = items;
		list->capacity = capacity;
	}
	list->items[list->count] = (struct entry){.id = id};
	return &list->items[list->count++];
}

/* The entry that a column refers to; NULL, and a fault of the row, if there is none. */
static struct entry *referred(
	struct row *row, int column, const struct entries *list, const char *what)
{
	int64_t id = row_id(row, column);
	struct entry *entry = entry_find(list, id);

	if (entry == NULL)
		row_fault(row, column, "%lld: no such %s, or it does not fit", (long long)id, what);
	return entry;
}

int64_t import_number(struct db_stmt *stmt)
{
	int64_t value = db_step(stmt) ? db_int(stmt, 0) : 0;

	db_end(stmt);
	return value;
}

/* --- users --- */

static const char *fold(struct import *import, const char *text)
{
	const char *folded = text_fold(text, &import->row_arena);

	import->no_memory |= folded == NULL;
	return folded;
}

/* The original's "offline" meant that nobody was connected: it was no choice. */
static enum chat_status user_status(struct import *import, struct row *row)
{
	char word[ROW_WORD_SIZE];
	enum chat_status status;

	row_word(row, USER_STATUS, word);
	status = status_by_name(word);
	if (status == STATUS_NONE && word[0] != '\0')
		report_note(&import->report, row->table, row->id,
			"its status is none that chatd knows, and is left out");
	return status == STATUS_OFFLINE ? STATUS_NONE : status;
}

static void check_taken(struct row *row, int column, int64_t other)
{
	if (other != 0)
		row_fault(row, column, "is that of user %lld, too", (long long)other);
}

void take_user(struct import *import, struct row *row)
{
	struct db *db = import->target;
	const char *name = row_text(row, USER_NAME, 1, LIMIT_USERNAME_MAX);
	const char *email = row_text(row, USER_EMAIL, 1, LIMIT_EMAIL_MAX);
	const char *hash = row_text(row, USER_HASH, 1, HASH_BYTES_MAX);
	int64_t created_at = row_time(row, USER_CREATED);
	const char *name_fold = fold(import, name), *email_fold = fold(import, email);
	bool name_twin, email_twin;

	if (!password_is_known(hash))
		row_fault(row, USER_HASH, "is a hash neither of bcrypt nor of argon2id");
	check_taken(row, USER_NAME,
		import_number(
			db_query(db, "SELECT id FROM users WHERE username = $1", DB_TEXT(name))));
	check_taken(row, USER_EMAIL,
		import_number(
			db_query(db, "SELECT id FROM users WHERE email = $1", DB_TEXT(email))));
	if (row->fault[0] != '\0' || import->no_memory)
		return;
	name_twin =
		import_number(db_query(db, "SELECT id FROM users WHERE username_fold = $1 LIMIT 1",
			DB_TEXT(name_fold))) != 0;
	email_twin =
		import_number(db_query(db, "SELECT id FROM users WHERE email_fold = $1 LIMIT 1",
			DB_TEXT(email_fold))) != 0;
	if (name_twin)
		report_note(&import->report, row->table, row->id,
			"its username is another's but for its case or form: both log in by their "
			"exact names");
	db_run(db,
		"INSERT INTO users (id, username, username_fold, username_twin, email, email_fold,"
		" email_twin, password_hash, status, created_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		DB_INT(row->id), DB_TEXT(name), DB_TEXT(name_fold), DB_INT(name_twin ? row->id : 0),
		DB_TEXT(email), DB_TEXT(email_fold), DB_INT(email_twin ? row->id : 0),
		DB_TEXT(hash), DB_INT(user_status(import, row)), DB_INT(created_at));
	entry_add(import, &import->users, row->id);
}

/* --- servers, channels, messages --- */

void take_server(struct import *import, struct row *row)
{
	const int64_t settings_rev = 1;
	const char *name = row_text(row, SERVER_NAME, 1, LIMIT_NAME_MAX);
	const char *description = row_text_or_null(row, SERVER_DESCRIPTION, LIMIT_DESCRIPTION_MAX);
	const struct entry *owner = referred(row, SERVER_OWNER, &import->users, "user");
	int64_t created_at = row_time(row, SERVER_CREATED);
	struct entry *entry;

	if (row->fault[0] != '\0')
		return;
	db_run(import->target,
		"INSERT INTO servers (id, name, description, owner_id, created_at, settings_rev,"
		" rev) VALUES ($1, $2, $3, $4, $5, $6, $6)",
		DB_INT(row->id), DB_TEXT(name), DB_TEXT(description), DB_INT(owner->id),
		DB_INT(created_at), DB_INT(settings_rev));
	entry = entry_add(import, &import->servers, row->id);
	if (entry != NULL) {
		entry->owner = owner->id;
		entry->rev = settings_rev;
	}
}

void take_channel(struct import *import, struct row *row)
{
	const char *name = row_text(row, CHANNEL_NAME, 1, LIMIT_NAME_MAX);
	const char *description = row_text_or_null(row, CHANNEL_DESCRIPTION, LIMIT_DESCRIPTION_MAX);
	struct entry *server = referred(row, CHANNEL_SERVER, &import->servers, "server");
	int64_t created_at = row_time(row, CHANNEL_CREATED);
	struct entry *entry;

	if (server != NULL && server->count >= LIMIT_CHANNELS_PER_SERVER)
		row_fault(row, CHANNEL_SERVER, "%lld has %d channels already, which is the most",
			(long long)server->id, LIMIT_CHANNELS_PER_SERVER);
	if (row->fault[0] != '\0')
		return;
	server->count++;
	db_run(import->target,
		"INSERT INTO channels (id, server_id, name, description, created_at, created_rev,"
		" rev) VALUES ($1, $2, $3, $4, $5, $6, $6)",
		DB_INT(row->id), DB_INT(server->id), DB_TEXT(name), DB_TEXT(description),
		DB_INT(created_at), DB_INT(++server->rev));
	entry = entry_add(import, &import->channels, row->id);
	if (entry != NULL)
		entry->server = (size_t)(server - import->servers.items);
}

void take_message(struct import *import, struct row *row)
{
	const char *content = row_text(row, MESSAGE_CONTENT, 1, LIMIT_CONTENT_MAX);
	const struct entry *channel = referred(row, MESSAGE_CHANNEL, &import->channels, "channel");
	const struct entry *user = referred(row, MESSAGE_USER, &import->users, "user");
	int64_t created_at = row_time(row, MESSAGE_CREATED);
	int64_t updated_at = row_time_or(row, MESSAGE_UPDATED, created_at);
	bool is_edited = row_bool(row, MESSAGE_EDITED);
	struct entry *server;

	if (row->fault[0] != '\0')
		return;
	server = &import->servers.items[channel->server];
	db_run(import->target,
		"INSERT INTO messages (id, server_id, channel_id, user_id, content, created_at,"
		" updated_at, is_edited, created_rev, rev)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
		DB_INT(row->id), DB_INT(server->id), DB_INT(channel->id), DB_INT(user->id),
		DB_TEXT(content), DB_INT(created_at), DB_INT(updated_at), DB_INT(is_edited),
		DB_INT(++server->rev));
	import->newest = row->id;
}

/* --- members --- */

/* The one owner of a server is the one that the server names. */
static enum chat_role member_role(
	struct import *import, struct row *row, const struct entry *server, int64_t user_id)
{
	char word[ROW_WORD_SIZE];
	enum chat_role role;

	row_word(row, MEMBER_ROLE, word);
	role = role_by_name(word);
	if (role == ROLE_NONE)
		row_fault(row, MEMBER_ROLE, "is none of owner, admin, moderator and member");
	if (row->fault[0] != '\0' || (role == ROLE_OWNER) == (server->owner == user_id))
		return role;
	report_note(&import->report, row->table, row->id,
		role == ROLE_OWNER ? "user %lld is not the owner of server %lld and becomes admin"
				   : "user %lld owns server %lld and becomes owner here, too",
		(long long)user_id, (long long)server->id);
	return role == ROLE_OWNER ? ROLE_ADMIN : ROLE_OWNER;
}

/* Somebody who was a member twice is one once, in the higher role, since the first joining. */
static bool merge_member(struct import *import, struct row *row, int64_t server_id, int64_t user_id,
	enum chat_role role)
{
	if (db_run(import->target,
		    "UPDATE members SET role = CASE WHEN role < $1 THEN $1 ELSE role END"
		    " WHERE server_id = $2 AND user_id = $3",
		    DB_INT(role), DB_INT(server_id), DB_INT(user_id)) <= 0)
		return false;
	report_note(&import->report, row->table, row->id,
		"user %lld is in server %lld already: the higher role counts", (long long)user_id,
		(long long)server_id);
	import->counts[row->table].merged++;
	return true;
}

void take_member(struct import *import, struct row *row)
{
	struct entry *server = referred(row, MEMBER_SERVER, &import->servers, "server");
	struct entry *user = referred(row, MEMBER_USER, &import->users, "user");
	int64_t joined_at = row_time(row, MEMBER_JOINED);
	enum chat_role role = ROLE_NONE;

	if (row->fault[0] == '\0')
		role = member_role(import, row, server, user->id);
	if (row->fault[0] != '\0' || merge_member(import, row, server->id, user->id, role))
		return;
	if (user->count >= LIMIT_SERVERS_PER_USER) {
		row_fault(row, MEMBER_USER, "%lld is in %d servers already, which is the most",
			(long long)user->id, LIMIT_SERVERS_PER_USER);
		return;
	}
	user->count++;
	server->is_owned |= role == ROLE_OWNER;
	db_run(import->target,
		"INSERT INTO members (id, server_id, user_id, role, joined_at, read_floor,"
		" created_rev, rev) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
		DB_INT(row->id), DB_INT(server->id), DB_INT(user->id), DB_INT(role),
		DB_INT(joined_at), DB_INT(import->newest), DB_INT(++server->rev));
}

static void add_owner(struct import *import, struct entry *server)
{
	db_run(import->target,
		"INSERT INTO members (server_id, user_id, role, joined_at, read_floor,"
		" created_rev, rev)"
		" SELECT id, owner_id, $1, created_at, $2, $3, $3 FROM servers WHERE id = $4",
		DB_INT(ROLE_OWNER), DB_INT(import->newest), DB_INT(++server->rev),
		DB_INT(server->id));
	import->counts[SOURCE_MEMBERS].added++;
	report_note(&import->report, SOURCE_SERVERS, server->id,
		"its owner, user %lld, was no member and becomes one", (long long)server->owner);
}

void take_rest(struct import *import)
{
	for (size_t i = 0; i < import->servers.count; i++) {
		struct entry *server = &import->servers.items[i];

		if (!server->is_owned)
			add_owner(import, server);
		db_run(import->target, "UPDATE servers SET rev = $1 WHERE id = $2",
			DB_INT(server->rev), DB_INT(server->id));
	}
}
