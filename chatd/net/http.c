#include <stdlib.h>
#include <string.h>
#include <chat/log.h>
#include <chat/time.h>
#include "config.h"
#include "core/metrics.h"
#include "net/state.h"

#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"
/* What is answered although descriptors are scarce. */
#define HEALTH_PATH "/health"

/* --- who is asking --- */

/* The last element of a list that commas separate, without white space; *n is then what is before
 * it. */
static struct slice pop_element(const char *list, size_t *n)
{
	const char *comma = memrchr(list, ',', *n);
	size_t start = comma == NULL ? 0 : (size_t)(comma - list) + 1, end = *n;

	*n = comma == NULL ? 0 : (size_t)(comma - list);
	while (start < end && (list[start] == ' ' || list[start] == '\t'))
		start++;
	while (end > start && (list[end - 1] == ' ' || list[end - 1] == '\t'))
		end--;
	return (struct slice){list + start, end - start};
}

/*
 * The nearest address that no trusted proxy has: what stands before it, its sender may have made
 * up. What is no address ends the chain: the proxy that wrote it speaks for itself.
 */
void http_identify(const struct conn *conn, const struct head *head, struct address *client)
{
	const char *trusted = conn->net->config->trusted_proxies;
	struct address next;

	*client = conn->peer;
	if (!address_is_listed(trusted, client))
		return;
	for (unsigned i = head->n_fields; i-- > 0;) {
		const struct head_field *field = &head->fields[i];
		size_t n = field->value.len;

		if (!slice_is(field->name, "x-forwarded-for"))
			continue;
		while (n > 0) {
			struct slice element = pop_element(field->value.at, &n);

			if (!address_parse(element.at, element.len, &next))
				return;
			*client = next;
			if (!address_is_listed(trusted, client))
				return;
		}
	}
}

static void identify(const struct conn *conn, const struct head *head, struct request *request)
{
	struct address client;

	http_identify(conn, head, &client);
	request->address = (uint64_t)address_key(&client);
	if (memcmp(&client, &conn->peer, sizeof(client)) == 0)
		memcpy(request->client, conn->peer_text, sizeof(conn->peer_text));
	else
		address_format(&client, request->client);
}

/* --- from a head to a request --- */

static void read_method(struct request *request, struct slice method, bool *preflight)
{
	request->method = METHOD_COUNT;
	*preflight = method.len == 7 && memcmp(method.at, "OPTIONS", 7) == 0;
	request->is_head = method.len == 4 && memcmp(method.at, "HEAD", 4) == 0;
	if (request->is_head)
		request->method = METHOD_GET;
	for (unsigned i = 0; i < METHOD_COUNT; i++) {
		if (strlen(method_name(i)) == method.len &&
			memcmp(method_name(i), method.at, method.len) == 0)
			request->method = i;
	}
}

/* A field, copied; of several the list that they are together (RFC 9110, section 5.3). */
static enum chat_err read_field(
	struct request *request, const struct head *head, const char *name, const char **value)
{
	size_t n = 0;
	char *out;

	if (head_find(head, name).at == NULL)
		return CHAT_OK;
	for (unsigned i = 0; i < head->n_fields; i++)
		n += slice_is(head->fields[i].name, name) ? head->fields[i].value.len + 1 : 0;
	*value = out = arena_alloc(&request->arena, n);
	if (out == NULL)
		return CHAT_ERR_NO_MEMORY;
	for (unsigned i = 0; i < head->n_fields; i++) {
		struct slice part = head->fields[i].value;

		if (!slice_is(head->fields[i].name, name))
			continue;
		memcpy(out, part.at, part.len);
		out += part.len;
		*out++ = ',';
	}
	out[-1] = '\0';
	return CHAT_OK;
}

static enum chat_err read_fields(struct request *request, const struct head *head)
{
	const struct {
		const char *name;
		const char **value;
	} fields[] = {
		{"authorization", &request->authorization},
		{"content-type", &request->content_type},
		{"origin", &request->origin_header},
		{"user-agent", &request->req.user_agent},
		{"accept-encoding", &request->accept_encoding},
		{"if-none-match", &request->if_none_match},
		{"idempotency-key", &request->req.idempotency_key},
	};
	enum chat_err err = CHAT_OK;

	for (size_t i = 0; err == CHAT_OK && i < sizeof(fields) / sizeof(fields[0]); i++)
		err = read_field(request, head, fields[i].name, fields[i].value);
	return err;
}

static enum chat_err read_head(struct conn *conn, const struct head *head)
{
	struct request *request = conn->request;
	char *path = arena_alloc(&request->arena, head->path.len + 1);

	read_method(request, head->method, &conn->preflight);
	identify(conn, head, request);
	request->query = arena_strndup(&request->arena, head->query.at, head->query.len);
	if (path == NULL || request->query == NULL)
		return CHAT_ERR_NO_MEMORY;
	head_decode_path(head->path, path);
	request->path = path;
	if (head->length > LIMIT_BODY_BYTES_MAX)
		return CHAT_ERR_BODY_TOO_LARGE;
	return read_fields(request, head);
}

/* --- answering --- */

static void count(const struct net *net, const struct request *request)
{
	const struct endpoint *endpoint = request->req.endpoint;
	const char *method =
		request->method < METHOD_COUNT ? method_name(request->method) : "other";
	int status = request->reply.status;

	if (endpoint == NULL)
		metrics_add(&net->metrics->unmatched, 1);
	else
		metrics_add(&net->metrics->requests[endpoint->id][status / 100], 1);
	log_debug("request", LOG_TEXT("id", request->id), LOG_TEXT("client", request->client),
		LOG_TEXT("method", method), LOG_TEXT("path", request->path),
		LOG_INT("status", status), LOG_INT("us", time_mono_us() - request->started));
}

