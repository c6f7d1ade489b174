/*
 * bench-fan: WebSocket fan-out. Many subscribers of one place, one publisher that keeps a window of
 * messages under way, and idle sockets beside them if asked for; one thread on epoll. Prints one
 * line.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "client.h"

/* RFC 6455, section 5.2. Frames from a client are masked; this mask changes nothing. */
#define TEXT_FINAL 0x81
#define PING_FINAL 0x89
#define PONG_FINAL 0x8A
#define MASKED 0x80
#define HEADER_MAX 10

/* Publishes that are handed to the kernel with one call at most. */
#define BURST_MAX 256
#define NONCE_DIGITS 16

/* The sockets are open once nothing has come for so long. */
#define QUIET_MS 200

struct options {
	struct sockaddr_in address;
	char **paths; /* the subscribers', in turn */
	size_t n_paths;
	const char *publisher, *idle_path;
	const char *channel; /* what a gateway's message names; NULL on other sockets */
	size_t subscribers, idle;
	long window, size, pid;
	int64_t microseconds;
};

/* One socket's place in the stream of frames. */
struct reader {
	int fd;
	bool counts; /* a subscriber */
	unsigned char header[HEADER_MAX];
	size_t have;   /* bytes of the header */
	uint64_t skip; /* bytes of the payload that are still to come */
};

struct fan {
	struct options options;
	int epoll;
	struct reader *readers; /* subscribers, then the publisher, then those that idle */
	size_t n_readers;
	unsigned char *burst; /* a ring of BURST_MAX frames */
	size_t frame_len, nonce_at;
	uint64_t run;     /* the first nonce */
	uint64_t stamped; /* frames that have theirs */
	uint64_t bytes_sent, delivered, delivered_bytes;
};

/* --- the server's process --- */

/* A field of /proc/PID/NAME, counted from 0 after the ")" of the program's name, or from the start
 * where there is none. 0 without a PID. */
