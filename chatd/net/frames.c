#include <stdlib.h>
#include <string.h>
#include <chat/frame.h>
#include <chat/time.h>
#include "core/user.h"
#include "net/state.h"

/* Messages of one socket that may wait for the store before it is read no further. */
#define IN_FLIGHT_MAX 256
/* Frames in a row that may be refused before the socket is closed. */
#define MALFORMED_MAX 20
#define LIMITED_MAX 200

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

/* A frame that is a request of the api's. */
static void take_request(struct conn *conn, const struct frame *frame)
{
	struct session *session = conn->socket->session;
	struct request *request = request_new(ORIGIN_FRAME, session->id);

	if (request == NULL) {
		refuse_frame(conn, CHAT_ERR_BUSY, frame->nonce);
		return;
	}
	request->frame_nonce = request_text(request, frame->nonce);
	if (++conn->socket->in_flight >= IN_FLIGHT_MAX)
		conn->socket->paused = true;
	if (api_submit_frame(
		    conn->net->api, request, &session->principal, session->channel_id, frame))
		frames_answered(conn->net, request);
	/* The writer begins while the rest is read; but a fan-out that is still to be written takes
	 * long enough for more to come, which then is one batch. */
	if (!hub_is_dirty(conn->net->hub))
		api_flush(conn->net->api);
}

static enum chat_err take_resume(struct conn *conn, const struct frame *frame)
{
	struct session *session = conn->socket->session;
	struct resume resume;
	struct arena arena;
	enum chat_err err;

	arena_init(&arena, 0);
	err = frame_resume(frame, &arena, &resume);
	if (err == CHAT_OK && !gateway_resume(conn->net->hub, session, &resume))
		err = CHAT_ERR_BAD_FRAME;
	arena_release(&arena);
	return err;
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

	if (strcmp(frame->type, "ping") == 0)
		take_ping(conn);
	else if (strcmp(frame->type, "resume") == 0)
		return take_resume(conn, frame);
	else if (session->kind == SESSION_GATEWAY || strcmp(frame->type, "message") == 0)
		take_request(conn, frame);
	else if (strcmp(frame->type, "typing") != 0)
		return CHAT_ERR_BAD_FRAME;
	else if (session->state == SESSION_LIVE)
		hub_typing(conn->net->hub, session, time_mono_ms());
	return CHAT_OK;
}

/* A resume frame may be sent together with the upgrade, before the ready frame is there. */
static bool is_early(const struct conn *conn, const struct frame *frame)
{
	return conn->socket->session->state == SESSION_CHECKING &&
	       strcmp(frame->type, "resume") == 0;
}

static void keep_early(struct conn *conn, const char *text, size_t n)
{
	free(conn->socket->early);
	conn->socket->early = strndup(text, n);
}

