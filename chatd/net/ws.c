/* A WebSocket from its upgrade on: RFC 6455, sections 5 and 7. */

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <chat/limits.h>
#include <chat/time.h>
#include "config.h"
#include "core/metrics.h"
#include "net/state.h"

/* Sockets that were opened together are pinged apart, over so many ticks of the wheel. */
#define PING_SPREAD 20
/* How long a closed socket may take to read what is left and the close frame. */
#define GOODBYE_MS 30000
/* Pongs that wait to be sent; of more pings than that, the later ones are not answered (RFC 6455,
 * section 5.5.3, asks only for one). */
#define CONTROL_BYTES_MAX 4096

static void set_timer(struct conn *conn, int64_t ms)
{
	int64_t left = conn->socket->session->principal.expires_at - time_now_ms();

	if (left < 0)
		left = 0;
	wheel_set(&conn->net->wheel, &conn->timer, left < ms ? left : ms);
}

/* Asks the store whether the session may go live. */
static void ask_store(struct net *net, struct session *session)
{
	struct request *request = request_new(ORIGIN_OPEN, session->id);

	if (request == NULL) {
		hub_close(net->hub, session, CLOSE_TRY_LATER);
		return;
	}
	if (api_submit_open(net->api, request, &session->principal, session->server_id,
		    session->channel_id))
		frames_answered(net, request);
}

/* Whether the user and the address may have one more; it is counted then. */
static bool count_socket(struct net *net, int64_t user_id, int64_t address)
{
	const struct config *config = net->config;
	bool bounded = config->rate_limit != 0;
	unsigned of_user = bounded ? (unsigned)config->max_sockets_per_user : UINT_MAX;
	unsigned of_address = bounded ? (unsigned)config->max_sockets_per_address : UINT_MAX;

	if (!quota_take(&net->sockets_of_user, user_id, of_user))
		return false;
	if (address == 0 || quota_take(&net->sockets_of_address, address, of_address))
		return true;
	quota_return(&net->sockets_of_user, user_id);
	return false;
}

static void uncount_socket(struct net *net, int64_t user_id, int64_t address)
{
	quota_return(&net->sockets_of_user, user_id);
	if (address != 0)
		quota_return(&net->sockets_of_address, address);
}

enum chat_err ws_open(struct conn *conn, const struct principal *principal, int64_t address,
	int64_t server_id, int64_t channel_id, bool hold)
{
	struct net *net = conn->net;
	struct socket *socket;
	int64_t spread;

	if (!count_socket(net, principal->user_id, address))
		return CHAT_ERR_TOO_MANY_SOCKETS;
	socket = calloc(1, sizeof(*socket));
	if (socket != NULL)
		socket->session = hub_open(net->hub, principal, server_id, channel_id, hold, conn);
	if (socket == NULL || socket->session == NULL) {
		uncount_socket(net, principal->user_id, address);
		free(socket);
		return CHAT_ERR_NO_MEMORY;
	}
	socket->address = address;
	socket->reader.max = LIMIT_BODY_BYTES_MAX;
	socket->heard = true;
	buf_init(&socket->received, LIMIT_BODY_BYTES_MAX);
	buf_init(&socket->control, CONTROL_BYTES_MAX);
	conn->socket = socket;
	conn->owner = principal->user_id;
	metrics_gauge(&net->metrics->sockets, 1);
	spread = socket->session->id % PING_SPREAD * WHEEL_TICK_MS;
	set_timer(conn, hold ? LIMIT_RESUME_WAIT_MS : LIMIT_HEARTBEAT_MS - spread);
	ask_store(net, socket->session);
	return CHAT_OK;
}

void ws_gone(struct conn *conn)
{
	struct socket *socket = conn->socket;

	if (socket == NULL)
		return;
	conn->socket = NULL;
	uncount_socket(conn->net, socket->session->principal.user_id, socket->address);
	hub_gone(conn->net->hub, socket->session, time_mono_ms());
	packet_unref(socket->sending);
	buf_release(&socket->received);
	buf_release(&socket->control);
	free(socket->early);
	free(socket);
	metrics_gauge(&conn->net->metrics->sockets, -1);
}

/* --- frames --- */

/* Queues a control frame: its payload is at most 125 bytes. */
static void queue_control(struct conn *conn, unsigned opcode, const void *payload, size_t n)
{
	unsigned char header[] = {(unsigned char)(WS_FINAL | opcode), (unsigned char)n};
	struct buf *control = &conn->socket->control;

	if (control->len + sizeof(header) + n > CONTROL_BYTES_MAX)
		return;
	buf_append(control, header, sizeof(header));
	buf_append(control, payload, n);
	hub_mark_dirty(conn->net->hub, conn->socket->session);
}

/* A message, or a part of one. */
static void receive_text(struct conn *conn, const struct ws_frame *frame)
{
	struct buf *received = &conn->socket->received;
	const char *text = (const char *)frame->payload;

	if (frame->final && received->len == 0) {
		frames_text(conn, text, frame->len);
		return;
	}
	if (!buf_append(received, text, frame->len)) {
		hub_close(conn->net->hub, conn->socket->session, CLOSE_TRY_LATER);
		return;
	}
	if (!frame->final)
		return;
	frames_text(conn, buf_str(received), received->len);
	buf_release(received);
}

size_t ws_received(struct conn *conn, unsigned char *bytes, size_t n)
{
	struct socket *socket = conn->socket;
	struct hub *hub = conn->net->hub;
	struct ws_frame frame;
	size_t used;
	int result;

	if (socket->session->state == SESSION_CLOSING)
		return n;
	if (socket->paused)
		return 0;
	result = ws_frame_read(&socket->reader, bytes, n, &frame, &used);
	if (result == 0)
		return 0;
	if (result > 1) {
		hub_close(hub, socket->session, (enum close_code)result);
		return n;
	}
	socket->heard = true;
	if (frame.opcode == WS_CLOSE)
		hub_close(hub, socket->session, (enum close_code)frame.code);
	else if (frame.opcode == WS_PING)
		queue_control(conn, WS_PONG, frame.payload, frame.len);
	else if (frame.opcode == WS_TEXT)
		receive_text(conn, &frame);
	return used;
}

/* --- time --- */

void ws_fire(struct conn *conn)
{
	struct session *session = conn->socket->session;
	struct hub *hub = conn->net->hub;

	if (session->state == SESSION_CLOSING) {
		/* One that was closed in this turn has its close frame still to come. */
		if (!session->dirty)
			link_close(&conn->link);
		return;
	}
	if (session->principal.expires_at <= time_now_ms()) {
		hub_close(hub, session, CLOSE_TOKEN);
		return;
	}
	if (session->hold) {
		session->hold = false;
		gateway_resume_timeout(hub, session);
	} else if (!conn->socket->heard) {
		link_close(&conn->link);
		return;
	} else if (!output_is_behind(conn)) {
		queue_control(conn, WS_PING, NULL, 0);
		conn->socket->heard = false;
	}
	set_timer(conn, LIMIT_HEARTBEAT_MS);
}

void ws_close(struct conn *conn)
{
	wheel_set(&conn->net->wheel, &conn->timer, GOODBYE_MS);
}
