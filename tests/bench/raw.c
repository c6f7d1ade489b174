/*
 * bench-raw: the least that a WebSocket fan-out can cost. Whatever text comes in goes out to every
 * socket at /subscribe: encoded once, queued by reference, one writev() for a socket and turn of
 * epoll. It checks, stores and forgives nothing: the yardstick for servers that do.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <netinet/tcp.h>
#include <unistd.h>
#include "client.h"

/* What a peer has sent of a request or frame that is not whole yet. */
#define REST_MAX 4096
#define RECEIVE_BYTES 262144
/* Buffers of one writev(). The kernel takes up to 1024. */
#define WRITE_MAX 256

struct message {
	unsigned refs;
	size_t len;
	unsigned char bytes[];
};

struct peer {
	int fd; /* -1: closed, but still in the list of those to write to */
	bool upgraded, blocked, dirty;
	struct message **ring;
	unsigned capacity; /* a power of two, or 0 */
	unsigned head, tail;
	size_t sent;               /* bytes of the first message that have gone */
	struct peer *next, **link; /* among the subscribers; link is NULL for others */
	struct peer *next_dirty;
	size_t rest_len;
	unsigned char rest[REST_MAX];
};

static int epoll;
static struct peer *subscribers, *dirty;

/* --- what goes out --- */

static void message_unref(struct message *message)
{
	if (--message->refs == 0)
		free(message);
}

static void ring_grow(struct peer *peer)
{
	unsigned capacity = peer->capacity == 0 ? 64 : peer->capacity * 2;
	struct message **ring = malloc(capacity * sizeof(struct message *));
	unsigned n = 0;

	if (ring == NULL)
		client_die("no memory");
	for (unsigned at = peer->head; at != peer->tail; at++)
		ring[n++] = peer->ring[at & (peer->capacity - 1)];
	free(peer->ring);
	peer->ring = ring;
	peer->capacity = capacity;
	peer->head = 0;
	peer->tail = n;
}

static void publish(const unsigned char *payload, size_t n)
{
	size_t header = n < 126 ? 2 : 4;
	struct message *message = malloc(sizeof(*message) + header + n);

	if (message == NULL)
		client_die("no memory");
	message->refs = 1;
	message->len = header + n;
	message->bytes[0] = 0x81;
	message->bytes[1] = n < 126 ? (unsigned char)n : 126;
	if (n >= 126) {
		message->bytes[2] = (unsigned char)(n >> 8);
		message->bytes[3] = (unsigned char)n;
	}
	memcpy(message->bytes + header, payload, n);
	for (struct peer *peer = subscribers; peer != NULL; peer = peer->next) {
		if (peer->tail - peer->head == peer->capacity)
			ring_grow(peer);
		peer->ring[peer->tail++ & (peer->capacity - 1)] = message;
		message->refs++;
		if (peer->dirty)
			continue;
		peer->dirty = true;
		peer->next_dirty = dirty;
		dirty = peer;
	}
	message_unref(message);
}

/* Whether to hear when the socket has room again. */
static void set_blocked(struct peer *peer, bool blocked)
{
	struct epoll_event event = {
		.events = EPOLLIN | (blocked ? EPOLLOUT : 0u), .data.ptr = peer};

	if (peer->blocked == blocked)
		return;
	peer->blocked = blocked;
	if (epoll_ctl(epoll, EPOLL_CTL_MOD, peer->fd, &event) != 0)
		client_fail("epoll_ctl");
}

static void drop_sent(struct peer *peer, size_t n)
{
	for (n += peer->sent; peer->head != peer->tail; peer->head++) {
		struct message *message = peer->ring[peer->head & (peer->capacity - 1)];

		if (n < message->len)
			break;
		n -= message->len;
		message_unref(message);
	}
	peer->sent = n;
}

static void flush(struct peer *peer)
{
	while (peer->head != peer->tail) {
		struct iovec parts[WRITE_MAX];
		int count = 0;
		size_t wanted = 0;
		ssize_t n;

		for (unsigned at = peer->head; at != peer->tail && count < WRITE_MAX; at++) {
			struct message *message = peer->ring[at & (peer->capacity - 1)];
			size_t skip = count == 0 ? peer->sent : 0;

			parts[count].iov_base = message->bytes + skip;
			parts[count++].iov_len = message->len - skip;
			wanted += message->len - skip;
		}
		n = writev(peer->fd, parts, count);
		/* A dead socket is dropped when it is read. */
		drop_sent(peer, n > 0 ? (size_t)n : 0);
		if (n != (ssize_t)wanted) {
			set_blocked(peer, true);
			return;
		}
	}
	set_blocked(peer, false);
}