static long process_field(long pid, const char *name, int field)
{
	char path[64], text[1024] = "";
	char *at = text;
	FILE *file;

	if (pid == 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
	file = fopen(path, "r");
	if (file == NULL)
		client_fail(path);
	at[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	if (strrchr(text, ')') != NULL)
		at = strrchr(text, ')') + 2;
	while (field-- > 0 && strchr(at, ' ') != NULL)
		at = strchr(at, ' ') + 1;
	return strtol(at, NULL, 10);
}

/* Seconds of CPU time: utime and stime of proc(5). */
static double process_cpu(long pid)
{
	return (double)(process_field(pid, "stat", 11) + process_field(pid, "stat", 12)) /
	       (double)sysconf(_SC_CLK_TCK);
}

/* Kilobytes of resident memory. */
static long process_rss(long pid)
{
	return process_field(pid, "statm", 1) * (sysconf(_SC_PAGESIZE) / 1024);
}

/* --- opening --- */

static void open_reader(struct fan *fan, const char *path, bool counts)
{
	size_t i = fan->n_readers++;
	struct reader *reader = &fan->readers[i];

	reader->fd = client_upgrade(&fan->options.address, path, i);
	reader->counts = counts;
	client_watch(fan->epoll, reader->fd, (uint32_t)i);
}

static void settle(struct fan *fan);

static void open_idle(struct fan *fan)
{
	const struct options *options = &fan->options;
	long before = process_rss(options->pid);

	for (size_t i = 0; i < options->idle; i++)
		open_reader(fan, options->idle_path, false);
	settle(fan);
	if (options->idle > 0)
		printf("idle=%zu server_kb_per_idle=%.2f ", options->idle,
			(double)(process_rss(options->pid) - before) / (double)options->idle);
}

static void open_all(struct fan *fan)
{
	const struct options *options = &fan->options;

	fan->epoll = epoll_create1(EPOLL_CLOEXEC);
	fan->readers = calloc(options->subscribers + 1 + options->idle, sizeof(*fan->readers));
	if (fan->epoll < 0 || fan->readers == NULL)
		client_die("no memory");
	for (size_t i = 0; i < options->subscribers; i++)
		open_reader(fan, options->paths[i % options->n_paths], true);
	open_reader(fan, options->publisher, false);
	settle(fan);
	open_idle(fan);
}

/* --- receiving --- */

/* The payload's length, once the header is whole; -1 before that. */
static int64_t frame_length(const struct reader *reader)
{
	size_t n = reader->have < 2 ? 0 : reader->header[1] & 0x7f;
	size_t more = n == 127 ? 8 : n == 126 ? 2 : 0;
	uint64_t length = 0;

	if (reader->have < 2 + more)
		return -1;
	if (more == 0)
		return (int64_t)n;
	for (size_t i = 0; i < more; i++)
		length = length << 8 | reader->header[2 + i];
	return (int64_t)length;
}

/* A header has come. What is as long as a message is one; the rest is said around them. */
static void take_header(struct fan *fan, struct reader *reader, int64_t length)
{
	/* chatd's pings say "p", as has their answer. */
	static const unsigned char pong[] = {PONG_FINAL, MASKED | 1, 0, 0, 0, 0, 'p'};

	if (reader->header[0] == PING_FINAL)
		client_send(reader->fd, pong, sizeof(pong));
	if ((reader->header[0] & 0x0f) == 8)
		client_die("the server closes a socket");
	if (reader->header[0] == TEXT_FINAL && reader->counts && length >= fan->options.size) {
		fan->delivered++;
		fan->delivered_bytes += (uint64_t)length;
	}
	reader->have = 0;
	reader->skip = (uint64_t)length;
}

static void feed(struct fan *fan, struct reader *reader, const unsigned char *at, size_t n)
{
	const unsigned char *end = at + n;

	while (at < end) {
		size_t part = (size_t)(end - at) < reader->skip ? (size_t)(end - at)
								: (size_t)reader->skip;
		int64_t length;

		at += part;
		reader->skip -= part;
		if (at == end)
			return;
		reader->header[reader->have++] = *at++;
		length = frame_length(reader);
		if (length >= 0)
			take_header(fan, reader, length);
	}
}

static void receive(struct fan *fan, struct reader *reader)
{
	static unsigned char bytes[262144];
	ssize_t n = recv(reader->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n == 0)
		client_die("the server closed a socket");
	if (n > 0)
		feed(fan, reader, bytes, (size_t)n);
}

/* --- publishing --- */

/* The frame once, then as often as a burst may need it. */
static void build_burst(struct fan *fan)
{
	const struct options *options = &fan->options;
	char start[128] = "{\"content\":\"", end[64] = "\"}";
	size_t content = (size_t)options->size, n;
	unsigned char *at;

	if (options->channel != NULL) {
		snprintf(start, sizeof(start),
			"{\"type\":\"message\",\"data\":{\"channel_id\":%s,\"content\":\"",
			options->channel);
		snprintf(end, sizeof(end), "\",\"nonce\":\"%0*d\"}}", NONCE_DIGITS, 0);
	}
	n = strlen(start) + content + strlen(end);
	at = fan->burst = malloc((n + 8) * BURST_MAX);
	if (at == NULL)
		client_die("no memory");
	*at++ = TEXT_FINAL;
	*at++ = MASKED | (n < 126 ? (unsigned char)n : 126);
	if (n >= 126) {
		*at++ = (unsigned char)(n >> 8);
		*at++ = (unsigned char)n;
	}
	at = mempcpy(at, "\0\0\0\0", 4);
	at = mempcpy(at, start, strlen(start));
	memset(at, 'x', content);
	at = mempcpy(at + content, end, strlen(end));
	fan->frame_len = (size_t)(at - fan->burst);
	fan->nonce_at = fan->frame_len - NONCE_DIGITS - strlen("\"}}");
	for (size_t i = 1; i < BURST_MAX; i++)
		memcpy(fan->burst + i * fan->frame_len, fan->burst, fan->frame_len);
}

/* Gives the frames below this one their nonces, which no other run has. */
static void stamp(struct fan *fan, uint64_t end)
{
	if (fan->options.channel == NULL)
		return;
	for (; fan->stamped < end; fan->stamped++) {
		unsigned char *frame = fan->burst + fan->stamped % BURST_MAX * fan->frame_len;
		uint64_t nonce = fan->run + fan->stamped;

		for (size_t i = NONCE_DIGITS; i > 0; i--, nonce >>= 4)
			frame[fan->nonce_at + i - 1] =
				(unsigned char)"0123456789abcdef"[nonce & 15];
	}
}

/* Sends as many as the window has room for. What the subscribers have got is out of it. */
static void publish(struct fan *fan)
{
	const struct options *options = &fan->options;
	uint64_t first = fan->bytes_sent / fan->frame_len;
	uint64_t end = fan->delivered / options->subscribers + (uint64_t)options->window;
	uint64_t ring_end = (first / BURST_MAX + 1) * BURST_MAX;
	size_t offset = fan->bytes_sent % fan->frame_len;
	ssize_t sent;

	if (end > ring_end)
		end = ring_end;
	if (end < first + (offset > 0))
		end = first + (offset > 0);
	if (end == first)
		return;
	stamp(fan, end);
	sent = send(fan->readers[options->subscribers].fd,
		fan->burst + first % BURST_MAX * fan->frame_len + offset,
		(size_t)(end - first) * fan->frame_len - offset, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent > 0)
		fan->bytes_sent += (uint64_t)sent;
}

/* --- the run --- */

/* How many sockets had something. */
static int turn(struct fan *fan, int timeout_ms)
{
	struct epoll_event events[256];
	int n = epoll_wait(fan->epoll, events, 256, timeout_ms);

	for (int i = 0; i < n; i++)
		receive(fan, &fan->readers[events[i].data.u32]);
	return n;
}

/* Reads what a socket gets when it opens. */
static void settle(struct fan *fan)
{
	while (turn(fan, QUIET_MS) > 0)
		;
	fan->delivered = 0;
	fan->delivered_bytes = 0;
}

static void run(struct fan *fan)
{
	const struct options *options = &fan->options;
	int64_t start = client_now(), cpu = client_cpu();
	double server = process_cpu(options->pid), seconds, count;

	fan->run = (uint64_t)start << 16;
	while (client_now() < start + options->microseconds) {
		publish(fan);
		turn(fan, 1);
	}
	seconds = (double)(client_now() - start) / 1e6;
	count = fan->delivered > 0 ? (double)fan->delivered : 1;
	server = process_cpu(options->pid) - server;
	printf("deliveries_per_s=%.0f publishes_per_s=%.0f event_bytes=%.1f "
	       "server_us_per_delivery=%.3f server_cpu=%.2f client_cpu=%.2f\n",
		(double)fan->delivered / seconds,
		(double)fan->delivered / seconds / (double)options->subscribers,
		(double)fan->delivered_bytes / count, server / count * 1e6, server / seconds,
		(double)(client_cpu() - cpu) / 1e6 / seconds);
}

/* --- the command line --- */

static _Noreturn void usage(void)
{
	client_die("usage: bench-fan [options] ADDRESS:PORT PATH...\n"
		   "  --subscribers N    sockets that count, at the PATHs in turn (100)\n"
		   "  --publisher PATH   where the publisher's is (the first PATH)\n"
		   "  --channel ID       publish on a gateway, to this channel, with nonces\n"
		   "  --window N         messages under way (64)\n"
		   "  --size N           bytes of a message's content (300)\n"
		   "  --seconds N        how long (5)\n"
		   "  --idle N           sockets beside them (0)\n"
		   "  --idle-path PATH   where those are (the first PATH)\n"
		   "  --pid PID          the server, for its CPU time and memory");
}

static void parse(struct options *options, int argc, char **argv)
{
	static const struct option names[] = {
		{"subscribers", required_argument, NULL, 'n'},
		{"publisher", required_argument, NULL, 'q'},
		{"channel", required_argument, NULL, 'c'},
		{"window", required_argument, NULL, 'w'},
		{"size", required_argument, NULL, 'b'},
		{"seconds", required_argument, NULL, 's'},
		{"idle", required_argument, NULL, 'i'},
		{"idle-path", required_argument, NULL, 'j'},
		{"pid", required_argument, NULL, 'p'},
		{NULL, 0, NULL, 0},
	};
	int option;

	*options = (struct options){
		.subscribers = 100, .window = 64, .size = 300, .microseconds = 5000000};
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'n':
			options->subscribers = (size_t)client_number(optarg, 1, 100000);
			break;
		case 'q':
			options->publisher = optarg;
			break;
		case 'c':
			client_number(optarg, 1, INT32_MAX);
			options->channel = optarg;
			break;
		case 'w':
			options->window = client_number(optarg, 1, 100000);
			break;
		case 'b':
			options->size = client_number(optarg, 1, 2000);
			break;
		case 's':
			options->microseconds = client_number(optarg, 1, 3600) * 1000000;
			break;
		case 'i':
			options->idle = (size_t)client_number(optarg, 0, 1000000);
			break;
		case 'j':
			options->idle_path = optarg;
			break;
		case 'p':
			options->pid = client_number(optarg, 1, 1 << 22);
			break;
		default:
			usage();
		}
	}
	if (argc - optind < 2)
		usage();
	options->address = client_address(argv[optind]);
	options->paths = argv + optind + 1;
	options->n_paths = (size_t)(argc - optind - 1);
	if (options->publisher == NULL)
		options->publisher = options->paths[0];
	if (options->idle_path == NULL)
		options->idle_path = options->paths[0];
}

int main(int argc, char **argv)
{
	static struct fan fan;

	parse(&fan.options, argc, argv);
	client_raise_limits();
	build_burst(&fan);
	open_all(&fan);
	run(&fan);
	free(fan.readers);
	free(fan.burst);
	return 0;
}
