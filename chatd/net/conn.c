#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <chat/limits.h>
#include <chat/time.h>
#include "core/metrics.h"
#include "net/state.h"

/* How long a connection may be silent between two requests. */
#define KEEP_ALIVE_MS 60000
/* How long a client may take no more of an answer before it is cut off. */
#define STALL_MS 60000
/* How long the peer's bytes are discarded after the FIN, so that no reset overtakes the last answer
 * (RFC 9112, section 9.6): since its last bytes, and in all. */
#define LINGER_MS 2000
#define LINGER_MAX_MS 10000
/* How long one has for its request that is to be refused, since others wait for its descriptor. */
#define SURPLUS_MS 2000
/* Beyond a read, what a frame that is not whole may leave over. */
#define IN_BYTES_MAX (2 * LIMIT_BODY_BYTES_MAX + HEAD_BYTES_MAX)
/* Answers to pipelined requests are sent together, up to so many bytes. */
#define CORK_BYTES 65536
/* A buffer of all connections that has grown larger than this is not kept. */
#define CORK_BYTES_KEPT (1u << 20)

static void set_deadline(struct conn *conn, int64_t ms)
{
	wheel_set(&conn->net->wheel, &conn->timer, ms);
}

/* --- output --- */

/* A WebSocket's timer is its ping's, which finds out whoever does not read. */
static void note_stall(struct conn *conn)
{
	if (conn->state != CONN_SOCKET)
		set_deadline(conn, STALL_MS);
}

void conn_send(struct conn *conn, const void *bytes, size_t n)
{
	/* The kernel may have room again before writable() tells of it. */
	size_t sent = conn->out.len > 0 ? 0 : link_send(&conn->link, bytes, n);

	if (sent == n)
		return;
	note_stall(conn);
	if (!buf_append(&conn->out, (const char *)bytes + sent, n - sent))
		link_close(&conn->link);
}

static void uncork(struct conn *conn)
{
	struct buf *corked = &conn->net->corked;

	if (!buf_ok(corked))
		link_close(&conn->link);
	else if (corked->len > 0)
		conn_send(conn, corked->data, corked->len);
	if (corked->cap > CORK_BYTES_KEPT)
		buf_release(corked);
	else
		buf_reset(corked);
}

static bool send_out(struct conn *conn)
{
	size_t left = conn->out.len - conn->out_sent;
	size_t sent = link_send(&conn->link, conn->out.data + conn->out_sent, left);

	conn->out_sent += sent;
	if (sent > 0)
		note_stall(conn);
	if (sent < left)
		return false;
	buf_release(&conn->out);
	conn->out_sent = 0;
	return true;
}

static bool send_shared(struct conn *conn)
{
	size_t sent = link_send(&conn->link, conn->shared.at, conn->shared.len);

	conn->shared.at += sent;
	conn->shared.len -= sent;
	if (sent > 0)
		note_stall(conn);
	return conn->shared.len == 0;
}

/* Sends what is left over; true when nothing is. */
static bool send_rest(struct conn *conn)
{
	return (conn->out.len == 0 || send_out(conn)) &&
	       (conn->shared.len == 0 || send_shared(conn));
}

/* Closes who does not read; a socket that is closed already does not even read that. */
static void close_slow(struct budget_entry *entry, int64_t now)
{
	struct conn *conn = (struct conn *)((char *)entry - offsetof(struct conn, waiting));
	struct session *session = conn->socket == NULL ? NULL : conn->socket->session;

	budget_set(&conn->net->budget, entry, conn->owner, 0, now);
	if (session != NULL && session->state == SESSION_CLOSING) {
		link_close(&conn->link);
		return;
	}
	metrics_add(&conn->net->metrics->overflows, 1);
	if (session != NULL)
		hub_close(conn->net->hub, session, CLOSE_TOO_SLOW);
	else
		link_close(&conn->link);
}

void conn_close_overdue(struct net *net)
{
	int64_t now = time_mono_ms();
	struct budget_entry *overdue;

	while ((overdue = budget_overdue(&net->budget, now)) != NULL)
		close_slow(overdue, now);
}

void conn_account(struct conn *conn)
{
	struct budget *budget = &conn->net->budget;
	size_t bytes = conn->out.len - conn->out_sent;
	struct budget_entry *excess;
	int64_t now;

	if (conn->socket != NULL)
		bytes += session_private_bytes(conn->socket->session);
	if (bytes == conn->waiting.bytes)
		return;
	now = time_mono_ms();
	budget_set(budget, &conn->waiting, conn->owner, conn->link.dead ? 0 : bytes, now);
	while ((excess = budget_excess(budget, &conn->waiting, packet_bytes(), now)) != NULL)
		close_slow(excess, now);
}

/* --- input --- */

static size_t step(struct conn *conn, unsigned char *bytes, size_t n)
{
	switch (conn->state) {
	case CONN_HEAD:
		return http_head(conn, (const char *)bytes, n);
	case CONN_BODY:
		return http_body(conn, (const char *)bytes, n);
	case CONN_SOCKET:
		return ws_received(conn, bytes, n);
	case CONN_ANSWER:
		return 0;
	case CONN_END:
		break;
	}
	return n;
}

/* Takes what can be taken now, and returns how many bytes that were. An answer that is not read
 * stops it: there is never more than one of them, and what one read brought. */
static size_t consume(struct conn *conn, unsigned char *bytes, size_t n)
{
	size_t at = 0, used = 1;

	while (at < n && used > 0 && !conn_is_blocked(conn)) {
		used = step(conn, bytes + at, n - at);
		at += used;
		if (conn->net->corked.len >= CORK_BYTES)
			uncork(conn);
	}
	return at;
}

