#include "fixture.h"

#include <stdio.h>

/* A channel with an author and a reader. */
struct room {
	struct fixture f;
	int64_t author, reader, server, channel;
	struct place place;
};

static void room_init(struct room *r)
{
	fixture_init(&r->f);
	r->author = make_user(&r->f, "author");
	r->reader = make_user(&r->f, "reader");
	r->server = make_server(&r->f, r->author);
	join(&r->f, r->server, r->reader);
	r->channel = general(&r->f, r->server);
	r->place = in_channel(&r->f, r->channel, r->author);
}

static void sending(void)
{
	struct room r;
	struct chat_user author = {
		.username = "author", .email = "author@example.org", .created_at = 5};
	struct chat_message_create in = {.content = "hello", .nonce = "n1"};
	struct chat_message out, read;
	bool repeat;
	int64_t rev, before;

	room_init(&r);
	author.id = r.author;
	before = server_rev(&r.f, r.server);
	CHECK_INT(store_message_create(r.f.store, &r.place, &author, &in, r.f.now, &r.f.arena, &out,
			  &repeat, &rev),
		CHAT_OK);
	CHECK(!repeat);
	CHECK_INT(rev, before + 1);
	CHECK_STR(out.content, "hello");
	CHECK_STR(out.nonce, "n1");
	CHECK_INT(out.created_at, r.f.now);
	CHECK_INT(out.channel_id, r.channel);
	CHECK(out.user->email == NULL);

	CHECK_INT(store_message_show(r.f.store, out.id, r.author, &r.f.arena, &read), CHAT_OK);
	CHECK_STR(read.content, "hello");
	CHECK_STR(read.nonce, "n1");
	CHECK_STR(read.user->username, "author");
	CHECK_INT(read.updated_at, r.f.now);
	CHECK(!read.is_edited);
	CHECK_INT(store_message_show(r.f.store, out.id, r.reader, &r.f.arena, &read), CHAT_OK);
	CHECK(read.nonce == NULL);
	CHECK(read.user->email == NULL);
	fixture_release(&r.f);
}

static void nonces(void)
{
	struct room r;
	struct chat_user author = {.username = "author"};
	struct chat_message_create in = {.content = "once", .nonce = "n"};
	struct chat_message out;
	struct place other, message;
	enum chat_err err;
	bool repeat;
	int64_t rev, first, before, changes;

	room_init(&r);
	author.id = r.author;
	first = send_message(&r.f, &r.place, r.author, "once", "n", NULL);
	before = server_rev(&r.f, r.server);

	CHECK_INT(store_message_create(r.f.store, &r.place, &author, &in, r.f.now + 1, &r.f.arena,
			  &out, &repeat, &rev),
		CHAT_OK);
	CHECK(repeat);
	CHECK_INT(out.id, first);
	CHECK_INT(out.created_at, r.f.now);
	CHECK_STR(out.user->username, "author");
	CHECK_INT(server_rev(&r.f, r.server), before);
	CHECK_INT(ask(r.f.store, "SELECT count(*) FROM messages"), 1);

	/* What is refused has changed nothing, so that the writer needs no savepoint. */
	changes = store_changes(r.f.store);
	send_message(&r.f, &r.place, r.author, "other", "n", &err);
	CHECK_INT(err, CHAT_ERR_NONCE_REUSED);
	CHECK_INT(store_changes(r.f.store), changes);
	/* It is the author's own in the channel: others have theirs, and no nonce is like none. */
	other = in_channel(&r.f, r.channel, r.reader);
	CHECK(send_message(&r.f, &other, r.reader, "mine", "n", NULL) > first);
	CHECK(send_message(&r.f, &r.place, r.author, "once", NULL, NULL) !=
		send_message(&r.f, &r.place, r.author, "once", NULL, NULL));

	message = of_message(&r.f, first, r.author);
	CHECK_INT(store_message_delete(r.f.store, &message, &rev), CHAT_OK);
	changes = store_changes(r.f.store);
	send_message(&r.f, &r.place, r.author, "once", "n", &err);
	CHECK_INT(err, CHAT_ERR_MESSAGE_GONE);
	CHECK_INT(store_changes(r.f.store), changes);
	fixture_release(&r.f);
}

