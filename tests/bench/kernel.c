/*
 * bench-kernel: what the kernel can do at all in a fan-out: one process only sends, another only
 * reads, and each socket gets a window of messages in one piece. Prints one line.
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RECEIVE_BYTES 262144
#define EVENTS_MAX 256

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Connects so many sockets, and reads them for ever. */
static void read_all(const struct sockaddr_in *address, long sockets)
{
	static char bytes[RECEIVE_BYTES];
	struct epoll_event events[EVENTS_MAX];
	int epoll = epoll_create1(0);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (long i = 0; i < sockets; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

		if (fd < 0 ||
			connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 ||
			epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
			fail("connect");
	}
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS_MAX, -1);

		for (int i = 0; i < n; i++) {
			if (recv(events[i].data.fd, bytes, sizeof(bytes), 0) <= 0)
				exit(0);
		}
	}
}

static int listen_here(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*address = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	if (fd < 0 || bind(fd, (struct sockaddr *)address, size) != 0 ||
		listen(fd, SOMAXCONN) != 0 ||
		getsockname(fd, (struct sockaddr *)address, &size) != 0)
		fail("listen");
	return fd;
}

/* Sends each socket a window in turn; how many windows that were in so many seconds. */
static double send_all(const int *fds, long sockets, size_t window_bytes, double seconds)
{
	char *window = calloc(1, window_bytes);
	double start = now(), windows = 0;

	if (window == NULL)
		fail("calloc");
	while (now() - start < seconds) {
		for (long i = 0; i < sockets; i++) {
			if (send(fds[i], window, window_bytes, MSG_NOSIGNAL) !=
				(ssize_t)window_bytes)
				fail("send");
		}
		windows += (double)sockets;
	}
	free(window);
	return windows / (now() - start);
}

int main(int argc, char **argv)
{
	static const struct option known[] = {
		{"subscribers", required_argument, NULL, 'n'},
		{"size", required_argument, NULL, 'b'},
		{"window", required_argument, NULL, 'w'},
		{"seconds", required_argument, NULL, 's'},
		{NULL, 0, NULL, 0},
	};
	long sockets = 100, size = 300, window = 64;
	double seconds = 1, rate;
	struct sockaddr_in address;
	int option, listener, *fds, on = 1;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'n':
			sockets = strtol(optarg, NULL, 10);
			break;
		case 'b':
			size = strtol(optarg, NULL, 10);
			break;
		case 'w':
			window = strtol(optarg, NULL, 10);
			break;
		case 's':
			seconds = strtod(optarg, NULL);
			break;
		default:
			return 2;
		}
	}
	listener = listen_here(&address);
	if (fork() == 0)
		read_all(&address, sockets);
	fds = calloc((size_t)sockets, sizeof(*fds));
	for (long i = 0; fds != NULL && i < sockets; i++) {
		fds[i] = accept(listener, NULL, NULL);
		setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	}
	rate = send_all(fds, sockets, (size_t)(size * window), seconds) * (double)window;
	printf("deliveries_per_s=%.0f event_bytes=%ld\n", rate, size);
	free(fds);
	return 0;
}
