#include <chat/socket.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libwebsockets.h>
#include <chat/buf.h>
#include <chat/queue.h>
#include <chat/rest.h>
#include <chat/time.h>
#include "netwatch.h"

#define BACKOFF_MAX_MS 30000
#define STABLE_US 5000000   /* open for so long, a connection was no failure */
#define RECEIVE_CHUNK 16384 /* bytes that lws hands over at once */
#define HEADERS_MAX 16384   /* bytes of the upgrade request; a token may have 4096 */

/* Codes that no new try will change: RFC 6455 leaves 4000-4999 to the application. */
enum { CLOSE_REVOKED = 4001, CLOSE_FORBIDDEN = 4003, CLOSE_UNKNOWN = 4004 };
enum { CLOSE_GOING_AWAY = 1001, CLOSE_ABNORMAL = 1006 };

/* A frame to be sent, with the room that lws wants before it. */
struct outgoing {
	struct queue_node node;
	size_t len;
	unsigned char bytes[]; /* LWS_PRE, then the text */
};

struct socket_client {
	/* Fixed after socket_new. */
	char *host, *authority, *path, *authorization, *agent;
	int port;
	bool tls;
	void (*handle)(void *context, const struct socket_note *note);
	void *handle_context;
	struct lws_context *context;
	pthread_t thread;

	/* Between the threads. */
	struct queue frames;
	atomic_bool stop, woken, retry_now, paused;

	/* The thread's own. */
	int netwatch; /* lws closes it */
	struct lws *wsi;
	bool trying; /* a connection is being made or is there; its end has not been told */
	bool open;
	bool waiting; /* for the next try */
	bool dropped; /* by its owner: lws is to end it */
	bool still;   /* lws does not read */
	lws_sorted_usec_list_t retry, due;
	unsigned failures; /* in a row */
	int64_t opened_at; /* of time_mono_us */
	int close_code;    /* what the peer said */
	struct buf message;
};

/* --- towards the owner --- */

static void tell(struct socket_client *c, const struct socket_note *note)
{
	if (!atomic_load(&c->stop))
		c->handle(c->handle_context, note);
}

static void tell_event(struct socket_client *c, enum socket_event event)
{
	tell(c, &(struct socket_note){.event = event, .text = ""});
}

bool socket_send(struct socket_client *c, const char *text, size_t n)
{
	struct outgoing *frame = malloc(sizeof(*frame) + LWS_PRE + n);

	if (!frame)
		return false;
	frame->len = n;
	memcpy(frame->bytes + LWS_PRE, text, n);
	queue_push(&c->frames, &frame->node);
	lws_cancel_service(c->context);
	return true;
}

void socket_wake(struct socket_client *c)
{
	atomic_store(&c->woken, true);
	lws_cancel_service(c->context);
}

void socket_retry(struct socket_client *c)
{
	atomic_store(&c->retry_now, true);
	lws_cancel_service(c->context);
}

void socket_flow(struct socket_client *c, bool on)
{
	if (atomic_exchange(&c->paused, !on) == on)
		lws_cancel_service(c->context);
}

static void due(lws_sorted_usec_list_t *entry)
{
	tell_event(lws_container_of(entry, struct socket_client, due), SOCKET_DUE);
}

void socket_due(struct socket_client *c, int ms)
{
	lws_sul_schedule(c->context, 0, &c->due, due, (lws_usec_t)ms * LWS_US_PER_MS + 1);
}

size_t socket_received(const struct socket_client *c)
{
	return c->message.len;
}