static void done(struct conn *conn, bool close)
{
	request_free(conn->request);
	conn->request = NULL;
	conn->receiving = false;
	conn->state = CONN_HEAD;
	if (close)
		conn_end(conn);
}

static void answer(struct conn *conn)
{
	bool close = conn->close_after || conn->net->draining;

	if (conn->request->req.principal.user_id != 0)
		conn->owner = conn->request->req.principal.user_id;
	conn->shared = response_write(&conn->net->corked, conn->net, conn->request, close);
	count(conn->net, conn->request);
	done(conn, close);
}

void http_refuse(struct conn *conn, enum chat_err err, int64_t retry_ms)
{
	struct reply *reply;

	if (conn->request == NULL)
		conn->request = request_new(ORIGIN_HTTP, 0);
	if (conn->request == NULL) {
		link_close(&conn->link);
		return;
	}
	conn->close_after = true;
	reply = &conn->request->reply;
	reply_error(reply, err);
	reply->retry_ms = retry_ms;
	/* What is refused before it has a path, such as CONNECT, no path takes. */
	if (err == CHAT_ERR_METHOD_NOT_ALLOWED)
		reply->allowed = (1u << METHOD_COUNT) - 1;
	answer(conn);
}

void http_answered(struct net *net, struct request *request)
{
	struct conn *conn = map_remove(&net->answering, request->waiter);

	if (conn == NULL) {
		request_free(request);
		return;
	}
	conn->waiter = 0;
	conn->request = request;
	answer(conn);
	conn_continue(conn);
}

void http_forget(struct conn *conn)
{
	/* What the api has it gives back, and finds nobody waiting for it. */
	if (conn->waiter != 0)
		map_remove(&conn->net->answering, conn->waiter);
	conn->waiter = 0;
	request_free(conn->request);
	conn->request = NULL;
}

/* --- receiving --- */

static void submit(struct conn *conn)
{
	struct net *net = conn->net;
	struct request *request = conn->request;

	conn->state = CONN_ANSWER;
	conn->receiving = false;
	request->waiter = net->last_waiter + 1;
	if (!map_put(&net->answering, request->waiter, conn)) {
		http_refuse(conn, CHAT_ERR_BUSY, 0);
		return;
	}
	conn->waiter = ++net->last_waiter;
	conn->request = NULL;
	if (!api_submit(net->api, request))
		return;
	map_remove(&net->answering, conn->waiter);
	conn->waiter = 0;
	conn->request = request;
	answer(conn);
}

static void complete(struct conn *conn)
{
	if (!conn->preflight) {
		submit(conn);
		return;
	}
	response_preflight(&conn->net->corked, conn->net, conn->request, conn->close_after);
	done(conn, conn->close_after);
}

static void begin(struct conn *conn, const struct head *head, bool is_last)
{
	enum chat_err err;

	conn->request = request_new(ORIGIN_HTTP, 0);
	conn->close_after = !head->keep_alive || conn->surplus;
	err = conn->request == NULL ? CHAT_ERR_NO_MEMORY : read_head(conn, head);
	if (err == CHAT_OK && conn->preflight)
		err = read_field(conn->request, head, "access-control-request-headers",
			&conn->request->asked_headers);
	if (err != CHAT_OK) {
		http_refuse(conn, err, 0);
		return;
	}
	conn->request->is_http_1_0 = head->minor == 0;
	conn->body_left = head->length > 0 ? (size_t)head->length : 0;
	if (conn->body_left == 0) {
		complete(conn);
		return;
	}
	conn->state = CONN_BODY;
	/* Nobody waits for it who has sent the body along (RFC 9110, section 10.1.1). */
	if (head->expect && is_last)
		buf_puts(&conn->net->corked, CONTINUE);
}

/* Refuses a request of which no more than the head is looked at. */
static void refuse_head(struct conn *conn, const struct head *head, enum chat_err err)
{
	conn->request = request_new(ORIGIN_HTTP, 0);
	if (conn->request != NULL)
		read_method(conn->request, head->method, &conn->preflight);
	http_refuse(conn, err, 0);
}

size_t http_head(struct conn *conn, const char *bytes, size_t n)
{
	struct head *head = &conn->net->head;
	size_t used;

	switch (head_parse(bytes, n, head, &used)) {
	case HEAD_MORE:
		return 0;
	case HEAD_REFUSED:
		refuse_head(conn, head, head->err);
		return n;
	case HEAD_DONE:
		break;
	}
	if (conn->surplus && !slice_is(head->path, HEALTH_PATH))
		refuse_head(conn, head, CHAT_ERR_BUSY);
	else if (upgrade_is_asked(head))
		upgrade(conn, head);
	else
		begin(conn, head, used == n);
	return used;
}

size_t http_body(struct conn *conn, const char *bytes, size_t n)
{
	size_t part = n < conn->body_left ? n : conn->body_left;

	if (!buf_append(&conn->request->body, bytes, part)) {
		http_refuse(conn, CHAT_ERR_BUSY, 0);
		return n;
	}
	conn->body_left -= part;
	if (conn->body_left == 0)
		complete(conn);
	return part;
}
