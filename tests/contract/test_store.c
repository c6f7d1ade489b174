#include "fixture.h"

#include "store/rows.h"

/* --- accounts --- */

static void registering(void)
{
	struct fixture f;
	struct chat_register in = {.username = "Ada", .email = "Ada@Example.org"};
	struct chat_user user;
	int64_t id;

	fixture_init(&f);
	CHECK_INT(store_user_create(f.store, &in, "hash", f.now, &f.arena, &user), CHAT_OK);
	id = user.id;
	CHECK_STR(user.username, "Ada");
	CHECK_STR(user.email, "Ada@Example.org");
	CHECK_INT(user.status, STATUS_NONE);
	CHECK_INT(user.created_at, f.now);
	in = (struct chat_register){.username = "ADA", .email = "other@example.org"};
	CHECK_INT(store_user_create(f.store, &in, "hash", f.now, &f.arena, &user),
		CHAT_ERR_USERNAME_REGISTERED);
	in = (struct chat_register){.username = "bob", .email = "ada@example.ORG"};
	CHECK_INT(store_user_create(f.store, &in, "hash", f.now, &f.arena, &user),
		CHAT_ERR_EMAIL_REGISTERED);

	CHECK_INT(store_user_show(f.store, id, id, &f.arena, &user), CHAT_OK);
	CHECK_STR(user.email, "Ada@Example.org");
	CHECK_INT(store_user_show(f.store, id, id + 1, &f.arena, &user), CHAT_OK);
	CHECK(user.email == NULL);
	CHECK_INT(store_user_show(f.store, id + 1, id, &f.arena, &user), CHAT_ERR_USER_NOT_FOUND);
	fixture_release(&f);
}

static void logging_in(void)
{
	struct fixture f;
	struct credentials found;
	int64_t ada, twin;

	fixture_init(&f);
	ada = make_user(&f, "Ada");
	CHECK_INT(store_credentials(f.store, "Ada", &f.arena, &found), CHAT_OK);
	CHECK_INT(found.user_id, ada);
	CHECK_STR(found.password_hash, "hash");
	CHECK_INT(store_credentials(f.store, "aDA", &f.arena, &found), CHAT_OK);
	CHECK_INT(found.user_id, ada);
	CHECK_STR(found.username, "Ada");
	CHECK_INT(store_credentials(f.store, "nobody", &f.arena, &found), CHAT_OK);
	CHECK_INT(found.user_id, 0);

	/* As an import makes them: a name that folds like another's is its own exactly. */
	twin = make_user(&f, "other");
	db_run(f.store->db,
		"UPDATE users SET username = 'ADA', username_fold = 'ada', username_twin = id"
		" WHERE id = $1",
		DB_INT(twin));
	CHECK_INT(store_credentials(f.store, "ADA", &f.arena, &found), CHAT_OK);
	CHECK_INT(found.user_id, twin);
	CHECK_INT(store_credentials(f.store, "Ada", &f.arena, &found), CHAT_OK);
	CHECK_INT(found.user_id, ada);
	CHECK_INT(store_credentials(f.store, "ada", &f.arena, &found), CHAT_OK);
	CHECK_INT(found.user_id, 0);

	CHECK_INT(store_password_set(f.store, ada, "other hash"), CHAT_OK);
	CHECK_INT(store_credentials_by_id(f.store, ada, &f.arena, &found), CHAT_OK);
	CHECK_STR(found.password_hash, "other hash");
	CHECK_INT(store_credentials_by_id(f.store, twin + 1, &f.arena, &found), CHAT_OK);
	CHECK_INT(found.user_id, 0);
	fixture_release(&f);
}

