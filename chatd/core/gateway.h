#ifndef CHATD_GATEWAY_H
#define CHATD_GATEWAY_H

#include "core/hub_state.h"

/* What goes to gateways; what their clients ask of it (gateway_resume() and so on) is in hub.h. */

/* The rev of the server's last published event, 0 if none is known. */
int64_t gateway_last_rev(const struct hub *hub, int64_t server_id);

/* Sends committed events of one server, from first up to but not including end, to its members'
 * gateways; those without a rev go nowhere. */
void gateway_publish(struct hub *hub, const struct event *first, const struct event *end);

/* The user is in one server more or less, or its read marker has moved there: its gateways are
 * sent the event, or it waits in the backlog of those that are CHECKING. */
void gateway_join(struct hub *hub, const struct event *event);
void gateway_part(struct hub *hub, const struct event *event);
void gateway_read(struct hub *hub, const struct event *event);

/* The server is gone for everybody. */
void gateway_delete(struct hub *hub, const struct event *event);

/* The same for one session that is LIVE, or about to be. */
void gateway_join_session(struct hub *hub, struct session *session, int64_t server_id, int64_t rev,
	struct packet *packet);
void gateway_part_session(struct hub *hub, struct session *session, int64_t server_id, int64_t rev,
	struct packet *packet);

/* Sends a server_delete with this reason. */
void gateway_send_gone(
	struct hub *hub, struct session *session, int64_t server_id, const char *reason);

#endif
