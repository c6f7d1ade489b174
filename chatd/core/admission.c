#include "core/admission.h"
#include "core/broadcast.h"
#include "core/gateway.h"
#include "core/outbound.h"

/*
 * The store is asked once. Its snapshot may be older than what was published before its answer came
 * here, and newer than what has been published so far: a commit is told a moment after it is made.
 * Who is in which audience follows what was published, always. What the client knows is what its
 * frames said: `ready` has the snapshot's revs, and these decide what still has to follow it.
 *
 *   since the socket was opened        the snapshot may     what follows `ready`
 *   ---------------------------------  -------------------  ------------------------------------
 *   the user joined a server, or made  lack it              server_create, then its changes
 *   one                                have it              its changes above the snapshot's rev
 *   it left, was kicked or banned; or  have it, rev below   server_delete
 *   the server was deleted             lack it              nothing
 *   it left and came back              have it, rev below   server_delete, server_create
 *                                      have it, rev above   its changes above the snapshot's rev
 *   any change with a rev: messages,   have it              nothing
 *   channels, members, settings, names lack it              the change, read from the database
 *   a read marker moved                have it or not       counts, made anew with the next page
 *   another choice of status           have it or not       presence of the user itself
 *   others' presence                   does not say         nothing: clients ask for it after
 *                                                           `ready`; a channel socket has had it
 *   the session or token was revoked   have agreed          (closed when that was published)
 *
 * What is published only later, of which the snapshot knew already, finds the scope there or gone,
 * or its rev as high, and is passed over. With ?resume=1 scopes begin
 * HELD: changes and counts wait for the resume frame, server_create and server_delete do not.
 * A channel socket has no `ready`: it was subscribed from its upgrade on, and is closed when its
 * user leaves, whether it was admitted by then or not. Several sockets of a user are admitted each
 * for itself; the first makes the user known.
 */

/* The first session of a user: takes over its servers, but for what was published since. */
static bool learn_user(struct hub *hub, struct session *session, const struct admission *admission)
{
	struct user *user = session->user;
	const struct backlog_item *item;

	if (user->known)
		return true;
	if (!users_learn(&hub->users, user, admission->username, admission->choice,
		    admission->servers, admission->n_servers))
		return false;
	for (size_t i = 0; i < admission->n_servers; i++) {
		if (tombstones_has(&hub->tombstones, admission->servers[i]))
			users_part(&hub->users, user, admission->servers[i]);
	}
	STAILQ_FOREACH(item, &session->backlog.items, next) {
		if (item->id == EVENT_server_delete)
			users_part(&hub->users, user, item->server_id);
		if (item->id == EVENT_server_create &&
			!users_join(&hub->users, user, item->server_id)) {
			users_unlearn(&hub->users, user);
			return false;
		}
	}
	return true;
}

/* The scopes of the ready frame; false without memory. */
static bool add_scopes(struct session *session, const struct admission *admission)
{
	for (size_t i = 0; i < admission->n_servers; i++) {
		if (scopes_add(&session->scopes, admission->servers[i], admission->revs[i],
			    session->hold ? SCOPE_HELD : SCOPE_LIVE) == NULL)
			return false;
	}
	return true;
}

static void apply_item(struct hub *hub, struct session *session, const struct backlog_item *item)
{
	struct scope *scope = scopes_find(&session->scopes, item->server_id);

	if (item->id == EVENT_server_create)
		gateway_join_session(hub, session, item->server_id, item->rev, item->packet);
	else if (item->id == EVENT_server_delete)
		gateway_part_session(hub, session, item->server_id, item->rev, item->packet);
	else if (scope != NULL)
		scope->reads++;
}

/* Queues behind the ready frame what it lacks. An overflow empties the backlog and the scopes. */
static void follow_ready(
	struct hub *hub, struct session *session, const struct admission *admission)
{
	struct backlog_item *item;

	while ((item = backlog_take(&session->backlog)) != NULL) {
		apply_item(hub, session, item);
		backlog_item_free(item);
	}
	for (size_t i = 0; i < admission->n_servers; i++) {
		int64_t server_id = admission->servers[i];

		if (!tombstones_has(&hub->tombstones, server_id) ||
			scopes_find(&session->scopes, server_id) == NULL)
			continue;
		scopes_remove(&session->scopes, server_id);
		gateway_send_gone(hub, session, server_id, "deleted");
	}
	for (size_t i = 0; i < session->scopes.count; i++) {
		struct scope *scope = &session->scopes.items[i];

		if (scope->state == SCOPE_LIVE)
			scopes_start(
				&session->scopes, scope, gateway_last_rev(hub, scope->server_id));
	}
	if (admission->choice != session->user->choice)
		broadcast_status_to(hub, session, session->user);
}

static bool prepare(struct hub *hub, struct session *session, struct admission *admission)
{
	if (!learn_user(hub, session, admission))
		return false;
	if (session->kind == SESSION_CHANNEL)
		return true;
	if (!add_scopes(session, admission))
		return false;
	session->bulk = admission->ready;
	if (session->bulk != NULL)
		packet_claim(session->bulk);
	admission->ready = NULL;
	follow_ready(hub, session, admission);
	return true;
}

void admission_admit(struct hub *hub, struct session *session, struct admission *admission)
{
	if (session->state != SESSION_CHECKING)
		return;
	if (!prepare(hub, session, admission))
		outbound_close(hub, session, CLOSE_TRY_LATER);
	if (session->state == SESSION_CLOSING)
		return;
	outbound_end_check(hub, session);
	session_set_state(session, SESSION_LIVE);
	users_connect(&hub->users, session->user);
	outbound_mark(hub, session);
	if (session->kind == SESSION_CHANNEL)
		broadcast_arrival(hub, session);
	broadcast_presence(hub, session->user);
}
