#ifndef CHATD_BROADCAST_H
#define CHATD_BROADCAST_H

#include "core/hub_state.h"

/* --- to a channel's sockets --- */

/* Sends `own` (if not NULL) to those of user_id, `packet` to the rest. except_user: whose sockets
 * get nothing, 0 for nobody's. */
void broadcast_channel(struct hub *hub, int64_t channel_id, int64_t user_id, struct packet *own,
	struct packet *packet, int64_t except_user);

/* A channel socket was admitted: sends a user_join, unless the others see its user there already.
 */
void broadcast_arrival(struct hub *hub, struct session *session);

/* Sends a user_leave for each who has departed since the last call. Not to be called while walking
 * an audience. Whoever overflows by it departs as well, and is told of in the same way: not by a
 * call within the call. */
void broadcast_departures(struct hub *hub);

/* --- presence and typing --- */

/* Sends those who share a server with the user what they now see of it, now or at the next tick. */
void broadcast_presence(struct hub *hub, struct user *user);

/* Sends one session what is seen of a user. */
void broadcast_status_to(struct hub *hub, struct session *session, const struct user *user);

/* Whether a typing event of that user may go out now; notes the time if so. */
bool broadcast_may_type(struct hub *hub, int64_t user_id, int64_t channel_id, int64_t now);
void broadcast_typing(struct hub *hub, const struct event *event);

/* Sends the presence updates that had to wait; whose grace time is over goes offline. */
void broadcast_tick(struct hub *hub, int64_t now);

#endif
