#include "fixture.h"

#include <sqlite3.h>
#include <string.h>
#include <chat/limits.h>
#include "db/sqlite.h"
#include "store/rows.h"

/* What is asked costs what is answered, however much there is beside it. */

static struct chat_unread unread_of(struct fixture *f, int64_t user, int64_t channel)
{
	struct chat_unread *list;
	size_t count;

	CHECK_INT(store_unread_list(f->store, user, &f->arena, &list, &count), CHAT_OK);
	if (!CHECK_INT(count, 1) || !CHECK_INT(list[0].channel_id, channel))
		return (struct chat_unread){0};
	return list[0];
}

static enum chat_err mark(struct fixture *f, int64_t user, int64_t channel, int64_t message,
	struct chat_unread *out, bool *moved)
{
	struct place place = in_channel(f, channel, user);

	return store_read_update(f->store, &place, user, message, out, moved);
}

/* So many messages of the user, each one mentioning `mentioned` if there is such a user. */
static void pile_up(struct fixture *f, const struct place *place, int64_t author, int n,
	int64_t mentioned, bool deleted)
{
	char sql[1000];

	snprintf(sql, sizeof(sql),
		"INSERT INTO messages (server_id, channel_id, user_id, content, created_at,"
		" updated_at, deleted, created_rev, rev) WITH RECURSIVE n (i) AS (SELECT 1 UNION"
		" ALL SELECT i + 1 FROM n WHERE i < %d) SELECT %lld, %lld, %lld, 'x', 1, 1, %d, 1, "
		"1"
		" FROM n",
		n, (long long)place->server_id, (long long)place->channel_id, (long long)author,
		deleted);
	run_sql(f->store, sql);
	snprintf(sql, sizeof(sql),
		"INSERT OR IGNORE INTO mentions SELECT %lld, channel_id, id FROM messages"
		" WHERE channel_id = %lld AND user_id <> %lld AND %lld > 0",
		(long long)mentioned, (long long)place->channel_id, (long long)mentioned,
		(long long)mentioned);
	run_sql(f->store, sql);
}

#define PILE 20000
/* Steps of SQLite's machine that a channel's counts may take, however much is unread. */
#define STEPS_PER_COUNT 3000

static void unread(void)
{
	struct fixture f;
	struct chat_unread out, *list;
	struct chat_ready ready = {0};
	struct place place;
	int64_t ada, bob, server, channel, first;
	size_t count;
	bool moved, same;

	fixture_init(&f);
	ada = make_user(&f, "ada");
	bob = make_user(&f, "bob");
	server = make_server(&f, ada);
	channel = general(&f, server);
	place = in_channel(&f, channel, ada);
	first = send_message(&f, &place, ada, "kept", NULL, NULL);
	/* What was gone when bob joined. */
	pile_up(&f, &place, ada, PILE, 0, true);
	join(&f, server, bob);
	count_steps(&f);
	out = unread_of(&f, bob, channel);
	CHECK_INT(out.last_read_id, first);
	CHECK_INT(out.unread, 0);
	CHECK(!out.more);
	CHECK(count_steps(&f) < STEPS_PER_COUNT);
	first = send_message(&f, &place, ada, "first", NULL, NULL);

	/* A long run of bob's own, then all that ada has to say to him. */
	place = in_channel(&f, channel, bob);
	pile_up(&f, &place, bob, PILE, 0, false);
	count_steps(&f);
	out = unread_of(&f, bob, channel);
	CHECK(count_steps(&f) < STEPS_PER_COUNT);
	CHECK_INT(out.unread, 1);
	CHECK_INT(out.mentions, 0);
	CHECK(out.more);
	CHECK_INT(unread_of(&f, ada, channel).unread, 98); /* above her own two */
	place = in_channel(&f, channel, ada);
	pile_up(&f, &place, ada, PILE, bob, false);
	count_steps(&f);
	CHECK_INT(mark(&f, bob, channel, first + PILE, &out, &moved), CHAT_OK);
	CHECK(count_steps(&f) < STEPS_PER_COUNT);
	CHECK(moved);
	CHECK_INT(out.unread, LIMIT_UNREAD_MAX);
	CHECK_INT(out.mentions, LIMIT_UNREAD_MAX);
	CHECK(out.more);
	CHECK_INT(store_ready(f.store, bob, &f.arena, &ready), CHAT_OK);
	CHECK(((const struct chat_unread *)ready.unread.items)->more);
	CHECK_INT(store_unread_at(f.store, server, server_rev(&f, server), bob, &f.arena, &list,
			  &count, &same),
		CHAT_OK);
	CHECK(same && count == 1 && list[0].more);
	CHECK(count_steps(&f) < 3 * STEPS_PER_COUNT);

	/* At the bound itself. */
	CHECK_INT(
		mark(&f, bob, channel, first + 2 * PILE - LIMIT_UNREAD_MAX, &out, &moved), CHAT_OK);
	CHECK_INT(out.unread, LIMIT_UNREAD_MAX);
	CHECK_INT(out.mentions, LIMIT_UNREAD_MAX);
	CHECK(!out.more);
	send_message(&f, &place, ada, "one more", NULL, NULL);
	out = unread_of(&f, bob, channel);
	CHECK_INT(out.unread, LIMIT_UNREAD_MAX);
	CHECK(out.more);
	fixture_release(&f);
}

/* Channels and members that are gone cost nothing to those who are there. */
static void gone(void)
{
	struct fixture f;
	struct chat_ready ready = {0};
	struct chat_channel *channels;
	struct chat_member *members;
	struct chat_page_query page = {0};
	size_t count;
	int64_t ada, server;
	char sql[400];

	fixture_init(&f);
	ada = make_user(&f, "ada");
	server = make_server(&f, ada);
	snprintf(sql, sizeof(sql),
		"INSERT INTO channels (server_id, name, created_at, created_rev, rev, deleted_at)"
		" WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
		" SELECT %lld, 'gone', 1, 1, 1, 1 FROM n",
		PILE, (long long)server);
	run_sql(f.store, sql);
	run_sql(f.store,
		"INSERT INTO users (username, username_fold, email, email_fold, password_hash,"
		" created_at) SELECT 'u' || id, 'u' || id, id, id, '', 1 FROM channels");
	run_sql(f.store,
		"INSERT INTO members (server_id, user_id, role, joined_at, left_at, created_rev,"
		" rev) SELECT s.id, u.id, 1, 1, 1, 1, 1 FROM users u, servers s"
		" WHERE u.username <> 'ada'");
	count_steps(&f);
	CHECK_INT(store_ready(f.store, ada, &f.arena, &ready), CHAT_OK);
	CHECK_INT(ready.unread.count, 1);
	CHECK_INT(store_channel_list(f.store, server, &f.arena, &channels, &count), CHAT_OK);
	CHECK_INT(count, 1);
	CHECK_INT(store_member_list(f.store, server, ada, &page, &f.arena, &members, &count),
		CHAT_OK);
	CHECK_INT(count, 1);
	CHECK(count_steps(&f) < STEPS_PER_COUNT);
	fixture_release(&f);
}

int main(void)
{
	RUN(unread);
	RUN(gone);
	return test_end();
}
