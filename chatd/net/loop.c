#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <chat/log.h>
#include <chat/time.h>
#include "config.h"
#include "core/metrics.h"
#include "net/listen.h"
#include "net/state.h"

#define TICK_SECONDS (WHEEL_TICK_MS / 1000.0)
/* How long requests under way may take to end after SIGTERM, and how long chatd stays at least for
 * those that are on their way to a connection that was kept open. */
#define DRAIN_MS 3000
#define DRAIN_MIN_MS 100
/* How long peers have to end their side when they were sent everything. */
#define DRAIN_LINGER_MS 500
/* How long what was sent may stay without an acknowledgement: two heartbeats. */
#define PEER_TIMEOUT_MS (2 * LIMIT_HEARTBEAT_MS)
/* Descriptors that are kept for the database and the like, and for refusing in words who comes when
 * the others are taken. */
#define FDS_RESERVED 32
#define FDS_REFUSING 32
/* How often, at most, the log says that they are. */
#define FULL_WARN_MS 60000
/* Connections that one turn of the loop accepts, before it serves those that it has. */
#define ACCEPTS_MAX 64
/* All answers that are written in one call, the largest included. */
#define CORKED_BYTES_MAX (64u << 20)
#define WHY_BYTES 1024

/* --- accepting --- */

static void set_options(int fd)
{
	unsigned timeout = PEER_TIMEOUT_MS;
	int on = 1;

	/* A dead peer that still owes acknowledgements answers no ping, for none reaches it. */
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void note_full(struct net *net)
{
	int64_t now = time_mono_ms();

	if (net->full_warned != 0 && now - net->full_warned < FULL_WARN_MS)
		return;
	net->full_warned = now;
	log_warn("out of descriptors, new connections are refused: raise the limit",
		LOG_INT("limit", net->fd_limit));
}

static void on_accept(struct ev_loop *loop, ev_io *watcher, int events)
{
	struct net *net = watcher->data;

	(void)events;
	for (int i = 0; i < ACCEPTS_MAX; i++) {
		struct sockaddr_storage peer = {0};
		socklen_t size = sizeof(peer);
		struct address address;
		bool surplus;
		int fd = -1;

		if (net->n_surplus < FDS_REFUSING)
			fd = accept4(watcher->fd, (struct sockaddr *)&peer, &size,
				SOCK_NONBLOCK | SOCK_CLOEXEC);
		/* Out of descriptors it would be tried for ever: the next tick tries again. */
		if (fd < 0 && (net->n_surplus == FDS_REFUSING || errno == EMFILE ||
				      errno == ENFILE || errno == ENOMEM))
			ev_io_stop(loop, watcher);
		if (fd < 0)
			return;
		surplus = fd >= net->fd_limit - FDS_RESERVED - FDS_REFUSING;
		if (surplus)
			note_full(net);
		set_options(fd);
		address = address_of((const struct sockaddr *)&peer);
		conn_open(net, fd, &address, surplus);
	}
}

/* --- the loop's own events --- */

/* Publishes events, in their order, and forgets them. */
static void publish(struct net *net, struct event **events)
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

/* What was committed together is published together, behind its answers: a sender's ack goes before
 * the event. But what a session is given from the store goes behind the events before it. */
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
			publish(net, &list);
			tail = &list;
		}
		*tail = reply_take_events(&request->reply);
		while (*tail != NULL)
			tail = &(*tail)->next;
		answer(net, request);
	}
	publish(net, &list);
}

static void on_prepare(struct ev_loop *loop, ev_prepare *watcher, int events)
{
	struct net *net = watcher->data;

	(void)loop;
	(void)events;
	output_flush_all(net);
	transport_sweep(net->transport);
	api_flush(net->api);
}

/* --- the end --- */

static void stop_listening(struct net *net)
{
	if (net->accept.fd < 0)
		return;
	ev_io_stop(net->loop, &net->accept);
	close(net->accept.fd);
	net->accept.fd = -1;
}

/* Connections that ask for nothing are ended; those that are under way end with their answer. */
static void end_idle(struct net *net)
{
	for (struct conn *conn = net->conns; conn != NULL; conn = conn->next) {
		if (conn->state == CONN_HEAD && !conn->receiving) {
			conn_end(conn);
			conn_continue(conn);
		}
	}
}

/* Whether every connection has been sent its last byte. */
static bool is_drained(const struct net *net)
{
	for (const struct conn *conn = net->conns; conn != NULL; conn = conn->next) {
		if (!conn->shut)
			return false;
	}
	return true;
}

static void drain(struct net *net)
{
	int64_t passed = time_mono_ms() - net->drain_began;

	if (passed >= DRAIN_MIN_MS)
		end_idle(net);
	if (passed >= DRAIN_MS || (net->conns == NULL && passed >= DRAIN_MIN_MS) ||
		(is_drained(net) && passed >= DRAIN_LINGER_MS))
		ev_break(net->loop, EVBREAK_ALL);
}

