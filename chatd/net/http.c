#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <chat/log.h>
#include <chat/text.h>
#include <chat/time.h>
#include "config.h"
#include "core/metrics.h"
#include "net/cors.h"
#include "net/state.h"

/* How long a client may take no more of an answer before it is cut off. */
#define STALL_SECONDS 60

/* --- reading what libwebsockets has parsed --- */

/* What stands under a token, copied. */
static char *copy(struct lws *wsi, enum lws_token_indexes token, struct arena *arena)
{
	int n = lws_hdr_total_length(wsi, token);
	char *text = n <= 0 ? NULL : arena_alloc(arena, (size_t)n + 1);

	if (text == NULL || lws_hdr_copy(wsi, text, n + 1, token) < 0)
		return NULL;
	return text;
}

/* Without the white space behind a header's value, which is none of it (RFC 9110, section 5.5). */
static char *trim(char *text)
{
	size_t n = text == NULL ? 0 : strlen(text);

	while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		text[--n] = '\0';
	return text;
}

const char *http_path(struct lws *wsi, enum lws_token_indexes token, struct arena *arena)
{
	return copy(wsi, token, arena);
}

const char *http_header(struct lws *wsi, enum lws_token_indexes token, struct arena *arena)
{
	return trim(copy(wsi, token, arena));
}

static const char *custom_header(struct lws *wsi, const char *name, struct arena *arena)
{
	int n = lws_hdr_custom_length(wsi, name, (int)strlen(name));
	char *text = n < 0 ? NULL : arena_alloc(arena, (size_t)n + 1);

	if (text == NULL || lws_hdr_custom_copy(wsi, text, n + 1, name, (int)strlen(name)) < 0)
		return NULL;
	return trim(text);
}

const char *http_query(struct lws *wsi, struct arena *arena)
{
	struct buf out;
	const char *query;
	char pair[4096];
	int n;

	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS) <= 0)
		return "";
	buf_init(&out, 65536);
	for (int i = 0; (n = lws_hdr_copy_fragment(
				 wsi, pair, sizeof(pair), WSI_TOKEN_HTTP_URI_ARGS, i)) >= 0;
		i++) {
		char *value = memchr(pair, '=', (size_t)n);

		if (value != NULL)
			*value++ = '\0';
		if (i > 0)
			buf_putc(&out, '&');
		text_percent_encode(&out, pair);
		buf_putc(&out, '=');
		text_percent_encode(&out, value == NULL ? "" : value);
	}
	query = buf_ok(&out) ? arena_strdup(arena, buf_str(&out)) : NULL;
	buf_release(&out);
	return query == NULL ? "" : query;
}

static bool read_method(struct lws *wsi, struct request *request, bool *preflight)
{
	static const struct {
		enum lws_token_indexes token;
		enum method method;
	} methods[] = {
		{WSI_TOKEN_GET_URI, METHOD_GET},
		{WSI_TOKEN_HEAD_URI, METHOD_GET},
		{WSI_TOKEN_POST_URI, METHOD_POST},
		{WSI_TOKEN_PUT_URI, METHOD_PUT},
		{WSI_TOKEN_PATCH_URI, METHOD_PATCH},
		{WSI_TOKEN_DELETE_URI, METHOD_DELETE},
		{WSI_TOKEN_OPTIONS_URI, METHOD_COUNT},
	};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (lws_hdr_total_length(wsi, methods[i].token) <= 0)
			continue;
		request->method = methods[i].method;
		request->is_head = methods[i].token == WSI_TOKEN_HEAD_URI;
		*preflight = methods[i].token == WSI_TOKEN_OPTIONS_URI;
		request->path = http_path(wsi, methods[i].token, &request->arena);
		return request->path != NULL;
	}
	return false;
}

/* --- who is asking --- */

