#include <string.h>
#include <strings.h>
#include <time.h>
#include "api/asset.h"
#include "config.h"
#include "net/cors.h"
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

/* Whether the value of a parameter "q" is 0 (RFC 9110, section 12.4.2). */
static bool is_refused(const char *element, size_t n)
{
	const char *q = memmem(element, n, "q=", 2);
	size_t digits = q == NULL ? 0 : (size_t)(element + n - q - 2);

	if (digits == 0 || q[2] != '0')
		return false;
	for (size_t i = 1; i < digits && strchr(".0", q[2 + i]) != NULL; i++) {
		if (i + 1 == digits)
			return true;
	}
	return digits == 1;
}

/* Whether the client takes gzip: RFC 9110, section 12.5.3, but for "*". */
static bool accepts_gzip(const char *list)
{
	while (list != NULL && *list != '\0') {
		size_t n = strcspn(list += strspn(list, ", \t"), ",");

		if (n >= 4 && strncasecmp(list, "gzip", 4) == 0 &&
			(n == 4 || strchr("; \t", list[4]) != NULL))
			return !is_refused(list + 4, n - 4);
		list += n;
	}
	return false;
}

/* The form of an asset that the client takes, with the headers that tell it. */
static struct slice put_asset(struct buf *out, const struct request *request)
{
	const struct asset *asset = request->reply.asset;
	bool gzip = asset->gzip.len > 0 && accepts_gzip(request->accept_encoding);
	const struct buf *body = gzip ? &asset->gzip : &asset->plain;

	/* Each form has its own tag: section 8.8.3.3. */
	buf_printf(out, "ETag: %.*s%s\r\nCache-Control: no-cache\r\nVary: Accept-Encoding\r\n",
		(int)strlen(asset->etag) - 1, asset->etag, gzip ? "-gzip\"" : "\"");
	if (gzip)
		buf_puts(out, "Content-Encoding: gzip\r\n");
	return (struct slice){body->data, body->len};
}

/* Whether the client has what it asks for: If-None-Match (section 13.1.2). */
static bool has_asset(const struct request *request)
{
	const struct asset *asset = request->reply.asset;
	const char *tags = request->if_none_match;

	return asset != NULL && tags != NULL &&
	       memmem(tags, strlen(tags), asset->etag, strlen(asset->etag) - 1) != NULL;
}

/* The headers that the reply's kind needs, and the body that follows them. */
static struct slice put_reply(struct buf *out, const struct request *request)
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
	if (reply->asset != NULL)
		body = put_asset(out, request);
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
	struct slice body;

	request_finish(request);
	if (has_asset(request))
		reply->status = 304;
	put_start(out, request, reply->status);
	body = put_reply(out, request);
	put_cors(out, net, request);
	put_connection(out, request, close);
	if (reply->asset != NULL)
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