static void flush_all(void)
{
	while (dirty != NULL) {
		struct peer *peer = dirty;

		dirty = peer->next_dirty;
		peer->dirty = false;
		if (peer->fd < 0)
			free(peer);
		else if (!peer->blocked)
			flush(peer);
	}
}

/* --- what comes in --- */

static void peer_close(struct peer *peer)
{
	close(peer->fd);
	peer->fd = -1;
	if (peer->link != NULL) {
		*peer->link = peer->next;
		if (peer->next != NULL)
			peer->next->link = peer->link;
	}
	while (peer->head != peer->tail)
		message_unref(peer->ring[peer->head++ & (peer->capacity - 1)]);
	free(peer->ring);
	peer->ring = NULL;
	if (!peer->dirty)
		free(peer);
}

static void subscribe(struct peer *peer)
{
	peer->next = subscribers;
	peer->link = &subscribers;
	if (subscribers != NULL)
		subscribers->link = &peer->next;
	subscribers = peer;
}

/* Answers the upgrade; bytes used, 0 before it is whole. */
static size_t take_upgrade(struct peer *peer, const unsigned char *at, size_t n)
{
	/* The answer to RFC 6455's sample key, which is the one that client_upgrade() offers. */
	static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
				     "Connection: Upgrade\r\n"
				     "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
	static const char request[] = "GET /subscribe ";
	const unsigned char *end = memmem(at, n, "\r\n\r\n", 4);

	if (end == NULL)
		return 0;
	client_send(peer->fd, answer, strlen(answer));
	peer->upgraded = true;
	if (n > strlen(request) && memcmp(at, request, strlen(request)) == 0)
		subscribe(peer);
	return (size_t)(end - at) + 4;
}

/* Publishes a frame, which is unmasked in place; bytes used, 0 before it is whole. */
static size_t take_frame(unsigned char *at, size_t n)
{
	size_t header = n > 1 && (at[1] & 0x7f) == 126 ? 8 : 6, length;
	const unsigned char *mask = at + header - 4;

	if (n < header)
		return 0;
	length = header == 8 ? (size_t)at[2] << 8 | at[3] : at[1] & 0x7fu;
	if (n < header + length)
		return 0;
	for (size_t i = 0; i < length; i++)
		at[header + i] ^= mask[i & 3];
	if (at[0] == 0x81)
		publish(at + header, length);
	return header + length;
}

static void receive(struct peer *peer)
{
	static unsigned char bytes[REST_MAX + RECEIVE_BYTES];
	unsigned char *at = bytes;
	size_t have = peer->rest_len, used;
	ssize_t n;

	memcpy(bytes, peer->rest, have);
	n = recv(peer->fd, bytes + have, RECEIVE_BYTES, MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		peer_close(peer);
		return;
	}
	for (have += (size_t)n; have > 0; at += used, have -= used) {
		used = peer->upgraded ? take_frame(at, have) : take_upgrade(peer, at, have);
		if (used == 0)
			break;
	}
	if (have > REST_MAX)
		client_die("a frame is too long");
	memcpy(peer->rest, at, have);
	peer->rest_len = have;
}

/* --- the loop --- */

static void accept_peer(int listener)
{
	struct peer *peer = calloc(1, sizeof(*peer));
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
	int on = 1;

	if (peer == NULL)
		client_die("no memory");
	peer->fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (peer->fd < 0)
		client_fail("accept4");
	setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, peer->fd, &event) != 0)
		client_fail("epoll_ctl");
}

static int start_listening(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (listener < 0 || epoll < 0 ||
		bind(listener, (const struct sockaddr *)&address, size) != 0 ||
		listen(listener, SOMAXCONN) != 0 ||
		getsockname(listener, (struct sockaddr *)&address, &size) != 0 ||
		epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0)
		client_fail("listen");
	printf("port=%d\n", ntohs(address.sin_port));
	fflush(stdout);
	return listener;
}

int main(void)
{
	struct epoll_event events[512];
	int listener;

	signal(SIGPIPE, SIG_IGN);
	client_raise_limits();
	listener = start_listening();
	for (;;) {
		int n = epoll_wait(epoll, events, 512, -1);

		for (int i = 0; i < n; i++) {
			struct peer *peer = events[i].data.ptr;

			if (peer == NULL) {
				accept_peer(listener);
				continue;
			}
			if (events[i].events & EPOLLOUT)
				flush(peer);
			if (events[i].events & ~(uint32_t)EPOLLOUT)
				receive(peer);
		}
		flush_all();
	}
}