static void renaming(void)
{
	struct fixture f;
	struct chat_user_update in = {.username = "bob"};
	struct chat_user user;
	struct member_change *changes;
	size_t count;
	int64_t ada, bob, server;

	fixture_init(&f);
	ada = make_user(&f, "Ada");
	bob = make_user(&f, "Bob");
	server = make_server(&f, bob);
	make_server(&f, bob);
	join(&f, server, ada);
	CHECK_INT(store_user_update(f.store, ada, &in, &f.arena, &user, &changes, &count),
		CHAT_ERR_USERNAME_TAKEN);
	in = (struct chat_user_update){.email = "BOB@example.org"};
	CHECK_INT(store_user_update(f.store, ada, &in, &f.arena, &user, &changes, &count),
		CHAT_ERR_EMAIL_TAKEN);

	/* Its own name in other letters. */
	in = (struct chat_user_update){
		.username = "ADA", .email = "new@example.org", .status = STATUS_AWAY};
	CHECK_INT(store_user_update(f.store, ada, &in, &f.arena, &user, &changes, &count), CHAT_OK);
	CHECK_STR(user.username, "ADA");
	CHECK_STR(user.email, "new@example.org");
	CHECK_INT(user.status, STATUS_AWAY);
	if (CHECK_INT(count, 1)) {
		CHECK_INT(changes[0].member.server_id, server);
		CHECK_STR(changes[0].member.user->username, "ADA");
		CHECK(changes[0].member.user->email == NULL);
		CHECK_INT(changes[0].rev, server_rev(&f, server));
	}
	/* Nothing that is new. */
	CHECK_INT(store_user_update(f.store, ada, &in, &f.arena, &user, &changes, &count), CHAT_OK);
	CHECK_INT(count, 0);
	CHECK_INT(server_rev(&f, server), 5);
	fixture_release(&f);
}

/* A user who shares no server reads offline, whatever was chosen. */
static void statuses(void)
{
	struct fixture f;
	struct chat_user_update in = {.status = STATUS_DND};
	struct chat_user user;
	struct chat_member *list;
	struct member_change *changes;
	size_t count;
	int64_t ada, bob, eve, server, rev;

	fixture_init(&f);
	ada = make_user(&f, "ada");
	bob = make_user(&f, "bob");
	eve = make_user(&f, "eve");
	server = make_server(&f, ada);
	join(&f, server, bob);
	CHECK_INT(store_user_update(f.store, ada, &in, &f.arena, &user, &changes, &count), CHAT_OK);
	CHECK_INT(store_user_show(f.store, ada, bob, &f.arena, &user), CHAT_OK);
	CHECK_INT(user.status, STATUS_DND);
	CHECK_INT(store_user_show(f.store, ada, eve, &f.arena, &user), CHAT_OK);
	CHECK_INT(user.status, STATUS_OFFLINE);
	CHECK_INT(store_member_list(f.store, server, bob, &(struct chat_page_query){0}, &f.arena,
			  &list, &count),
		CHAT_OK);
	if (CHECK_INT(count, 2))
		CHECK_INT(list[0].user->status, STATUS_DND);
	CHECK_INT(store_member_remove(f.store, server, bob, f.now, &rev), CHAT_OK);
	CHECK_INT(store_user_show(f.store, ada, bob, &f.arena, &user), CHAT_OK);
	CHECK_INT(user.status, STATUS_OFFLINE);
	CHECK_INT(store_user_show(f.store, bob, ada, &f.arena, &user), CHAT_OK);
	CHECK_INT(user.status, STATUS_OFFLINE);
	join(&f, server, bob);
	CHECK_INT(store_server_delete(f.store, server, f.now, &rev), CHAT_OK);
	CHECK_INT(store_user_show(f.store, ada, bob, &f.arena, &user), CHAT_OK);
	CHECK_INT(user.status, STATUS_OFFLINE);
	fixture_release(&f);
}

/* --- sessions --- */

static struct principal begin_session(struct fixture *f, int64_t user, const char *digit)
{
	struct principal principal = {.user_id = user};
	struct chat_session session = {.id = principal.session_id};
	char ended[33];

