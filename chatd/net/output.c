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

/* Forgets what the scratch buffer holds. */
static void forget(struct gathered *gathered)
{
	for (unsigned i = 0; i < gathered->count; i++)
		packet_unref(gathered->packets[i]);
	gathered->count = 0;
	gathered->bytes = 0;
}

/* Moves the queue's packets as one piece into the scratch buffer, as many as there is room for. */
static void gather_queue(struct net *net, struct packet_queue *queue)
{
	struct gathered *gathered = &net->gathered;
	unsigned char *out = net->scratch + LWS_PRE;
	struct packet *packet;

	forget(gathered);
	while (gathered->count < GATHERED_MAX && (packet = packet_queue_first(queue)) != NULL &&
		gathered->bytes + packet->len <= SCRATCH_BYTES) {
		memcpy(out + gathered->bytes, packet->bytes, packet->len);
		gathered->bytes += packet->len;
		gathered->packets[gathered->count++] = packet_ref(packet);
		packet_queue_pop(queue);
	}
}

/* The next bytes to write, in the scratch buffer: of the bulk first, then of the queue. Members of
 * a place mostly wait for the same packets, which then need not be gathered anew for each. */
static size_t gather(struct net *net, struct session *session)
{
	struct gathered *gathered = &net->gathered;
	struct packet_queue *queue = &session->queue;

	if (session->bulk != NULL) {
		forget(gathered);
		return gather_fragment(session, net->scratch + LWS_PRE);
	}
	if (packet_queue_is(queue, gathered->packets, gathered->count))
		packet_queue_clear(queue);
	else
		gather_queue(net, queue);
	metrics_add(&net->metrics->packets, gathered->count);
	return gathered->bytes;
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
		size_t n = gather(net, session);

		if (lws_write(conn->wsi, net->scratch + LWS_PRE, n, LWS_WRITE_RAW) < 0)
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
	forget(&net->gathered);
}