/* Keeps what was not taken, which may already be in the buffer. */
static void keep(struct conn *conn, const unsigned char *bytes, size_t n)
{
	struct buf *in = &conn->in;

	if (n == 0 || conn->state == CONN_END) {
		buf_release(in);
	} else if (in->len > 0) {
		memmove(in->data, bytes, n);
		buf_truncate(in, n);
	} else if (!buf_append(in, bytes, n)) {
		link_close(&conn->link);
	}
}

/* --- what holds after each event --- */

static void finish(struct conn *conn)
{
	link_shutdown(&conn->link);
	conn->shut = true;
	conn->linger_until = time_mono_ms() + (conn->surplus ? LINGER_MS : LINGER_MAX_MS);
	set_deadline(conn, LINGER_MS);
}

/* Whether a head has begun to come: the CRLF that some send behind a body (RFC 9112, section 2.2)
 * is not the beginning of one. */
static bool has_begun(const struct buf *in)
{
	return in->len > 2 || (in->len > 0 && memcmp(in->data, "\r\n", in->len) != 0);
}

static void note_receiving(struct conn *conn)
{
	bool receiving =
		conn->state == CONN_BODY || (conn->state == CONN_HEAD && has_begun(&conn->in));
	bool begins = receiving && !conn->receiving;

	conn->receiving = receiving;
	if (conn->surplus)
		return; /* it has the one deadline that it began with */
	if (begins)
		set_deadline(conn, LIMIT_HANDSHAKE_MS);
	else if (!receiving && conn->state == CONN_HEAD)
		set_deadline(conn, KEEP_ALIVE_MS);
}

static void settle(struct conn *conn)
{
	bool blocked = conn_is_blocked(conn);
	bool paused = conn->state == CONN_SOCKET && conn->socket->paused;

	if (!blocked && conn->state == CONN_END && !conn->shut)
		finish(conn);
	if (!blocked)
		note_receiving(conn);
	link_set_reading(
		&conn->link, conn->shut || (!blocked && !paused && conn->state != CONN_ANSWER));
}

static void process(struct conn *conn, unsigned char *bytes, size_t n)
{
	bool again = true;

	while (again) {
		size_t used = consume(conn, bytes, n);

		again = conn->shared.len > 0;
		keep(conn, bytes + used, n - used);
		uncork(conn);
		again = again && send_rest(conn) && conn->in.len > 0;
		bytes = (unsigned char *)conn->in.data;
		n = conn->in.len;
	}
	settle(conn);
	conn_account(conn);
}

void conn_continue(struct conn *conn)
{
	if (!conn->link.dead)
		process(conn, (unsigned char *)conn->in.data, conn->in.len);
}

void conn_end(struct conn *conn)
{
	conn->state = CONN_END;
	set_deadline(conn, STALL_MS);
}

/* --- the link's events --- */

static void received(struct link *link, unsigned char *bytes, size_t n)
{
	struct conn *conn = (struct conn *)link;
	struct buf *in = &conn->in;

	if (conn->state == CONN_END) {
		if (conn->shut && time_mono_ms() < conn->linger_until)
			set_deadline(conn, LINGER_MS);
		return;
	}
	if (in->len == 0)
		process(conn, bytes, n);
	else if (buf_append(in, bytes, n))
		process(conn, (unsigned char *)in->data, in->len);
	else
		link_close(link);
}

static void writable(struct link *link)
{
	struct conn *conn = (struct conn *)link;

	if (conn_is_blocked(conn) && !send_rest(conn)) {
		conn_account(conn);
		return;
	}
	if (conn->state == CONN_SOCKET)
		output_flush(conn);
	conn_continue(conn);
}

static void closed(struct link *link)
{
	struct conn *conn = (struct conn *)link;

	metrics_gauge(&conn->net->metrics->connections, -1);
	conn->net->n_surplus -= conn->surplus;
	wheel_cancel(&conn->timer);
	budget_set(&conn->net->budget, &conn->waiting, conn->owner, 0, 0);
	http_forget(conn);
	ws_gone(conn);
	*conn->prev = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	buf_release(&conn->in);
	buf_release(&conn->out);
	free(conn);
}

const struct link_events conn_events = {received, writable, closed};

/* --- beginning and time --- */

void conn_open(struct net *net, int fd, const struct address *peer, bool surplus)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL) {
		close(fd);
		return;
	}
	if (!transport_adopt(net->transport, fd, &conn->link)) {
		free(conn);
		return;
	}
	conn->net = net;
	conn->peer = *peer;
	conn->surplus = surplus;
	conn->owner = address_key(peer);
	address_format(peer, conn->peer_text);
	buf_init(&conn->in, IN_BYTES_MAX);
	buf_init(&conn->out, SIZE_MAX / 2);
	conn->prev = &net->conns;
	conn->next = net->conns;
	if (net->conns != NULL)
		net->conns->prev = &conn->next;
	net->conns = conn;
	metrics_gauge(&net->metrics->connections, 1);
	net->n_surplus += surplus;
	set_deadline(conn, surplus ? SURPLUS_MS : LIMIT_HANDSHAKE_MS);
}

void conn_fire(struct wheel_timer *timer)
{
	struct conn *conn = (struct conn *)((char *)timer - offsetof(struct conn, timer));

	if (conn->state == CONN_SOCKET) {
		ws_fire(conn);
		return;
	}
	if (conn->state == CONN_END || conn_is_blocked(conn)) {
		link_close(&conn->link);
	} else if (conn->receiving) {
		http_refuse(conn, CHAT_ERR_REQUEST_TIMEOUT, 0);
		conn_continue(conn);
	} else if (conn->state == CONN_HEAD) {
		conn_end(conn);
		conn_continue(conn);
	}
}
