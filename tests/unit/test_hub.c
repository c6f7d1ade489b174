/* What sessions hear, and when: the hub's rules alone, without a network and a store. */

#include "hub.h"

static void a_channel_socket_hears_of_presence(void)
{
	struct session *early, *other, *bob;

	open_hub();
	early = open_session(ALICE, HERE, CHANNEL);
	other = open_session(ALICE, ELSEWHERE, CHANNEL + 1);
	bob = open_session(BOB, HERE, 0);
	CHECK(admit(bob, HERE));
	CHECK_INT(waiting(early, "presence"), 1);
	CHECK_INT(waiting(other, "presence"), 0);
	CHECK(admit(early, HERE));
	CHECK_INT(waiting(early, "presence"), 2); /* its own user's too */
	end(bob);
	end(other);
	end(early);
	close_hub();
}

static void a_gateway_hears_what_was_read_elsewhere(void)
{
	struct session *mine, *bobs;

	open_hub();
	mine = open_session(ALICE, 0, 0);
	bobs = open_session(BOB, 0, 0);
	CHECK(admit(mine, HERE));
	CHECK(admit(bobs, HERE));
	publish(EVENT_KIND_WIRE, EVENT_read, ALICE);
	CHECK_INT(waiting(mine, "told"), 1);
	CHECK_INT(waiting(bobs, "told"), 0);
	end(bobs);
	end(mine);
	close_hub();
}

static void what_happened_since_the_snapshot_is_read(void)
{
	struct session *session;
	const struct scope *scope;

	open_hub();
	session = open_session(ALICE, 0, 0);
	publish_change(6);
	CHECK(admit_at(session, HERE, 5));
	scope = gateway_next_replay(session);
	CHECK(scope != NULL && scope->server_id == HERE && scope->sent == 5);
	session->replaying = true;
	publish_change(7);
	CHECK_INT(waiting(session, "<"), 0);
	answer(session, 5, 6);
	CHECK_INT(waiting(session, "<6>"), 1);
	CHECK(gateway_next_replay(session) == scope); /* 7 is still to be read */
	answer(session, 6, 7);
	CHECK(gateway_next_replay(session) == NULL);
	publish_change(8);
	CHECK_INT(waiting(session, "<7>"), 1);
	CHECK_INT(waiting(session, "<8>"), 1);
	end(session);
	close_hub();
}

/* What is committed but not published may still have an ack to go before it. */
static void a_replay_does_not_run_ahead_of_the_news(void)
{
	struct session *session;

	open_hub();
	session = open_session(ALICE, 0, 0);
	publish_change(6);
	CHECK(admit_at(session, HERE, 5));
	answer(session, 5, 8);
	CHECK_INT(waiting(session, "<6>"), 1);
	CHECK_INT(waiting(session, "<7>"), 0);
	publish_change(7);
	publish_change(8);
	CHECK_INT(waiting(session, "<7>"), 1);
	CHECK_INT(waiting(session, "<8>"), 1);
	end(session);
	close_hub();
}

static void who_is_out_is_sent_nothing_until_the_news(void)
{
	struct session *session;
	struct scope asked;

	open_hub();
	session = open_session(ALICE, 0, 0);
	publish_change(6);
	CHECK(admit_at(session, HERE, 5));
	asked = *gateway_next_replay(session);
	gateway_replay_refused(hub, session, &asked);
	publish_change(7);
	CHECK_INT(waiting(session, "<"), 0);
	CHECK(gateway_next_replay(session) == NULL);
	publish_membership(EVENT_server_delete, ALICE, HERE, 8);
	CHECK_INT(waiting(session, "<-7>"), 1);
	end(session);
	close_hub();
}

/* Who comes back to a server between ready and resume has it by server_create, and names it with an
 * older rev. */
