#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <chat/frame.h>
#include <chat/log.h>
#include <chat/time.h>
#include "core/metrics.h"
#include "core/user.h"
#include "net/state.h"

#define PING_SECONDS 25.0
/* How long a closed socket may take to read what is left and say goodbye. */
#define GOODBYE_SECONDS 30
/* Messages of one socket that may wait for the store before it is read no further. */
#define IN_FLIGHT_MAX 64
/* Frames in a row that may be refused before the socket is closed. */
#define MALFORMED_MAX 20
#define LIMITED_MAX 200

/* --- opening --- */

/* What the upgrade's path and token say. */
struct opening {
	int64_t user_id, server_id, channel_id;
	struct principal principal;
};

/* "/ws/{user_id}/{server_id}/{channel_id}" */
static bool parse_path(const char *path, struct opening *opening)
{
	int64_t *ids[] = {&opening->user_id, &opening->server_id, &opening->channel_id};
	const char *at = path;

	if (strncmp(at, "/ws", 3) != 0)
		return false;
	at += 3;
	for (size_t i = 0; i < 3; i++) {
		char *end;

		if (at[0] != '/' || at[1] < '0' || at[1] > '9' || strspn(at + 1, "0123456789") > 16)
			return false;
		*ids[i] = strtoll(at + 1, &end, 10);
		at = end;
	}
	return at[0] == '\0' || strcmp(at, "/") == 0;
}

/* The token of the Authorization header, or of the query; "" if there is none. */
static const char *find_token(struct lws *wsi, struct arena *arena)
{
	const char *header = http_header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, arena);
	char pair[4096];
	int n;

	if (header != NULL && strncasecmp(header, "Bearer ", 7) == 0)
		return header + 7;
	for (int i = 0; (n = lws_hdr_copy_fragment(
				 wsi, pair, sizeof(pair), WSI_TOKEN_HTTP_URI_ARGS, i)) >= 0;
		i++) {
		if (strncmp(pair, "token=", 6) == 0)
			return arena_strndup(arena, pair + 6, (size_t)n - 6);
	}
	return "";
}

static enum chat_err parse_opening(
	struct net *net, struct lws *wsi, struct arena *arena, struct opening *opening)
{
	const char *path = http_header(wsi, WSI_TOKEN_GET_URI, arena);
	const char *token = find_token(wsi, arena);
	enum chat_err err;

	if (path == NULL || !parse_path(path, opening))
		return CHAT_ERR_NOT_FOUND;
	if (token == NULL || token[0] == '\0')
		return CHAT_ERR_NOT_LOGGED_IN;
	err = api_verify_token(net->api, token, strlen(token), &opening->principal);
	if (err != CHAT_OK)
		return err;
	return opening->principal.user_id == opening->user_id ? CHAT_OK : CHAT_ERR_NOT_YOURS;
}

int ws_confirm_upgrade(struct net *net, struct lws *wsi, const char *protocol)
{
	struct opening opening;
	struct arena arena;
	enum chat_err err;

	if (strcasecmp(protocol, "websocket") != 0)
		return http_refuse_upgrade(net, wsi, CHAT_ERR_BAD_REQUEST);
	if (net->draining)
		return http_refuse_upgrade(net, wsi, CHAT_ERR_BUSY);
	arena_init(&arena, 0);
	err = parse_opening(net, wsi, &arena, &opening);
	arena_release(&arena);
	return err == CHAT_OK ? 0 : http_refuse_upgrade(net, wsi, err);
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events);

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
		ws_answered(net, request);
}

int ws_established(struct net *net, struct conn *conn, struct lws *wsi)
{
	struct opening opening;
	struct arena arena;
	struct socket *socket;
	enum chat_err err;

	http_gone(conn);
	conn->net = net;
	conn->wsi = wsi;
	arena_init(&arena, 0);
	err = parse_opening(net, wsi, &arena, &opening);
	arena_release(&arena);
	socket = calloc(1, sizeof(*socket));
	conn->socket = socket;
	if (err != CHAT_OK || socket == NULL)
		return -1;
	socket->session =
		hub_open(net->hub, &opening.principal, opening.server_id, opening.channel_id, conn);
	if (socket->session == NULL) {
		free(socket);
		conn->socket = NULL;
		return -1;
	}
	metrics_gauge(&net->metrics->connections, 1);
	metrics_gauge(&net->metrics->sockets, 1);
	buf_init(&socket->received, LIMIT_BODY_BYTES_MAX);
	socket->heard = true;
	ev_timer_init(&socket->timer, on_timer, PING_SECONDS, 0);
	socket->timer.data = conn;
	on_timer(net->loop, &socket->timer, 0);
	ask_store(net, socket->session);
	return 0;
}

