#include <string.h>
#include <chat/buf.h>
#include <chat/limits.h>
#include "core/gateway.h"
#include "core/outbound.h"

/* A page is asked for only while less than this waits, so that a slow reader is not filled up. */
#define REPLAY_LOW_BYTES 65536

int64_t gateway_last_rev(const struct hub *hub, int64_t server_id)
{
	return (int64_t)(intptr_t)map_get(&hub->revs, server_id);
}

/* --- committed events --- */

/* Events of one server in a row. */
struct run {
	const struct event *first, *end; /* end is behind the last */
	int64_t rev;                     /* the last one's */
	struct packet *all;              /* of all of them, or NULL */
};

/* What the user gets of an event. */
static struct packet *packet_for(const struct event *event, int64_t user_id)
{
	return event->own != NULL && event->user_id == user_id ? event->own : event->packet;
}

/* Whether the user gets all of them as everybody does. */
static bool is_common(const struct run *run, int64_t user_id)
{
	for (const struct event *event = run->first; event != run->end; event = event->next) {
		if (packet_for(event, user_id) != event->packet)
			return false;
	}
	return true;
}

/* whole: may get all of them as one piece. */
static void send_run(struct hub *hub, struct session *session, const struct run *run, bool whole)
{
	struct scope *scope = scopes_find(&session->scopes, run->first->server_id);

	if (scope == NULL || scope->state != SCOPE_LIVE)
		return;
	if (whole && scope->sent < run->first->rev) {
		scope->sent = run->rev;
		outbound_send(hub, session, run->all);
		return;
	}
	/* An overflow of the queue ends the session and its scopes. */
	for (const struct event *event = run->first;
		event != run->end && session->state == SESSION_LIVE; event = event->next) {
		if (event->rev <= scope->sent)
			continue;
		scope->sent = event->rev;
		outbound_send(hub, session, packet_for(event, session->principal.user_id));
	}
}

static void send_run_to_user(struct hub *hub, const struct user *user, const struct run *run)
{
	bool whole = run->all != NULL && is_common(run, user->id);
	struct session *s;

	LIST_FOREACH(s, &user->sessions, of_user) {
		if (s->kind == SESSION_GATEWAY && s->state == SESSION_LIVE)
			send_run(hub, s, run, whole);
	}
}

void gateway_publish(struct hub *hub, const struct event *first, const struct event *end)
{
	struct audience *audience = audiences_get(&hub->users.audiences, first->server_id);
	struct run run = {.first = first, .end = end};

	for (const struct event *event = first; event != end; event = event->next)
		run.rev = event->rev;
	if (run.rev == 0)
		return;
	map_put(&hub->revs, first->server_id, (void *)(intptr_t)run.rev);
	if (first->next != end)
		run.all = event_join(first, end);
	for (size_t i = 0; audience != NULL && i < audience->count; i++)
		send_run_to_user(hub, audience->members[i].user, &run);
	packet_unref(run.all);
}

/* --- what answers a resume --- */

void gateway_send_gone(
	struct hub *hub, struct session *session, int64_t server_id, const char *reason)
{
	struct chat_server_gone data = {server_id, reason};
	struct packet *packet = packet_encode(EVENT_server_delete, &data, NULL);

	outbound_send(hub, session, packet);
	packet_unref(packet);
}

static void send_resync(struct hub *hub, struct session *session, int64_t server_id)
{
	struct chat_resync data;
	struct packet *packet;
	char scope[24] = "s";
	struct buf text;

	buf_init(&text, sizeof(scope) - 1);
	buf_putc(&text, 's');
	buf_put_int(&text, server_id);
	memcpy(scope, buf_str(&text), text.len + 1);
	buf_release(&text);
	data.scope = scope;
	packet = packet_encode(EVENT_resync, &data, NULL);
	outbound_send(hub, session, packet);
	packet_unref(packet);
}

