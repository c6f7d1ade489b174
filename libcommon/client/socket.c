#include <chat/socket.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <libwebsockets.h>
#include <chat/buf.h>
#include <chat/rest.h>
#include <chat/time.h>

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
	int event_fd;
	struct lws_context *context;
	pthread_t thread;

	/* Between the threads. */
	struct queue notes, frames;
	atomic_bool stop;

	/* The thread's own. */
	struct lws *wsi;
	bool trying; /* a connection is being made or is there; its end has not been told */
	bool open;
	lws_sorted_usec_list_t retry;
	unsigned failures; /* in a row */
	int64_t opened_at; /* of time_mono_us */
	int close_code;    /* what the peer said */
	struct buf message;
};

/* --- towards the owner --- */

static void tell(
	struct socket_client *c, enum socket_event event, int code, const char *text, size_t n)
{
	struct socket_note *note = malloc(sizeof(*note) + n + 1);
	uint64_t one = 1;

	if (!note) /* the owner would miss a frame: it must connect anew to see the gap */
		abort();
	note->event = event;
	note->code = code;
	note->len = n;
	memcpy(note->text, text, n);
	note->text[n] = '\0';
	queue_push(&c->notes, &note->node);
	/* Cannot fail but by a full counter, and then the owner is awake already. */
	if (write(c->event_fd, &one, sizeof(one)) < 0)
		return;
}

int socket_fd(const struct socket_client *c)
{
	return c->event_fd;
}

struct socket_note *socket_take(struct socket_client *c)
{
	struct queue_node *node = queue_take(&c->notes, false);
	uint64_t count;

	if (node)
		return (struct socket_note *)node;
	/* Lower the flag, then look again: a note may have come between. */
	if (read(c->event_fd, &count, sizeof(count)) < 0)
		return NULL;
	return (struct socket_note *)queue_take(&c->notes, false);
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

/* A connection ended or was not made; lws may say so twice. */
static void ended(struct socket_client *c, int code, const char *text)
{
	bool stable = c->open && time_mono_us() - c->opened_at >= STABLE_US;
	int64_t wait_ms;

	if (!c->trying)
		return;
	c->trying = c->open = false;
	c->wsi = NULL;
	buf_reset(&c->message);
	free_all(queue_take_all(&c->frames, false));
	if (atomic_load(&c->stop))
		return;
	if (is_final(code)) {
		tell(c, SOCKET_REFUSED, code, text, strlen(text));
		return;
	}
	tell(c, SOCKET_CLOSED, code, text, strlen(text));
	if (stable)
		c->failures = 0;
	wait_ms = code == CLOSE_GOING_AWAY && c->failures == 0
			  ? 0
			  : rest_backoff_ms(c->failures, BACKOFF_MAX_MS);
	c->failures++;
	lws_sul_schedule(
		c->context, 0, &c->retry, connect_now, wait_ms * LWS_USEC_PER_SEC / 1000 + 1);
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

	c->trying = true;
	c->close_code = CLOSE_ABNORMAL;
	tell(c, SOCKET_CONNECTING, 0, "", 0);
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
	if (lws_remaining_packet_payload(wsi) || !lws_is_final_fragment(wsi))
		return 0;
	if (!lws_frame_is_binary(wsi))
		tell(c, SOCKET_FRAME, 0, buf_str(&c->message), c->message.len);
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

static int callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct socket_client *c;

	(void)user;
	if (reason == LWS_CALLBACK_EVENT_WAIT_CANCELLED) {
		/* Not a connection's own event: lws asks each protocol once. */
		c = lws_context_user(lws_get_context(wsi));
		if (c->open)
			lws_callback_on_writable(c->wsi);
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
		tell(c, SOCKET_OPEN, 0, "", 0);
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
	default:
		break;
	}
	return 0;
}

static void *run(void *context)
{
	struct socket_client *c = context;

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

	if (!url || lws_parse_uri(url, &scheme, &host, &c->port, &prefix)) {
		free(url);
		return false;
	}
	c->tls = !strcmp(scheme, "https");
	c->host = strdup(host);
	if (asprintf(&c->authority, strchr(host, ':') ? "[%s]:%d" : "%s:%d", host, c->port) < 0)
		c->authority = NULL;
	if (asprintf(&c->path, "%s%s%s", *prefix ? "/" : "", *prefix == '/' ? prefix + 1 : prefix,
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
	free_all(queue_take_all(&c->notes, false));
	free_all(queue_take_all(&c->frames, false));
	queue_release(&c->notes);
	queue_release(&c->frames);
	buf_release(&c->message);
	if (c->event_fd >= 0)
		close(c->event_fd);
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
	queue_init(&c->notes, 0);
	queue_init(&c->frames, 0);
	buf_init(&c->message, config->max_frame);
	c->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (c->event_fd >= 0 && take_url(c, config) && make_context(c) &&
		!pthread_create(&c->thread, NULL, run, c))
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