/* Whether an address is in a list that is separated by commas. */
static bool is_listed(const char *list, const char *address, size_t n)
{
	while (list != NULL && *list != '\0') {
		size_t skip = strspn(list, ", ");
		size_t len = strcspn(list += skip, ", ");

		if (len == n && memcmp(list, address, n) == 0)
			return true;
		list += len;
	}
	return false;
}

/* The last address of X-Forwarded-For that is not a trusted proxy's: what came before it, its
 * sender may have made up. */
static void forwarded_for(const struct net *net, const char *header, char *client, size_t size)
{
	const char *end = header + strlen(header);

	while (end > header) {
		const char *start = end;
		size_t n;

		while (start > header && start[-1] != ',')
			start--;
		n = (size_t)(end - start);
		while (n > 0 && *start == ' ')
			start++, n--;
		while (n > 0 && start[n - 1] == ' ')
			n--;
		if (n > 0 && n < size && !is_listed(net->config->trusted_proxies, start, n)) {
			memcpy(client, start, n);
			client[n] = '\0';
			return;
		}
		end = start > header ? memrchr(header, ',', (size_t)(start - header)) : NULL;
		if (end == NULL)
			return;
	}
}

static uint64_t hash_text(const char *text)
{
	uint64_t hash = 1;

	for (; *text != '\0'; text++)
		hash = map_hash(hash ^ (unsigned char)*text);
	return hash;
}

static void identify(struct conn *conn, struct request *request)
{
	const char *proxies = conn->net->config->trusted_proxies;
	const char *header;

	if (!conn->known) {
		lws_get_peer_simple(conn->wsi, conn->client, sizeof(conn->client));
		/* A dual-stack socket names IPv4 peers in IPv6 notation. */
		if (strncmp(conn->client, "::ffff:", 7) == 0)
			memmove(conn->client, conn->client + 7, strlen(conn->client + 7) + 1);
		conn->known = true;
	}
	memcpy(request->client, conn->client, sizeof(request->client));
	if (proxies != NULL && is_listed(proxies, conn->client, strlen(conn->client))) {
		header = http_header(conn->wsi, WSI_TOKEN_X_FORWARDED_FOR, &request->arena);
		if (header != NULL)
			forwarded_for(conn->net, header, request->client, sizeof(request->client));
	}
	request->address = hash_text(request->client);
}

/* --- framing --- */

/* The body's length by RFC 9112, section 6, as far as libwebsockets can serve it. */
static enum chat_err read_length(struct lws *wsi, struct arena *arena, long *length)
{
	const char *text = http_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, arena);
	bool given = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0;
	bool coded = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;

	*length = -1;
	if (coded)
		return given ? CHAT_ERR_BAD_REQUEST : CHAT_ERR_LENGTH_REQUIRED;
	if (!given)
		return CHAT_OK;
	if (text == NULL || text[strspn(text, "0123456789")] != '\0' ||
		lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, 1) > 0)
		return CHAT_ERR_BAD_REQUEST;
	if (strlen(text) > 9 || strtol(text, NULL, 10) > LIMIT_BODY_BYTES_MAX)
		return CHAT_ERR_BODY_TOO_LARGE;
	*length = strtol(text, NULL, 10);
	return CHAT_OK;
}

/* --- answering --- */

static void forget(struct conn *conn)
{
	if (conn->id != 0) {
		/* The api has the request, and will find nobody waiting for it. */
		map_remove(&conn->net->conns, conn->id);
		conn->id = 0;
	} else {
		request_free(conn->request);
	}
	conn->request = NULL;
	conn->close_after = false;
}

static void count(const struct net *net, const struct request *request)
{
	const struct endpoint *endpoint = request->req.endpoint;
	int status = request->reply.status;

	if (endpoint == NULL)
		metrics_add(&net->metrics->unmatched, 1);
	else
		metrics_add(&net->metrics->requests[endpoint->id][status / 100], 1);
	log_debug("request", LOG_TEXT("id", request->id), LOG_TEXT("client", request->client),
		LOG_TEXT("method", method_name(request->method)), LOG_TEXT("path", request->path),
		LOG_INT("status", status), LOG_INT("us", time_mono_us() - request->started));
}