void ws_gone(struct conn *conn)
{
	struct socket *socket = conn->socket;

	if (socket == NULL)
		return;
	ev_timer_stop(conn->net->loop, &socket->timer);
	hub_gone(conn->net->hub, socket->session, time_now_ms());
	buf_release(&socket->received);
	free(socket);
	conn->socket = NULL;
	metrics_gauge(&conn->net->metrics->connections, -1);
	metrics_gauge(&conn->net->metrics->sockets, -1);
}

/* --- writing --- */

/* Writes all that is queued as one piece; what the kernel does not take libwebsockets keeps, and
 * nothing more is written until it has gone. False when the connection is dead. */
static bool flush(struct net *net, struct conn *conn)
{
	struct packet_queue *queue = &conn->socket->session->queue;
	unsigned char *out = net->scratch + LWS_PRE;
	struct packet *packet;

	while (packet_queue_first(queue) != NULL && !lws_partial_buffered(conn->wsi)) {
		size_t n = 0;

		while ((packet = packet_queue_first(queue)) != NULL &&
			n + packet->len <= SCRATCH_BYTES) {
			memcpy(out + n, packet->bytes, packet->len);
			n += packet->len;
			packet_queue_pop(queue);
		}
		if (lws_write(conn->wsi, out, n, LWS_WRITE_RAW) < 0)
			return false;
	}
	if (packet_queue_first(queue) != NULL)
		lws_callback_on_writable(conn->wsi);
	return true;
}

void ws_flush_all(struct net *net)
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

/* Makes libwebsockets send the close frame; returns what the callback does. */
static int say_goodbye(struct conn *conn, enum close_code code)
{
	lws_close_reason(conn->wsi, (enum lws_close_status)code, NULL, 0);
	return -1;
}

int ws_writeable(struct conn *conn)
{
	struct session *session = conn->socket->session;

	if (session->state == SESSION_CLOSING)
		return say_goodbye(conn, session->close_code);
	if (session->state == SESSION_CHECKING)
		return 0;
	return flush(conn->net, conn) ? 0 : -1;
}

/* Closes from inside a callback. */
static int close_now(struct conn *conn, enum close_code code)
{
	hub_close(conn->net->hub, conn->socket->session, code);
	return say_goodbye(conn, code);
}

/* --- being alive --- */

/* Comes each PING_SECONDS, and when the token ends. */
static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	static const char ping[] = {(char)0x89, 0}; /* RFC 6455, section 5.5.2 */
	struct conn *conn = timer->data;
	struct socket *socket = conn->socket;
	double left = (double)(socket->session->principal.expires_at - time_now_ms()) / 1000.0;

	if (left <= 0) {
		hub_close(conn->net->hub, socket->session, CLOSE_TOKEN);
		return;
	}
	if (events != 0 && !socket->heard) {
		lws_set_timeout(
			conn->wsi, PENDING_TIMEOUT_WS_PONG_CHECK_GET_PONG, LWS_TO_KILL_ASYNC);
		return;
	}
	if (events != 0 && !lws_partial_buffered(conn->wsi)) {
		unsigned char out[LWS_PRE + sizeof(ping)];

		memcpy(out + LWS_PRE, ping, sizeof(ping));
		lws_write(conn->wsi, out + LWS_PRE, sizeof(ping), LWS_WRITE_RAW);
		socket->heard = false;
	}
	ev_timer_set(timer, left < PING_SECONDS ? left : PING_SECONDS, 0);
	ev_timer_start(loop, timer);
}

void ws_heard(struct conn *conn)
{
	if (conn->socket != NULL)
		conn->socket->heard = true;
}

/* --- frames from the client --- */

static void send_refusal(
	struct net *net, struct session *session, const struct chat_refusal *refusal)
{
	struct packet *packet = packet_encode(EVENT_error, refusal, NULL);

	hub_send(net->hub, session, packet);
	packet_unref(packet);
}

static void refuse_frame(struct conn *conn, enum chat_err err, const char *nonce)
{
	struct chat_refusal refusal = {err_info(err)->detail, err_info(err)->code, nonce};

	send_refusal(conn->net, conn->socket->session, &refusal);
}

static void pause_reading(struct conn *conn)
{
	conn->socket->paused = true;
	lws_rx_flow_control(conn->wsi, 0);
}

static void take_message(struct conn *conn, const struct frame *frame)
{
	struct session *session = conn->socket->session;
	struct request *request = request_new(ORIGIN_FRAME, session->id);

	if (request == NULL) {
		refuse_frame(conn, CHAT_ERR_BUSY, frame->nonce);
		return;
	}
	request->frame_nonce = request_text(request, frame->nonce);
	if (++conn->socket->in_flight >= IN_FLIGHT_MAX)
		pause_reading(conn);
	if (api_submit_frame(
		    conn->net->api, request, &session->principal, session->channel_id, frame->data))
		ws_answered(conn->net, request);
}

