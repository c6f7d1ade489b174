#include <chat/rest.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <curl/curl.h>
#include <jansson.h>
#include <chat/random.h>
#include <chat/time.h>
#include <chat/words.h>

/* By how much curl's clock, which counts milliseconds, may be ahead of a deadline. */
#define CLOCKS_APART_US 10000
#define HEADERS_MAX (64 << 10) /* bytes */
#define BODY_MAX (64 << 20)    /* bytes; a list of 1,000 members is about 300 kB */
#define CONNECT_MS 10000
#define BACKOFF_FIRST_MS 200
#define BACKOFF_MAX_MS 10000
#define CANCEL_POLL_MS 50

struct rest {
	char *url;
	char *authorization; /* the header's line, or NULL */
	char *agent;
	struct rest_config config;
	CURL *curl;                         /* NULL until the first request */
	const struct rest_request *request; /* the one under way */
	char fault[CURL_ERROR_SIZE];
};

/* --- lifecycle --- */

char *rest_url(const char *url, struct buf *why)
{
	CURLU *parts = curl_url();
	char *scheme = NULL, *user = NULL, *query = NULL, *fragment = NULL, *whole = NULL;
	char *result = NULL;

	if (!parts || curl_url_set(parts, CURLUPART_URL, url, 0) ||
		curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) ||
		(strcmp(scheme, "http") && strcmp(scheme, "https"))) {
		buf_puts(why, "the server's URL must be like http://host:port or https://host");
		goto out;
	}
	curl_url_get(parts, CURLUPART_USER, &user, 0);
	curl_url_get(parts, CURLUPART_QUERY, &query, 0);
	curl_url_get(parts, CURLUPART_FRAGMENT, &fragment, 0);
	if (user || query || fragment) {
		buf_puts(why, "the server's URL may have no user, password, query or fragment");
		goto out;
	}
	if (curl_url_get(parts, CURLUPART_URL, &whole, 0) == CURLUE_OK)
		result = strdup(whole);
	if (!result) {
		buf_puts(why, err_info(CHAT_ERR_NO_MEMORY)->detail);
		goto out;
	}
	for (size_t n = strlen(result); n > 0 && result[n - 1] == '/'; n--)
		result[n - 1] = '\0';
out:
	curl_free(scheme);
	curl_free(user);
	curl_free(query);
	curl_free(fragment);
	curl_free(whole);
	curl_url_cleanup(parts);
	return result;
}

struct rest *rest_new(const struct rest_config *config)
{
	struct rest *rest = calloc(1, sizeof(*rest));

	if (!rest)
		return NULL;
	rest->config = *config;
	rest->url = strdup(config->url);
	rest->agent = strdup(config->agent);
	if (config->token &&
		asprintf(&rest->authorization, "Authorization: Bearer %s", config->token) < 0)
		rest->authorization = NULL;
	/* The caller's texts may not live as long as this. */
	rest->config.url = rest->config.agent = rest->config.token = NULL;
	if (!rest->url || !rest->agent || (config->token && !rest->authorization)) {
		rest_free(rest);
		return NULL;
	}
	return rest;
}

void rest_free(struct rest *rest)
{
	if (!rest)
		return;
	curl_easy_cleanup(rest->curl);
	if (rest->authorization)
		explicit_bzero(rest->authorization, strlen(rest->authorization));
	free(rest->authorization);
	free(rest->url);
	free(rest->agent);
	free(rest);
}

void rest_reply_init(struct rest_reply *reply)
{
	reply->status = 0;
	buf_init(&reply->headers, HEADERS_MAX);
	buf_init(&reply->body, BODY_MAX);
}

void rest_reply_release(struct rest_reply *reply)
{
	/* A login's answer holds a token. */
	if (reply->body.data)
		explicit_bzero(reply->body.data, reply->body.len);
	buf_release(&reply->headers);
	buf_release(&reply->body);
}

/* --- curl's callbacks --- */

static size_t on_bytes(char *bytes, size_t size, size_t n, void *context)
{
	struct buf *out = context;

	return buf_append(out, bytes, size * n) ? size * n : 0;
}

static int on_progress(
	void *context, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal, curl_off_t ulnow)
{
	const struct rest *rest = context;

	(void)dltotal, (void)dlnow, (void)ultotal, (void)ulnow;
	return *rest->config.cancel != 0;
}

