#include "fixture.h"

/* Invites, channels, limits and what upkeep removes. */

static enum chat_err make_invite(struct fixture *f, int64_t server, int64_t creator,
	const char *code, int64_t max_uses, int64_t expires_in)
{
	struct chat_invite_create in = {.max_uses = max_uses, .expires_in = expires_in};
	struct chat_invite invite;

	return store_invite_create(
		f->store, server, creator, code, &in, f->now, &f->arena, &invite);
}

static enum chat_err accept(struct fixture *f, const char *code, int64_t user, bool *joined)
{
	struct chat_server server;
	struct chat_member member;
	int64_t rev;
	enum chat_err err = store_invite_accept(
		f->store, code, user, f->now, &f->arena, &server, &member, joined, &rev);

	if (!err) {
		CHECK_INT(member.user_id, user);
		CHECK_INT(rev, *joined ? server_rev(f, server.id) : 0);
	}
	return err;
}

static void invites(void)
{
	struct fixture f;
	struct chat_invite invite, *list;
	size_t count;
	bool joined;
	int64_t owner, ada, bob, eve, server;

	fixture_init(&f);
	owner = make_user(&f, "owner");
	ada = make_user(&f, "ada");
	bob = make_user(&f, "bob");
	eve = make_user(&f, "eve");
	server = make_server(&f, owner);
	CHECK_INT(make_invite(&f, server, owner, "two", 2, 0), CHAT_OK);
	CHECK_INT(make_invite(&f, server, owner, "hour", 0, 3600), CHAT_OK);
	CHECK_INT(store_invite_show(f.store, "hour", f.now, &f.arena, &invite), CHAT_OK);
	CHECK_STR(invite.server_name, "server");
	CHECK_INT(invite.expires_at, f.now + 3600000);
	CHECK_INT(invite.max_uses, 0);
	CHECK_INT(store_invite_show(f.store, "hour", f.now + 3600000, &f.arena, &invite),
		CHAT_ERR_INVITE_NOT_FOUND);
	CHECK_INT(store_invite_list(f.store, server, f.now, &f.arena, &list, &count), CHAT_OK);
	CHECK_INT(count, 2);
	CHECK_INT(store_invite_list(f.store, server, f.now + 3600000, &f.arena, &list, &count),
		CHAT_OK);
	CHECK_INT(count, 1);

	CHECK_INT(accept(&f, "none", ada, &joined), CHAT_ERR_INVITE_NOT_FOUND);
	CHECK_INT(accept(&f, "two", ada, &joined), CHAT_OK);
	CHECK(joined);
	/* A member joins once, and no use is counted. */
	CHECK_INT(accept(&f, "two", ada, &joined), CHAT_OK);
	CHECK(!joined);
	CHECK_INT(store_invite_show(f.store, "two", f.now, &f.arena, &invite), CHAT_OK);
	CHECK_INT(invite.uses, 1);
	CHECK_INT(accept(&f, "two", bob, &joined), CHAT_OK);
	CHECK_INT(accept(&f, "two", eve, &joined), CHAT_ERR_INVITE_NOT_FOUND);
	CHECK_INT(store_invite_delete(f.store, "hour"), CHAT_OK);
	CHECK_INT(store_invite_delete(f.store, "hour"), CHAT_ERR_INVITE_NOT_FOUND);
	fixture_release(&f);
}

/* Invites end with their creator's membership, and with the server. */
static void invites_end(void)
{
	struct fixture f;
	struct chat_invite invite;
	int64_t owner, ada, server, rev;

	fixture_init(&f);
	owner = make_user(&f, "owner");
	ada = make_user(&f, "ada");
	server = make_server(&f, owner);
	join(&f, server, ada);
	CHECK_INT(make_invite(&f, server, ada, "hers", 0, 0), CHAT_OK);
	CHECK_INT(make_invite(&f, server, owner, "his", 0, 0), CHAT_OK);
	CHECK_INT(store_member_remove(f.store, server, ada, f.now, &rev), CHAT_OK);
	CHECK_INT(store_invite_show(f.store, "hers", f.now, &f.arena, &invite),
		CHAT_ERR_INVITE_NOT_FOUND);
	CHECK_INT(store_invite_show(f.store, "his", f.now, &f.arena, &invite), CHAT_OK);
	CHECK_INT(store_server_delete(f.store, server, f.now, &rev), CHAT_OK);
	CHECK_INT(store_invite_show(f.store, "his", f.now, &f.arena, &invite),
		CHAT_ERR_INVITE_NOT_FOUND);
	fixture_release(&f);
}