void frames_text(struct conn *conn, const char *text, size_t n)
{
	struct arena arena;
	struct frame frame;
	enum chat_err err;

	if (conn->socket->session->state == SESSION_CLOSING)
		return;
	arena_init(&arena, 0);
	err = frame_decode(text, n, &arena, &frame, NULL);
	if (err == CHAT_OK && is_early(conn, &frame))
		keep_early(conn, text, n);
	else if (err == CHAT_OK)
		err = take_frame(conn, &frame);
	arena_release(&arena);
	if (err == CHAT_OK)
		return;
	if (++conn->socket->malformed > MALFORMED_MAX)
		hub_close(conn->net->hub, conn->socket->session, CLOSE_MALFORMED);
	else
		refuse_frame(conn, err, NULL);
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

static void take_early(struct conn *conn)
{
	char *text = conn->socket->early;

	if (text == NULL)
		return;
	conn->socket->early = NULL;
	frames_text(conn, text, strlen(text));
	free(text);
}

static void opened(struct net *net, struct session *session, struct request *request)
{
	if (request->reply.err != CHAT_OK) {
		hub_close(net->hub, session, open_close_code(request->reply.status));
	} else {
		hub_admit(net->hub, session, request->req.prepared);
		take_early(session->socket);
	}
}

/* A member who left meanwhile is told so by the event; anything else ends the socket. */
static void replayed(struct net *net, struct session *session, struct request *request)
{
	int status = request->reply.status;

	if (request->reply.err == CHAT_OK)
		gateway_replayed(net->hub, session, request->req.prepared);
	else if (status == 403 || status == 404)
		gateway_replay_refused(net->hub, session, request->req.body);
	else
		hub_close(net->hub, session, open_close_code(status));
}

/* A nonce again: its author gets the first message, which nobody else needs. */
static void send_repeat(struct net *net, struct session *session, const struct buf *message)
{
	struct packet *packet;
	struct buf frame;

	buf_init(&frame, LIMIT_BODY_BYTES_MAX);
	buf_puts(&frame, "{\"type\":\"message\",\"data\":");
	buf_append(&frame, message->data, message->len - 1);
	if (session->state == SESSION_LIVE) {
		buf_puts(&frame, ",\"username\":");
		buf_put_json_string(&frame, session->user->username);
	}
	buf_puts(&frame, "}}");
	packet = buf_ok(&frame) ? packet_new(frame.data, frame.len) : NULL;
	buf_release(&frame);
	hub_send(net->hub, session, packet);
	packet_unref(packet);
}

/* {"type":"ack","data":{"nonce":…,"message":…}}: the message as its author's REST answer has it. */
static void send_ack(struct net *net, struct session *session, const struct request *request)
{
	const struct buf *message = &request->reply.body;
	struct packet *packet;
	struct buf frame;

	if (request->frame_nonce == NULL)
		return;
	buf_init(&frame, LIMIT_BODY_BYTES_MAX);
	buf_puts(&frame, "{\"type\":\"ack\",\"data\":{\"nonce\":");
	buf_put_json_string(&frame, request->frame_nonce);
	buf_puts(&frame, ",\"message\":");
	buf_append(&frame, message->data, message->len);
	buf_puts(&frame, "}}");
	packet = buf_ok(&frame) ? packet_new(frame.data, frame.len) : NULL;
	buf_release(&frame);
	hub_send(net->hub, session, packet);
	packet_unref(packet);
}

static void frame_taken(struct net *net, struct session *session, struct request *request)
{
	if (request->req.endpoint->id != EP_message_create)
		return;
	if (session->kind == SESSION_GATEWAY)
		send_ack(net, session, request);
	else if (request->reply.status == 200)
		send_repeat(net, session, &request->reply.body);
}

static void frame_refused(struct net *net, struct session *session, struct request *request)
{
	struct socket *socket = ((struct conn *)session->socket)->socket;
	struct reply *reply = &request->reply;

	if (reply->err == CHAT_ERR_RATE_LIMITED && ++socket->limited > LIMITED_MAX) {
		hub_close(net->hub, session, CLOSE_RATE);
		return;
	}
	if (reply->err == CHAT_ERR_BAD_FRAME && ++socket->malformed > MALFORMED_MAX) {
		hub_close(net->hub, session, CLOSE_MALFORMED);
		return;
	}
	send_refusal(net, session,
		&(struct chat_refusal){reply_detail(reply, &request->arena),
			err_info(reply->err)->code, request->frame_nonce});
}

static void frame_answered(struct net *net, struct session *session, struct request *request)
{
	struct socket *socket = ((struct conn *)session->socket)->socket;

	socket->in_flight--;
	if (request->reply.err != CHAT_OK) {
		frame_refused(net, session, request);
		return;
	}
	socket->limited = 0;
	socket->malformed = 0;
	frame_taken(net, session, request);
}

/* What waited while too many messages were on their way is taken now. */
static void resume_reading(struct conn *conn)
{
	struct socket *socket = conn->socket;

	if (!socket->paused || socket->in_flight >= IN_FLIGHT_MAX / 2)
		return;
	socket->paused = false;
	conn_continue(conn);
}

void frames_answered(struct net *net, struct request *request)
{
	struct session *session = hub_session(net->hub, request->waiter);

	if (session != NULL && request->origin == ORIGIN_FRAME)
		frame_answered(net, session, request);
	if (session != NULL && request->origin == ORIGIN_OPEN)
		opened(net, session, request);
	if (session != NULL && request->origin == ORIGIN_REPLAY)
		replayed(net, session, request);
	if (session != NULL && request->origin == ORIGIN_FRAME)
		resume_reading(session->socket);
	api_release_answer(request);
	request_free(request);
}
