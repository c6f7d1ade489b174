#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "config.h"
#include "net/cors.h"
#include "net/state.h"

/* All headers that there can be, with room. */
#define HEADERS_MAX 2048

static const char *reason(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} phrases[] = {
		{200, "OK"},
		{201, "Created"},
		{204, "No Content"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{409, "Conflict"},
		{410, "Gone"},
		{411, "Length Required"},
		{413, "Content Too Large"},
		{415, "Unsupported Media Type"},
		{422, "Unprocessable Content"},
		{429, "Too Many Requests"},
		{503, "Service Unavailable"},
	};

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		if (phrases[i].status == status)
			return phrases[i].phrase;
	}
	return "Internal Server Error";
}

/* The Date header's value, made once a second. The loop's alone. */
static const char *date(void)
{
	static char text[32];
	static time_t made;
	time_t now = time(NULL);
	struct tm tm;

	if (now != made) {
		gmtime_r(&now, &tm);
		strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		made = now;
	}
	return text;
}

static void put_allow(struct buf *out, unsigned allowed)
{
	const char *separator = "Allow: ";

	for (unsigned method = 0; method < METHOD_COUNT; method++) {
		if (allowed & (1u << method)) {
			buf_printf(out, "%s%s", separator, method_name(method));
			separator = ", ";
		}
	}
	buf_puts(out, "\r\n");
}

/* The Fetch standard's "CORS protocol": the origin is named, never "*", so that the answer also
 * serves pages that send credentials. */
static void put_cors(struct buf *out, const struct net *net, const struct request *request)
{
	if (request->origin_header == NULL)
		return;
	buf_puts(out, "Vary: Origin\r\n");
	if (!cors_allows(net->config->allowed_origins, request->origin_header))
		return;
	buf_printf(out,
		"Access-Control-Allow-Origin: %s\r\n"
		"Access-Control-Allow-Credentials: true\r\n"
		"Access-Control-Expose-Headers: X-Request-Id, Retry-After\r\n",
		request->origin_header);
}

static void put_start(struct buf *out, const struct request *request, int status)
{
	buf_puts(out, "HTTP/1.1 ");
	buf_put_int(out, status);
	buf_putc(out, ' ');
	buf_puts(out, reason(status));
	buf_puts(out, "\r\nServer: chatd\r\nDate: ");
	buf_puts(out, date());
	buf_puts(out, "\r\nX-Request-Id: ");
	buf_puts(out, request->id);
	buf_puts(out, "\r\n");
}

static void put_reply(struct buf *out, const struct reply *reply)
{
	int64_t seconds = (reply->retry_ms + 999) / 1000;

	if (reply->status == 401)
		buf_puts(out, "WWW-Authenticate: Bearer\r\n");
	if (reply->status == 405)
		put_allow(out, reply->allowed);
	if (reply->status == 429 || reply->status == 503)
		buf_printf(out, "Retry-After: %lld\r\n", (long long)(seconds > 0 ? seconds : 1));
	if (reply->content_type == NULL)
		return;
	buf_puts(out, "Content-Type: ");
	buf_puts(out, reply->content_type);
	buf_puts(out, "\r\nContent-Length: ");
	buf_put_int(out, (long long)reply->body.len);
	buf_puts(out, "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
}

/* Adds the empty line and the body, and hands the bytes over. */
static unsigned char *finish(struct buf *out, const struct buf *body, bool close, size_t *n)
{
	if (close)
		buf_puts(out, "Connection: close\r\n");
	buf_puts(out, "\r\n");
	if (body != NULL)
		buf_append(out, body->data, body->len);
	*n = out->len - LWS_PRE;
	return (unsigned char *)buf_detach(out);
}

static bool begin(struct buf *out, size_t body)
{
	buf_init(out, LWS_PRE + HEADERS_MAX + body);
	if (buf_reserve(out, LWS_PRE + 512 + body) == NULL)
		return false;
	memset(out->data, 0, LWS_PRE);
	out->len = LWS_PRE;
	return true;
}

unsigned char *response_build(const struct net *net, struct request *request, bool close, size_t *n)
{
	struct reply *reply = &request->reply;
	struct buf out;

	request_finish(request);
	if (!begin(&out, reply->body.len))
		return NULL;
	put_start(&out, request, reply->status);
	put_reply(&out, reply);
	put_cors(&out, net, request);
	return finish(&out, request->is_head || reply->content_type == NULL ? NULL : &reply->body,
		close, n);
}

unsigned char *response_preflight(
	const struct net *net, struct request *request, const char *headers, size_t *n)
{
	struct buf out;

	if (!begin(&out, 0))
		return NULL;
	put_start(&out, request, 204);
	put_cors(&out, net, request);
	buf_puts(&out, "Access-Control-Allow-Methods: GET, POST, PUT, PATCH, DELETE\r\n"
		       "Access-Control-Max-Age: 600\r\n");
	if (headers != NULL)
		buf_printf(&out, "Access-Control-Allow-Headers: %s\r\n", headers);
	return finish(&out, NULL, false, n);
}