static void channels(void)
{
	struct fixture f;
	struct chat_channel_create in = {.name = "news", .description = "what is new"};
	struct chat_channel_update update = {.name = "olds"};
	struct chat_channel channel, *list;
	struct path_params path = {0};
	struct place place;
	size_t count;
	int64_t owner, server, rev;

	fixture_init(&f);
	owner = make_user(&f, "owner");
	server = make_server(&f, owner);
	CHECK_INT(store_channel_create(f.store, server, &in, f.now, &f.arena, &channel, &rev),
		CHAT_OK);
	CHECK_INT(rev, 4);
	CHECK_STR(channel.description, "what is new");
	CHECK_INT(channel.server_id, server);
	place = in_channel(&f, channel.id, owner);
	CHECK_INT(place.server_id, server);
	CHECK_INT(place.role, ROLE_OWNER);
	CHECK_INT(
		store_channel_update(f.store, &place, &update, &f.arena, &channel, &rev), CHAT_OK);
	CHECK_INT(rev, 5);
	CHECK_STR(channel.name, "olds");
	CHECK_STR(channel.description, "what is new");
	CHECK_INT(
		store_channel_update(f.store, &place, &update, &f.arena, &channel, &rev), CHAT_OK);
	CHECK_INT(rev, 0);
	CHECK_INT(store_channel_list(f.store, server, &f.arena, &list, &count), CHAT_OK);
	CHECK_INT(count, 2);
	path.channel_id = channel.id;
	CHECK_INT(store_place(f.store, &path, owner + 1, &place), CHAT_ERR_NOT_MEMBER);

	CHECK_INT(store_channel_delete(f.store, &place, f.now, &rev), CHAT_ERR_CHANNEL_NOT_FOUND);
	place = in_channel(&f, channel.id, owner);
	CHECK_INT(store_channel_delete(f.store, &place, f.now, &rev), CHAT_OK);
	CHECK_INT(rev, server_rev(&f, server));
	CHECK_INT(store_channel_show(f.store, channel.id, &f.arena, &channel),
		CHAT_ERR_CHANNEL_NOT_FOUND);
	CHECK_INT(store_place(f.store, &path, owner, &place), CHAT_ERR_CHANNEL_NOT_FOUND);
	CHECK_INT(store_channel_list(f.store, server, &f.arena, &list, &count), CHAT_OK);
	CHECK_INT(count, 1);
	fixture_release(&f);
}

static void limits(void)
{
	struct fixture f;
	struct chat_server_create in = {.name = "one of many"};
	struct chat_channel_create channel_in = {.name = "one of many"};
	struct chat_server made;
	struct chat_channel channel;
	struct place place;
	int64_t owner, ada, server, rev;
	enum chat_err err = CHAT_OK;
	int n;

	fixture_init(&f);
	owner = make_user(&f, "owner");
	ada = make_user(&f, "ada");
	server = make_server(&f, owner);
	for (n = 0; !err && n < 9999; n += !err)
		err = store_server_create(f.store, ada, &in, f.now, &f.arena, &made, &rev);
	CHECK_INT(err, CHAT_ERR_LIMIT_REACHED);
	CHECK_INT(n, LIMIT_SERVERS_PER_USER);
	CHECK_INT(try_join(&f, server, ada, &rev), CHAT_ERR_LIMIT_REACHED);
	err = CHAT_OK;
	for (n = 1; !err && n < 9999; n += !err)
		err = store_channel_create(
			f.store, server, &channel_in, f.now, &f.arena, &channel, &rev);
	CHECK_INT(err, CHAT_ERR_LIMIT_REACHED);
	CHECK_INT(n, LIMIT_CHANNELS_PER_SERVER);
	place = in_channel(&f, general(&f, server), owner);
	CHECK_INT(store_channel_delete(f.store, &place, f.now, &rev), CHAT_OK);
	CHECK_INT(store_channel_delete(f.store, &place, f.now, &rev), CHAT_ERR_CHANNEL_NOT_FOUND);
	CHECK_INT(
		store_channel_create(f.store, server, &channel_in, f.now, &f.arena, &channel, &rev),
		CHAT_OK);
	err = CHAT_OK;
	for (n = 1; !err && n < 9999; n += !err) { /* 1: try_join's */
		char code[16];

		snprintf(code, sizeof(code), "code%d", n);
		err = make_invite(&f, server, owner, code, 0, 0);
	}
	CHECK_INT(err, CHAT_ERR_LIMIT_REACHED);
	CHECK_INT(n, LIMIT_INVITES_PER_SERVER);
	fixture_release(&f);
}

