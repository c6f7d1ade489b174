#include "fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <chat/time.h>
#include "db/sqlite.h"
#include "store/rows.h"

/* What only a database can do wrong: files that are not chatd's, a full disk, a lost transaction.
 */

/* --- opening --- */

/* Opens f's file; on failure *why has one line. */
static enum chat_err open_again(
	const struct fixture *f, enum store_mode mode, char why[256], struct store **store)
{
	struct buf text;
	enum chat_err err;

	buf_init(&text, 4096);
	err = store_open(store, f->url, mode, &text);
	snprintf(why, 256, "%s", buf_str(&text));
	buf_release(&text);
	return err;
}

static void check_refused(const struct fixture *f, const char *part)
{
	char why[256];
	struct store *store = NULL;

	CHECK_INT(open_again(f, STORE_WRITER, why, &store), CHAT_ERR_CONFIG);
	CHECK(store == NULL);
	if (!CHECK(strstr(why, part) != NULL))
		fprintf(stderr, "%s\n", why);
	CHECK(strchr(why, '\n') == NULL);
}

/* Closes the fixture's store and puts a file of another program in its place. */
static void replace_by(struct fixture *f, const char *sql)
{
	char path[96];
	sqlite3 *other = NULL;

	if (f->store != NULL)
		store_rollback(f->store);
	store_close(f->store);
	f->store = NULL;
	fixture_path(f, "", path);
	unlink(path);
	CHECK_INT(sqlite3_open(path, &other), SQLITE_OK);
	CHECK_INT(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
}

static bool exists(const struct fixture *f, const char *suffix)
{
	char path[96];

	fixture_path(f, suffix, path);
	return access(path, F_OK) == 0;
}

static void foreign_files(void)
{
	static const char original[] =
		"CREATE TABLE users (id); CREATE TABLE servers (id); CREATE TABLE channels (id);"
		"CREATE TABLE server_members (id); CREATE TABLE messages (id);";
	struct fixture f;
	struct stat before, after;
	char path[96];

	fixture_init(&f);
	fixture_path(&f, "", path);
	replace_by(&f, original);
	CHECK_INT(stat(path, &before), 0);
	check_refused(&f, "chatd import");
	CHECK_INT(stat(path, &after), 0);
	CHECK_INT(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
	CHECK_INT(after.st_size, before.st_size);
	CHECK(!exists(&f, "-wal") && !exists(&f, "-journal"));

	replace_by(&f, "PRAGMA journal_mode = WAL; CREATE TABLE music (id);");
	check_refused(&f, "another program");
	CHECK(!exists(&f, "-wal") && !exists(&f, "-shm"));
	fixture_release(&f);
}

static void broken_files(void)
{
	struct fixture f;
	char path[96], why[256];
	struct store *store = NULL;
	FILE *file;

	fixture_init(&f);
	replace_by(&f, "PRAGMA user_version = 0");
	fixture_path(&f, "", path);
	file = fopen(path, "w");
	if (CHECK(file != NULL)) {
		for (int i = 0; i < 1000; i++)
			fprintf(file, "This is a letter.\n");
		fclose(file);
	}
	check_refused(&f, "not an SQLite database");
	unlink(path);
	CHECK_INT(open_again(&f, STORE_READER, why, &store), CHAT_ERR_CONFIG);
	CHECK(strstr(why, "start chatd once") != NULL);
	CHECK_INT(mkdir(path, 0700), 0);
	check_refused(&f, "not a file");
	rmdir(path);
	snprintf(f.url, sizeof(f.url), "sqlite:///%s/missing/chat.db", f.folder);
	check_refused(&f, "make its folder");
	snprintf(f.url, sizeof(f.url), "mysql://localhost/chat");
	check_refused(&f, "sqlite:///./name.db");
	fixture_release(&f);
}

static void no_access(void)
{
	struct fixture f;
	char path[96];

	fixture_init(&f);
	replace_by(&f, "PRAGMA user_version = 0");
	fixture_path(&f, "", path);
	CHECK_INT(chmod(path, 0), 0);
	if (geteuid() != 0) /* root may read everything */
		check_refused(&f, "give chatd's user access");
	fixture_release(&f);
}

static void schemas(void)
{
	struct fixture f;
	struct stat st;
	char path[96], why[256];
	struct store *store;

	fixture_init(&f);
	fixture_path(&f, "", path);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0600);
	CHECK_INT(ask(f.store, "PRAGMA application_id"), 0x63686174);
	CHECK(make_user(&f, "ada") > 0);
	CHECK_INT(store_commit(f.store), CHAT_OK);
	store_close(f.store);
	/* Once more: nothing to migrate, nothing lost. */
	CHECK_INT(open_again(&f, STORE_WRITER, why, &f.store), CHAT_OK);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM users"), 1);
	CHECK_INT(open_again(&f, STORE_READER, why, &store), CHAT_OK);
	CHECK_INT(store_check(store), CHAT_OK);
	store_close(store);

	sqlite3_exec(f.store->db->handle, "PRAGMA user_version = 99", NULL, NULL, NULL);
	store_close(f.store);
	f.store = NULL;
	check_refused(&f, "version 99");
	fixture_release(&f);
}

/* --- transactions --- */

/* As many messages of 2,000 bytes, of which a page holds two. */
static void send_long(struct fixture *f, const struct place *place, int64_t user, int n)
{
	char text[2001];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	while (n-- > 0)
		send_message(f, place, user, text, NULL, NULL);
}

/* However much is written, the log begins anew again and again, and nothing of it is lost. */
static void long_log(void)
{
	enum { COMMITS = 600, MESSAGES = 100, PAGE = 4096 + 24 };
	struct fixture f;
	struct place place;
	struct stat st;
	char path[96], why[256];
	off_t longest = 0;
	int64_t ada;

	fixture_init(&f);
	fixture_path(&f, "-wal", path);
	ada = make_user(&f, "ada");
	place = in_channel(&f, general(&f, make_server(&f, ada)), ada);
	for (int i = 0; i < COMMITS; i++) {
		send_long(&f, &place, ada, MESSAGES);
		CHECK_INT(store_commit(f.store), CHAT_OK);
		CHECK_INT(stat(path, &st), 0);
		longest = st.st_size > longest ? st.st_size : longest;
		CHECK_INT(store_begin(f.store), CHAT_OK);
	}
	/* All of it is some 36,000 pages. */
	CHECK(longest > 7000L * PAGE && longest < 24000L * PAGE);
	store_rollback(f.store);
	store_close(f.store);
	CHECK_INT(open_again(&f, STORE_WRITER, why, &f.store), CHAT_OK);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM messages"), (int64_t)COMMITS * MESSAGES);
	CHECK_INT(store_check(f.store), CHAT_OK);
	fixture_release(&f);
}

/* How many pages of the log were copied back: nBackfill of SQLite's "WAL-mode File Format". */
static uint32_t count_copied(const struct fixture *f)
{
	uint32_t copied = 0;
	char path[96];
	int fd;

	fixture_path(f, "-shm", path);
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0 && pread(fd, &copied, sizeof(copied), 96) == sizeof(copied));
	close(fd);
	return copied;
}