static void take_ping(struct conn *conn)
{
	struct packet *packet = packet_encode(EVENT_pong, NULL, NULL);

	hub_send(conn->net->hub, conn->socket->session, packet);
	packet_unref(packet);
}

static enum chat_err take_frame(struct conn *conn, const struct frame *frame)
{
	struct session *session = conn->socket->session;

	if (strcmp(frame->type, "message") == 0)
		take_message(conn, frame);
	else if (strcmp(frame->type, "ping") == 0)
		take_ping(conn);
	else if (strcmp(frame->type, "typing") != 0)
		return CHAT_ERR_BAD_FRAME;
	else if (session->state == SESSION_LIVE)
		hub_typing(conn->net->hub, session, time_now_ms());
	return CHAT_OK;
}

static int take_text(struct conn *conn, const char *text, size_t n)
{
	struct frame frame;
	enum chat_err err;

	conn->socket->heard = true;
	if (conn->socket->session->state == SESSION_CLOSING)
		return 0;
	err = frame_decode(text, n, &frame, NULL);
	if (err == CHAT_OK) {
		err = take_frame(conn, &frame);
		frame_release(&frame);
	}
	if (err == CHAT_OK) {
		conn->socket->malformed = 0;
		return 0;
	}
	if (++conn->socket->malformed > MALFORMED_MAX)
		return close_now(conn, CLOSE_MALFORMED);
	refuse_frame(conn, err, NULL);
	return 0;
}

int ws_receive(struct conn *conn, const void *bytes, size_t n)
{
	struct buf *received = &conn->socket->received;
	bool last =
		lws_is_final_fragment(conn->wsi) && lws_remaining_packet_payload(conn->wsi) == 0;
	int result;

	if (lws_frame_is_binary(conn->wsi))
		return close_now(conn, CLOSE_NOT_TEXT);
	if (last && received->len == 0)
		return take_text(conn, bytes, n);
	if (!buf_append(received, bytes, n))
		return close_now(conn, CLOSE_TOO_BIG);
	if (!last)
		return 0;
	result = take_text(conn, buf_str(received), received->len);
	buf_release(received);
	return result;
}

/* --- answers of the store --- */

static enum close_code open_close_code(int status)
{
	switch (status) {
	case 401:
		return CLOSE_TOKEN;
	case 403:
		return CLOSE_NOT_MEMBER;
	case 404:
		return CLOSE_NO_CHANNEL;
	default:
		return CLOSE_TRY_LATER;
	}
}

static void opened(struct net *net, struct session *session, const struct request *request)
{
	if (request->reply.err != CHAT_OK)
		hub_close(net->hub, session, open_close_code(request->reply.status));
	else if (!hub_admit(net->hub, session, request->req.prepared))
		ask_store(net, session);
}

/* A nonce again: its author gets the first message, which nobody else needs. */
static void send_repeat(struct net *net, struct session *session, const struct buf *message)
{
	struct packet *packet;
	struct buf frame;

	buf_init(&frame, LIMIT_BODY_BYTES_MAX);
	buf_puts(&frame, "{\"type\":\"message\",\"data\":");
	buf_append(&frame, message->data, message->len - 1);
	if (session->user != NULL) {
		buf_puts(&frame, ",\"username\":");
		buf_put_json_string(&frame, session->user->username);
	}
	buf_puts(&frame, "}}");
	packet = buf_ok(&frame) ? packet_new(frame.data, frame.len) : NULL;
	buf_release(&frame);
	hub_send(net->hub, session, packet);
	packet_unref(packet);
}

static void sent(struct net *net, struct session *session, struct request *request)
{
	struct conn *conn = session->socket;
	struct socket *socket = conn->socket;
	struct reply *reply = &request->reply;

	socket->in_flight--;
	if (socket->paused && socket->in_flight < IN_FLIGHT_MAX / 2) {
		socket->paused = false;
		lws_rx_flow_control(conn->wsi, 1);
	}
	if (reply->err == CHAT_OK) {
		socket->limited = 0;
		if (reply->status == 200)
			send_repeat(net, session, &reply->body);
		return;
	}
	if (reply->err == CHAT_ERR_RATE_LIMITED && ++socket->limited > LIMITED_MAX) {
		hub_close(net->hub, session, CLOSE_RATE);
		return;
	}
	send_refusal(net, session,
		&(struct chat_refusal){reply_detail(reply, &request->arena),
			err_info(reply->err)->code, request->frame_nonce});
}

void ws_answered(struct net *net, struct request *request)
{
	struct session *session = hub_session(net->hub, request->waiter);

	if (session != NULL && request->origin == ORIGIN_OPEN)
		opened(net, session, request);
	else if (session != NULL)
		sent(net, session, request);
	request_free(request);
}
