#include <chat/limits.h>
#include "core/metrics.h"
#include "core/outbound.h"

void outbound_mark(struct hub *hub, struct session *session)
{
	if (session->dirty)
		return;
	session->dirty = true;
	TAILQ_INSERT_TAIL(&hub->dirty, session, next_dirty);
}

void outbound_unmark(struct hub *hub, struct session *session)
{
	if (session->dirty)
		TAILQ_REMOVE(&hub->dirty, session, next_dirty);
	session->dirty = false;
}

struct session *outbound_next(struct hub *hub)
{
	struct session *session = TAILQ_FIRST(&hub->dirty);

	if (session != NULL)
		outbound_unmark(hub, session);
	return session;
}

void outbound_send(struct hub *hub, struct session *session, struct packet *packet)
{
	if (session->state == SESSION_CLOSING || packet == NULL)
		return;
	if (!packet_queue_push(&session->queue, packet))
		outbound_overflow(hub, session);
	else if (session->state == SESSION_LIVE)
		outbound_mark(hub, session);
}

void outbound_send_transient(struct hub *hub, struct session *session, struct packet *packet)
{
	if (session->queue.bytes <= LIMIT_QUEUE_BYTES_MAX / 2)
		outbound_send(hub, session, packet);
}

void outbound_overflow(struct hub *hub, struct session *session)
{
	metrics_add(&hub->metrics->overflows, 1);
	outbound_close(hub, session, CLOSE_TOO_SLOW);
}

void outbound_end_check(struct hub *hub, struct session *session)
{
	tombstones_leave(&hub->tombstones, session->generation);
	backlog_release(&session->backlog);
	if (session->kind == SESSION_CHANNEL)
		audience_leave(session);
}

void outbound_close(struct hub *hub, struct session *session, enum close_code code)
{
	if (session->state == SESSION_CLOSING)
		return;
	if (session->state == SESSION_CHECKING)
		outbound_end_check(hub, session);
	session_set_state(session, SESSION_CLOSING);
	session->close_code = code;
	session_drop_output(session);
	if (session->kind == SESSION_CHANNEL)
		channel_leave(&hub->channels, session);
	outbound_mark(hub, session);
}