static void note(const struct rest *rest, char kind, const char *line, size_t n)
{
	static const char secret[] = "authorization: bearer ";
	struct buf shown;

	if (!rest->config.trace)
		return;
	buf_init(&shown, HEADERS_MAX);
	if (n >= sizeof(secret) - 1 && !strncasecmp(line, secret, sizeof(secret) - 1)) {
		buf_append(&shown, line, sizeof(secret) - 1);
		buf_puts(&shown, "***");
	} else {
		buf_append(&shown, line, n);
	}
	rest->config.trace(rest->config.trace_context, kind, buf_str(&shown));
	buf_release(&shown);
}

/* Bodies are left out (the request's is shown from its masked form), and so are curl's own remarks:
 * over HTTP/2 they repeat the headers. */
static int on_debug(CURL *curl, curl_infotype type, char *bytes, size_t n, void *context)
{
	const struct rest *rest = context;
	char kind = type == CURLINFO_HEADER_OUT ? '>' : '<';

	(void)curl;
	if (type != CURLINFO_HEADER_OUT && type != CURLINFO_HEADER_IN)
		return 0;
	while (n > 0) {
		const char *end = memchr(bytes, '\n', n);
		size_t line = end ? (size_t)(end - bytes) : n;
		size_t bare = line > 0 && bytes[line - 1] == '\r' ? line - 1 : line;

		note(rest, kind, bytes, bare);
		line += end != NULL;
		bytes += line;
		n -= line;
	}
	if (kind == '>' && rest->request->type)
		note(rest, kind, buf_str(&rest->request->shown), rest->request->shown.len);
	return 0;
}

/* --- one try --- */

static bool start_curl(struct rest *rest)
{
	CURL *curl;
	const char *ca = getenv("SSL_CERT_FILE");

	if (rest->curl)
		return true;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) || !(curl = curl_easy_init()))
		return false;
	rest->curl = curl;
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_USERAGENT, rest->agent);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, rest->fault);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_bytes);
	/* As the WebSocket client's OpenSSL does, so that both trust the same. */
	if (ca && *ca)
		curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
	if (rest->config.trace) {
		curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
		curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, on_debug);
		curl_easy_setopt(curl, CURLOPT_DEBUGDATA, rest);
	}
	if (rest->config.cancel) {
		curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
		curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
		curl_easy_setopt(curl, CURLOPT_XFERINFODATA, rest);
	}
	return true;
}

/* The method and body for curl. Without a body none of its own defaults may add one: a POST has
 * Content-Length 0, the others no body at all. */
static void set_body(CURL *curl, const struct rest_request *request)
{
	bool posts = request->type || request->method == METHOD_POST;

	if (posts) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, buf_str(&request->body));
	} else {
		curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method_name(request->method));
}

static struct curl_slist *make_headers(const struct rest *rest, const struct rest_request *request)
{
	char type[64];
	/* Without a body no type; and never wait for a 100 (Continue). */
	struct curl_slist *headers = NULL;

	snprintf(type, sizeof(type), "Content-Type:%s%s", request->type ? " " : "",
		request->type ? request->type : "");
	headers = curl_slist_append(headers, type);
	headers = curl_slist_append(headers, "Expect:");
	if (rest->authorization)
		headers = curl_slist_append(headers, rest->authorization);
	return headers;
}

/* The error of a status whose body names none. */
static enum chat_err err_by_status(int status)
{
	for (enum chat_err err = CHAT_OK + 1; err < CHAT_ERR_COUNT; err++) {
		if (err_info(err)->status == status)
			return err;
	}
	if (status >= 500)
		return CHAT_ERR_INTERNAL;
	return status >= 400 ? CHAT_ERR_BAD_REQUEST : CHAT_ERR_BAD_REPLY;
}

static enum chat_err read_error(const struct rest_reply *reply, struct buf *why)
{
	const char *detail = NULL, *code = NULL;
	enum chat_err err = CHAT_OK;
	json_t *root = json_loadb(buf_str(&reply->body), reply->body.len, 0, NULL);

	if (root && !json_unpack(root, "{s:s, s?s}", "detail", &detail, "code", &code)) {
		err = code ? err_by_code(code) : CHAT_OK;
		buf_puts(why, detail);
	} else {
		buf_printf(why, "the server answers with HTTP status %d%s", reply->status,
			reply->status < 400 ? "; is its URL right?" : "");
	}
	json_decref(root);
	return err ? err : err_by_status(reply->status);
}

