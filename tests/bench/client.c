#include "client.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_PER_ADDRESS 20000

void client_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void client_fail(const char *call)
{
	perror(call);
	exit(1);
}

long client_number(const char *text, long min, long max)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end != '\0' || value < min || value > max)
		client_die("%s is not a number from %ld to %ld", text, min, max);
	return value;
}

struct sockaddr_in client_address(const char *text)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	const char *colon = strrchr(text, ':');
	char host[INET_ADDRSTRLEN];

	if (colon == NULL || (size_t)(colon - text) >= sizeof(host))
		client_die("%s is not ADDRESS:PORT", text);
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	address.sin_port = htons((uint16_t)client_number(colon + 1, 1, 65535));
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
		client_die("%s is not an IPv4 address", host);
	return address;
}

static bool is_loopback(const struct sockaddr_in *address)
{
	return ntohl(address->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

int client_connect(const struct sockaddr_in *address, size_t i)
{
	struct sockaddr_in local = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		client_fail("socket");
	if (is_loopback(address)) {
		local.sin_addr.s_addr =
			htonl(INADDR_LOOPBACK + 1 + (uint32_t)(i / CONNECTIONS_PER_ADDRESS));
		/* The port is chosen when connecting, when it need only differ in the whole pair.
		 */
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
		if (bind(fd, (const struct sockaddr *)&local, sizeof(local)) != 0)
			client_fail("bind");
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0)
		client_fail("connect");
	return fd;
}

void client_watch(int epoll, int fd, uint32_t i)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		client_fail("epoll_ctl");
}

void client_send(int fd, const void *bytes, size_t n)
{
	/* Requests are small and one at a time, so the socket's buffer always has room. */
	if (send(fd, bytes, n, MSG_NOSIGNAL) != (ssize_t)n)
		client_fail("send");
}

int client_upgrade(const struct sockaddr_in *address, const char *path, size_t i)
{
	int fd = client_connect(address, i);
	char text[4096];
	size_t got = 0;
	int n = snprintf(text, sizeof(text),
		"GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		"Sec-WebSocket-Version: 13\r\n\r\n",
		path);

	if (n >= (int)sizeof(text))
		client_die("the path is too long");
	client_send(fd, text, (size_t)n);
	/* Byte by byte: what follows the empty line is the first frame's. */
	while (got < 4 || memcmp(text + got - 4, "\r\n\r\n", 4) != 0) {
		if (got == sizeof(text) || read(fd, text + got, 1) != 1)
			client_die("the upgrade failed: %.*s", (int)got, text);
		got++;
	}
	if (strncmp(text, "HTTP/1.1 101", 12) != 0)
		client_die("no upgrade: %.*s", (int)got, text);
	return fd;
}

int64_t client_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t client_cpu(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void client_raise_limits(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

void samples_add(struct samples *samples, int64_t us)
{
	if (samples->count == samples->capacity) {
		samples->capacity = samples->capacity ? samples->capacity * 2 : 65536;
		samples->list = realloc(samples->list, samples->capacity * sizeof(uint32_t));
		if (samples->list == NULL)
			client_die("no memory");
	}
	samples->list[samples->count++] = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

uint32_t samples_quantile(struct samples *samples, double share)
{
	if (samples->count == 0)
		return 0;
	qsort(samples->list, samples->count, sizeof(uint32_t), compare);
	return samples->list[(size_t)((double)(samples->count - 1) * share)];
}
