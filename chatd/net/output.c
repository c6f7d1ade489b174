#include <string.h>
#include <chat/frame.h>
#include "core/metrics.h"
#include "net/state.h"

/* Bytes of a fragment of the ready frame: what the kernel does not take of it is kept as a copy. */
#define FRAGMENT_BYTES 16384

/* The next fragment of the bulk (RFC 6455, section 5.4). A ping, its answer or a close may go out
 * between two of them, but never inside of one. */
static void send_fragment(struct conn *conn)
{
	struct session *session = conn->socket->session;
	struct packet *packet = session->bulk;
	unsigned char *out = conn->net->scratch;
	const char *from = packet->bytes + packet->header + session->bulk_at;
	size_t left = packet->len - packet->header - session->bulk_at;
	size_t n = left < FRAGMENT_BYTES ? left : FRAGMENT_BYTES;
	size_t header = frame_header(out, n);

	out[0] = (unsigned char)((n == left ? WS_FINAL : 0) |
				 (session->bulk_at == 0 ? WS_TEXT : WS_CONTINUATION));
	memcpy(out + header, from, n);
	session->bulk_at += n;
	if (n == left) {
		packet_unref(packet);
		session->bulk = NULL;
	}
	conn_send(conn, out, header + n);
}

/* Copies packets of the queue, from the oldest on, as many as there is room for; how many bytes. */
static size_t gather(const struct packet_queue *queue, unsigned char *out)
{
	struct packet *packet;
	size_t n = 0;

	for (unsigned i = 0; (packet = packet_queue_at(queue, i)) != NULL; i++) {
		if (n + packet->len > SCRATCH_BYTES)
			break;
		memcpy(out + n, packet->bytes, packet->len);
		n += packet->len;
	}
	return n;
}

/* Takes what was sent off the queue. The packet of which only a part was sent is the socket's now:
 * the queue may be dropped, but what has begun has to be ended. */
static void settle(struct net *net, struct socket *socket, size_t sent)
{
	struct packet_queue *queue = &socket->session->queue;

	while (sent > 0) {
		struct packet *packet = packet_queue_first(queue);

		metrics_add(&net->metrics->packets, packet->frames);
		if (sent < packet->len) {
			socket->sending = packet_ref(packet);
			socket->sent = sent;
			sent = packet->len;
		}
		sent -= packet->len;
		packet_queue_pop(queue);
	}
}

/* Sends as much of the queue as one call takes: a call costs more than the copying, which a packet
 * that is alone or too large does not need. False when the kernel took less. */
static bool send_queue(struct conn *conn)
{
	struct packet_queue *queue = &conn->socket->session->queue;
	struct packet *first = packet_queue_first(queue);
	const void *bytes = first->bytes;
	size_t n = first->len, sent;

	if (packet_queue_only(queue) == NULL && n <= SCRATCH_BYTES) {
		bytes = conn->net->scratch;
		n = gather(queue, conn->net->scratch);
	}
	sent = link_send(&conn->link, bytes, n);
	settle(conn->net, conn->socket, sent);
	return sent == n;
}

/* The rest of a packet. False when there is still some. */
static bool send_begun(struct conn *conn)
{
	struct socket *socket = conn->socket;
	struct packet *packet = socket->sending;

	if (packet == NULL)
		return true;
	socket->sent +=
		link_send(&conn->link, packet->bytes + socket->sent, packet->len - socket->sent);
	if (socket->sent < packet->len)
		return false;
	packet_unref(packet);
	socket->sending = NULL;
	return true;
}

/* RFC 6455, section 5.5.1. 1005 stands for a close frame without a code (section 7.4.1). */
static void send_close(struct conn *conn, enum close_code code)
{
	unsigned char frame[] = {
		WS_FINAL | WS_CLOSE, 2, (unsigned char)(code >> 8), (unsigned char)code};

	if (code == CLOSE_NO_CODE)
		frame[1] = 0;
	conn_send(conn, frame, 2u + frame[1]);
}

static void send_control(struct conn *conn)
{
	struct buf *control = &conn->socket->control;

	conn_send(conn, control->data, control->len);
	buf_release(control);
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

bool output_is_behind(const struct conn *conn)
{
	return conn_is_blocked(conn) || conn->socket->sending != NULL;
}

/* What waits goes out in this order. False when nothing more can be sent now. */
static bool send_next(struct conn *conn)
{
	struct session *session = conn->socket->session;

	if (conn_is_blocked(conn) || !send_begun(conn))
		return false;
	if (conn->socket->control.len > 0)
		send_control(conn);
	else if (session->state == SESSION_CLOSING)
		return false;
	else if (session->bulk != NULL)
		send_fragment(conn);
	else if (session->state == SESSION_LIVE && packet_queue_first(&session->queue) != NULL)
		return send_queue(conn);
	else
		return false;
	return true;
}

void output_flush(struct conn *conn)
{
	struct session *session = conn->socket->session;

	while (send_next(conn))
		;
	conn_account(conn);
	if (session->state != SESSION_CLOSING) {
		replay(conn->net, session);
	} else if (!output_is_behind(conn)) {
		send_close(conn, session->close_code);
		conn_end(conn);
		conn_continue(conn);
	} else {
		ws_close(conn);
	}
}

void output_flush_all(struct net *net)
{
	struct session *session;

	while ((session = hub_next_dirty(net->hub)) != NULL) {
		struct conn *conn = session->socket;

		if (conn->state == CONN_SOCKET)
			output_flush(conn);
	}
}