/* A long log is copied while the writer does nothing. */
static void log_is_copied_beside_the_writer(void)
{
	struct fixture f;
	struct place place;
	int64_t ada, deadline;

	fixture_init(&f);
	ada = make_user(&f, "ada");
	place = in_channel(&f, general(&f, make_server(&f, ada)), ada);
	send_long(&f, &place, ada, 16000);
	CHECK_INT(count_copied(&f), 0);
	CHECK_INT(store_commit(f.store), CHAT_OK);
	deadline = time_mono_us() + 60000000;
	while (count_copied(&f) < 8000 && time_mono_us() < deadline)
		sched_yield();
	CHECK(count_copied(&f) >= 8000);
	CHECK_INT(store_begin(f.store), CHAT_OK);
	fixture_release(&f);
}

/* A reader sees what is committed, and nothing else; it cannot write. */
static void readers(void)
{
	struct fixture f;
	struct store *reader;
	struct chat_user user;
	char why[256];
	int64_t id;

	fixture_init(&f);
	id = make_user(&f, "ada");
	CHECK_INT(open_again(&f, STORE_READER, why, &reader), CHAT_OK);
	CHECK_INT(store_user_show(reader, id, id, &f.arena, &user), CHAT_ERR_USER_NOT_FOUND);
	CHECK_INT(store_commit(f.store), CHAT_OK);
	CHECK_INT(store_user_show(reader, id, id, &f.arena, &user), CHAT_OK);
	CHECK_INT(store_begin(reader), CHAT_OK);
	CHECK_INT(store_password_set(reader, id, "x"), CHAT_ERR_UNAVAILABLE);
	store_rollback(reader);
	/* The failure is over. */
	CHECK_INT(store_user_show(reader, id, id, &f.arena, &user), CHAT_OK);
	store_close(reader);
	fixture_release(&f);
}