/* Purges in steps of `limit` rows until there is nothing left; how many rows that were. */
static int64_t purge(struct fixture *f, int64_t limit)
{
	int64_t removed, total = 0;

	do {
		if (!CHECK_INT(store_purge(f->store, f->now, limit, &removed), CHAT_OK))
			break;
		CHECK(removed <= limit);
		total += removed;
	} while (removed > 0);
	return total;
}

static void purging(void)
{
	struct fixture f;
	char ended[33];
	struct chat_session session = {.id = "00000000000000000000000000000000"};
	struct place place, news;
	struct chat_channel_create in = {.name = "news"};
	struct chat_channel channel;
	int64_t owner, server, other, rev;

	fixture_init(&f);
	owner = make_user(&f, "owner");
	server = make_server(&f, owner);
	other = make_server(&f, owner);
	CHECK_INT(store_session_create(f.store, owner, &session, f.now + 10, ended), CHAT_OK);
	CHECK_INT(make_invite(&f, server, owner, "second", 0, 1), CHAT_OK);
	CHECK_INT(purge(&f, 100), 0);
	f.now += 1000;
	CHECK_INT(purge(&f, 100), 2);

	CHECK_INT(store_channel_create(f.store, server, &in, f.now, &f.arena, &channel, &rev),
		CHAT_OK);
	news = in_channel(&f, channel.id, owner);
	place = in_channel(&f, general(&f, server), owner);
	for (int i = 0; i < 10; i++) {
		send_message(&f, &news, owner, "x", NULL, NULL);
		send_message(&f, &place, owner, "y", NULL, NULL);
	}
	place = in_channel(&f, general(&f, other), owner);
	send_message(&f, &place, owner, "z", NULL, NULL);
	CHECK_INT(store_channel_delete(f.store, &news, f.now, &rev), CHAT_OK);
	CHECK_INT(purge(&f, 3), 10);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM messages"), 11);
	CHECK_INT(store_server_delete(f.store, server, f.now, &rev), CHAT_OK);
	CHECK_INT(purge(&f, 3), 11); /* ten messages and a member */
	CHECK_INT(ask(f.store, "SELECT count(*) FROM messages"), 1);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM members"), 1);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM channels WHERE name = 'general'"), 1);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM purges"), 0);
	fixture_release(&f);
}

/* What purging removes is not given again. */
static void purging_the_newest(void)
{
	struct fixture f;
	struct place place;
	int64_t owner, server, other, last = 0, rev;

	fixture_init(&f);
	owner = make_user(&f, "owner");
	other = make_server(&f, owner);
	for (int i = 0; i < 2; i++) {
		server = make_server(&f, owner);
		place = in_channel(&f, general(&f, server), owner);
		for (int j = 0; j < 3; j++)
			last = send_message(&f, &place, owner, "secret", NULL, NULL);
		if (i == 0)
			CHECK_INT(store_channel_delete(f.store, &place, f.now, &rev), CHAT_OK);
		else
			CHECK_INT(store_server_delete(f.store, server, f.now, &rev), CHAT_OK);
		CHECK_INT(purge(&f, 2), i == 0 ? 2 : 3); /* with the server a member */
		CHECK_INT(ask(f.store, "SELECT count(*) FROM messages WHERE content <> ''"), 0);
		place = in_channel(&f, general(&f, other), owner);
		CHECK_INT(send_message(&f, &place, owner, "", NULL, NULL), last + 1);
	}
	fixture_release(&f);
}

int main(void)
{
	RUN(invites);
	RUN(invites_end);
	RUN(channels);
	RUN(limits);
	RUN(purging);
	RUN(purging_the_newest);
	return test_end();
}
