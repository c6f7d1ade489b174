/* Who is in which server, kept on both sides; and how a gateway stands with a server. */

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/presence.h"
#include "core/user.h"
#include "test.h"

enum { USERS = 20, SERVERS = 8, STEPS = 20000 };

static bool is_in(const struct user *user, int64_t server)
{
	for (size_t i = 0; i < user->n_memberships; i++) {
		if (user->memberships[i].audience->server_id == server)
			return true;
	}
	return false;
}

/* Each membership knows its place in the audience, and the audience its place among them. */
static bool is_consistent(const struct user *user)
{
	for (size_t i = 0; i < user->n_memberships; i++) {
		const struct membership *membership = &user->memberships[i];
		const struct audience_member *member =
			&membership->audience->members[membership->place];

		if (member->user != user || member->membership != i)
			return false;
	}
	return true;
}

static void both_sides_agree(void)
{
	struct presence *presence = presence_new();
	struct user *user[USERS];
	bool in[USERS][SERVERS] = {0};
	struct users users;
	uint64_t random = 1;
	bool agree = true;

	users_init(&users, presence);
	for (int64_t i = 0; i < USERS; i++) {
		user[i] = users_open(&users, i + 1);
		CHECK(users_learn(&users, user[i], "somebody", STATUS_NONE, NULL, 0));
	}
	for (int step = 0; step < STEPS && agree; step++) {
		size_t u = (random = map_hash(random + 1)) % USERS, s = (random >> 32) % SERVERS;

		if ((random >> 16) % 2)
			agree = users_join(&users, user[u], (int64_t)s + 1);
		else
			users_part(&users, user[u], (int64_t)s + 1);
		in[u][s] = (random >> 16) % 2;
		for (size_t i = 0; i < USERS; i++)
			agree = agree && is_consistent(user[i]);
		for (size_t i = 0; i < SERVERS; i++)
			agree = agree && is_in(user[u], (int64_t)i + 1) == in[u][i];
	}
	CHECK(agree);
	users_release(&users);
	presence_free(presence);
}

static void a_walk_meets_each_once(void)
{
	struct presence *presence = presence_new();
	const int64_t servers[] = {1, 2, 3};
	struct audience_walk walk;
	struct users users;
	struct user *first, *other;
	int met = 0;

	users_init(&users, presence);
	for (int64_t i = 0; i < USERS; i++)
		CHECK(users_learn(&users, users_open(&users, i + 1), "somebody", STATUS_NONE,
			servers, i % 2 == 0 ? 3 : 1));
	CHECK(users_learn(&users, users_open(&users, 99), "stranger", STATUS_NONE, NULL, 0));
	first = users_get(&users, 1);
	audience_walk_start(&users.audiences, &walk, first);
	while ((other = audience_walk_next(&users.audiences, &walk)) != NULL) {
		CHECK(other->id != 99);
		met++;
	}
	CHECK_INT(met, USERS);
	users_release(&users);
	presence_free(presence);
}

/* --- scopes --- */

static void scopes_are_found(void)
{
	static const int64_t servers[] = {5, 1, 9, 3, 7};
	struct scopes scopes = {0};

	for (size_t i = 0; i < 5; i++)
		CHECK(scopes_add(&scopes, servers[i], servers[i] * 10, SCOPE_LIVE) != NULL);
	for (size_t i = 1; i < 5; i++)
		CHECK(scopes.items[i - 1].server_id < scopes.items[i].server_id);
	CHECK(scopes_find(&scopes, 4) == NULL);
	CHECK_INT(scopes_find(&scopes, 7)->sent, 70);
	scopes_remove(&scopes, 7);
	scopes_remove(&scopes, 7);
	CHECK(scopes_find(&scopes, 7) == NULL);
	CHECK_INT(scopes_find(&scopes, 9)->sent, 90);
	CHECK_INT((int64_t)scopes.count, 4);
	scopes_release(&scopes);
}

static void a_replay_ends_where_it_should(void)
{
	struct scopes scopes = {0};
	struct scope *scope = scopes_add(&scopes, 1, 5, SCOPE_HELD);

	CHECK(scopes_first_replay(&scopes) == NULL);
	CHECK(!scope_is_resumed(scope));
	scopes_start(&scopes, scope, 8);
	CHECK(scopes_first_replay(&scopes) == scope);
	CHECK(scope->base == 5 && scope->goal == 8 && !scope_is_resumed(scope));
	scope->sent = 8;
	CHECK(scope_is_resumed(scope));
	scopes_start(&scopes, scope, 6); /* what is known is older than what was sent */
	CHECK(scope->state == SCOPE_LIVE && scope->base == 8 && scope->goal == 8);
	CHECK(scopes_first_replay(&scopes) == NULL);
	scope->reads = 1;
	scopes_start(&scopes, scope, 0);
	CHECK(scopes_first_replay(&scopes) == scope && scope_is_resumed(scope));
	scopes_set_state(&scopes, scope, SCOPE_REFUSED);
	CHECK(scopes_first_replay(&scopes) == NULL && !scope_is_resumed(scope));
	scopes_remove(&scopes, 1);
	scopes_release(&scopes);
}

/* Whether a move aborts, in a process of its own. */
static bool aborts(enum scope_state from, enum scope_state to)
{
	struct scopes scopes = {0};
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		fclose(stderr);
		scopes_set_state(&scopes, scopes_add(&scopes, 1, 5, from), to);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void there_is_no_way_back_from_a_refusal(void)
{
	CHECK(aborts(SCOPE_REFUSED, SCOPE_REPLAY));
	CHECK(aborts(SCOPE_REFUSED, SCOPE_LIVE));
	CHECK(aborts(SCOPE_LIVE, SCOPE_HELD));
	CHECK(aborts(SCOPE_REPLAY, SCOPE_HELD));
	CHECK(aborts(SCOPE_LIVE, SCOPE_REFUSED));
	CHECK(!aborts(SCOPE_LIVE, SCOPE_REPLAY));
	CHECK(!aborts(SCOPE_HELD, SCOPE_REPLAY));
}

int main(void)
{
	RUN(both_sides_agree);
	RUN(a_walk_meets_each_once);
	RUN(scopes_are_found);
	RUN(a_replay_ends_where_it_should);
	RUN(there_is_no_way_back_from_a_refusal);
	return test_end();
}
