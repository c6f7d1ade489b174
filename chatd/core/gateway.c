#include <stdlib.h>
#include <string.h>
#include <chat/buf.h>
#include <chat/limits.h>
#include "core/hub_state.h"

/*
 * A gateway session keeps, for each server of its user, the rev up to which everything was sent. A
 * live event above it goes out and raises it. While a scope is held or replayed, live events are
 * only noted in hub->revs: they are in the database, and the replay reads on until it meets them.
 */

/* A page is asked for only while less than this waits, so that a slow reader is not filled up. */
#define REPLAY_LOW_BYTES 65536

static int64_t last_rev(const struct hub *hub, int64_t server_id)
{
	return (int64_t)(intptr_t)map_get(&hub->revs, server_id);
}

/* --- scopes --- */

/* Where the server's scope is or would be. */
static size_t scope_place(const struct session *session, int64_t server_id)
{
	size_t low = 0, high = session->n_scopes;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (session->scopes[middle].server_id < server_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct scope *scope_find(const struct session *session, int64_t server_id)
{
	size_t at = scope_place(session, server_id);

	if (at == session->n_scopes || session->scopes[at].server_id != server_id)
		return NULL;
	return &session->scopes[at];
}

static bool scope_add(struct session *session, int64_t server_id, int64_t rev)
{
	size_t at = scope_place(session, server_id);
	struct scope *scopes;

	if (scope_find(session, server_id) == NULL) {
		scopes = realloc(session->scopes, (session->n_scopes + 1) * sizeof(*scopes));
		if (scopes == NULL)
			return false;
		session->scopes = scopes;
		memmove(scopes + at + 1, scopes + at, (session->n_scopes - at) * sizeof(*scopes));
		session->n_scopes++;
	}
	session->scopes[at] = (struct scope){.server_id = server_id, .sent = rev};
	return true;
}

static void scope_remove(struct session *session, int64_t server_id)
{
	struct scope *scope = scope_find(session, server_id);
	size_t after;

	if (scope == NULL)
		return;
	after = session->n_scopes - (size_t)(scope - session->scopes) - 1;
	memmove(scope, scope + 1, after * sizeof(*scope));
	session->n_scopes--;
}

/* Goes on from what was sent: live if that is all there is, else by a replay. */
static void scope_go(const struct hub *hub, struct scope *scope)
{
	scope->base = scope->sent;
	scope->goal = last_rev(hub, scope->server_id);
	if (scope->goal < scope->sent)
		scope->goal = scope->sent;
	scope->state = scope->goal > scope->sent || scope->reads > 0 ? SCOPE_REPLAY : SCOPE_LIVE;
}

void gateway_release(struct session *session)
{
	packet_unref(session->bulk);
	free(session->scopes);
	session->bulk = NULL;
	session->scopes = NULL;
	session->n_scopes = 0;
}

bool gateway_admit(struct hub *hub, struct session *session, struct admission *admission)
{
	for (size_t i = 0; i < admission->n_servers; i++) {
		struct scope *scope;

		if (!scope_add(session, admission->servers[i], admission->revs[i]))
			return false;
		scope = &session->scopes[i];
		if (session->hold)
			scope->state = SCOPE_HELD;
		else
			scope_go(hub, scope);
	}
	session->bulk = admission->ready;
	admission->ready = NULL;
	return true;
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
	struct scope *scope = scope_find(session, run->first->server_id);

	if (scope == NULL || scope->state != SCOPE_LIVE)
		return;
	if (whole && scope->sent < run->first->rev) {
		scope->sent = run->rev;
		hub_send(hub, session, run->all);
		return;
	}
	/* An overflow of the queue ends the session and its scopes. */
	for (const struct event *event = run->first;
		event != run->end && session->state == SESSION_LIVE; event = event->next) {
		if (event->rev <= scope->sent)
			continue;
		scope->sent = event->rev;
		hub_send(hub, session, packet_for(event, session->principal.user_id));
	}
}

void gateway_publish(struct hub *hub, const struct event *first, const struct event *end)
{
	struct run run = {.first = first, .end = end};
	struct users_crowd_walk walk;
	struct user *user;

	for (const struct event *event = first; event != end; event = event->next)
		run.rev = event->rev;
	if (run.rev == 0)
		return;
	map_put(&hub->revs, first->server_id, (void *)(intptr_t)run.rev);
	if (first->next != end)
		run.all = event_join(first, end);
	users_crowd_start(&hub->users, &walk, first->server_id);
	while ((user = users_crowd_next(&walk)) != NULL) {
		bool whole = run.all != NULL && is_common(&run, user->id);

		for (struct session *s = user->sessions; s != NULL; s = s->next) {
			if (s->kind == SESSION_GATEWAY && s->state == SESSION_LIVE)
				send_run(hub, s, &run, whole);
		}
	}
	packet_unref(run.all);
}

void gateway_send_user(struct hub *hub, const struct event *event)
{
	struct user *user = users_get(&hub->users, event->user_id);

	for (struct session *s = user == NULL ? NULL : user->sessions; s != NULL; s = s->next) {
		struct scope *scope = scope_find(s, event->server_id);

		if (scope != NULL && scope->state != SCOPE_LIVE)
			scope->reads++;
		else if (s->kind == SESSION_GATEWAY)
			hub_send(hub, s, event->packet);
	}
}

/* The client gets the server as it is at that rev; what follows may have to wait for its resume. */
static bool scope_join(struct session *session, int64_t server_id, int64_t rev)
{
	struct scope *scope;

	if (!scope_add(session, server_id, rev))
		return false;
	scope = scope_find(session, server_id);
	scope->floor = rev;
	if (session->hold && session->may_resume)
		scope->state = SCOPE_HELD;
	return true;
}

void gateway_join(struct hub *hub, const struct event *event)
{
	struct user *user = users_get(&hub->users, event->user_id);

	users_join(&hub->users, event->user_id, event->server_id);
	for (struct session *s = user == NULL ? NULL : user->sessions; s != NULL; s = s->next) {
		if (s->kind != SESSION_GATEWAY || s->state != SESSION_LIVE)
			continue;
		/* Its ready frame was made between the commit and this moment. */
		if (scope_find(s, event->server_id) != NULL)
			continue;
		if (scope_join(s, event->server_id, event->rev))
			hub_send(hub, s, event->packet);
		else
			hub_close(hub, s, CLOSE_TRY_LATER);
	}
}

/* --- what answers a resume --- */

static void send_gone(struct hub *hub, struct session *session, int64_t server_id)
{
	struct chat_server_gone data = {server_id, "gone"};
	struct packet *packet = packet_encode(EVENT_server_delete, &data, NULL);

	hub_send(hub, session, packet);
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
	hub_send(hub, session, packet);
	packet_unref(packet);
}

/* Every scope was sent up to its rev: says so, once. */
static void finish_resume(struct hub *hub, struct session *session)
{
	struct packet *packet;
	struct buf text;

	for (size_t i = 0; i < session->n_scopes; i++) {
		if (session->scopes[i].state != SCOPE_LIVE)
			return;
	}
	if (!session->resuming)
		return;
	session->resuming = false;
	buf_init(&text, LIMIT_BODY_BYTES_MAX);
	buf_puts(&text, "{\"type\":\"resumed\",\"data\":{\"revs\":{");
	for (size_t i = 0; i < session->n_scopes; i++)
		buf_printf(&text, "%s\"s%lld\":%lld", i > 0 ? "," : "",
			(long long)session->scopes[i].server_id,
			(long long)session->scopes[i].sent);
	buf_puts(&text, "}}}");
	packet = buf_ok(&text) ? packet_new(text.data, text.len) : NULL;
	buf_release(&text);
	hub_send(hub, session, packet);
	packet_unref(packet);
}

/* --- out of a server --- */

static void remove_from(struct hub *hub, struct user *user, const struct event *event)
{
	users_part(&hub->users, user->id, event->server_id);
	for (struct session *s = user->sessions; s != NULL; s = s->next) {
		if (s->kind != SESSION_GATEWAY || scope_find(s, event->server_id) == NULL)
			continue;
		scope_remove(s, event->server_id);
		hub_send(hub, s, event->packet);
		finish_resume(hub, s);
	}
}

void gateway_part(struct hub *hub, const struct event *event)
{
	struct user *user = users_get(&hub->users, event->user_id);

	if (user != NULL)
		remove_from(hub, user, event);
}

void gateway_delete(struct hub *hub, const struct event *event)
{
	struct users_crowd_walk walk;
	struct user *user;

	/* Each leaves the crowd as it is told, so the walk starts anew. */
	while (users_crowd_start(&hub->users, &walk, event->server_id),
		(user = users_crowd_next(&walk)) != NULL)
		remove_from(hub, user, event);
	map_remove(&hub->revs, event->server_id);
}

/* --- the resume frame --- */

/* One scope that the client named. */
static void resume_scope(
	struct hub *hub, struct session *session, bool same_epoch, const struct resume_scope *from)
{
	struct scope *scope = scope_find(session, from->server_id);
	int64_t rev = from->rev, now;

	if (scope == NULL) {
		send_gone(hub, session, from->server_id);
		return;
	}
	now = last_rev(hub, from->server_id) > scope->sent ? last_rev(hub, from->server_id)
							   : scope->sent;
	/* What came with a server_create is newer than what the client knew when it wrote. */
	if (rev < scope->floor)
		rev = scope->floor;
	if (!same_epoch || rev > now || now - rev > LIMIT_REPLAY_MAX) {
		send_resync(hub, session, from->server_id);
		return;
	}
	scope->sent = rev;
	scope->base = rev;
	scope->goal = now;
	scope->state = now > rev || scope->reads > 0 ? SCOPE_REPLAY : SCOPE_LIVE;
}

/* What was held and the client did not name goes on from the ready frame. */
static void release_held(const struct hub *hub, struct session *session)
{
	for (size_t i = 0; i < session->n_scopes; i++) {
		if (session->scopes[i].state == SCOPE_HELD)
			scope_go(hub, &session->scopes[i]);
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
	hub_mark_dirty(hub, session);
	return true;
}

void gateway_resume_timeout(struct hub *hub, struct session *session)
{
	if (session->state != SESSION_LIVE)
		return;
	session->may_resume = false;
	release_held(hub, session);
	hub_mark_dirty(hub, session);
}

struct scope *gateway_next_replay(struct session *session)
{
	if (session->replaying || session->state != SESSION_LIVE || session->bulk != NULL ||
		session->queue.bytes > REPLAY_LOW_BYTES)
		return NULL;
	for (size_t i = 0; i < session->n_scopes; i++) {
		if (session->scopes[i].state == SCOPE_REPLAY)
			return &session->scopes[i];
	}
	return NULL;
}

/* The store has answered. The scope that it was asked for, NULL if that is another one by now: the
 * user may have left meanwhile, or a resume frame have set it back. */
static struct scope *asked_scope(
	struct hub *hub, struct session *session, int64_t server_id, int64_t from_rev)
{
	struct scope *scope = scope_find(session, server_id);

	session->replaying = false;
	hub_mark_dirty(hub, session);
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
	known = last_rev(hub, scope->server_id);
	if (known < scope->goal)
		known = scope->goal;
	to = replay->to_rev < known ? replay->to_rev : known;
	scope->sent = to;
	if (to == known && scope->reads == (to == replay->to_rev ? replay->reads : 0)) {
		scope->state = SCOPE_LIVE;
		scope->reads = 0;
	}
	/* An overflow of the queue ends the session and its scopes. */
	for (size_t i = 0; i < replay->count && replay->changes[i].rev <= to; i++)
		hub_send(hub, session, replay->changes[i].packet);
	finish_resume(hub, session);
}

void gateway_replay_refused(struct hub *hub, struct session *session, const struct scope *asked)
{
	struct scope *scope = asked_scope(hub, session, asked->server_id, asked->sent);

	if (scope != NULL)
		scope->state = SCOPE_HELD;
}
