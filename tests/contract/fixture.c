#include "fixture.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>
#include "db/sqlite.h"
#include "store/rows.h"

#define START INT64_C(1750000000000)

void fixture_init(struct fixture *f)
{
	struct buf why;

	memset(f, 0, sizeof(*f));
	f->now = START;
	buf_init(&why, 1024);
	arena_init(&f->arena, 0);
	snprintf(f->folder, sizeof(f->folder), "/tmp/chat-test-XXXXXX");
	if (mkdtemp(f->folder) == NULL)
		abort();
	snprintf(f->url, sizeof(f->url), "sqlite:///%s/chat.db", f->folder);
	if (store_open(&f->store, f->url, STORE_WRITER, &why) != CHAT_OK) {
		fprintf(stderr, "%s\n", buf_str(&why));
		abort();
	}
	buf_release(&why);
	CHECK_INT(store_begin(f->store), CHAT_OK);
}

void fixture_path(const struct fixture *f, const char *suffix, char path[96])
{
	snprintf(path, 96, "%s/chat.db%s", f->folder, suffix);
}

/* Whatever the test asked was answered by way of an index. */
static void check_scans(const struct db *db)
{
	for (size_t i = 0; i < db->cache_size; i++) {
		if (db->cache[i] != NULL && !CHECK_INT(sqlite3_stmt_status(db->cache[i]->handle,
							       SQLITE_STMTSTATUS_FULLSCAN_STEP, 0),
						    0))
			fprintf(stderr, "%s\n", db->cache[i]->sql);
	}
}

void fixture_release(struct fixture *f)
{
	static const char *const files[] = {"", "-wal", "-shm", "-journal"};
	char path[96];

	if (f->store != NULL) {
		check_scans(f->store->db);
		store_rollback(f->store);
	}
	store_close(f->store);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		fixture_path(f, files[i], path);
		unlink(path);
	}
	rmdir(f->folder);
	arena_release(&f->arena);
}

int64_t make_user(struct fixture *f, const char *username)
{
	char email[96];
	struct chat_register in = {.username = username, .email = email};
	struct chat_user user;

	snprintf(email, sizeof(email), "%s@example.org", username);
	CHECK_INT(store_user_create(f->store, &in, "hash", f->now, &f->arena, &user), CHAT_OK);
	return user.id;
}

int64_t make_server(struct fixture *f, int64_t owner)
{
	struct chat_server_create in = {.name = "server"};
	struct chat_server server;
	int64_t rev;

	CHECK_INT(store_server_create(f->store, owner, &in, f->now, &f->arena, &server, &rev),
		CHAT_OK);
	return server.id;
}

int64_t general(struct fixture *f, int64_t server)
{
	struct chat_channel *list;
	size_t count;

	if (!CHECK_INT(store_channel_list(f->store, server, &f->arena, &list, &count), CHAT_OK) ||
		!CHECK(count > 0))
		return 0;
	return list[0].id;
}

enum chat_err try_join(struct fixture *f, int64_t server, int64_t user, int64_t *rev)
{
	static unsigned n;
	struct chat_invite_create in = {.max_uses = 1};
	struct chat_server info;
	struct chat_invite invite;
	struct chat_member member;
	char code[32];
	bool joined;

	snprintf(code, sizeof(code), "invite%u", ++n);
	CHECK_INT(store_server_show(f->store, server, &f->arena, &info), CHAT_OK);
	CHECK_INT(store_invite_create(
			  f->store, server, info.owner_id, code, &in, f->now, &f->arena, &invite),
		CHAT_OK);
	return store_invite_accept(
		f->store, code, user, f->now, &f->arena, &info, &member, &joined, rev);
}

void join(struct fixture *f, int64_t server, int64_t user)
{
	int64_t rev;

	CHECK_INT(try_join(f, server, user, &rev), CHAT_OK);
}

struct place in_channel(struct fixture *f, int64_t channel, int64_t user)
{
	struct path_params path = {.channel_id = channel};
	struct place place;

	CHECK_INT(store_place(f->store, &path, user, &place), CHAT_OK);
	return place;
}

struct place of_message(struct fixture *f, int64_t message, int64_t user)
{
	struct path_params path = {.message_id = message};
	struct place place;

	CHECK_INT(store_place(f->store, &path, user, &place), CHAT_OK);
	return place;
}

int64_t send_message(struct fixture *f, const struct place *place, int64_t user,
	const char *content, const char *nonce, enum chat_err *err)
{
	struct chat_user author = {.id = user, .username = "author", .email = "secret"};
	struct chat_message_create in = {.content = content, .nonce = nonce};
	struct chat_message message;
	bool repeat;
	int64_t rev;
	enum chat_err result = store_message_create(
		f->store, place, &author, &in, f->now, &f->arena, &message, &repeat, &rev);

	if (err != NULL)
		*err = result;
	else
		CHECK_INT(result, CHAT_OK);
	return result ? 0 : message.id;
}

int64_t count_steps(struct fixture *f)
{
	const struct db *db = f->store->db;
	int64_t steps = 0;

	for (size_t i = 0; i < db->cache_size; i++) {
		if (db->cache[i] != NULL)
			steps += sqlite3_stmt_status(
				db->cache[i]->handle, SQLITE_STMTSTATUS_VM_STEP, 1);
	}
	return steps;
}

int64_t ask(struct store *store, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int64_t value = -1;

	if (CHECK_INT(sqlite3_prepare_v2(store->db->handle, sql, -1, &stmt, NULL), SQLITE_OK) &&
		CHECK_INT(sqlite3_step(stmt), SQLITE_ROW))
		value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return value;
}

void run_sql(struct store *store, const char *sql)
{
	CHECK_INT(sqlite3_exec(store->db->handle, sql, NULL, NULL, NULL), SQLITE_OK);
}

int64_t server_rev(struct fixture *f, int64_t server)
{
	return store_rev_ahead(f->store, server) - 1;
}
