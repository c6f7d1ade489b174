/*
 * bench-load: one kind of request over many keep-alive connections, each with one request under
 * way at a time, from one thread on epoll. Prints one line.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>
#include "client.h"

/* Digits of a nonce. It is overwritten for each request, so every request is of one length. */
#define NONCE_DIGITS 16

struct options {
	struct sockaddr_in address;
	const char *address_text;
	const char *path, *token, *type, *text;
	size_t connections;
	int64_t microseconds;
	uint64_t count; /* requests after which to stop; 0: after the time */
	bool get, nonce;
};

struct conn {
	int fd;
	int64_t sent_at;
	uint64_t skip; /* bytes of a response's body that are still to come */
	bool in_body;
	size_t got;
	char head[4096];
};

struct load {
	struct options options;
	int epoll;
	struct conn *conns;
	char request[8192];
	size_t request_len;
	char *nonce; /* its digits in the request; NULL without one */
	uint64_t serial, begun, done, errors;
	int first_error; /* the status, 0 for a lost connection */
	struct samples samples;
};

/* --- requests --- */

static void put_nonce(char digits[NONCE_DIGITS], uint64_t value)
{
	for (size_t i = NONCE_DIGITS; i > 0; i--, value >>= 4)
		digits[i - 1] = "0123456789abcdef"[value & 15];
}

static void build_request(struct load *load)
{
	const struct options *options = &load->options;
	char body[4096] = "";
	int body_len = 0, n;

	if (!options->get)
		body_len = snprintf(body, sizeof(body), "{\"content\":\"%s\"%s}", options->text,
			options->nonce ? ",\"nonce\":\"0123456789abcdef\"" : "");
	n = snprintf(load->request, sizeof(load->request), "%s %s HTTP/1.1\r\nHost: %s\r\n",
		options->get ? "GET" : "POST", options->path, options->address_text);
	if (options->token != NULL)
		n += snprintf(load->request + n, sizeof(load->request) - (size_t)n,
			"Authorization: Bearer %s\r\n", options->token);
	if (!options->get)
		n += snprintf(load->request + n, sizeof(load->request) - (size_t)n,
			"Content-Type: %s\r\nContent-Length: %d\r\n", options->type, body_len);
	n += snprintf(load->request + n, sizeof(load->request) - (size_t)n, "\r\n%s", body);
	if (body_len >= (int)sizeof(body) || n >= (int)sizeof(load->request))
		client_die("the request is too long");
	load->request_len = (size_t)n;
	if (!options->get && options->nonce)
		load->nonce = strstr(load->request, "0123456789abcdef");
	/* Another run against the same database shall not repeat this one's nonces. */
	if (getrandom(&load->serial, sizeof(load->serial), 0) != sizeof(load->serial))
		client_fail("getrandom");
}

static void ask(struct load *load, struct conn *conn)
{
	if (load->options.count > 0 && load->begun == load->options.count)
		return;
	if (load->nonce != NULL)
		put_nonce(load->nonce, load->serial++);
	load->begun++;
	conn->sent_at = client_now();
	if (send(conn->fd, load->request, load->request_len, MSG_NOSIGNAL) !=
		(ssize_t)load->request_len)
		client_fail("send");
}

static void open_conn(struct load *load, size_t i)
{
	struct conn *conn = &load->conns[i];

	conn->got = 0;
	conn->in_body = false;
	conn->fd = client_connect(&load->options.address, i);
	client_watch(load->epoll, conn->fd, (uint32_t)i);
	ask(load, conn);
}

/* --- responses --- */

static void fail(struct load *load, int status)
{
	if (load->errors++ == 0)
		load->first_error = status;
}

static void finish(struct load *load, struct conn *conn)
{
	load->done++;
	samples_add(&load->samples, client_now() - conn->sent_at);
	conn->in_body = false;
	conn->got = 0;
	ask(load, conn);
}

/* Reads the head that has come, if it is whole; the bytes of the body in it are counted off. */
static void take_head(struct load *load, struct conn *conn)
{
	char *end = memmem(conn->head, conn->got, "\r\n\r\n", 4);
	const char *length;
	size_t rest;
	int status;

	if (end == NULL) {
		if (conn->got == sizeof(conn->head))
			client_die("the response's head is too long");
		return;
	}
	rest = conn->got - (size_t)(end + 4 - conn->head);
	*end = '\0';
	status = conn->got > 12 ? (int)strtol(conn->head + 9, NULL, 10) : 0;
	if (status < 200 || status > 299)
		fail(load, status);
	length = strcasestr(conn->head, "\r\ncontent-length:");
	conn->skip = length == NULL ? 0 : strtoul(length + 17, NULL, 10);
	if (rest > conn->skip)
		client_die("more came than the response's length");
	conn->skip -= rest;
	conn->in_body = true;
	if (conn->skip == 0)
		finish(load, conn);
}

