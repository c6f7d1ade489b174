#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <chat/log.h>
#include <chat/time.h>
#include "config.h"
#include "core/metrics.h"
#include "net/state.h"

/* libwebsockets' libev plugin does not arm a timer for its timeouts, so this loop wakes it. */
#define TICK_SECONDS 0.25
/* How long requests under way may take to end after SIGTERM, and how long chatd stays at least for
 * those that are on their way to a connection that was kept open. */
#define DRAIN_MS 3000
#define DRAIN_MIN_MS 100
/* How long what was sent may stay without an acknowledgement: two heartbeats. */
#define PEER_TIMEOUT_MS (2 * LIMIT_HEARTBEAT_MS)
/* Descriptors that are kept for the database and the like. */
#define FDS_RESERVED 64

/* Whether a connection is refused. */
static int filter_connection(const struct net *net, int fd)
{
	unsigned timeout = PEER_TIMEOUT_MS;

	/* A dead peer that still owes acknowledgements answers no ping, for none reaches it. */
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
	/* Out of descriptors accept() would be tried for ever: refuse before that. */
	return net->draining || fd > net->fd_limit - FDS_RESERVED;
}

static int callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n)
{
	struct net *net = lws_context_user(lws_get_context(wsi));
	struct conn *conn = user;

	switch (reason) {
	case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
		return filter_connection(net, (int)(intptr_t)in);
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
		metrics_gauge(&net->metrics->connections, 1);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		metrics_gauge(&net->metrics->connections, -1);
		return 0;
	case LWS_CALLBACK_HTTP:
		return http_begin(net, conn, wsi);
	case LWS_CALLBACK_HTTP_BODY:
		return http_body(conn, in, n);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return http_body_done(conn);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return http_writeable(conn);
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		http_gone(conn);
		return 0;
	case LWS_CALLBACK_RAW_ADOPT:
		/* What a CONNECT becomes. */
		return -1;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return ws_confirm_upgrade(net, wsi);
	case LWS_CALLBACK_ESTABLISHED:
		return ws_established(net, conn, wsi);
	case LWS_CALLBACK_RECEIVE:
		return frames_receive(conn, in, n);
	case LWS_CALLBACK_RECEIVE_PONG:
		ws_heard(conn);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return ws_writeable(conn);
	case LWS_CALLBACK_CLOSED:
		ws_gone(conn);
		return 0;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, n);
	}
}

/* The last number bounds what one send() is given; left at 0 it would be the 4096 before it. */
static const struct lws_protocols protocols[] = {
	{"http", callback, sizeof(struct conn), 4096, 0, NULL, LIMIT_QUEUE_BYTES_MAX},
	{SUBPROTOCOL, callback, sizeof(struct conn), 4096, 0, NULL, LIMIT_QUEUE_BYTES_MAX},
	{NULL, NULL, 0, 0, 0, NULL, 0},
};

/* --- the loop's own events --- */

/* Tells of events, in their order, and forgets them. */
static void tell(struct net *net, struct event **events)
{
	hub_publish(net->hub, *events);
	event_free(*events);
	*events = NULL;
}

static void answer(struct net *net, struct request *request)
{
	if (request->origin == ORIGIN_HTTP)
		http_answered(net, request);
	else if (request->origin == ORIGIN_NONE)
		request_free(request);
	else
		frames_answered(net, request);
}

/* What was committed together is told together, behind its answers: a sender's ack goes before the
 * event. But what a session is given from the store goes behind the events before it. */
static void on_wake(struct ev_loop *loop, ev_async *watcher, int events)
{
	struct net *net = watcher->data;
	struct request *request = api_collect(net->api), *next;
	struct event *list = NULL, **tail = &list;

	(void)loop;
	(void)events;
	for (; request != NULL; request = next) {
		next = (struct request *)request->node.next;
		if (request->origin == ORIGIN_OPEN || request->origin == ORIGIN_REPLAY) {
			tell(net, &list);
			tail = &list;
		}
		*tail = reply_take_events(&request->reply);
		while (*tail != NULL)
			tail = &(*tail)->next;
		answer(net, request);
	}
	tell(net, &list);
}

static void on_prepare(struct ev_loop *loop, ev_prepare *watcher, int events)
{
	struct net *net = watcher->data;

	(void)loop;
	(void)events;
	http_answer_all(net);
	output_flush_all(net);
	api_flush(net->api);
}