static void a_server_joined_before_the_resume_goes_on_from_there(void)
{
	struct resume_scope named = {HERE, 3};
	struct resume resume = {"epoch", &named, 1};
	struct principal alice = {.user_id = ALICE};
	struct session *session;

	open_hub();
	hub_set_epoch(hub, "epoch");
	session = hub_open(hub, &alice, 0, 0, true, NULL);
	CHECK(admit(session, ELSEWHERE));
	publish_membership(EVENT_server_create, ALICE, HERE, 6);
	publish_change(7);
	CHECK_INT(waiting(session, "<+7>"), 1);
	CHECK_INT(waiting(session, "<7>"), 0);
	CHECK(gateway_resume(hub, session, &resume));
	answer(session, 6, 7);
	CHECK_INT(waiting(session, "<7>"), 1);
	CHECK_INT(waiting(session, "resumed"), 1);
	end(session);
	close_hub();
}

static void what_may_be_lost_is_shed_first(void)
{
	struct session *slow, *bob;

	open_hub();
	slow = open_session(ALICE, 0, 0);
	CHECK(admit(slow, HERE));
	fill(slow, LIMIT_QUEUE_BYTES_MAX / 2);
	bob = open_session(BOB, 0, 0);
	CHECK(admit(bob, HERE));
	publish(EVENT_KIND_WIRE, EVENT_typing, BOB);
	CHECK_INT(waiting(slow, "presence") + waiting(slow, "told"), 1); /* its own user's */
	publish_change(6);
	CHECK_INT(waiting(slow, "<6>"), 1);
	fill(slow, LIMIT_QUEUE_BYTES_MAX / 2);
	CHECK_INT(slow->state, SESSION_CLOSING);
	CHECK_INT(slow->close_code, CLOSE_TOO_SLOW);
	CHECK_INT((int64_t)slow->queue.bytes, 0);
	CHECK_INT(bob->state, SESSION_LIVE);
	end(bob);
	end(slow);
	close_hub();
}

static void messages_of_one_moment_go_out_in_order(void)
{
	struct session *alice, *bob, *guest, *late, *slow;
	struct event *list = NULL;

	open_hub();
	alice = open_session(ALICE, 0, 0);
	bob = open_session(BOB, 0, 0);
	guest = open_session(GUEST, 0, 0);
	late = open_session(GUEST, 0, 0);
	slow = open_session(BOB, 0, 0);
	CHECK(admit(alice, HERE) && admit(bob, HERE) && admit(guest, HERE) &&
		admit_at(late, HERE, 3) && admit(slow, HERE));
	hush(alice);
	hush(bob);
	hush(guest);
	hush(late);
	hush(slow);
	fill(slow, LIMIT_QUEUE_BYTES_MAX - 15);
	list = message(HERE, BOB, 6, EVENT_message, list);
	list = message(ELSEWHERE, ALICE, 9, EVENT_message, list);
	list = message(HERE, ALICE, 5, EVENT_message, list);
	list = message(HERE, ALICE, 4, EVENT_message_update, list);
	list = message(HERE, ALICE, 3, EVENT_message, list);
	list = message(HERE, BOB, 2, EVENT_message, list);
	list = message(HERE, ALICE, 1, EVENT_message, list);
	hub_publish(hub, list);
	event_free(list);
	CHECK_STR(heard(alice), "[1]<2>[3][4][5]<6>");
	CHECK_STR(heard(bob), "<1>[2]<3><4><5>[6]");
	CHECK_STR(heard(guest), "<1><2><3><4><5><6>");
	CHECK_INT(packet_queue_first(&guest->queue)->frames, 5);
	CHECK_STR(heard(late), "<4><5><6>");
	CHECK_INT(slow->close_code, CLOSE_TOO_SLOW);
	end(slow);
	end(late);
	end(guest);
	end(bob);
	end(alice);
	close_hub();
}

/* Of those who come when the budget is spent the next tick tells together, in their latest state.
 */