	memset(principal.session_id, digit[0], 32);
	session.created_at = session.last_seen_at = f->now++;
	CHECK_INT(store_session_create(f->store, user, &session, f->now + 1000, ended), CHAT_OK);
	CHECK_STR(ended, "");
	return principal;
}

static void sessions(void)
{
	struct fixture f;
	struct principal a, b, other;
	struct chat_session *list;
	struct chat_user self;
	size_t count;
	int64_t ada, bob;

	fixture_init(&f);
	ada = make_user(&f, "ada");
	bob = make_user(&f, "bob");
	a = begin_session(&f, ada, "a");
	b = begin_session(&f, ada, "b");
	other = begin_session(&f, bob, "c");
	CHECK_INT(store_authenticate(f.store, &a, f.now, &f.arena, &self), CHAT_OK);
	CHECK_STR(self.email, "ada@example.org");
	/* The session's user has to be the token's, and it ends. */
	other.user_id = ada;
	CHECK_INT(store_authenticate(f.store, &other, f.now, &f.arena, &self), CHAT_ERR_BAD_TOKEN);
	CHECK_INT(
		store_authenticate(f.store, &a, f.now + 2000, &f.arena, &self), CHAT_ERR_BAD_TOKEN);

	CHECK_INT(store_session_touch(f.store, a.session_id, f.now + 5), CHAT_OK);
	CHECK_INT(store_session_list(f.store, &a, f.now, &f.arena, &list, &count), CHAT_OK);
	if (CHECK_INT(count, 2)) {
		CHECK_STR(list[0].id, b.session_id);
		CHECK(!list[0].current);
		CHECK(list[1].current);
		CHECK_INT(list[1].last_seen_at, f.now + 5);
	}
	CHECK_INT(store_session_delete(f.store, bob, a.session_id), CHAT_ERR_SESSION_NOT_FOUND);
	CHECK_INT(store_session_delete(f.store, ada, a.session_id), CHAT_OK);
	CHECK_INT(store_authenticate(f.store, &a, f.now, &f.arena, &self), CHAT_ERR_BAD_TOKEN);
	a = begin_session(&f, ada, "a");
	CHECK_INT(store_session_delete_others(f.store, ada, a.session_id, f.now), CHAT_OK);
	CHECK_INT(store_authenticate(f.store, &a, f.now, &f.arena, &self), CHAT_OK);
	CHECK_INT(store_authenticate(f.store, &b, f.now, &f.arena, &self), CHAT_ERR_BAD_TOKEN);
	fixture_release(&f);
}

/* Tokens of the original have no session: they end by a time of the user. */
static void tokens_without_session(void)
{
	struct fixture f;
	struct chat_user self;
	struct principal dated = {0}, undated = {0};

	fixture_init(&f);
	dated.user_id = undated.user_id = make_user(&f, "ada");
	dated.issued_at = f.now;
	CHECK_INT(store_authenticate(f.store, &dated, f.now, &f.arena, &self), CHAT_OK);
	CHECK_INT(store_authenticate(f.store, &undated, f.now, &f.arena, &self), CHAT_OK);
	CHECK_INT(store_tokens_expire(f.store, dated.user_id, f.now), CHAT_OK);
	CHECK_INT(store_authenticate(f.store, &dated, f.now, &f.arena, &self), CHAT_ERR_BAD_TOKEN);
	CHECK_INT(
		store_authenticate(f.store, &undated, f.now, &f.arena, &self), CHAT_ERR_BAD_TOKEN);
	dated.issued_at = f.now + 1;
	CHECK_INT(store_authenticate(f.store, &dated, f.now, &f.arena, &self), CHAT_OK);
	dated.user_id++;
	CHECK_INT(store_authenticate(f.store, &dated, f.now, &f.arena, &self), CHAT_ERR_BAD_TOKEN);
	fixture_release(&f);
}

