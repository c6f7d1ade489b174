#include <string.h>
#include <chat/frame.h>
#include "core/metrics.h"
#include "net/state.h"

/* Bytes of a fragment of the ready frame; with its header it has room in the scratch buffer. */
#define FRAGMENT_BYTES 131072
/* How long a closed socket may take to read what is left and say goodbye. */
#define GOODBYE_SECONDS 30

/* The next fragment of the bulk (RFC 6455, section 5.4). A ping, its answer or a close may go out
 * between two of them, but never inside of one. */
static size_t gather_fragment(struct session *session, unsigned char *out)
{
	struct packet *packet = session->bulk;
	const char *from = packet->bytes + packet->header + session->bulk_at;
	size_t left = packet->len - packet->header - session->bulk_at;
	size_t n = left < FRAGMENT_BYTES ? left : FRAGMENT_BYTES;
	size_t header = frame_header(out, n);

	out[0] = (unsigned char)((n == left ? FRAME_FINAL : 0) |
				 (session->bulk_at == 0 ? FRAME_TEXT : FRAME_CONTINUATION));
	memcpy(out + header, from, n);
	session->bulk_at += n;
	if (n == left) {
		packet_unref(packet);
		session->bulk = NULL;
	}
	return header + n;
}

/* Moves packets of the queue as one piece into the scratch buffer, as many as there is room for. */
static size_t gather_queue(struct net *net, struct packet_queue *queue, unsigned char *out)
{
	struct packet *packet;
	size_t n = 0;

	while ((packet = packet_queue_first(queue)) != NULL && n + packet->len <= SCRATCH_BYTES) {
		memcpy(out + n, packet->bytes, packet->len);
		n += packet->len;
		metrics_add(&net->metrics->packets, packet->frames);
		packet_queue_pop(queue);
	}
	return n;
}

/* Writes the first packet from where it is. */
static bool write_packet(struct net *net, struct conn *conn)
{
	struct packet_queue *queue = &conn->socket->session->queue;
	struct packet *packet = packet_queue_first(queue);
	/* Raw bytes are neither changed nor written in front of. */
	bool alive = lws_write(conn->wsi, (unsigned char *)packet->bytes, packet->len,
			     LWS_WRITE_RAW) >= 0;

	metrics_add(&net->metrics->packets, packet->frames);
	packet_queue_pop(queue);
	return alive;
}

/* Writes the bulk's next fragment, or else as much of the queue as one call takes: a call costs
 * more than the copying, which a packet that is alone or too large does not need. False when the
 * connection is dead. */
static bool write_some(struct net *net, struct conn *conn)
{
	struct session *session = conn->socket->session;
	unsigned char *out = net->scratch + LWS_PRE;
	size_t n;

	if (session->bulk != NULL)
		n = gather_fragment(session, out);
	else if (packet_queue_only(&session->queue) != NULL ||
		 packet_queue_first(&session->queue)->len > SCRATCH_BYTES)
		return write_packet(net, conn);
	else
		n = gather_queue(net, &session->queue, out);
	return lws_write(conn->wsi, out, n, LWS_WRITE_RAW) >= 0;
}

static bool has_output(const struct session *session)
{
	return session->bulk != NULL || packet_queue_first(&session->queue) != NULL;
}

/* Asks the store for what the session has still to be sent, once there is room for it. */
static void replay(struct net *net, struct session *session)
{
	const struct scope *scope = gateway_next_replay(session);
	struct request *request = scope == NULL ? NULL : request_new(ORIGIN_REPLAY, session->id);

	if (request == NULL)
		return;
	session->replaying = true;
	if (api_submit_replay(net->api, request, &session->principal, scope))
		frames_answered(net, request);
}

/* Writes all that waits; what the kernel does not take libwebsockets keeps, and nothing more is
 * written until it has gone. False when the connection is dead. */
static bool flush(struct net *net, struct conn *conn)
{
	struct session *session = conn->socket->session;

	while (has_output(session) && !lws_partial_buffered(conn->wsi)) {
		if (!write_some(net, conn))
			return false;
	}
	if (has_output(session))
		lws_callback_on_writable(conn->wsi);
	replay(net, session);
	return true;
}

void output_flush_all(struct net *net)
{
	struct session *session;

	while ((session = hub_next_dirty(net->hub)) != NULL) {
		struct conn *conn = session->socket;

		if (session->state == SESSION_CLOSING) {
			lws_callback_on_writable(conn->wsi);
			lws_set_timeout(conn->wsi, PENDING_TIMEOUT_CLOSE_SEND, GOODBYE_SECONDS);
		} else if (!flush(net, conn)) {
			lws_set_timeout(conn->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
		}
	}
}