static void editing(void)
{
	struct room r;
	struct chat_message_update in = {.content = "second"};
	struct chat_message out;
	struct place place;
	int64_t rev, id, before;

	room_init(&r);
	id = send_message(&r.f, &r.place, r.author, "first", "n", NULL);
	place = of_message(&r.f, id, r.author);
	CHECK_INT(place.author_id, r.author);
	before = server_rev(&r.f, r.server);
	CHECK_INT(store_message_update(
			  r.f.store, &place, r.author, &in, r.f.now + 7, &r.f.arena, &out, &rev),
		CHAT_OK);
	CHECK_INT(rev, before + 1);
	CHECK_STR(out.content, "second");
	CHECK_INT(out.updated_at, r.f.now + 7);
	CHECK_INT(out.created_at, r.f.now);
	CHECK(out.is_edited);
	/* The same again is no change. */
	CHECK_INT(store_message_update(
			  r.f.store, &place, r.author, &in, r.f.now + 9, &r.f.arena, &out, &rev),
		CHAT_OK);
	CHECK_INT(rev, 0);
	CHECK_INT(out.updated_at, r.f.now + 7);
	CHECK_INT(server_rev(&r.f, r.server), before + 1);
	fixture_release(&r.f);
}

static void deleting(void)
{
	struct room r;
	struct path_params path = {0};
	struct chat_message out;
	struct chat_channel channel;
	struct place place;
	int64_t rev, kept, id;

	room_init(&r);
	kept = send_message(&r.f, &r.place, r.author, "kept", NULL, NULL);
	id = send_message(&r.f, &r.place, r.author, "secret", NULL, NULL);
	place = of_message(&r.f, id, r.reader);
	CHECK_INT(store_channel_show(r.f.store, r.channel, &r.f.arena, &channel), CHAT_OK);
	CHECK_INT(channel.last_message_id, id);
	CHECK_INT(store_message_delete(r.f.store, &place, &rev), CHAT_OK);
	CHECK_INT(rev, server_rev(&r.f, r.server));

	CHECK_INT(store_message_show(r.f.store, id, r.author, &r.f.arena, &out),
		CHAT_ERR_MESSAGE_NOT_FOUND);
	CHECK_INT(store_message_delete(r.f.store, &place, &rev), CHAT_ERR_MESSAGE_NOT_FOUND);
	path.message_id = id;
	CHECK_INT(store_place(r.f.store, &path, r.author, &place), CHAT_ERR_MESSAGE_NOT_FOUND);
	CHECK_INT(store_channel_show(r.f.store, r.channel, &r.f.arena, &channel), CHAT_OK);
	CHECK_INT(channel.last_message_id, kept);
	/* What is left of it is for those who were away. */
	CHECK_INT(ask(r.f.store, "SELECT count(*) FROM messages WHERE deleted = 1"
				 " AND content = '' AND rev > created_rev"),
		1);
	fixture_release(&r.f);
}

/* Ten messages in the channel, with another channel's between them; ids[4] is deleted. */
static void fill(struct room *r, int64_t ids[10])
{
	struct chat_channel_create in = {.name = "other"};
	struct chat_channel other;
	struct place place, gone;
	int64_t rev;

	CHECK_INT(store_channel_create(
			  r->f.store, r->server, &in, r->f.now, &r->f.arena, &other, &rev),
		CHAT_OK);
	CHECK_INT(other.last_message_id, 0);
	place = in_channel(&r->f, other.id, r->author);
	for (size_t i = 0; i < 10; i++) {
		ids[i] = send_message(&r->f, &r->place, r->author, "x", NULL, NULL);
		send_message(&r->f, &place, r->author, "elsewhere", NULL, NULL);
	}
	gone = of_message(&r->f, ids[4], r->author);
	CHECK_INT(store_message_delete(r->f.store, &gone, &rev), CHAT_OK);
}

