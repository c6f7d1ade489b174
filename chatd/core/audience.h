#ifndef CHATD_AUDIENCE_H
#define CHATD_AUDIENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/map.h"
#include "core/session.h"

struct user;

/* Those who hear of a server's presence: its members who are known, and the channel sockets in it
 * whose user may be none, until the store has answered. */
struct audience {
	int64_t server_id;
	/* Each with the index of this server among the user's memberships, so that leaving is O(1).
	 */
	struct audience_member {
		struct user *user;
		size_t membership;
	} * members;
	size_t count, capacity;
	struct session_list checking;
	struct user **changed; /* members whose presence update is due: audiences_note() */
	size_t n_changed, changed_capacity;
	struct audience *next_changed;
};

struct audiences {
	struct map by_server;
	struct audience *changed;
	uint64_t walks;
};

void audiences_init(struct audiences *audiences);
/* They must be empty. */
void audiences_release(struct audiences *audiences);

/* A server's audience, NULL if it has none. */
struct audience *audiences_get(const struct audiences *audiences, int64_t server_id);

/* Makes the user a member, which it may not be yet; false without memory. */
bool audience_join(struct audiences *audiences, struct user *user, int64_t server_id);
/* Ends the user's membership at that index; the user's last one takes its place. */
void audience_part(struct audiences *audiences, struct user *user, size_t membership);

/* Takes in a channel socket that is CHECKING; false without memory. */
bool audience_enter(struct audiences *audiences, struct session *session);
/* Takes it out. It may be called while somebody walks, so it frees nothing. */
void audience_leave(struct session *session);
/* Frees a server's audience if it is empty. */
void audiences_prune(struct audiences *audiences, int64_t server_id);

/* Walks the users who share a server with one, itself included, each once. */
struct audience_walk {
	struct user *of;
	bool met_self;
	size_t membership, member;
};
void audience_walk_start(struct audiences *audiences, struct audience_walk *walk, struct user *of);
struct user *audience_walk_next(struct audiences *audiences, struct audience_walk *walk);

/* Notes the user as changed in each of its servers; without memory not in all. */
void audiences_note(struct audiences *audiences, struct user *user);
/* Takes the next audience with changed members; NULL when there is none. The n of them last until
 * the next audiences_note(). */
struct audience *audiences_take_noted(struct audiences *audiences, size_t *n);

#endif