static bool cancelled(const struct rest *rest)
{
	return rest->config.cancel && *rest->config.cancel;
}

/* What somebody may do about it. */
static const char *advice(CURLcode code)
{
	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return "SSL_CERT_FILE can name a certificate to trust";
	case CURLE_SSL_CONNECT_ERROR:
		return "does the server speak https?";
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		return "is it a chat server, and http or https as its URL says?";
	default:
		return "is chatd running there?";
	}
}

/* The proxy that curl uses by the environment, without name and password, if it is what could not
 * be connected to; else NULL. */
static const char *dead_proxy(const struct rest *rest, CURLcode code, const char *what)
{
	bool secure = strncmp(rest->url, "https:", 6) == 0;
	/* HTTP_PROXY in capitals is a header of CGI's, which curl does not heed. */
	const char *const names[] = {secure ? "https_proxy" : "http_proxy",
		secure ? "HTTPS_PROXY" : "all_proxy", "all_proxy", "ALL_PROXY"};
	const char *proxy = NULL, *host, *end;
	char shown[256];

	for (size_t i = 0; !proxy && i < sizeof(names) / sizeof(names[0]); i++)
		proxy = getenv(names[i]);
	if (!proxy)
		return NULL;
	host = strstr(proxy, "://");
	host = host ? host + strlen("://") : proxy;
	if (strrchr(host, '@'))
		host = strrchr(host, '@') + 1;
	if (code == CURLE_COULDNT_RESOLVE_PROXY)
		return host;
	/* curl says "HOST port PORT" of what it tried. */
	end = strrchr(host, ':');
	if (!end || code != CURLE_COULDNT_CONNECT)
		return NULL;
	snprintf(shown, sizeof(shown), "%.*s port %.*s", (int)(end - host), host,
		(int)strspn(end + 1, "0123456789"), end + 1);
	return strstr(what, shown) ? host : NULL;
}

/* The error of a request without an answer; *again: whether it may be sent once more. */
static enum chat_err read_failure(const struct rest *rest, CURLcode code,
	const struct rest_request *request, int64_t deadline, bool *again, struct buf *why)
{
	const char *what = *rest->fault ? rest->fault : curl_easy_strerror(code);
	const char *proxy;

	*again = false;
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
		*again = true;
		break;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		*again = request->repeatable;
		break;
	case CURLE_OPERATION_TIMEDOUT:
		if (deadline && time_mono_us() + CLOCKS_APART_US >= deadline) {
			buf_printf(why, "no answer from %s in time", rest->url);
			return CHAT_ERR_TIMEOUT;
		}
		*again = true; /* only connecting has a shorter time of its own */
		break;
	case CURLE_ABORTED_BY_CALLBACK:
		buf_puts(why, "interrupted");
		return CHAT_ERR_TIMEOUT;
	case CURLE_WRITE_ERROR:
		buf_printf(why, "the answer of %s is too large", rest->url);
		return CHAT_ERR_BAD_REPLY;
	case CURLE_OUT_OF_MEMORY:
		buf_puts(why, err_info(CHAT_ERR_NO_MEMORY)->detail);
		return CHAT_ERR_NO_MEMORY;
	default:
		break;
	}
	proxy = dead_proxy(rest, code, what);
	if (proxy)
		buf_printf(why,
			"cannot reach the proxy %s for %s: %s; http_proxy names it, "
			"no_proxy what goes without it",
			proxy, rest->url, what);
	else
		buf_printf(why, "cannot reach %s: %s; %s", rest->url, what, advice(code));
	return CHAT_ERR_NETWORK;
}