/* Nothing changes outside a transaction: it would be committed by itself. */
static void outside(void)
{
	struct fixture f;
	int64_t id;

	fixture_init(&f);
	id = make_user(&f, "ada");
	CHECK_INT(store_commit(f.store), CHAT_OK);
	CHECK_INT(store_password_set(f.store, id, "x"), CHAT_ERR_UNAVAILABLE);
	CHECK_INT(store_savepoint(f.store), CHAT_ERR_UNAVAILABLE);
	CHECK(!store_is_open(f.store));
	CHECK_INT(ask(f.store, "SELECT count(*) FROM users WHERE password_hash = 'x'"), 0);
	CHECK_INT(store_begin(f.store), CHAT_OK);
	CHECK_INT(store_password_set(f.store, id, "x"), CHAT_OK);
	CHECK_INT(store_commit(f.store), CHAT_OK);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM users WHERE password_hash = 'x'"), 1);
	fixture_release(&f);
}

/* A savepoint that changes more than SQLite writes in one piece can be undone, and goes on. */
static void large_savepoint(void)
{
	static const char fill[] =
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
		" INSERT INTO sessions (id, user_id, created_at, last_seen_at, expires_at, "
		"user_agent)"
		" SELECT printf('%0900d', i), $1, 1, 1, 1, 'before' FROM n";
	static const char change[] = "UPDATE sessions SET user_agent = 'after ' WHERE user_id = $1";
	struct fixture f;
	int64_t id;

	fixture_init(&f);
	id = make_user(&f, "ada");
	CHECK_INT(db_run(f.store->db, fill, DB_INT(id)), 3000);
	for (int i = 0; i < 2; i++) {
		CHECK_INT(store_savepoint(f.store), CHAT_OK);
		CHECK_INT(db_run(f.store->db, change, DB_INT(id)), 3000);
		CHECK_INT(store_undo(f.store), CHAT_OK);
	}
	CHECK_INT(ask(f.store, "SELECT count(*) FROM sessions WHERE user_agent = 'before'"), 3000);
	CHECK_INT(store_commit(f.store), CHAT_OK);
	fixture_release(&f);
}

/* An arena that is full is a failure, not a short answer. */
static void no_memory(void)
{
	struct fixture f;
	struct arena small;
	struct chat_user user;
	int64_t id;

	fixture_init(&f);
	id = make_user(&f, "ada");
	arena_init(&small, 4);
	CHECK_INT(store_user_show(f.store, id, id, &small, &user), CHAT_ERR_UNAVAILABLE);
	CHECK_STR(store_why(f.store), "out of memory");
	CHECK_INT(store_user_show(f.store, id, id, &f.arena, &user), CHAT_OK);
	arena_release(&small);
	fixture_release(&f);
}

/* --- a full disk --- */

#define BATCH 64