static bool is_drained(const struct net *net, int64_t now)
{
	return now >= net->drain_until ||
	       (now >= net->drain_until - DRAIN_MS + DRAIN_MIN_MS && net->conns.count == 0 &&
		       atomic_load(&net->metrics->sockets) == 0);
}

static void on_tick(struct ev_loop *loop, ev_timer *watcher, int events)
{
	struct net *net = watcher->data;
	int64_t now = time_now_ms();

	(void)events;
	lws_cancel_service(net->lws);
	hub_tick(net->hub, time_mono_us() / 1000);
	api_tick(net->api, now);
	if (net->draining && is_drained(net, now))
		ev_break(loop, EVBREAK_ALL);
}

static void on_signal(struct ev_loop *loop, ev_signal *watcher, int events)
{
	struct net *net = watcher->data;

	(void)events;
	/* A second one means: now. */
	if (net->draining)
		ev_break(loop, EVBREAK_ALL);
	log_info("shutting down", LOG_TEXT("signal", strsignal(watcher->signum)));
	net->draining = true;
	net->drain_until = time_now_ms() + DRAIN_MS;
	hub_close_all(net->hub, CLOSE_GOING_AWAY);
	api_drain(net->api);
}

void net_wake(void *context)
{
	struct net *net = context;

	ev_async_send(net->loop, &net->wake);
}

static void start_watchers(struct net *net)
{
	ev_async_init(&net->wake, on_wake);
	ev_prepare_init(&net->flush, on_prepare);
	ev_timer_init(&net->tick, on_tick, TICK_SECONDS, TICK_SECONDS);
	ev_signal_init(&net->terminate, on_signal, SIGTERM);
	ev_signal_init(&net->interrupt, on_signal, SIGINT);
	net->wake.data = net->flush.data = net->tick.data = net;
	net->terminate.data = net->interrupt.data = net;
	ev_async_start(net->loop, &net->wake);
	ev_prepare_start(net->loop, &net->flush);
	ev_timer_start(net->loop, &net->tick);
	ev_signal_start(net->loop, &net->terminate);
	ev_signal_start(net->loop, &net->interrupt);
}

static void stop_watchers(struct net *net)
{
	ev_async_stop(net->loop, &net->wake);
	ev_prepare_stop(net->loop, &net->flush);
	ev_timer_stop(net->loop, &net->tick);
	ev_signal_stop(net->loop, &net->terminate);
	ev_signal_stop(net->loop, &net->interrupt);
}

/* --- listening --- */

static enum chat_err explain(struct buf *why, const char *host, long port, int error)
{
	if (error == EADDRINUSE)
		buf_printf(why,
			"port %ld on %s is in use: end what listens there, or choose "
			"another with --port",
			port, host);
	else if (error == EACCES)
		buf_printf(why,
			"port %ld is not this user's to take: choose one from 1024 up "
			"with --port",
			port);
	else
		buf_printf(why, "cannot listen on %s port %ld: %s; look at --host and --port", host,
			port, strerror(error));
	return CHAT_ERR_IO;
}

/* Resolves HOST and sees whether the port can be had, since libwebsockets does not say why not. */
static enum chat_err probe(const struct config *config, struct sockaddr_storage *address,
	char *numeric, size_t size, struct buf *why)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
	enum chat_err err = CHAT_OK;
	char port[16];
	int fd, on = 1, fault;

	snprintf(port, sizeof(port), "%ld", config->port);
	fault = getaddrinfo(config->host, port, &hints, &found);
	if (fault != 0) {
		buf_printf(why, "HOST %s is no address of this machine: %s", config->host,
			gai_strerror(fault));
		return CHAT_ERR_CONFIG;
	}
	memcpy(address, found->ai_addr, found->ai_addrlen);
	getnameinfo(found->ai_addr, found->ai_addrlen, numeric, (socklen_t)size, NULL, 0,
		NI_NUMERICHOST);
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
		bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, 1) != 0)
		err = explain(why, config->host, config->port, errno);
	if (fd >= 0)
		close(fd);
	freeaddrinfo(found);
	return err;
}

