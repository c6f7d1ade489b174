#ifndef CHATD_OUTBOUND_H
#define CHATD_OUTBOUND_H

#include "core/hub_state.h"

/*
 * What goes out on a session: packets into its queue, its closing, and the list of those that have
 * something to write. Nothing here tells anybody else, so all of it may be called while walking an
 * audience; a closing takes no other session out of any list.
 */

/* Queues a packet; a session whose queue overflows is closed. Nothing to one that is CLOSING, or
 * for NULL. */
void outbound_send(struct hub *hub, struct session *session, struct packet *packet);

/* Queues what may be lost: nothing when the queue is more than half full. */
void outbound_send_transient(struct hub *hub, struct session *session, struct packet *packet);

/* Ends a session from this side: what waits for it is dropped, and it is marked dirty so that the
 * network closes it with this code. If it was its user's last socket in a channel, the user is then
 * among the departed. */
void outbound_close(struct hub *hub, struct session *session, enum close_code code);

/* Closes a session that nothing more can be kept for. */
void outbound_overflow(struct hub *hub, struct session *session);

/* The session no longer waits for the store's answer. */
void outbound_end_check(struct hub *hub, struct session *session);

/* Puts a session on the list of the dirty, takes the next one off (NULL when there is none), and
 * takes one that is to be freed off. */
void outbound_mark(struct hub *hub, struct session *session);
struct session *outbound_next(struct hub *hub);
void outbound_unmark(struct hub *hub, struct session *session);

#endif