static void oldest_session_ends(void)
{
	struct fixture f;
	char id[33], ended[33];
	struct chat_session session = {.id = id};
	int64_t ada;

	fixture_init(&f);
	ada = make_user(&f, "ada");
	for (int i = 0; i <= LIMIT_SESSIONS_PER_USER; i++) {
		snprintf(id, sizeof(id), "%032d", i);
		session.created_at = f.now + i;
		CHECK_INT(store_session_create(f.store, ada, &session, f.now * 2, ended), CHAT_OK);
		CHECK_STR(ended,
			i < LIMIT_SESSIONS_PER_USER ? "" : "00000000000000000000000000000000");
	}
	CHECK_INT(ask(f.store, "SELECT count(*) FROM sessions"), LIMIT_SESSIONS_PER_USER);
	fixture_release(&f);
}

/* --- servers and members --- */

static void servers(void)
{
	struct fixture f;
	struct chat_server_create in = {.name = "house", .description = ""};
	struct chat_server_update update = {.description = "a house"};
	struct chat_server server, *list;
	struct path_params path = {0};
	struct place place;
	size_t count;
	int64_t ada, bob, rev;

	fixture_init(&f);
	ada = make_user(&f, "ada");
	bob = make_user(&f, "bob");
	CHECK_INT(store_server_create(f.store, ada, &in, f.now, &f.arena, &server, &rev), CHAT_OK);
	CHECK_STR(server.name, "house");
	CHECK_STR(server.description, "");
	CHECK_INT(server.owner_id, ada);
	CHECK_INT(rev, server_rev(&f, server.id));
	path.server_id = server.id;
	CHECK_INT(store_place(f.store, &path, ada, &place), CHAT_OK);
	CHECK_INT(place.role, ROLE_OWNER);
	CHECK_INT(store_place(f.store, &path, bob, &place), CHAT_ERR_NOT_MEMBER);
	CHECK(general(&f, server.id) > 0);

	CHECK_INT(
		store_server_update(f.store, server.id, &update, &f.arena, &server, &rev), CHAT_OK);
	CHECK_STR(server.name, "house");
	CHECK_STR(server.description, "a house");
	CHECK_INT(rev, 4);
	CHECK_INT(
		store_server_update(f.store, server.id, &update, &f.arena, &server, &rev), CHAT_OK);
	CHECK_INT(rev, 0);
	CHECK_INT(store_server_list(f.store, ada, &f.arena, &list, &count), CHAT_OK);
	CHECK_INT(count, 1);
	CHECK_INT(store_server_list(f.store, bob, &f.arena, &list, &count), CHAT_OK);
	CHECK_INT(count, 0);

	CHECK_INT(store_server_delete(f.store, server.id, f.now, &rev), CHAT_OK);
	CHECK_INT(rev, 5);
	CHECK_INT(store_server_show(f.store, server.id, &f.arena, &server),
		CHAT_ERR_SERVER_NOT_FOUND);
	CHECK_INT(store_server_list(f.store, ada, &f.arena, &list, &count), CHAT_OK);
	CHECK_INT(count, 0);
	CHECK_INT(store_place(f.store, &path, ada, &place), CHAT_ERR_SERVER_NOT_FOUND);
	fixture_release(&f);
}