static bool is_wildcard(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ((const struct sockaddr_in *)address)->sin_addr.s_addr == INADDR_ANY;
	return IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

/* Most of what it says is about what clients send, who could fill the log with it: only an error a
 * second is worth a warning. */
static void log_lws(int level, const char *line)
{
	static int64_t next; /* ms; the loop's alone */
	int64_t now = time_now_ms();
	char text[256];

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(line, "\n"), line);
	if (!(level & LLL_ERR) || now < next) {
		log_debug("libwebsockets", LOG_TEXT("says", text));
		return;
	}
	log_warn("libwebsockets", LOG_TEXT("says", text));
	next = now + 1000;
}

/* Whether the files of TLS can be read; libwebsockets does not say which it cannot. */
static bool readable(const char *option, const char *path, struct buf *why)
{
	if (path == NULL || access(path, R_OK) == 0)
		return true;
	buf_printf(why, "%s: %s: %s", option, path, strerror(errno));
	return false;
}

static enum chat_err listen_on(struct net *net, struct buf *why)
{
	const struct config *config = net->config;
	struct lws_context_creation_info info = {0};
	struct sockaddr_storage address = {0};
	char numeric[NI_MAXHOST] = "";
	void *loops[1] = {net->loop};
	enum chat_err err = probe(config, &address, numeric, sizeof(numeric), why);

	if (err != CHAT_OK)
		return err;
	if (!readable("TLS_CERT", config->tls_cert, why) ||
		!readable("TLS_KEY", config->tls_key, why))
		return CHAT_ERR_CONFIG;
	/* What goes wrong until it listens is said below. */
	lws_set_log_level(0, NULL);
	info.port = (int)config->port;
	info.iface = is_wildcard(&address) ? NULL : numeric;
	info.protocols = protocols;
	info.user = net;
	info.gid = -1;
	info.uid = -1;
	info.foreign_loops = loops;
	info.options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND |
		       LWS_SERVER_OPTION_VALIDATE_UTF8 | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	if (address.ss_family == AF_INET)
		info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
	if (config->tls_cert != NULL) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = config->tls_cert;
		info.ssl_private_key_filepath = config->tls_key;
	}
	info.alpn = "http/1.1"; /* RAW writes pass HTTP/2's framing by */
	info.pt_serv_buf_size = 65536;
	info.max_http_header_data = 16384;
	info.timeout_secs = LIMIT_HANDSHAKE_MS / 1000;
	info.keepalive_timeout = 60;
	net->lws = lws_create_context(&info);
	if (net->lws != NULL)
		net->vhost = lws_create_vhost(net->lws, &info);
	lws_set_log_level(LLL_ERR | LLL_WARN, log_lws);
	if (net->vhost != NULL)
		return CHAT_OK;
	if (net->lws == NULL)
		buf_puts(why, "libwebsockets does not start: is its part for libev installed "
			      "(Debian's libwebsockets-evlib-ev)?");
	else if (config->tls_cert != NULL)
		buf_puts(why, "cannot use TLS_CERT and TLS_KEY: both must be readable PEM files "
			      "that belong together");
	else
		explain(why, config->host, config->port, errno);
	return CHAT_ERR_IO;
}

static int raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 1024;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur > 1048576 ? 1048576 : (int)limit.rlim_cur;
}

enum chat_err net_new(struct net **out, const struct config *config, struct hub *hub,
	struct metrics *metrics, struct buf *why)
{
	struct net *net = calloc(1, sizeof(*net));
	enum chat_err err;

	if (net == NULL)
		return CHAT_ERR_NO_MEMORY;
	net->config = config;
	net->hub = hub;
	net->metrics = metrics;
	net->fd_limit = raise_fd_limit();
	net->loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
	if (net->loop == NULL) {
		free(net);
		buf_puts(why, "the kernel gives no epoll");
		return CHAT_ERR_IO;
	}
	start_watchers(net);
	err = listen_on(net, why);
	if (err != CHAT_OK) {
		net_free(net);
		return err;
	}
	*out = net;
	return CHAT_OK;
}

int net_port(const struct net *net)
{
	return lws_get_vhost_listen_port(net->vhost);
}

void net_run(struct net *net, struct api *api)
{
	net->api = api;
	hub_set_epoch(net->hub, api_epoch(api));
	ev_run(net->loop, 0);
}

void net_free(struct net *net)
{
	if (net == NULL)
		return;
	stop_watchers(net);
	if (net->lws != NULL)
		lws_context_destroy(net->lws);
	map_release(&net->conns);
	ev_loop_destroy(net->loop);
	free(net);
}
