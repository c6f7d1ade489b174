#ifndef CHATD_HUB_STATE_H
#define CHATD_HUB_STATE_H

#include "core/hub.h"
#include "core/map.h"
#include "core/user.h"

/* What the parts of the hub share: hub.c (sessions and events), channel.c (the channel socket's
 * audience), gateway.c (the gateway's) and announce.c (presence and typing). */
struct hub {
	struct map sessions; /* by id */
	struct map channels; /* by id, those with a channel socket: struct channel */
	struct map revs;     /* server id → the last rev that was published, as a number */
	/* User and channel → when, as a number: since typing_since, and the interval before. */
	struct map typing, typing_before;
	int64_t typing_since;
	struct users users;
	struct users_queue changed; /* whose presence is to be told by the next tick */
	int64_t presence_budget;    /* presence frames that may go out until the next tick */
	int64_t last_id;
	struct session *checking; /* those that wait for the store's word */
	struct session *dirty, **dirty_tail;
	struct presence *presence;
	struct metrics *metrics;
	const char *epoch;
};

/* channel.c */
bool channel_add(struct hub *hub, struct session *session);
void channel_remove(struct hub *hub, struct session *session);
/* Sends to the channel's sockets: `own` (if not NULL) to those of user_id, `packet` to the rest.
 * except_user: whose sockets get nothing, 0 for nobody's. */
void channel_send(struct hub *hub, int64_t channel_id, int64_t user_id, struct packet *own,
	struct packet *packet, int64_t except_user);
/* Tells the others in the channel that the session's user came or went, unless it has another
 * socket there. */
void channel_tell(struct hub *hub, enum event_id id, const struct session *session);
void channel_release(struct hub *hub);

/* gateway.c */
/* Takes over what the ready frame has; false without memory. */
bool gateway_admit(struct hub *hub, struct session *session, struct admission *admission);
/* Sends committed events of one server, from first up to but not including end, to its members'
 * gateways; those without a rev go nowhere. */
void gateway_publish(struct hub *hub, const struct event *first, const struct event *end);
/* The user is in one server more or less. */
void gateway_join(struct hub *hub, const struct event *event);
void gateway_part(struct hub *hub, const struct event *event);
/* The server is gone for everybody. */
void gateway_delete(struct hub *hub, const struct event *event);
/* Sends to the user's gateways. */
void gateway_send_user(struct hub *hub, const struct event *event);
void gateway_release(struct session *session);

/* announce.c */
/* Tells those who share a server with the user what they now see of it, now or soon. */
void announce_presence(struct hub *hub, struct user *user);
void announce_tick(struct hub *hub, int64_t now);
/* Whether a typing event of that user may go out now; notes the time if so. */
bool announce_may_type(struct hub *hub, int64_t user_id, int64_t channel_id, int64_t now);
void announce_typing(struct hub *hub, const struct event *event);

/* Queues what may be lost: typing and presence go first when a queue is half full. */
void hub_send_transient(struct hub *hub, struct session *session, struct packet *packet);

#endif