static bool write_bytes(struct lws *wsi, unsigned char *bytes, size_t n)
{
	bool written = bytes != NULL &&
		       lws_write(wsi, bytes + LWS_PRE, n, LWS_WRITE_HTTP_HEADERS) >= (int)n;

	free(bytes);
	return written;
}

/*
 * Makes the connection ready for its next request, once all of the answer is with the kernel. While
 * reading is off libwebsockets does not handle that the kernel takes more either, and spins. It may
 * move *conn.
 */
static int complete(struct conn *conn)
{
	struct lws *wsi = conn->wsi;

	conn->unflushed = lws_partial_buffered(wsi);
	if (conn->unflushed) {
		lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, STALL_SECONDS);
		lws_callback_on_writable(wsi);
	} else if (lws_http_transaction_completed(wsi)) {
		return -1;
	}
	lws_rx_flow_control(wsi, 1);
	return 0;
}

/* Writes the answer; the request is done. Returns what a callback does: -1 closes. */
static int answer(struct conn *conn)
{
	bool close = conn->close_after || conn->net->draining;
	size_t n;
	unsigned char *bytes = response_build(conn->net, conn->request, close, &n);
	bool written = write_bytes(conn->wsi, bytes, n);

	count(conn->net, conn->request);
	forget(conn);
	return written && !close ? complete(conn) : -1;
}

static int refuse(struct conn *conn, enum chat_err err)
{
	conn->close_after = true;
	reply_error(&conn->request->reply, err);
	return answer(conn);
}

static int submit(struct conn *conn)
{
	struct net *net = conn->net;
	struct request *request = conn->request;

	request->waiter = net->last_id + 1;
	if (!map_put(&net->conns, request->waiter, conn))
		return -1;
	conn->id = ++net->last_id;
	conn->request = NULL;
	/* Nothing is read meanwhile, so that what is pipelined waits in the kernel. */
	lws_rx_flow_control(conn->wsi, 0);
	/* The api always answers. A timeout would be found its place in the list of all of them. */
	lws_set_timeout(conn->wsi, NO_PENDING_TIMEOUT, 0);
	if (api_submit(net->api, request)) {
		request->node.next = net->answered;
		net->answered = &request->node;
	}
	return 0;
}

/*
 * Called from the loop, not from a callback of libwebsockets: a transaction that is completed while
 * its body is being read makes it go round for ever when more requests wait behind.
 */
void http_answered(struct net *net, struct request *request)
{
	struct conn *conn = map_remove(&net->conns, request->waiter);
	struct lws *wsi;

	if (conn == NULL) {
		request_free(request);
		return;
	}
	wsi = conn->wsi;
	conn->id = 0;
	conn->request = request;
	if (answer(conn) != 0)
		lws_set_timeout(wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_SYNC);
}

void http_answer_all(struct net *net)
{
	struct queue_node *node = net->answered, *next;

	net->answered = NULL;
	for (; node != NULL; node = next) {
		next = node->next;
		http_answered(net, (struct request *)node);
	}
}

static int preflight(struct conn *conn)
{
	struct request *request = conn->request;
	const char *headers =
		http_header(conn->wsi, WSI_TOKEN_HTTP_AC_REQUEST_HEADERS, &request->arena);
	struct lws *wsi = conn->wsi;
	size_t n;
	unsigned char *bytes = response_preflight(conn->net, request, headers, &n);
	bool written = write_bytes(wsi, bytes, n);

	forget(conn);
	return !written || lws_http_transaction_completed(wsi) ? -1 : 0;
}

/* --- receiving --- */

static struct request *receive_headers(struct conn *conn, bool *is_preflight)
{
	struct request *request = request_new(ORIGIN_HTTP, 0);
	struct lws *wsi = conn->wsi;