/* Says, once, that every scope was sent up to its rev. */
static void finish_resume(struct hub *hub, struct session *session)
{
	struct packet *packet;
	struct buf text;

	const struct scopes *scopes = &session->scopes;

	if (!session->resuming)
		return;
	for (size_t i = 0; i < scopes->count; i++) {
		if (!scope_is_resumed(&scopes->items[i]))
			return;
	}
	session->resuming = false;
	buf_init(&text, LIMIT_BODY_BYTES_MAX);
	buf_puts(&text, "{\"type\":\"resumed\",\"data\":{\"revs\":{");
	for (size_t i = 0; i < scopes->count; i++)
		buf_printf(&text, "%s\"s%lld\":%lld", i > 0 ? "," : "",
			(long long)scopes->items[i].server_id, (long long)scopes->items[i].sent);
	buf_puts(&text, "}}}");
	packet = buf_ok(&text) ? packet_new(text.data, text.len) : NULL;
	buf_release(&text);
	outbound_send(hub, session, packet);
	packet_unref(packet);
}

/* --- in one server more or less --- */

/* Keeps the event until the store has answered. */
static void put_off(struct hub *hub, struct session *session, const struct event *event)
{
	if (!backlog_add(&session->backlog, event))
		outbound_overflow(hub, session);
}

void gateway_join_session(struct hub *hub, struct session *session, int64_t server_id, int64_t rev,
	struct packet *packet)
{
	struct scope *scope;

	/* Its ready frame was made between the commit and this moment. */
	if (scopes_find(&session->scopes, server_id) != NULL)
		return;
	/* What follows may have to wait for the resume frame. */
	scope = scopes_add(&session->scopes, server_id, rev,
		session->hold && session->may_resume ? SCOPE_HELD : SCOPE_LIVE);
	if (scope == NULL) {
		outbound_close(hub, session, CLOSE_TRY_LATER);
		return;
	}
	scope->floor = rev;
	outbound_send(hub, session, packet);
}

void gateway_part_session(struct hub *hub, struct session *session, int64_t server_id, int64_t rev,
	struct packet *packet)
{
	const struct scope *scope = scopes_find(&session->scopes, server_id);

	/* What the client has may be of a later membership. */
	if (scope == NULL || scope->sent >= rev)
		return;
	scopes_remove(&session->scopes, server_id);
	outbound_send(hub, session, packet);
	finish_resume(hub, session);
}

/* Ends the user's sessions, which would hear nothing of a server that there is no memory for. */
static void give_up(struct hub *hub, struct user *user)
{
	struct session *s;

	users_unlearn(&hub->users, user);
	LIST_FOREACH(s, &user->sessions, of_user)
		outbound_close(hub, s, CLOSE_TRY_LATER);
}

void gateway_join(struct hub *hub, const struct event *event)
{
	struct user *user = users_get(&hub->users, event->user_id);
	struct session *s;

	if (user == NULL)
		return;
	if (!users_join(&hub->users, user, event->server_id))
		give_up(hub, user);
	LIST_FOREACH(s, &user->sessions, of_user) {
		if (s->state == SESSION_CHECKING)
			put_off(hub, s, event);
		else if (s->kind == SESSION_GATEWAY && s->state == SESSION_LIVE)
			gateway_join_session(hub, s, event->server_id, event->rev, event->packet);
	}
}

static void part_user(struct hub *hub, struct user *user, const struct event *event)
{
	struct session *s;

	users_part(&hub->users, user, event->server_id);
	LIST_FOREACH(s, &user->sessions, of_user) {
		if (s->state == SESSION_CHECKING)
			put_off(hub, s, event);
		else if (s->kind == SESSION_GATEWAY)
			gateway_part_session(hub, s, event->server_id, event->rev, event->packet);
	}
}

void gateway_part(struct hub *hub, const struct event *event)
{
	struct user *user = users_get(&hub->users, event->user_id);

	if (user != NULL)
		part_user(hub, user, event);
}

void gateway_delete(struct hub *hub, const struct event *event)
{
	struct audience *audience;

	tombstones_add(&hub->tombstones, event->server_id);
	map_remove(&hub->revs, event->server_id);
	/* Each of them leaves, and the audience ends with the last. */
	while ((audience = audiences_get(&hub->users.audiences, event->server_id)) != NULL &&
		audience->count > 0)
		part_user(hub, audience->members[audience->count - 1].user, event);
}

void gateway_read(struct hub *hub, const struct event *event)
{
	struct user *user = users_get(&hub->users, event->user_id);
	struct session *s;

	if (user == NULL)
		return;
	LIST_FOREACH(s, &user->sessions, of_user) {
		struct scope *scope = scopes_find(&s->scopes, event->server_id);

		if (s->kind == SESSION_GATEWAY && s->state == SESSION_CHECKING)
			put_off(hub, s, event);
		else if (scope != NULL && scope->state == SCOPE_LIVE)
			outbound_send(hub, s, event->packet);
		else if (scope != NULL)
			scope->reads++;
	}
}

