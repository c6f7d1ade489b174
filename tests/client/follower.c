/*
 * follower URL TOKEN [OUTBOX [EPOCH [s1=rev …]]]: libcommon's gateway client for the tests. Prints
 * each item as a line of JSON, and takes lines on standard input:
 *
 *	send CHANNEL TEXT   prints the nonce
 *	lines CHANNEL N     sends "1" to "N"
 *	stop                takes no items until the next line comes
 */

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <chat/buf.h>
#include <chat/gateway.h>

#define SCOPES_MAX 16

static struct gateway *gateway;
static bool stopped;

static const char *kinds[] = {
	[GATEWAY_STATE] = "state",
	[GATEWAY_EVENT] = "event",
	[GATEWAY_SENT] = "sent",
	[GATEWAY_FAILED] = "failed",
};
static const char *states[] = {
	[GATEWAY_CONNECTING] = "connecting",
	[GATEWAY_LIVE] = "live",
	[GATEWAY_REFUSED] = "refused",
};

static void print(const struct gateway_item *item)
{
	enum object_id id = item->kind == GATEWAY_EVENT  ? event_info(item->event)->object
			    : item->kind == GATEWAY_SENT ? OBJECT_message
							 : OBJECT_none;
	struct buf line;

	buf_init(&line, (size_t)64 << 20);
	buf_printf(&line, "{\"kind\":\"%s\",\"state\":\"%s\",\"event\":\"%s\",\"server\":%lld,",
		kinds[item->kind], item->kind == GATEWAY_STATE ? states[item->state] : "",
		item->kind == GATEWAY_EVENT ? event_info(item->event)->name : "",
		(long long)item->server_id);
	buf_printf(&line, "\"rev\":%lld,\"code\":\"%s\",\"nonce\":\"%s\",\"retry_ms\":%d",
		(long long)item->rev, err_info(item->err)->code, item->nonce ? item->nonce : "",
		item->retry_ms);
	if (id != OBJECT_none) {
		buf_puts(&line, ",\"data\":");
		object_encode(&line, id, item->data);
	}
	buf_puts(&line, "}\n");
	fwrite(buf_str(&line), 1, line.len, stdout);
	buf_release(&line);
}

static void print_waiting(int64_t channel_id, const char *content, const char *nonce, void *context)
{
	(void)channel_id;
	(void)content;
	(void)context;
	printf("{\"kind\":\"waiting\",\"nonce\":\"%s\"}\n", nonce);
}

static void send_one(int64_t channel_id, const char *content)
{
	char nonce[33] = "";
	enum chat_err err = gateway_send(gateway, channel_id, content, nonce);

	printf("{\"kind\":\"given\",\"code\":\"%s\",\"nonce\":\"%s\"}\n", err_info(err)->code,
		nonce);
}

static void obey(char *line)
{
	char *rest = strchr(line, ' ');
	int64_t channel_id = rest ? strtoll(rest, &rest, 10) : 0;

	line[strcspn(line, "\n")] = '\0';
	stopped = !strcmp(line, "stop");
	if (!strncmp(line, "send ", 5) && *rest) {
		send_one(channel_id, rest + 1);
	} else if (!strncmp(line, "lines ", 6)) {
		long n = strtol(rest, NULL, 10);

		for (long i = 1; i <= n; i++) {
			char text[24];

			snprintf(text, sizeof(text), "%ld", i);
			send_one(channel_id, text);
		}
	}
}

static void follow(void)
{
	struct pollfd fds[] = {
		{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = gateway_fd(gateway), .events = POLLIN},
	};
	struct gateway_item *item;
	char line[16384];

	for (;;) {
		fflush(stdout);
		poll(fds, stopped ? 1 : 2, -1);
		if (fds[0].revents) {
			if (!fgets(line, sizeof(line), stdin))
				return;
			obey(line);
		}
		while (!stopped && (item = gateway_next(gateway))) {
			print(item);
			gateway_item_free(item);
		}
	}
}

int main(int argc, char **argv)
{
	struct gateway_settings settings = {0};
	struct resume_scope scopes[SCOPES_MAX] = {{0}};
	struct resume from = {.scopes = scopes};
	enum chat_err err;

	if (argc < 3)
		return 2;
	/* Each line is taken when poll() says that it is there. */
	setvbuf(stdin, NULL, _IONBF, 0);
	settings.url = argv[1];
	settings.token = argv[2];
	settings.outbox = argc > 3 && *argv[3] ? argv[3] : NULL;
	if (argc > 4) {
		from.epoch = argv[4];
		settings.from = &from;
	}
	for (int i = 5; i < argc && from.count < SCOPES_MAX; i++) {
		char *rev = strchr(argv[i], '=');

		if (!rev)
			return 2;
		*rev = '\0';
		scopes[from.count].server_id = scope_server(argv[i]);
		scopes[from.count++].rev = strtoll(rev + 1, NULL, 10);
	}
	err = gateway_new(&gateway, &settings);
	if (err) {
		printf("{\"kind\":\"new\",\"code\":\"%s\"}\n", err_info(err)->code);
		return 1;
	}
	gateway_outbox(gateway, print_waiting, NULL);
	follow();
	gateway_free(gateway);
	return 0;
}