void socket_drop(struct socket_client *c)
{
	if (!c->open)
		return;
	c->dropped = true;
	lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

static void free_all(struct queue_node *node)
{
	while (node) {
		struct queue_node *next = node->next;

		free(node);
		node = next;
	}
}

/* --- connecting --- */

static void connect_now(lws_sorted_usec_list_t *entry);

static bool is_final(int code)
{
	switch (code) {
	case CLOSE_REVOKED:
	case CLOSE_FORBIDDEN:
	case CLOSE_UNKNOWN:
		return true;
	case 408: /* these of the 4xx pass */
	case 429:
		return false;
	default:
		return code >= 400 && code < 500;
	}
}

/* Milliseconds until the next try. */
static int wait_ms(struct socket_client *c, int code, bool stable)
{
	if (stable)
		c->failures = 0;
	if (c->failures++ == 0 && code == CLOSE_GOING_AWAY)
		return 0;
	return (int)rest_backoff_ms(c->failures - 1, BACKOFF_MAX_MS);
}

/* A connection ended or was not made; lws may say so twice. */
static void ended(struct socket_client *c, int code, const char *text)
{
	struct socket_note note = {SOCKET_CLOSED, code, 0, text, strlen(text)};
	bool stable = c->open && time_mono_us() - c->opened_at >= STABLE_US;

	if (!c->trying)
		return;
	c->trying = c->open = c->dropped = c->still = false;
	c->wsi = NULL;
	buf_reset(&c->message);
	free_all(queue_take_all(&c->frames, false));
	if (is_final(code)) {
		note.event = SOCKET_REFUSED;
		tell(c, &note);
		return;
	}
	note.wait_ms = wait_ms(c, code, stable);
	lws_sul_schedule(c->context, 0, &c->retry, connect_now,
		(lws_usec_t)note.wait_ms * LWS_US_PER_MS + 1);
	c->waiting = true;
	tell(c, &note);
}

static void connect_now(lws_sorted_usec_list_t *entry)
{
	struct socket_client *c = lws_container_of(entry, struct socket_client, retry);
	struct lws_client_connect_info info = {
		.context = c->context,
		.address = c->host,
		.host = c->authority,
		.origin = NULL,
		.port = c->port,
		.path = c->path,
		.ssl_connection = c->tls ? LCCSCF_USE_SSL : 0,
		.local_protocol_name = "chat",
		.pwsi = &c->wsi,
		.opaque_user_data = c,
	};

	c->waiting = false;
	c->trying = true;
	c->close_code = CLOSE_ABNORMAL;
	tell_event(c, SOCKET_CONNECTING);
	if (!lws_client_connect_via_info(&info))
		ended(c, 0, "cannot connect");
}

/* --- lws's callbacks, on the thread --- */

/* lws has room for its headers from *at up to end. */
static int add_headers(struct socket_client *c, struct lws *wsi, unsigned char **at, size_t room)
{
	unsigned char *end = *at + room;

	if (c->authorization && lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_AUTHORIZATION,
					(const unsigned char *)c->authorization,
					(int)strlen(c->authorization), at, end))
		return -1;
	return lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_USER_AGENT,
		(const unsigned char *)c->agent, (int)strlen(c->agent), at, end);
}

static int receive(struct socket_client *c, struct lws *wsi, const char *bytes, size_t n)
{
	if (!buf_append(&c->message, bytes, n)) {
		lws_close_reason(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, NULL, 0);
		return -1;
	}
	if (c->dropped || lws_remaining_packet_payload(wsi) || !lws_is_final_fragment(wsi))
		return 0;
	if (!lws_frame_is_binary(wsi))
		tell(c, &(struct socket_note){.event = SOCKET_FRAME,
				.text = buf_str(&c->message),
				.len = c->message.len});
	buf_reset(&c->message);
	return 0;
}

static int write_next(struct socket_client *c, struct lws *wsi)
{
	struct outgoing *frame = (struct outgoing *)queue_take(&c->frames, false);
	int written;

	if (!frame)
		return 0;
	written = lws_write(wsi, frame->bytes + LWS_PRE, frame->len, LWS_WRITE_TEXT);
	if (written >= (int)frame->len)
		lws_callback_on_writable(wsi);
	else
		written = -1;
	free(frame);
	return written < 0 ? -1 : 0;
}

static int refused_status(struct lws *wsi)
{
	unsigned status = lws_http_client_http_response(wsi);

	return status >= 300 && status < 600 ? (int)status : 0;
}

static void apply_flow(struct socket_client *c)
{
	bool still = atomic_load(&c->paused);

	if (still == c->still)
		return;
	c->still = still;
	lws_rx_flow_control(c->wsi, still ? 0 : 1);
}

static void try_now(struct socket_client *c)
{
	c->failures = 0;
	if (c->waiting)
		lws_sul_schedule(c->context, 0, &c->retry, connect_now, 1);
}

/* What another thread asked for. */
static void cancelled(struct socket_client *c)
{
	if (atomic_exchange(&c->woken, false))
		tell_event(c, SOCKET_DUE);
	if (atomic_exchange(&c->retry_now, false))
		try_now(c);
	if (c->open) {
		apply_flow(c);
		lws_callback_on_writable(c->wsi);
	}
}

static int callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct socket_client *c;

	(void)user;
	if (reason == LWS_CALLBACK_EVENT_WAIT_CANCELLED) {
		/* Not a connection's own event: lws asks each protocol once. */
		cancelled(lws_context_user(lws_get_context(wsi)));
		return 0;
	}
	if (reason == LWS_CALLBACK_RAW_RX_FILE) {
		c = lws_context_user(lws_get_context(wsi));
		if (netwatch_take(c->netwatch))
			try_now(c);
		return 0;
	}
	c = wsi ? lws_get_opaque_user_data(wsi) : NULL;
	if (!c)
		return 0;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		return add_headers(c, wsi, (unsigned char **)in, len);
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		free_all(queue_take_all(&c->frames, false));
		c->open = true;
		c->opened_at = time_mono_us();
		tell_event(c, SOCKET_OPEN);
		apply_flow(c);
		break;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		return receive(c, wsi, in, len);
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return write_next(c, wsi);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		if (len >= 2)
			c->close_code = ((unsigned char *)in)[0] << 8 | ((unsigned char *)in)[1];
		break;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		ended(c, refused_status(wsi), in ? in : "cannot connect");
		break;
	case LWS_CALLBACK_CLIENT_CLOSED:
		ended(c, c->close_code, "the connection was closed");
		break;
	case LWS_CALLBACK_WSI_DESTROY:
		/* lws 4.1.6 says nothing else when the server does not answer the upgrade in time,
		 * or resets the connection while the request goes out. */
		if (wsi == c->wsi)
			ended(c, 0, "the server does not answer");
		break;
	default:
		break;
	}
	return 0;
}

