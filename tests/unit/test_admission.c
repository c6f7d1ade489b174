/* A socket from its upgrade to the store's answer: what is published meanwhile, and what the others
 * see of it. The store is asked once. */

#include "hub.h"

/* The store's answer to a gateway: these servers at these revs, up to the one that is 0. */
static void admit_with(
	struct session *session, enum chat_status choice, const int64_t (*servers)[2])
{
	int64_t ids[8], revs[8];
	struct admission admission = {
		.username = "alice", .choice = choice, .servers = ids, .revs = revs};

	for (; servers[admission.n_servers][0] != 0; admission.n_servers++) {
		ids[admission.n_servers] = servers[admission.n_servers][0];
		revs[admission.n_servers] = servers[admission.n_servers][1];
	}
	hub_admit(hub, session, &admission);
}

static void join(int64_t rev)
{
	publish_membership(EVENT_server_create, ALICE, HERE, rev);
}

static void leave(int64_t rev)
{
	publish_membership(EVENT_server_delete, ALICE, HERE, rev);
}

/* What alice's gateway is sent behind a ready frame that has HERE at this rev (0: not at all). */
static struct session *opened;

static void begin(void)
{
	open_hub();
	opened = open_session(ALICE, 0, 0);
}

static const char *finish(int64_t rev)
{
	const int64_t servers[][2] = {{rev > 0 ? HERE : 0, rev}, {0}};

	admit_with(opened, STATUS_NONE, servers);
	CHECK_INT(opened->state, SESSION_LIVE);
	return heard(opened);
}

static void done(void)
{
	end(opened);
	close_hub();
}

/* The user's own presence is the last that an admission sends. */
#define ONLINE "{\"type\":\"presence\",\"data\":{\"user_id\":1,\"status\":\"online\"}}"

static void a_server_joined_meanwhile_follows_ready(void)
{
	begin();
	join(5);
	CHECK_STR(finish(0), "<+7>" ONLINE);
	done();
	begin();
	join(5);
	CHECK_STR(finish(5), ONLINE);
	done();
	/* What happened there since is read. */
	begin();
	join(5);
	publish_change(6);
	CHECK_STR(finish(0), "<+7>" ONLINE);
	CHECK(gateway_next_replay(opened) != NULL);
	answer(opened, 5, 6);
	CHECK_INT(waiting(opened, "<6>"), 1);
	done();
}

static void a_server_left_meanwhile_follows_ready(void)
{
	begin();
	leave(6);
	CHECK_STR(finish(5), "<-7>" ONLINE);
	CHECK_INT((int64_t)opened->user->n_memberships, 0);
	publish_change(7);
	CHECK_INT(waiting(opened, "<7>"), 0);
	done();
	begin();
	leave(6);
	CHECK_STR(finish(0), ONLINE);
	done();
	begin();
	join(5);
	leave(6);
	CHECK_STR(finish(0), ONLINE);
	done();
	begin();
	join(5);
	leave(6);
	CHECK_STR(finish(5), "<-7>" ONLINE);
	done();
}

static void who_left_and_came_back_has_it_anew(void)
{
	begin();
	leave(6);
	join(8);
	CHECK_STR(finish(5), "<-7><+7>" ONLINE);
	publish_change(9);
	CHECK_INT(waiting(opened, "<9>"), 1);
	done();
	/* The store looked after both, or between them and a leaving that is still to be published.
	 */
	begin();
	leave(6);
	join(8);
	CHECK_STR(finish(8), ONLINE);
	done();
	begin();
	leave(6);
	CHECK_STR(finish(8), ONLINE);
	join(8);
	publish_change(9);
	CHECK_STR(heard(opened), ONLINE "<9>");
	done();
	begin();
	CHECK_STR(finish(8), ONLINE);
	leave(6);
	join(8);
	publish_change(9);
	CHECK_STR(heard(opened), ONLINE "<9>");
	done();
}

static void a_server_that_was_deleted_meanwhile_is_gone(void)
{
	begin();
	publish_membership(EVENT_server_delete, 0, HERE, 6);
	hub_tick(hub, 0);
	hub_tick(hub, 0);
	CHECK_STR(finish(5),
		"{\"type\":\"server_delete\",\"data\":{\"id\":7,\"reason\":\"deleted\"}}" ONLINE);
	CHECK_INT(presence_online(presence, HERE), 0);
	hub_tick(hub, 0);
	hub_tick(hub, 0);
	CHECK(!tombstones_has(&hub->tombstones, HERE));
	done();
}