static void members(void)
{
	struct fixture f;
	struct chat_page_query page = {0};
	struct chat_member member, *list;
	struct chat_server server;
	size_t count;
	int64_t owner, ids[5], id, rev, membership;

	fixture_init(&f);
	owner = make_user(&f, "owner");
	id = make_server(&f, owner);
	for (size_t i = 0; i < 5; i++) {
		char name[8];

		snprintf(name, sizeof(name), "user%zu", i);
		ids[i] = make_user(&f, name);
		join(&f, id, ids[i]);
	}
	CHECK_INT(store_member_list(f.store, id, owner, &page, &f.arena, &list, &count), CHAT_OK);
	CHECK_INT(count, 6);
	page = (struct chat_page_query){.limit = 2, .after = ids[1]};
	CHECK_INT(store_member_list(f.store, id, owner, &page, &f.arena, &list, &count), CHAT_OK);
	if (CHECK_INT(count, 2)) {
		CHECK_INT(list[0].user_id, ids[2]);
		CHECK_STR(list[1].user->username, "user3");
		CHECK_INT(list[1].role, ROLE_MEMBER);
	}
	CHECK_INT(store_member_set_role(f.store, id, ids[0], ROLE_ADMIN, &rev), CHAT_OK);
	CHECK_INT(store_member_show(f.store, id, ids[0], owner, &f.arena, &member), CHAT_OK);
	CHECK_INT(member.role, ROLE_ADMIN);
	membership = member.id;
	CHECK_INT(store_server_set_owner(f.store, id, ids[0], &rev), CHAT_OK);
	CHECK_INT(store_server_show(f.store, id, &f.arena, &server), CHAT_OK);
	CHECK_INT(server.owner_id, ids[0]);

	CHECK_INT(store_member_remove(f.store, id, ids[0], f.now, &rev), CHAT_OK);
	CHECK_INT(store_member_remove(f.store, id, ids[0], f.now, &rev), CHAT_ERR_MEMBER_NOT_FOUND);
	CHECK_INT(store_member_set_role(f.store, id, ids[0], ROLE_ADMIN, &rev),
		CHAT_ERR_MEMBER_NOT_FOUND);
	CHECK_INT(store_server_set_owner(f.store, id, owner, &rev), CHAT_OK);
	f.now += 10;
	join(&f, id, ids[0]);
	CHECK_INT(store_member_show(f.store, id, ids[0], owner, &f.arena, &member), CHAT_OK);
	CHECK_INT(member.id, membership);
	CHECK_INT(member.role, ROLE_MEMBER);
	CHECK_INT(member.joined_at, f.now);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM members m JOIN servers s"
			       " ON s.rev = m.rev AND s.rev = m.created_rev"),
		1);
	fixture_release(&f);
}

static void bans(void)
{
	struct fixture f;
	struct chat_ban ban, *list;
	size_t count;
	int64_t owner, eve, server, rev;

	fixture_init(&f);
	owner = make_user(&f, "owner");
	eve = make_user(&f, "eve");
	server = make_server(&f, owner);
	CHECK_INT(
		store_ban_create(f.store, server, eve + 1, owner, f.now), CHAT_ERR_USER_NOT_FOUND);
	CHECK_INT(store_ban_create(f.store, server, eve, owner, f.now), CHAT_OK);
	CHECK_INT(store_ban_create(f.store, server, eve, owner, f.now + 1), CHAT_OK);
	CHECK_INT(store_ban_show(f.store, server, eve, owner, &f.arena, &ban), CHAT_OK);
	CHECK_INT(ban.created_at, f.now);
	CHECK_INT(ban.creator_id, owner);
	CHECK_STR(ban.user->username, "eve");
	CHECK_INT(store_ban_list(f.store, server, owner, &(struct chat_page_query){0}, &f.arena,
			  &list, &count),
		CHAT_OK);
	CHECK_INT(count, 1);
	CHECK_INT(try_join(&f, server, eve, &rev), CHAT_ERR_BANNED);
	CHECK_INT(store_ban_delete(f.store, server, eve), CHAT_OK);
	CHECK_INT(store_ban_delete(f.store, server, eve), CHAT_ERR_BAN_NOT_FOUND);
	CHECK_INT(store_ban_show(f.store, server, eve, owner, &f.arena, &ban),
		CHAT_ERR_BAN_NOT_FOUND);
	CHECK_INT(try_join(&f, server, eve, &rev), CHAT_OK);
	fixture_release(&f);
}

int main(void)
{
	RUN(registering);
	RUN(logging_in);
	RUN(renaming);
	RUN(statuses);
	RUN(sessions);
	RUN(tokens_without_session);
	RUN(oldest_session_ends);
	RUN(servers);
	RUN(members);
	RUN(bans);
	return test_end();
}