/* Without it a new network is found when the time to wait is over. */
static void watch_network(struct socket_client *c)
{
	lws_sock_file_fd_type fd = {.filefd = netwatch_open()};

	c->netwatch = fd.filefd;
	if (fd.filefd >= 0)
		lws_adopt_descriptor_vhost(lws_get_vhost_by_name(c->context, "default"),
			LWS_ADOPT_RAW_FILE_DESC, fd, "chat", NULL);
}

static void *run(void *context)
{
	struct socket_client *c = context;

	watch_network(c);
	lws_sul_schedule(c->context, 0, &c->retry, connect_now, 1);
	while (!atomic_load(&c->stop) && lws_service(c->context, 0) >= 0)
		;
	return NULL;
}

/* --- lifecycle --- */

/* Takes the URL of rest_url apart: scheme, host, port, and a path that goes before the caller's. */
static bool take_url(struct socket_client *c, const struct socket_config *config)
{
	char *url = strdup(config->url);
	const char *scheme, *host, *prefix;
	int prefix_len;

	if (!url || lws_parse_uri(url, &scheme, &host, &c->port, &prefix)) {
		free(url);
		return false;
	}
	c->tls = !strcmp(scheme, "https");
	c->host = strdup(host);
	if (asprintf(&c->authority, strchr(host, ':') ? "[%s]:%d" : "%s:%d", host, c->port) < 0)
		c->authority = NULL;
	prefix += *prefix == '/';
	prefix_len = (int)strlen(prefix);
	if (prefix_len > 0 && prefix[prefix_len - 1] == '/')
		prefix_len--;
	if (asprintf(&c->path, "%s%.*s%s", prefix_len > 0 ? "/" : "", prefix_len, prefix,
		    config->path) < 0)
		c->path = NULL;
	c->agent = strdup(config->agent);
	if (config->token && asprintf(&c->authorization, "Bearer %s", config->token) < 0)
		c->authorization = NULL;
	free(url);
	return c->host && c->authority && c->path && c->agent &&
	       (!config->token || c->authorization);
}

static bool make_context(struct socket_client *c)
{
	/* The context and its threads' loop are one client's own, so that it can end alone. */
	static const struct lws_protocols protocols[] = {
		{.name = "chat", .callback = callback, .rx_buffer_size = RECEIVE_CHUNK},
		{.name = NULL},
	};
	/* A ping after 30 silent seconds, and the end when none was answered in 45. */
	static const lws_retry_bo_t policy = {
		.secs_since_valid_ping = 30,
		.secs_since_valid_hangup = 45,
	};
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.gid = -1,
		.uid = -1,
		.options = c->tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0,
		.pt_serv_buf_size = HEADERS_MAX,
		.retry_and_idle_policy = &policy,
		.connect_timeout_secs = 10,
		.fd_limit_per_thread = 16,
		.user = c,
	};

	lws_set_log_level(0, NULL);
	c->context = lws_create_context(&info);
	return c->context != NULL;
}

/* Frees what socket_new made; the thread has ended. */
static void release(struct socket_client *c)
{
	atomic_store(&c->stop, true);
	if (c->context)
		lws_context_destroy(c->context);
	free_all(queue_take_all(&c->frames, false));
	queue_release(&c->frames);
	buf_release(&c->message);
	if (c->authorization)
		explicit_bzero(c->authorization, strlen(c->authorization));
	free(c->authorization);
	free(c->agent);
	free(c->host);
	free(c->authority);
	free(c->path);
	free(c);
}

struct socket_client *socket_new(const struct socket_config *config, struct buf *why)
{
	struct socket_client *c = calloc(1, sizeof(*c));

	if (!c) {
		buf_puts(why, err_info(CHAT_ERR_NO_MEMORY)->detail);
		return NULL;
	}
	queue_init(&c->frames, 0);
	buf_init(&c->message, config->max_frame);
	c->handle = config->handle;
	c->handle_context = config->context;
	if (take_url(c, config) && make_context(c) && !pthread_create(&c->thread, NULL, run, c))
		return c;
	buf_puts(why, "cannot start the WebSocket client");
	release(c);
	return NULL;
}

void socket_free(struct socket_client *c)
{
	if (!c)
		return;
	atomic_store(&c->stop, true);
	lws_cancel_service(c->context);
	pthread_join(c->thread, NULL);
	release(c);
}