static void a_deletion_is_noted_while_somebody_waits(void)
{
	struct session *early, *late;

	open_hub();
	publish_membership(EVENT_server_delete, 0, HERE, 6);
	CHECK(!tombstones_has(&hub->tombstones, HERE));
	early = open_session(ALICE, 0, 0);
	hub_tick(hub, 0);
	late = open_session(BOB, 0, 0);
	publish_membership(EVENT_server_delete, 0, HERE, 6);
	end(early);
	for (int i = 0; i < 3; i++)
		hub_tick(hub, 0);
	CHECK(tombstones_has(&hub->tombstones, HERE));
	end(late);
	for (int i = 0; i < 3; i++)
		hub_tick(hub, 0);
	CHECK(!tombstones_has(&hub->tombstones, HERE));
	close_hub();
}

static void a_marker_moved_meanwhile_is_counted_anew(void)
{
	struct replay counts = {.server_id = HERE, .from_rev = 5, .to_rev = 5, .reads = 1};

	begin();
	publish(EVENT_KIND_WIRE, EVENT_read, ALICE);
	CHECK_STR(finish(5), ONLINE);
	CHECK(gateway_next_replay(opened) != NULL);
	CHECK_INT(gateway_next_replay(opened)->reads, 1);
	gateway_replayed(hub, opened, &counts);
	CHECK(gateway_next_replay(opened) == NULL);
	publish(EVENT_KIND_WIRE, EVENT_read, ALICE);
	CHECK_INT(waiting(opened, "told"), 1);
	done();
}

/* With ?resume=1 what has a rev waits for the resume frame, and only that. */
static void what_is_held_is_not_what_comes_and_goes(void)
{
	const struct principal alice = {.user_id = ALICE};
	const int64_t servers[][2] = {{HERE, 5}, {ELSEWHERE, 3}, {0}};
	struct resume_scope named = {HERE, 4};
	struct resume resume = {"epoch", &named, 1};

	open_hub();
	hub_set_epoch(hub, "epoch");
	opened = hub_open(hub, &alice, 0, 0, true, NULL);
	publish_membership(EVENT_server_create, ALICE, 9, 1);
	publish_membership(EVENT_server_delete, ALICE, ELSEWHERE, 4);
	publish_change(6);
	publish(EVENT_KIND_WIRE, EVENT_read, ALICE);
	admit_with(opened, STATUS_NONE, servers);
	CHECK_STR(heard(opened), "<+9><-8>" ONLINE);
	CHECK(gateway_next_replay(opened) == NULL);
	CHECK(gateway_resume(hub, opened, &resume));
	CHECK_INT(gateway_next_replay(opened)->sent, 4);
	CHECK_INT(gateway_next_replay(opened)->reads, 1);
	answer(opened, 4, 6);
	CHECK_INT(waiting(opened, "<6>"), 1);
	/* The counts are still due, which `resumed` does not promise. */
	CHECK_INT(waiting(opened, "resumed"), 1);
	CHECK(gateway_next_replay(opened) != NULL);
	done();
}

static void another_status_chosen_meanwhile_is_told(void)
{
	const int64_t servers[][2] = {{HERE, 5}, {0}};
	struct session *first;

	open_hub();
	first = open_session(ALICE, 0, 0);
	admit_with(first, STATUS_NONE, servers);
	opened = open_session(ALICE, 0, 0);
	publish(EVENT_KIND_USER, EVENT_presence, ALICE); /* to none, which is online */
	admit_with(opened, STATUS_AWAY, servers);
	CHECK_STR(heard(opened), ONLINE);
	CHECK_STR(opened->user->username, "bob");
	end(first);
	done();
}

/* What the store says of the user counts once; after that it is what was published. */
static void the_second_socket_changes_nothing(void)
{
	const int64_t before[][2] = {{HERE, 5}, {ELSEWHERE, 3}, {0}}, after[][2] = {{HERE, 5}, {0}};
	struct session *first;

	open_hub();
	first = open_session(ALICE, 0, 0);
	opened = open_session(ALICE, 0, 0);
	admit_with(first, STATUS_NONE, before);
	/* The leaving is committed, and not published yet. */
	admit_with(opened, STATUS_NONE, after);
	CHECK_INT((int64_t)opened->user->n_memberships, 2);
	publish_membership(EVENT_server_delete, ALICE, ELSEWHERE, 4);
	CHECK_INT((int64_t)opened->user->n_memberships, 1);
	CHECK_INT(waiting(first, "<-8>"), 1);
	CHECK_INT(waiting(opened, "<-8>"), 0);
	end(opened);
	/* The coming back is committed, and not published yet. */
	opened = open_session(ALICE, 0, 0);
	admit_with(opened, STATUS_NONE, before);
	CHECK_INT((int64_t)opened->user->n_memberships, 1);
	publish_membership(EVENT_server_create, ALICE, ELSEWHERE, 3);
	CHECK_INT((int64_t)opened->user->n_memberships, 2);
	CHECK_INT(waiting(first, "<+8>"), 1);
	CHECK_INT(waiting(opened, "<+8>"), 0);
	end(first);
	done();
}

