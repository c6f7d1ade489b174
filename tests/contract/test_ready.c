#include "fixture.h"

#include <chat/limits.h>

#include <pthread.h>
#include <stdlib.h>

/* What a gateway session starts from: the epoch, the state of each server, what is unread. */

static struct store *open_store(const struct fixture *f, enum store_mode mode)
{
	struct store *store = NULL;
	struct buf why;

	buf_init(&why, 1024);
	if (!CHECK_INT(store_open(&store, f->url, mode, &why), CHAT_OK)) {
		fprintf(stderr, "%s\n", buf_str(&why));
		abort();
	}
	buf_release(&why);
	return store;
}

static void epochs(void)
{
	struct fixture f, other;
	struct store *reader;
	const char *first, *again;

	fixture_init(&f);
	CHECK_INT(store_epoch(f.store, &f.arena, &first), CHAT_OK);
	CHECK_INT(strlen(first), 32);
	CHECK_INT(strspn(first, "0123456789abcdef"), 32);
	CHECK_INT(store_commit(f.store), CHAT_OK);
	reader = open_store(&f, STORE_READER);
	CHECK_INT(store_epoch(reader, &f.arena, &again), CHAT_OK);
	CHECK_STR(again, first);
	store_close(reader);
	store_close(f.store);
	f.store = open_store(&f, STORE_WRITER);
	CHECK_INT(store_epoch(f.store, &f.arena, &again), CHAT_OK);
	CHECK_STR(again, first);
	fixture_init(&other);
	CHECK_INT(store_epoch(other.store, &f.arena, &again), CHAT_OK);
	CHECK(strcmp(again, first) != 0);
	fixture_release(&other);
	fixture_release(&f);
}

static int64_t add_channel(struct fixture *f, int64_t server, const char *name)
{
	struct chat_channel_create in = {.name = name, .description = "what"};
	struct chat_channel out;
	int64_t rev;

	CHECK_INT(store_channel_create(f->store, server, &in, f->now, &f->arena, &out, &rev),
		CHAT_OK);
	return out.id;
}

static void check_same(const struct chat_server_state *a, const struct chat_server_state *b)
{
	CHECK_INT(a->id, b->id);
	CHECK_STR(a->name, b->name);
	CHECK_STR(a->description, b->description);
	CHECK_INT(a->owner_id, b->owner_id);
	CHECK_INT(a->created_at, b->created_at);
	CHECK_INT(a->rev, b->rev);
	CHECK_INT(a->role, b->role);
	CHECK_INT(a->members_online, 0);
	if (!CHECK_INT(a->channels.count, b->channels.count))
		return;
	for (size_t i = 0; i < a->channels.count; i++) {
		const struct chat_channel *x = &a->channels.items[i], *y = &b->channels.items[i];

		CHECK_INT(x->id, y->id);
		CHECK_INT(x->server_id, a->id);
		CHECK_STR(x->name, y->name);
		CHECK_STR(x->description, y->description);
		CHECK_INT(x->last_message_id, y->last_message_id);
	}
}

static void states(void)
{
	struct fixture f;
	struct chat_ready ready = {0};
	struct chat_server_state state;
	struct place place;
	int64_t ada, bob, first, second, third, gone, message, rev;

	fixture_init(&f);
	ada = make_user(&f, "ada");
	bob = make_user(&f, "bob");
	CHECK_INT(store_ready(f.store, bob, &f.arena, &ready), CHAT_OK);
	CHECK_INT(ready.servers.count, 0);
	CHECK_INT(ready.unread.count, 0);
	CHECK_STR(ready.user->username, "bob");
	CHECK(ready.user->email != NULL);
	CHECK_INT(store_ready(f.store, bob + 1, &f.arena, &ready), CHAT_ERR_USER_NOT_FOUND);

	first = make_server(&f, ada);
	second = make_server(&f, bob);
	third = make_server(&f, ada);
	add_channel(&f, third, "more");
	gone = add_channel(&f, third, "gone");
	place = in_channel(&f, gone, ada);
	CHECK_INT(store_channel_delete(f.store, &place, f.now, &rev), CHAT_OK);
	join(&f, third, bob);
	CHECK_INT(store_member_set_role(f.store, third, bob, ROLE_MODERATOR, &rev), CHAT_OK);
	place = in_channel(&f, general(&f, third), ada);
	message = send_message(&f, &place, ada, "hello @bob", NULL, NULL);

	CHECK_INT(store_ready(f.store, bob, &f.arena, &ready), CHAT_OK);
	if (!CHECK_INT(ready.servers.count, 2) || !CHECK_INT(ready.unread.count, 3))
		return;
	CHECK_INT(ready.servers.items[0].id, second);
	CHECK_INT(ready.servers.items[0].role, ROLE_OWNER);
	CHECK_INT(ready.servers.items[0].rev, 3);
	CHECK_INT(ready.servers.items[0].channels.count, 1);
	CHECK_INT(ready.servers.items[1].id, third);
	CHECK_INT(ready.servers.items[1].role, ROLE_MODERATOR);
	CHECK_INT(ready.servers.items[1].rev, server_rev(&f, third));
	CHECK_INT(ready.servers.items[1].channels.count, 2);
	CHECK_INT(ready.servers.items[1].channels.items[0].last_message_id, message);
	CHECK_STR(ready.servers.items[1].channels.items[1].name, "more");
	CHECK_INT(ready.unread.items[1].channel_id, place.channel_id);
	CHECK_INT(ready.unread.items[1].unread, 1);
	CHECK_INT(ready.unread.items[1].mentions, 1);

	for (size_t i = 0; i < ready.servers.count; i++) {
		CHECK_INT(store_server_state(
				  f.store, ready.servers.items[i].id, bob, &f.arena, &state),
			CHAT_OK);
		check_same(&state, &ready.servers.items[i]);
	}
	CHECK_INT(store_server_state(f.store, first, bob, &f.arena, &state), CHAT_ERR_NOT_MEMBER);
	CHECK_INT(store_server_delete(f.store, second, f.now, &rev), CHAT_OK);
	CHECK_INT(store_member_remove(f.store, third, bob, f.now, &rev), CHAT_OK);
	CHECK_INT(store_ready(f.store, bob, &f.arena, &ready), CHAT_OK);
	CHECK_INT(ready.servers.count, 0);
	CHECK_INT(ready.unread.count, 0);
	fixture_release(&f);
}