/* Compares a page with "0 1 2", the numbers of its messages. */
static void check_page(struct room *r, const int64_t ids[10],
	const struct chat_history_query *query, const char *want)
{
	struct chat_message *list;
	size_t count;
	char got[64] = "";

	CHECK_INT(store_message_list(
			  r->f.store, r->channel, r->reader, query, &r->f.arena, &list, &count),
		CHAT_OK);
	for (size_t i = 0; i < count; i++) {
		size_t n = 0, len = strlen(got);

		while (n < 10 && ids[n] != list[i].id)
			n++;
		snprintf(got + len, sizeof(got) - len, "%s%zu", i ? " " : "", n);
		CHECK_STR(list[i].user->username, "author");
	}
	CHECK_STR(got, want);
}

static void history(void)
{
	struct room r;
	int64_t id[10];
	struct chat_history_query q;

	room_init(&r);
	fill(&r, id);
	check_page(&r, id, &(struct chat_history_query){0}, "0 1 2 3 5 6 7 8 9");
	check_page(&r, id, &(struct chat_history_query){.limit = 3}, "7 8 9");
	check_page(&r, id, &(struct chat_history_query){.limit = 3, .skip = 4}, "2 3 5");
	check_page(&r, id, &(struct chat_history_query){.limit = 3, .skip = 8}, "0");
	check_page(&r, id, &(struct chat_history_query){.skip = 9}, "");
	q = (struct chat_history_query){.limit = 3, .before = id[6]};
	check_page(&r, id, &q, "2 3 5");
	q.before = id[0];
	check_page(&r, id, &q, "");
	q = (struct chat_history_query){.limit = 3, .after = id[2]};
	check_page(&r, id, &q, "3 5 6");
	q.after = id[9];
	check_page(&r, id, &q, "");
	q.after = LIMIT_ID_MAX;
	check_page(&r, id, &q, "");
	q = (struct chat_history_query){.limit = 4, .around = id[6]};
	check_page(&r, id, &q, "3 5 6 7");
	q.around = id[4]; /* it is gone: its neighbours */
	check_page(&r, id, &q, "2 3 5 6");
	q.around = id[0];
	check_page(&r, id, &q, "0 1 2 3");
	q.around = id[9];
	check_page(&r, id, &q, "7 8 9");
	q.limit = 1;
	check_page(&r, id, &q, "9");
	fixture_release(&r.f);
}

/* A page costs what it shows, however much there is elsewhere, before and after it. */
static void history_is_indexed(void)
{
	struct room r;
	struct chat_history_query old = {.limit = 1}, new = {.limit = 1};
	struct chat_channel channel;
	int64_t id[10];
	size_t count;
	struct chat_message *list;
	struct place elsewhere;

	room_init(&r);
	fill(&r, id);
	CHECK_INT(store_channel_show(r.f.store, r.channel + 1, &r.f.arena, &channel), CHAT_OK);
	elsewhere = in_channel(&r.f, channel.id, r.author);
	for (int i = 0; i < 1000; i++)
		send_message(&r.f, &elsewhere, r.author, "elsewhere", NULL, NULL);
	old.after = id[2];
	new.before = LIMIT_ID_MAX;
	count_steps(&r.f);
	CHECK_INT(
		store_message_list(r.f.store, r.channel, r.reader, &old, &r.f.arena, &list, &count),
		CHAT_OK);
	CHECK_INT(
		store_message_list(r.f.store, r.channel, r.reader, &new, &r.f.arena, &list, &count),
		CHAT_OK);
	CHECK_INT(store_channel_show(r.f.store, r.channel, &r.f.arena, &channel), CHAT_OK);
	CHECK_INT(channel.last_message_id, id[9]);
	CHECK(count_steps(&r.f) < 1000);
	fixture_release(&r.f);
}