/* A batch as the writer runs it; how many requests may be acknowledged. */
static int run_batch(struct fixture *f, const struct place *place, int64_t author, const char *tag)
{
	static char content[8001];
	int done = 0;

	memset(content, 'x', sizeof(content) - 1);
	if (store_begin(f->store) != CHAT_OK)
		return 0;
	for (int i = 0; i < BATCH && store_is_open(f->store); i++) {
		char nonce[32];
		enum chat_err err = store_savepoint(f->store);

		snprintf(nonce, sizeof(nonce), "%s%d", tag, i);
		if (!err)
			send_message(f, place, author, content, nonce, &err);
		CHECK(err == CHAT_OK || err == CHAT_ERR_UNAVAILABLE);
		if (err)
			store_undo(f->store);
		else
			done += store_release(f->store) == CHAT_OK;
	}
	return store_commit(f->store) == CHAT_OK ? done : 0;
}

/* The disk is full when a file would pass the size that is set by `limit`; lifted after. */
static void check_full(void (*set_limit)(struct fixture *), void (*lift_limit)(struct fixture *))
{
	struct fixture f;
	struct place place;
	struct store *reader;
	char why[256];
	int64_t author, server;
	int acknowledged;

	fixture_init(&f);
	author = make_user(&f, "ada");
	server = make_server(&f, author);
	place = in_channel(&f, general(&f, server), author);
	CHECK_INT(store_commit(f.store), CHAT_OK);
	CHECK_INT(run_batch(&f, &place, author, "before"), BATCH);

	set_limit(&f);
	acknowledged = run_batch(&f, &place, author, "full");
	CHECK(acknowledged < BATCH);
	CHECK(!store_is_open(f.store));
	CHECK(strlen(store_why(f.store)) > 0);
	CHECK_INT(open_again(&f, STORE_READER, why, &reader), CHAT_OK);
	CHECK_INT(ask(reader, "SELECT count(*) FROM messages"), BATCH + acknowledged);
	CHECK_INT(ask(reader, "SELECT rev FROM servers"), 3 + BATCH + acknowledged);
	store_close(reader);

	lift_limit(&f);
	/* The same again: what was not acknowledged is made now, the rest is there already. */
	CHECK_INT(run_batch(&f, &place, author, "full"), BATCH);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM messages"), 2 * BATCH);
	CHECK_INT(ask(f.store, "SELECT rev FROM servers"), 3 + 2 * BATCH);
	CHECK_INT(ask(f.store, "SELECT count(DISTINCT rev) FROM messages"), 2 * BATCH);
	fixture_release(&f);
}

static void set_pages(struct fixture *f, int64_t pages)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %lld", (long long)pages);
	CHECK_INT(sqlite3_exec(f->store->db->handle, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void few_pages(struct fixture *f)
{
	set_pages(f, ask(f->store, "PRAGMA page_count") + 20);
}

static void many_pages(struct fixture *f)
{
	set_pages(f, 1000000);
}

static void limit_file_size(rlim_t size)
{
	struct rlimit limit = {size, RLIM_INFINITY};

	CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* No file may be longer than the log is now: the commit fails. */
static void short_files(struct fixture *f)
{
	struct stat st;
	char path[96];

	fixture_path(f, "-wal", path);
	CHECK_INT(stat(path, &st), 0);
	signal(SIGXFSZ, SIG_IGN);
	limit_file_size((rlim_t)st.st_size + 10000);
}

static void long_files(struct fixture *f)
{
	(void)f;
	limit_file_size(RLIM_INFINITY);
}

static void full_in_a_statement(void)
{
	check_full(few_pages, many_pages);
}

static void full_in_the_commit(void)
{
	check_full(short_files, long_files);
}

int main(void)
{
	RUN(foreign_files);
	RUN(broken_files);
	RUN(no_access);
	RUN(schemas);
	RUN(long_log);
	RUN(log_is_copied_beside_the_writer);
	RUN(readers);
	RUN(outside);
	RUN(large_savepoint);
	RUN(no_memory);
	RUN(full_in_a_statement);
	RUN(full_in_the_commit);
	return test_end();
}