/* --- one snapshot --- */

#define ROUNDS 400

struct twins {
	struct fixture f;
	struct place places[2];
	int64_t author;
	int failed;
	int done; /* atomic */
};

/* Each transaction has one message more in either server. */
static void *write_both(void *arg)
{
	struct twins *t = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct chat_user author = {.id = t->author, .username = "ada"};
		struct chat_message_create in = {.content = "hello @bob"};
		struct chat_message out;
		int64_t rev;
		bool repeat;

		t->failed += store_begin(t->f.store) != CHAT_OK;
		for (int j = 0; j < 2; j++)
			t->failed += store_message_create(t->f.store, &t->places[j], &author, &in,
					     t->f.now, &t->f.arena, &out, &repeat, &rev) != CHAT_OK;
		t->failed += store_commit(t->f.store) != CHAT_OK;
	}
	__atomic_store_n(&t->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static bool is_whole(const struct chat_ready *ready, int64_t start)
{
	const struct chat_server_state *servers = ready->servers.items;
	const struct chat_unread *unread = ready->unread.items;
	int64_t n, counted;

	if (!CHECK_INT(ready->servers.count, 2) || !CHECK_INT(ready->unread.count, 2))
		return false;
	n = servers[0].rev - start;
	counted = n < LIMIT_UNREAD_MAX ? n : LIMIT_UNREAD_MAX;
	return CHECK_INT(servers[1].rev, servers[0].rev) && CHECK_INT(unread[0].unread, counted) &&
	       CHECK_INT(unread[1].unread, counted) && CHECK_INT(unread[1].mentions, counted) &&
	       CHECK_INT(unread[0].more, n > counted) && CHECK_INT(unread[1].more, n > counted) &&
	       CHECK_INT(servers[1].channels.items[0].last_message_id,
		       n > 0 ? servers[0].channels.items[0].last_message_id + 1 : 0);
}

/* What is committed while a reader reads is in all of its answer or in none. */
static void snapshots(void)
{
	static struct twins t;
	struct store *reader;
	struct arena arena;
	pthread_t writer;
	int64_t bob, servers[2], start, to = 0;
	bool whole = true, complete;

	memset(&t, 0, sizeof(t));
	arena_init(&arena, 0);
	fixture_init(&t.f);
	t.author = make_user(&t.f, "ada");
	bob = make_user(&t.f, "bob");
	for (int i = 0; i < 2; i++) {
		servers[i] = make_server(&t.f, t.author);
		join(&t.f, servers[i], bob);
		t.places[i] = in_channel(&t.f, general(&t.f, servers[i]), t.author);
	}
	start = server_rev(&t.f, servers[0]);
	CHECK_INT(store_commit(t.f.store), CHAT_OK);
	reader = open_store(&t.f, STORE_READER);
	CHECK_INT(pthread_create(&writer, NULL, write_both, &t), 0);
	while (whole && !__atomic_load_n(&t.done, __ATOMIC_ACQUIRE)) {
		struct chat_ready ready = {0};
		struct change *list;
		size_t count;

		whole = CHECK_INT(store_ready(reader, bob, &arena, &ready), CHAT_OK) &&
			is_whole(&ready, start);
		whole &= CHECK_INT(store_replay(reader, servers[0], bob, start, start, ROUNDS * 2,
					   &arena, &list, &count, &to, &complete),
			CHAT_OK);
		whole &= CHECK_INT(to, start + (int64_t)count) && CHECK(complete);
		arena_reset(&arena);
	}
	pthread_join(writer, NULL);
	CHECK_INT(t.failed, 0);
	/* No snapshot is held on to. */
	CHECK(!store_is_open(reader));
	store_close(reader);
	arena_release(&arena);
	fixture_release(&t.f);
}

int main(void)
{
	RUN(epochs);
	RUN(states);
	RUN(snapshots);
	return test_end();
}
