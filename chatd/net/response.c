#include <string.h>
#include <time.h>
#include "api/asset.h"
#include "config.h"
#include "net/cors.h"
#include "net/negotiate.h"
#include "net/state.h"

static const char *reason(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} phrases[] = {
		{200, "OK"},
		{201, "Created"},
		{204, "No Content"},
		{304, "Not Modified"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{408, "Request Timeout"},
		{409, "Conflict"},
		{410, "Gone"},
		{411, "Length Required"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{415, "Unsupported Media Type"},
		{417, "Expectation Failed"},
		{422, "Unprocessable Content"},
		{426, "Upgrade Required"},
		{429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"},
		{501, "Not Implemented"},
		{503, "Service Unavailable"},
		{505, "HTTP Version Not Supported"},
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

/* The form of the reply's asset, if it has one, that the client takes. */
static const struct asset_form *choose_form(const struct request *request)
{
	const struct asset *asset = request->reply.asset;

	if (asset == NULL)
		return NULL;
	return asset->gzip.bytes.len > 0 && negotiate_gzip(request->accept_encoding)
		       ? &asset->gzip
		       : &asset->plain;
}

static struct slice put_form(
	struct buf *out, const struct asset *asset, const struct asset_form *form)
{
	buf_printf(out, "ETag: %s\r\nCache-Control: no-cache\r\nVary: Accept-Encoding\r\n",
		form->etag);
	if (form == &asset->gzip)
		buf_puts(out, "Content-Encoding: gzip\r\n");
	return (struct slice){form->bytes.data, form->bytes.len};
}

/* The headers that the reply's kind needs, and the body that follows them. */
static struct slice put_reply(
	struct buf *out, const struct request *request, const struct asset_form *form)
{
	const struct reply *reply = &request->reply;
	int64_t seconds = (reply->retry_ms + 999) / 1000;
	struct slice body = {reply->body.data, reply->body.len};

	if (reply->status == 401)
		buf_puts(out, "WWW-Authenticate: Bearer\r\n");
	if (reply->status == 405)
		put_allow(out, reply->allowed);
	if (reply->status == 426)
		buf_puts(out, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
	if (reply->status == 429 || reply->status == 503)
		buf_printf(out, "Retry-After: %lld\r\n", (long long)(seconds > 0 ? seconds : 1));
	if (reply->content_type == NULL)
		return (struct slice){NULL, 0};
	if (form != NULL)
		body = put_form(out, reply->asset, form);
	else
		buf_puts(out, "Cache-Control: no-store\r\n");
	if (reply->status == 304)
		return (struct slice){NULL, 0};
	buf_printf(out,
		"Content-Type: %s\r\nContent-Length: %zu\r\nX-Content-Type-Options: nosniff\r\n",
		reply->content_type, body.len);
	return request->is_head ? (struct slice){NULL, 0} : body;
}

static void put_connection(struct buf *out, const struct request *request, bool close)
{
	if (close)
		buf_puts(out, "Connection: close\r\n");
	else if (request->is_http_1_0)
		buf_puts(out, "Connection: keep-alive\r\n");
	buf_puts(out, "\r\n");
}

struct slice response_write(
	struct buf *out, const struct net *net, struct request *request, bool close)
{
	struct reply *reply = &request->reply;
	const struct asset_form *form = choose_form(request);
	struct slice body;

	request_finish(request);
	if (form != NULL && negotiate_has(request->if_none_match, form->etag))
		reply->status = 304;
	put_start(out, request, reply->status);
	body = put_reply(out, request, form);
	put_cors(out, net, request);
	put_connection(out, request, close);
	if (form != NULL)
		return body;
	buf_append(out, body.at, body.len);
	return (struct slice){NULL, 0};
}

void response_preflight(struct buf *out, const struct net *net, struct request *request, bool close)
{
	put_start(out, request, 204);
	put_cors(out, net, request);
	buf_puts(out, "Access-Control-Allow-Methods: GET, POST, PUT, PATCH, DELETE\r\n"
		      "Access-Control-Max-Age: 600\r\n");
	if (request->asked_headers != NULL)
		buf_printf(out, "Access-Control-Allow-Headers: %s\r\n", request->asked_headers);
	put_connection(out, request, close);
}