static void many_presences_are_told_together(void)
{
	struct session *watcher, *guests[3];

	open_hub();
	watcher = open_session(ALICE, 0, 0);
	CHECK(admit(watcher, HERE));
	hub->presence_budget = 0;
	for (int64_t i = 0; i < 3; i++) {
		guests[i] = open_session(BOB + i, 0, 0);
		CHECK(admit(guests[i], HERE));
	}
	CHECK_INT(waiting(watcher, "presence"), 1); /* its own user's */
	hub_tick(hub, 0);
	CHECK_INT(waiting(watcher, "presence"), 2);
	CHECK_INT(waiting(watcher, "\"others\":[{\"user_id\":3,\"status\":\"online\"},"
				   "{\"user_id\":4,\"status\":\"online\"}]"),
		1);
	for (size_t i = 0; i < 3; i++)
		end(guests[i]);
	hub_tick(hub, LIMIT_PRESENCE_GRACE_MS - 1);
	CHECK_INT(waiting(watcher, "offline"), 0);
	hub_tick(hub, LIMIT_PRESENCE_GRACE_MS);
	CHECK_INT(waiting(watcher, "offline"), 3);
	end(watcher);
	close_hub();
}

static void who_is_gone_has_nothing_to_write(void)
{
	struct session *sessions[4];

	open_hub();
	for (int64_t i = 0; i < 4; i++) {
		sessions[i] = open_session(BOB + i, 0, 0);
		hub_mark_dirty(hub, sessions[i]);
	}
	hub_mark_dirty(hub, sessions[0]);
	end(sessions[1]);
	end(sessions[3]);
	CHECK(hub_next_dirty(hub) == sessions[0]);
	hub_mark_dirty(hub, sessions[0]);
	CHECK(hub_next_dirty(hub) == sessions[2]);
	CHECK(hub_next_dirty(hub) == sessions[0]);
	CHECK(hub_next_dirty(hub) == NULL && !hub_is_dirty(hub));
	end(sessions[0]);
	end(sessions[2]);
	close_hub();
}

static void a_queue_is_a_ring(void)
{
	struct packet *packets[3];
	struct packet_queue queue = {0};

	for (size_t i = 0; i < 3; i++)
		packets[i] = packet_new("{}", 2);
	CHECK(packet_queue_only(&queue) == NULL);
	/* More than it has room for at first, so that they go around its end. */
	for (size_t i = 0; i < 10; i++) {
		CHECK(packet_queue_push(&queue, packets[i % 3]));
		CHECK(packet_queue_only(&queue) == packets[i % 3]);
		packet_queue_pop(&queue);
	}
	for (size_t i = 0; i < 30; i++)
		CHECK(packet_queue_push(&queue, packets[i % 3]));
	CHECK(packet_queue_only(&queue) == NULL);
	for (size_t i = 0; i < 25; i++) {
		CHECK(packet_queue_first(&queue) == packets[i % 3]);
		packet_queue_pop(&queue);
	}
	CHECK_INT(queue.bytes, 5 * packets[0]->len);
	packet_queue_release(&queue);
	CHECK(packet_queue_first(&queue) == NULL);
	for (size_t i = 0; i < 3; i++) {
		CHECK_INT(packets[i]->refs, 1);
		packet_unref(packets[i]);
	}
}

int main(void)
{
	RUN(a_queue_is_a_ring);
	RUN(who_is_gone_has_nothing_to_write);
	RUN(a_channel_socket_hears_of_presence);
	RUN(a_gateway_hears_what_was_read_elsewhere);
	RUN(what_happened_since_the_snapshot_is_read);
	RUN(a_replay_does_not_run_ahead_of_the_news);
	RUN(who_is_out_is_sent_nothing_until_the_news);
	RUN(a_server_joined_before_the_resume_goes_on_from_there);
	RUN(what_may_be_lost_is_shed_first);
	RUN(messages_of_one_moment_go_out_in_order);
	RUN(many_presences_are_told_together);
	return test_end();
}