static void on_tick(struct ev_loop *loop, ev_timer *watcher, int events)
{
	struct net *net = watcher->data;

	(void)events;
	transport_tick(net->transport);
	wheel_advance(&net->wheel, time_mono_ms(), conn_fire);
	conn_close_overdue(net);
	hub_tick(net->hub, time_mono_ms());
	api_tick(net->api);
	if (net->draining)
		drain(net);
	else
		ev_io_start(loop, &net->accept);
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
	net->drain_began = time_mono_ms();
	stop_listening(net);
	hub_close_all(net->hub, CLOSE_GOING_AWAY);
	api_drain(net->api);
}

/* The certificate was renewed. */
static void on_hangup(struct ev_loop *loop, ev_signal *watcher, int events)
{
	struct net *net = watcher->data;
	const struct config *config = net->config;
	struct buf why;

	(void)loop;
	(void)events;
	if (config->tls_cert == NULL)
		return;
	buf_init(&why, WHY_BYTES);
	if (transport_renew(net->transport, config->tls_cert, config->tls_key, &why) == CHAT_OK)
		log_info("the certificate was read anew", LOG_TEXT("file", config->tls_cert));
	else
		log_error("the old certificate stays", LOG_TEXT("why", buf_str(&why)));
	buf_release(&why);
}

void net_wake(void *context)
{
	struct net *net = context;

	ev_async_send(net->loop, &net->wake);
}

bool net_wanted(void *context, const struct request *request)
{
	struct net *net = context;
	const struct session *session;
	const struct conn *conn;

	if (request->origin == ORIGIN_HTTP) {
		/* While it waits nothing is read, so that a reset shows only here. */
		conn = map_get(&net->answering, request->waiter);
		return conn != NULL && !link_is_reset(&conn->link);
	}
	session = hub_session(net->hub, request->waiter);
	return session != NULL && session->state != SESSION_CLOSING;
}

static void start_watchers(struct net *net)
{
	ev_async_init(&net->wake, on_wake);
	ev_prepare_init(&net->flush, on_prepare);
	ev_timer_init(&net->tick, on_tick, TICK_SECONDS, TICK_SECONDS);
	ev_signal_init(&net->terminate, on_signal, SIGTERM);
	ev_signal_init(&net->interrupt, on_signal, SIGINT);
	ev_signal_init(&net->hangup, on_hangup, SIGHUP);
	net->wake.data = net->flush.data = net->tick.data = net;
	net->terminate.data = net->interrupt.data = net->hangup.data = net;
	ev_async_start(net->loop, &net->wake);
	ev_prepare_start(net->loop, &net->flush);
	ev_timer_start(net->loop, &net->tick);
	ev_signal_start(net->loop, &net->terminate);
	ev_signal_start(net->loop, &net->interrupt);
	ev_signal_start(net->loop, &net->hangup);
}

static void stop_watchers(struct net *net)
{
	ev_async_stop(net->loop, &net->wake);
	ev_prepare_stop(net->loop, &net->flush);
	ev_timer_stop(net->loop, &net->tick);
	ev_signal_stop(net->loop, &net->terminate);
	ev_signal_stop(net->loop, &net->interrupt);
	ev_signal_stop(net->loop, &net->hangup);
}

/* --- the whole --- */

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

static enum chat_err start(struct net *net, struct buf *why)
{
	const struct config *config = net->config;
	int fd = -1;
	enum chat_err err = listen_tcp(config->host, config->port, &fd, why);

	ev_io_init(&net->accept, on_accept, fd, EV_READ);
	net->accept.data = net;
	if (err == CHAT_OK)
		err = transport_new(&net->transport, net->loop, &conn_events, config->tls_cert,
			config->tls_key, why);
	return err;
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
	buf_init(&net->corked, CORKED_BYTES_MAX);
	wheel_init(&net->wheel, time_mono_ms());
	quota_init(&net->sockets_of_user);
	quota_init(&net->sockets_of_address);
	budget_init(&net->budget, (size_t)config->output_mib << 20);
	net->loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
	if (net->loop == NULL) {
		free(net);
		buf_puts(why, "the kernel gives no epoll");
		return CHAT_ERR_IO;
	}
	start_watchers(net);
	err = start(net, why);
	if (err != CHAT_OK) {
		net_free(net);
		return err;
	}
	*out = net;
	return CHAT_OK;
}

int net_port(const struct net *net)
{
	return listen_port(net->accept.fd);
}

void net_run(struct net *net, struct api *api)
{
	net->api = api;
	hub_set_epoch(net->hub, api_epoch(api));
	ev_io_start(net->loop, &net->accept);
	ev_run(net->loop, 0);
}

void net_free(struct net *net)
{
	if (net == NULL)
		return;
	stop_watchers(net);
	stop_listening(net);
	transport_free(net->transport);
	map_release(&net->answering);
	buf_release(&net->corked);
	budget_release(&net->budget);
	quota_release(&net->sockets_of_user);
	quota_release(&net->sockets_of_address);
	ev_loop_destroy(net->loop);
	free(net);
}
