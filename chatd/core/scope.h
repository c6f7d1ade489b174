#ifndef CHATD_SCOPE_H
#define CHATD_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How a gateway session stands with one server of its user: up to which rev the client was sent
 * everything, and how it gets the rest.
 *
 *   LIVE     what is published goes out at once, and raises `sent`
 *   HELD     nothing lasting goes out before the client's resume frame, or the end of the wait
 *   REPLAY   changes above `sent` are read from the database, page by page, until a page meets what
 *            was published last
 *   REFUSED  the store said that the user is out; the event that says so to the client is on its
 * way
 *
 * A scope begins LIVE or HELD. A resume frame sets it back, so also LIVE to REPLAY and from one
 * REPLAY to another. REFUSED ends with the scope.
 */
enum scope_state { SCOPE_LIVE, SCOPE_HELD, SCOPE_REPLAY, SCOPE_REFUSED };

/*
 * The revs: floor <= base <= sent. While a scope is not LIVE, what is published is not kept for it:
 * it is in the database, and the replay reads on until it meets it.
 */
struct scope {
	int64_t server_id;
	/* The client has, by `ready`, an event or a page, every change up to here. Only a resume
	 * frame lowers it. */
	int64_t sent;
	/* REPLAY: `sent` as it was when the replay began. What was created above it is new to the
	 * client and is sent as created, whatever has happened to it since. */
	int64_t base;
	/* REPLAY: the newest rev that was published when the replay began. `resumed` is due when
	 * `sent` has come this far. */
	int64_t goal;
	/* The rev of the `server_create` that this socket was sent, 0 if the server was in `ready`.
	 * A resume frame may have been written before it came, and goes back no further. */
	int64_t floor;
	/* Not LIVE: `read` events that did not go out, for they count messages that are still to
	 * come. The last page has the counts instead. */
	unsigned reads;
	enum scope_state state;
};

/* The scopes of a session, ascending by server. */
struct scopes {
	struct scope *items;
	size_t count;
	size_t replays; /* those in REPLAY */
};

/* The server's, or NULL. Valid until one is added or removed. */
struct scope *scopes_find(const struct scopes *scopes, int64_t server_id);
/* Adds the server's, sent up to rev; LIVE or HELD. NULL without memory. There may be none yet. */
struct scope *scopes_add(
	struct scopes *scopes, int64_t server_id, int64_t rev, enum scope_state state);
/* Removes the server's if there is one. */
void scopes_remove(struct scopes *scopes, int64_t server_id);
void scopes_release(struct scopes *scopes);

/* The first that is in REPLAY, or NULL. */
struct scope *scopes_first_replay(const struct scopes *scopes);

/* Moves one of them on; aborts on a move that the table of states does not have. */
void scopes_set_state(struct scopes *scopes, struct scope *scope, enum scope_state state);
/* Goes on from what was sent: LIVE if that is all that was published, else by a replay. newest: the
 * server's last published rev, 0 if none is known. */
void scopes_start(struct scopes *scopes, struct scope *scope, int64_t newest);
/* Whether the client has all that `resumed` promises of it. */
bool scope_is_resumed(const struct scope *scope);

#endif