static void receive(struct load *load, size_t i)
{
	static char body[65536];
	struct conn *conn = &load->conns[i];
	char *to = conn->in_body ? body : conn->head + conn->got;
	size_t room = conn->in_body ? sizeof(body) : sizeof(conn->head) - conn->got;
	ssize_t n = recv(conn->fd, to, room, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		fail(load, 0);
		close(conn->fd);
		open_conn(load, i);
	} else if (!conn->in_body) {
		conn->got += (size_t)n;
		take_head(load, conn);
	} else if ((size_t)n > conn->skip) {
		client_die("more came than the response's length");
	} else if ((conn->skip -= (size_t)n) == 0) {
		finish(load, conn);
	}
}

static bool is_over(const struct load *load, int64_t end)
{
	return load->options.count > 0 ? load->done + load->errors >= load->options.count
				       : client_now() >= end;
}

static void run(struct load *load)
{
	struct epoll_event events[256];
	int64_t start = client_now(), cpu = client_cpu();
	double seconds;

	for (size_t i = 0; i < load->options.connections; i++)
		open_conn(load, i);
	while (!is_over(load, start + load->options.microseconds)) {
		int n = epoll_wait(load->epoll, events, 256, 100);

		for (int i = 0; i < n; i++)
			receive(load, events[i].data.u32);
	}
	seconds = (double)(client_now() - start) / 1e6;
	printf("rate=%.1f requests=%lu errors=%lu seconds=%.2f p50_us=%u p99_us=%u max_us=%u "
	       "client_cpu=%.2f\n",
		(double)(load->done - load->errors) / seconds, load->done, load->errors, seconds,
		samples_quantile(&load->samples, 0.5), samples_quantile(&load->samples, 0.99),
		samples_quantile(&load->samples, 1), (double)(client_cpu() - cpu) / 1e6 / seconds);
	if (load->errors > 0)
		fprintf(stderr, "the first error: %d\n", load->first_error);
}

/* --- the command line --- */

static _Noreturn void usage(void)
{
	client_die("usage: bench-load [options] ADDRESS:PORT PATH\n"
		   "  --connections N  keep-alive connections (64)\n"
		   "  --seconds N      how long (5)\n"
		   "  --count N        how many requests, instead of how long\n"
		   "  --token TOKEN    for Authorization: Bearer\n"
		   "  --type TYPE      the body's content type (application/json)\n"
		   "  --text TEXT      the message's content, as JSON spells it\n"
		   "  --nonce          each request has its own nonce\n"
		   "  --get            GET instead of POST");
}

static void parse(struct options *options, int argc, char **argv)
{
	static const struct option names[] = {
		{"connections", required_argument, NULL, 'c'},
		{"seconds", required_argument, NULL, 's'},
		{"count", required_argument, NULL, 'n'},
		{"token", required_argument, NULL, 't'},
		{"type", required_argument, NULL, 'y'},
		{"text", required_argument, NULL, 'm'},
		{"nonce", no_argument, NULL, 'o'},
		{"get", no_argument, NULL, 'g'},
		{NULL, 0, NULL, 0},
	};
	int option;

	*options = (struct options){
		.type = "application/json",
		.text = "The quick brown fox jumps over the lazy dog.",
		.connections = 64,
		.microseconds = 5000000,
	};
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'c':
			options->connections = (size_t)client_number(optarg, 1, 100000);
			break;
		case 's':
			options->microseconds = client_number(optarg, 1, 3600) * 1000000;
			break;
		case 'n':
			options->count = (uint64_t)client_number(optarg, 1, 1000000000);
			break;
		case 't':
			options->token = optarg;
			break;
		case 'y':
			options->type = optarg;
			break;
		case 'm':
			options->text = optarg;
			break;
		case 'o':
			options->nonce = true;
			break;
		case 'g':
			options->get = true;
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 2)
		usage();
	options->address_text = argv[optind];
	options->address = client_address(argv[optind]);
	options->path = argv[optind + 1];
}

int main(int argc, char **argv)
{
	static struct load load;

	parse(&load.options, argc, argv);
	client_raise_limits();
	build_request(&load);
	load.epoll = epoll_create1(EPOLL_CLOEXEC);
	load.conns = calloc(load.options.connections, sizeof(*load.conns));
	if (load.epoll < 0 || load.conns == NULL)
		client_die("no memory");
	run(&load);
	free(load.samples.list);
	free(load.conns);
	return load.errors > 0;
}