/* --- the resume frame --- */

/* One scope that the client named. */
static void resume_scope(
	struct hub *hub, struct session *session, bool same_epoch, const struct resume_scope *from)
{
	struct scope *scope = scopes_find(&session->scopes, from->server_id);
	int64_t rev = from->rev, newest;

	if (scope == NULL) {
		gateway_send_gone(hub, session, from->server_id, "gone");
		return;
	}
	if (scope->state == SCOPE_REFUSED)
		return;
	newest = gateway_last_rev(hub, from->server_id);
	if (newest < scope->sent)
		newest = scope->sent;
	if (rev < scope->floor)
		rev = scope->floor;
	if (!same_epoch || rev > newest || newest - rev > LIMIT_REPLAY_MAX) {
		send_resync(hub, session, from->server_id);
		return;
	}
	scope->sent = rev;
	scopes_start(&session->scopes, scope, newest);
}

/* What was held and the client did not name goes on from the ready frame. */
static void release_held(const struct hub *hub, struct session *session)
{
	for (size_t i = 0; i < session->scopes.count; i++) {
		struct scope *scope = &session->scopes.items[i];

		if (scope->state == SCOPE_HELD)
			scopes_start(
				&session->scopes, scope, gateway_last_rev(hub, scope->server_id));
	}
}

bool gateway_resume(struct hub *hub, struct session *session, const struct resume *resume)
{
	bool same_epoch = hub->epoch != NULL && strcmp(hub->epoch, resume->epoch) == 0;

	if (session->kind != SESSION_GATEWAY || !session->may_resume)
		return false;
	session->may_resume = false;
	session->resuming = true;
	for (size_t i = 0; i < resume->count; i++)
		resume_scope(hub, session, same_epoch, &resume->scopes[i]);
	release_held(hub, session);
	finish_resume(hub, session);
	outbound_mark(hub, session);
	return true;
}

void gateway_resume_timeout(struct hub *hub, struct session *session)
{
	if (session->state != SESSION_LIVE)
		return;
	session->may_resume = false;
	release_held(hub, session);
	outbound_mark(hub, session);
}

struct scope *gateway_next_replay(struct session *session)
{
	if (session->replaying || session->state != SESSION_LIVE || session->bulk != NULL ||
		session->queue.bytes > REPLAY_LOW_BYTES)
		return NULL;
	return scopes_first_replay(&session->scopes);
}

/* The store has answered. The scope that it was asked for, NULL if that is another one by now: the
 * user may have left meanwhile, or a resume frame have set it back. */
static struct scope *asked_scope(
	struct hub *hub, struct session *session, int64_t server_id, int64_t from_rev)
{
	struct scope *scope = scopes_find(&session->scopes, server_id);

	session->replaying = false;
	outbound_mark(hub, session);
	if (scope == NULL || scope->state != SCOPE_REPLAY || scope->sent != from_rev)
		return NULL;
	return scope;
}

void gateway_replayed(struct hub *hub, struct session *session, const struct replay *replay)
{
	struct scope *scope = asked_scope(hub, session, replay->server_id, replay->from_rev);
	int64_t known, to;

	if (scope == NULL)
		return;
	/* What is committed but not published yet comes live: an ack may have to go before it. */
	known = gateway_last_rev(hub, scope->server_id);
	if (known < scope->goal)
		known = scope->goal;
	to = replay->to_rev < known ? replay->to_rev : known;
	scope->sent = to;
	if (to == known && scope->reads == (to == replay->to_rev ? replay->reads : 0)) {
		scopes_set_state(&session->scopes, scope, SCOPE_LIVE);
		scope->reads = 0;
	}
	/* An overflow of the queue ends the session and its scopes. */
	for (size_t i = 0; i < replay->count && replay->changes[i].rev <= to; i++)
		outbound_send(hub, session, replay->changes[i].packet);
	finish_resume(hub, session);
}

void gateway_replay_refused(struct hub *hub, struct session *session, const struct scope *asked)
{
	struct scope *scope = asked_scope(hub, session, asked->server_id, asked->sent);

	if (scope != NULL)
		scopes_set_state(&session->scopes, scope, SCOPE_REFUSED);
}