/* Every change takes the next rev of its server, and none of another's. */
static void revs(void)
{
	struct room r;
	struct place place;
	struct chat_message_update edit = {.content = "edited"};
	struct chat_server_update settings = {.name = "renamed"};
	struct chat_message message;
	struct chat_server server;
	int64_t other, rev, before, id;

	room_init(&r);
	other = make_server(&r.f, r.reader);
	before = server_rev(&r.f, other);
	CHECK_INT(server_rev(&r.f, r.server), 4); /* settings, owner, channel, reader */
	id = send_message(&r.f, &r.place, r.author, "x", "a", NULL);
	send_message(&r.f, &r.place, r.author, "x", "a", NULL);
	place = of_message(&r.f, id, r.author);
	CHECK_INT(store_message_update(
			  r.f.store, &place, r.author, &edit, r.f.now, &r.f.arena, &message, &rev),
		CHAT_OK);
	CHECK_INT(rev, 6);
	CHECK_INT(store_server_update(r.f.store, r.server, &settings, &r.f.arena, &server, &rev),
		CHAT_OK);
	CHECK_INT(rev, 7);
	CHECK_INT(store_message_delete(r.f.store, &place, &rev), CHAT_OK);
	CHECK_INT(rev, 8);
	CHECK_INT(store_member_remove(r.f.store, r.server, r.reader, r.f.now, &rev), CHAT_OK);
	CHECK_INT(rev, 9);
	CHECK_INT(server_rev(&r.f, r.server), 9);
	CHECK_INT(server_rev(&r.f, other), before);
	fixture_release(&r.f);
}

/* An undone request gives its rev back. */
static void undone(void)
{
	struct room r;
	int64_t before;

	room_init(&r);
	before = server_rev(&r.f, r.server);
	CHECK_INT(store_savepoint(r.f.store), CHAT_OK);
	CHECK(send_message(&r.f, &r.place, r.author, "lost", "n", NULL) > 0);
	CHECK_INT(store_undo(r.f.store), CHAT_OK);
	CHECK(store_is_open(r.f.store));
	CHECK_INT(server_rev(&r.f, r.server), before);
	CHECK_INT(store_savepoint(r.f.store), CHAT_OK);
	CHECK(send_message(&r.f, &r.place, r.author, "kept", "n", NULL) > 0);
	CHECK_INT(store_release(r.f.store), CHAT_OK);
	CHECK_INT(store_commit(r.f.store), CHAT_OK);
	CHECK_INT(server_rev(&r.f, r.server), before + 1);
	fixture_release(&r.f);
}

/* What messages count in memory is in the rows before anything else sees them. */
static void counted(void)
{
	struct room r;
	struct place place;
	struct change *changes;
	size_t count;
	int64_t other, here, there, rev;
	bool complete;

	room_init(&r);
	other = make_server(&r.f, r.author);
	place = in_channel(&r.f, general(&r.f, other), r.author);
	here = server_rev(&r.f, r.server);
	there = server_rev(&r.f, other);
	for (int i = 0; i < 3; i++) {
		send_message(&r.f, &r.place, r.author, "x", NULL, NULL);
		send_message(&r.f, &r.place, r.author, "x", NULL, NULL);
		send_message(&r.f, &place, r.author, "x", NULL, NULL);
	}
	CHECK_INT(store_replay(r.f.store, r.server, r.author, here, here, 100, &r.f.arena, &changes,
			  &count, &rev, &complete),
		CHAT_OK);
	CHECK_INT(rev, here + 6);
	CHECK_INT(count, 6);
	send_message(&r.f, &r.place, r.author, "x", NULL, NULL);
	CHECK_INT(store_member_remove(r.f.store, r.server, r.reader, r.f.now, &rev), CHAT_OK);
	CHECK_INT(rev, here + 8);
	send_message(&r.f, &r.place, r.author, "x", NULL, NULL);
	CHECK_INT(store_savepoint(r.f.store), CHAT_OK);
	CHECK_INT(store_member_set_role(r.f.store, other, r.author, ROLE_ADMIN, &rev), CHAT_OK);
	CHECK_INT(store_undo(r.f.store), CHAT_OK);
	CHECK_INT(store_commit(r.f.store), CHAT_OK);
	CHECK_INT(server_rev(&r.f, r.server), here + 9);
	CHECK_INT(server_rev(&r.f, other), there + 3);
	fixture_release(&r.f);
}

int main(void)
{
	RUN(sending);
	RUN(nonces);
	RUN(editing);
	RUN(deleting);
	RUN(history);
	RUN(history_is_indexed);
	RUN(revs);
	RUN(undone);
	RUN(counted);
	return test_end();
}
