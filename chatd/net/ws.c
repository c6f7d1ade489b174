#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <chat/frame.h>
#include <chat/log.h>
#include <chat/object.h>
#include <chat/time.h>
#include "core/metrics.h"
#include "core/user.h"
#include "net/state.h"

#define PING_SECONDS (LIMIT_HEARTBEAT_MS / 1000.0)

/* --- opening --- */

/* What the upgrade's path, query and token say. */
struct opening {
	int64_t user_id, server_id, channel_id; /* all 0: the gateway */
	bool hold;
	struct principal principal;
};

/* "/gateway", or "/ws/{user_id}/{server_id}/{channel_id}" */
static bool parse_path(const char *path, struct opening *opening)
{
	int64_t *ids[] = {&opening->user_id, &opening->server_id, &opening->channel_id};
	const char *at = path;

	*opening = (struct opening){0};
	if (strcmp(path, "/gateway") == 0 || strcmp(path, "/gateway/") == 0)
		return true;
	if (strncmp(at, "/ws", 3) != 0)
		return false;
	at += 3;
	for (size_t i = 0; i < 3; i++) {
		size_t len;

		if (*at++ != '/')
			return false;
		len = strcspn(at, "/");
		if (!object_parse_int(at, len, ids[i]) || *ids[i] < 1 || *ids[i] > LIMIT_ID_MAX)
			return false;
		at += len;
	}
	return at[0] == '\0' || strcmp(at, "/") == 0;
}

/* The value of an argument of the query ("token="), or NULL. */
static const char *argument(struct lws *wsi, const char *name, struct arena *arena)
{
	size_t len = strlen(name);
	char pair[4096];
	int n;

	for (int i = 0; (n = lws_hdr_copy_fragment(
				 wsi, pair, sizeof(pair), WSI_TOKEN_HTTP_URI_ARGS, i)) >= 0;
		i++) {
		if (strncmp(pair, name, len) == 0)
			return arena_strndup(arena, pair + len, (size_t)n - len);
	}
	return NULL;
}

/* The token of the header, the query or the subprotocol; "" if there is none. */
static const char *find_token(struct lws *wsi, struct arena *arena)
{
	const char *token = http_header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, arena);

	if (token != NULL && strncasecmp(token, "Bearer ", 7) == 0)
		return token + 7;
	token = argument(wsi, "token=", arena);
	if (token == NULL)
		token = offer_token(wsi, arena);
	return token == NULL ? "" : token;
}

static enum chat_err parse_opening(
	struct net *net, struct lws *wsi, struct arena *arena, struct opening *opening)
{
	const char *path = http_path(wsi, WSI_TOKEN_GET_URI, arena);
	const char *token = find_token(wsi, arena), *hold;
	enum chat_err err;

	if (path == NULL || !parse_path(path, opening))
		return CHAT_ERR_NOT_FOUND;
	if (!offer_is_usable(wsi, arena))
		return CHAT_ERR_BAD_REQUEST;
	if (token == NULL || token[0] == '\0')
		return CHAT_ERR_NOT_LOGGED_IN;
	err = api_verify_token(net->api, token, strlen(token), &opening->principal);
	if (err != CHAT_OK)
		return err;
	if (opening->channel_id != 0 && opening->principal.user_id != opening->user_id)
		return CHAT_ERR_NOT_YOURS;
	hold = argument(wsi, "resume=", arena);
	opening->hold = hold != NULL && strcmp(hold, "1") == 0;
	return CHAT_OK;
}

/* What CONFIRM_UPGRADE returns: above zero when an answer was sent, and the transaction is done. */
static int refuse(struct net *net, struct lws *wsi, enum chat_err err)
{
	return http_write_error(net, wsi, err) ? 1 : -1;
}

int ws_confirm_upgrade(struct net *net, struct lws *wsi)
{
	struct opening opening;
	struct arena arena;
	enum chat_err err;

	if (net->draining)
		return refuse(net, wsi, CHAT_ERR_BUSY);
	arena_init(&arena, 0);
	err = parse_opening(net, wsi, &arena, &opening);
	arena_release(&arena);
	return err == CHAT_OK ? 0 : refuse(net, wsi, err);
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events);

void ws_ask_store(struct net *net, struct session *session)
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
	socket = err == CHAT_OK ? calloc(1, sizeof(*socket)) : NULL;
	if (socket == NULL)
		return -1;
	socket->session = hub_open(net->hub, &opening.principal, opening.server_id,
		opening.channel_id, opening.hold, conn);
	if (socket->session == NULL) {
		free(socket);
		return -1;
	}
	conn->socket = socket;
	metrics_gauge(&net->metrics->sockets, 1);
	buf_init(&socket->received, LIMIT_BODY_BYTES_MAX);
	socket->heard = true;
	ev_timer_init(&socket->timer, on_timer, PING_SECONDS, 0);
	socket->timer.data = conn;
	on_timer(net->loop, &socket->timer, 0);
	ws_ask_store(net, socket->session);
	return 0;
}

void ws_gone(struct conn *conn)
{
	struct socket *socket = conn->socket;

	if (socket == NULL)
		return;
	ev_timer_stop(conn->net->loop, &socket->timer);
	hub_gone(conn->net->hub, socket->session, time_mono_us() / 1000);
	buf_release(&socket->received);
	free(socket->early);
	free(socket);
	conn->socket = NULL;
	metrics_gauge(&conn->net->metrics->sockets, -1);
}

/* --- closing --- */

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
	if (session->state == SESSION_LIVE)
		hub_mark_dirty(conn->net->hub, session);
	return 0;
}

int ws_close(struct conn *conn, enum close_code code)
{
	hub_close(conn->net->hub, conn->socket->session, code);
	return say_goodbye(conn, code);
}

/* --- being alive --- */

/* Comes each PING_SECONDS, and when the token ends. */
static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	/* With a byte of payload: libwebsockets 4.1.6 does not tell of an answer without one. */
	static const unsigned char ping[] = {FRAME_FINAL | FRAME_PING, 1, 'p'};
	struct conn *conn = timer->data;
	struct socket *socket = conn->socket;
	double left = (double)(socket->session->principal.expires_at - time_now_ms()) / 1000.0;
	double wait = PING_SECONDS;

	if (left <= 0) {
		hub_close(conn->net->hub, socket->session, CLOSE_TOKEN);
		return;
	}
	if (events != 0 && !socket->heard) {
		lws_set_timeout(
			conn->wsi, PENDING_TIMEOUT_WS_PONG_CHECK_GET_PONG, LWS_TO_KILL_ASYNC);
		return;
	}
	if (events == 0 && socket->session->hold) {
		wait = LIMIT_RESUME_WAIT_MS / 1000.0;
	} else if (socket->session->hold) {
		socket->session->hold = false;
		gateway_resume_timeout(conn->net->hub, socket->session);
	}
	if (events != 0 && !lws_partial_buffered(conn->wsi)) {
		unsigned char out[LWS_PRE + sizeof(ping)];

		memcpy(out + LWS_PRE, ping, sizeof(ping));
		lws_write(conn->wsi, out + LWS_PRE, sizeof(ping), LWS_WRITE_RAW);
		socket->heard = false;
	}
	ev_timer_set(timer, left < wait ? left : wait, 0);
	ev_timer_start(loop, timer);
}

void ws_heard(struct conn *conn)
{
	if (conn->socket != NULL)
		conn->socket->heard = true;
}