	if (request == NULL || !read_method(wsi, request, is_preflight)) {
		request_free(request);
		return NULL;
	}
	request->query = http_query(wsi, &request->arena);
	request->authorization = http_header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, &request->arena);
	request->content_type = http_header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, &request->arena);
	request->origin_header = http_header(wsi, WSI_TOKEN_ORIGIN, &request->arena);
	request->req.user_agent = http_header(wsi, WSI_TOKEN_HTTP_USER_AGENT, &request->arena);
	request->req.idempotency_key = custom_header(wsi, "idempotency-key:", &request->arena);
	identify(conn, request);
	return request;
}

static bool write_continue(struct lws *wsi)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
	unsigned char bytes[LWS_PRE + sizeof(text)];

	memcpy(bytes + LWS_PRE, text, sizeof(text) - 1);
	return lws_write(wsi, bytes + LWS_PRE, sizeof(text) - 1, LWS_WRITE_HTTP) >= 0;
}

int http_begin(struct net *net, struct conn *conn, struct lws *wsi)
{
	bool is_preflight = false;
	enum chat_err err;
	long length;

	conn->net = net;
	conn->wsi = wsi;
	forget(conn);
	conn->request = receive_headers(conn, &is_preflight);
	if (conn->request == NULL)
		return -1;
	err = read_length(wsi, &conn->request->arena, &length);
	if (err != CHAT_OK)
		return refuse(conn, err);
	if (is_preflight)
		return preflight(conn);
	/* With no length libwebsockets would wait for a body of 100 MiB; RFC 9112 says that there
	 * is none. The way out is to close after the answer. */
	if (length < 0 && conn->request->method != METHOD_GET &&
		conn->request->method != METHOD_DELETE)
		conn->close_after = true;
	if (length > 0 && lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_EXPECT) > 0 &&
		!write_continue(wsi))
		return -1;
	/* For an empty POST libwebsockets still reports the body's end; for others it does not. */
	if (length > 0 || (length == 0 && conn->request->method == METHOD_POST))
		return 0;
	return submit(conn);
}

/*
 * Where a request with a body waited behind another in one segment, libwebsockets 4.1.6 forgets
 * that it has read the headers and hands them out as the body, from the request line on. No body
 * that any endpoint takes begins so.
 */
static bool is_request_line(const struct request *request, const char *bytes, size_t n)
{
	const char *method = method_name(request->method);
	size_t len = strlen(method);

	return n > 0 && memcmp(bytes, method, n < len ? n : len) == 0;
}

/* Who says nothing is cut off by libwebsockets, who says a byte now and then is not. */
static bool is_late(const struct request *request)
{
	return time_mono_us() - request->started > LIMIT_HANDSHAKE_MS * INT64_C(1000);
}

int http_body(struct conn *conn, const void *bytes, size_t n)
{
	/* Closing is what a server may do to whoever pipelines behind a POST (RFC 9112, section
	 * 9.3.2): the client sees which requests were answered, and sends the rest again. */
	if (conn->request == NULL ||
		(conn->request->body.len == 0 && is_request_line(conn->request, bytes, n)))
		return -1;
	if (is_late(conn->request))
		return -1;
	return buf_append(&conn->request->body, bytes, n) ? 0 : -1;
}

int http_body_done(struct conn *conn)
{
	/* Without a request it is the last one's once more: another waits behind it, and its answer
	 * is still in the way because the client does not read. */
	return conn->request == NULL ? -1 : submit(conn);
}

int http_writeable(struct conn *conn)
{
	return conn->unflushed ? complete(conn) : 0;
}

void http_gone(struct conn *conn)
{
	if (conn == NULL || conn->net == NULL)
		return;
	forget(conn);
}

bool http_write_error(struct net *net, struct lws *wsi, enum chat_err err)
{
	struct request *request = request_new(ORIGIN_HTTP, 0);
	unsigned char *bytes;
	size_t n;

	if (request == NULL)
		return false;
	reply_error(&request->reply, err);
	bytes = response_build(net, request, true, &n);
	request_free(request);
	return write_bytes(wsi, bytes, n);
}