static void a_session_that_is_revoked_is_not_admitted(void)
{
	begin();
	publish(EVENT_KIND_REVOKE, EVENT_ready, ALICE);
	CHECK_INT(opened->state, SESSION_CLOSING);
	CHECK_INT(opened->close_code, CLOSE_TOKEN);
	CHECK(!admit(opened, HERE));
	CHECK_INT(opened->close_code, CLOSE_TOKEN);
	CHECK(!presence_has(presence, ALICE));
	done();
}

/* Of a server that comes and goes only the going is kept, so that an account that makes and deletes
 * servers all day has no backlog to speak of; and there is an end to what is kept. */
static void a_backlog_has_a_bound(void)
{
	begin();
	for (int64_t i = 0; i < 1000; i++) {
		join(5);
		leave(6);
	}
	CHECK(opened->backlog.bytes < 1000);
	CHECK_STR(finish(0), ONLINE);
	done();
	begin();
	for (int64_t i = 1; i < 100000 && opened->state == SESSION_CHECKING; i++)
		publish_membership(EVENT_server_create, ALICE, 100 + i, 5);
	CHECK_INT(opened->state, SESSION_CLOSING);
	CHECK_INT(opened->close_code, CLOSE_TOO_SLOW);
	CHECK_INT((int64_t)opened->backlog.bytes, 0);
	done();
}

/* --- what the others see --- */

static struct session *watcher;

static void watch(void)
{
	open_hub();
	watcher = open_session(BOB, HERE, CHANNEL);
	CHECK(admit(watcher, HERE));
	hush(watcher);
}

static void a_user_is_there_while_a_socket_is(void)
{
	struct session *first, *second;

	watch();
	first = open_session(ALICE, HERE, CHANNEL);
	CHECK_INT(waiting(watcher, "user_join"), 0);
	CHECK(admit(first, HERE));
	CHECK_INT(waiting(watcher, "user_join"), 1);
	second = open_session(ALICE, HERE, CHANNEL);
	end(first);
	CHECK_INT(waiting(watcher, "user_leave"), 0);
	CHECK(admit(second, HERE));
	CHECK_INT(waiting(watcher, "user_join"), 1);
	CHECK_INT(waiting(watcher, "user_leave"), 0);
	end(second);
	CHECK_INT(waiting(watcher, "user_leave"), 1);
	end(watcher);
	close_hub();
}

static void the_last_socket_may_be_refused(void)
{
	struct session *first, *second, *third;

	watch();
	first = open_session(ALICE, HERE, CHANNEL);
	CHECK(admit(first, HERE));
	second = open_session(ALICE, HERE, CHANNEL);
	end(first);
	hub_close(hub, second, CLOSE_NOT_MEMBER);
	CHECK_INT(waiting(watcher, "user_leave"), 1);
	end(second);
	CHECK_INT(waiting(watcher, "user_leave"), 1);
	/* Who never got in was never there. */
	third = open_session(GUEST, HERE, CHANNEL);
	hub_close(hub, third, CLOSE_NOT_MEMBER);
	end(third);
	CHECK_INT(waiting(watcher, "user_join"), 1);
	CHECK_INT(waiting(watcher, "user_leave"), 1);
	CHECK(users_get(&hub->users, GUEST) == NULL);
	end(watcher);
	close_hub();
}

static void a_socket_that_waits_keeps_its_user_online(void)
{
	struct session *first, *second;

	watch();
	first = open_session(ALICE, 0, 0);
	CHECK(admit(first, HERE));
	end(first); /* and is back within the grace time */
	second = open_session(ALICE, 0, 0);
	hub_tick(hub, LIMIT_PRESENCE_GRACE_MS);
	CHECK_INT(waiting(watcher, "offline"), 0);
	hub_close(hub, second, CLOSE_TRY_LATER);
	hub_gone(hub, second, LIMIT_PRESENCE_GRACE_MS);
	hub_tick(hub, 2 * LIMIT_PRESENCE_GRACE_MS);
	CHECK_INT(waiting(watcher, "offline"), 1);
	CHECK(users_get(&hub->users, ALICE) == NULL);
	end(watcher);
	close_hub();
}

int main(void)
{
	RUN(a_server_joined_meanwhile_follows_ready);
	RUN(a_server_left_meanwhile_follows_ready);
	RUN(who_left_and_came_back_has_it_anew);
	RUN(a_server_that_was_deleted_meanwhile_is_gone);
	RUN(a_deletion_is_noted_while_somebody_waits);
	RUN(a_marker_moved_meanwhile_is_counted_anew);
	RUN(what_is_held_is_not_what_comes_and_goes);
	RUN(another_status_chosen_meanwhile_is_told);
	RUN(the_second_socket_changes_nothing);
	RUN(a_session_that_is_revoked_is_not_admitted);
	RUN(a_backlog_has_a_bound);
	RUN(a_user_is_there_while_a_socket_is);
	RUN(the_last_socket_may_be_refused);
	RUN(a_socket_that_waits_keeps_its_user_online);
	return test_end();
}