/* wait_ms: what the server asks to wait before another try. */
static enum chat_err try_once(struct rest *rest, const struct rest_request *request,
	int64_t deadline, struct rest_reply *reply, bool *again, int64_t *wait_ms, struct buf *why)
{
	struct curl_slist *headers = make_headers(rest, request);
	CURL *curl = rest->curl;
	struct buf url;
	int64_t left = deadline ? (deadline - time_mono_us()) / 1000 : 0;
	curl_off_t seconds = 0;
	long status = 0;
	CURLcode code;

	buf_init(&url, HEADERS_MAX);
	buf_printf(&url, "%s%s", rest->url, buf_str(&request->path));
	buf_reset(&reply->headers);
	buf_reset(&reply->body);
	rest->fault[0] = '\0';
	rest->request = request;
	set_body(curl, request);
	curl_easy_setopt(curl, CURLOPT_URL, buf_str(&url));
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply->body);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply->headers);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, deadline && left < 1 ? 1L : (long)left);
	code = curl_easy_perform(curl);
	curl_slist_free_all(headers);
	buf_release(&url);
	*wait_ms = 0;
	reply->status = 0;
	if (code)
		return read_failure(rest, code, request, deadline, again, why);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	reply->status = (int)status;
	*again = status == 429 || status == 503;
	if (*again && !curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds))
		*wait_ms = seconds * 1000;
	return status >= 200 && status < 300 ? CHAT_OK : read_error(reply, why);
}

/* --- with retries --- */

int64_t rest_backoff_ms(unsigned attempt, int64_t max_ms)
{
	int64_t bound = attempt < 16 ? (int64_t)BACKOFF_FIRST_MS << attempt : max_ms;

	return (int64_t)random_below((uint64_t)(bound < max_ms ? bound : max_ms) + 1);
}

static void sleep_ms(const struct rest *rest, int64_t ms)
{
	while (ms > 0 && !cancelled(rest)) {
		int64_t step = ms < CANCEL_POLL_MS ? ms : CANCEL_POLL_MS;
		struct timespec pause = {.tv_nsec = step * 1000000};

		nanosleep(&pause, NULL);
		ms -= step;
	}
}

enum chat_err rest_send(struct rest *rest, const struct rest_request *request,
	struct rest_reply *reply, struct buf *why)
{
	int64_t deadline =
		rest->config.timeout_ms ? time_mono_us() + rest->config.timeout_ms * 1000 : 0;
	size_t said = why->len;

	if (!start_curl(rest)) {
		buf_puts(why, err_info(CHAT_ERR_NO_MEMORY)->detail);
		return CHAT_ERR_NO_MEMORY;
	}
	for (unsigned attempt = 0;; attempt++) {
		bool again = false;
		int64_t wait;
		char line[64];
		int n;
		enum chat_err err = try_once(rest, request, deadline, reply, &again, &wait, why);

		if (!err || !again || cancelled(rest))
			return err;
		/* Where the server says when to come back, it is the time that ends the tries. */
		if (attempt >= rest->config.retries &&
			(wait == 0 || !deadline || rest->config.retries == 0))
			return err;
		wait += rest_backoff_ms(attempt, BACKOFF_MAX_MS);
		if (deadline && time_mono_us() + wait * 1000 >= deadline)
			return err;
		n = snprintf(line, sizeof(line), "trying again in %lld ms", (long long)wait);
		note(rest, '*', buf_str(why) + said, why->len - said);
		note(rest, '*', line, (size_t)n);
		buf_truncate(why, said);
		sleep_ms(rest, wait);
	}
}

/* --- instead of sending --- */

void rest_render(const struct rest *rest, const struct rest_request *request, struct buf *out)
{
	buf_printf(
		out, "%s %s%s\n", method_name(request->method), rest->url, buf_str(&request->path));
	if (rest->authorization)
		buf_puts(out, "Authorization: Bearer ***\n");
	if (request->type)
		buf_printf(
			out, "Content-Type: %s\n\n%s\n", request->type, buf_str(&request->shown));
}

void rest_render_curl(const struct rest *rest, const struct rest_request *request, struct buf *out)
{
	struct buf url;

	buf_printf(out, "curl -X %s", method_name(request->method));
	if (rest->authorization)
		buf_puts(out, " -H \"Authorization: Bearer $CHATCTL_TOKEN\"");
	if (request->type) {
		buf_printf(out, " -H 'Content-Type: %s' --data-raw ", request->type);
		chat_words_quote(out, buf_str(&request->shown), 0);
	}
	buf_putc(out, ' ');
	buf_init(&url, HEADERS_MAX);
	buf_printf(&url, "%s%s", rest->url, buf_str(&request->path));
	chat_words_quote(out, buf_str(&url), 0);
	buf_release(&url);
	buf_putc(out, '\n');
}
