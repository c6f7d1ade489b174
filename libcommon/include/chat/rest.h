#ifndef CHAT_REST_H
#define CHAT_REST_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <chat/buf.h>
#include <chat/endpoint.h>
#include <chat/err.h>

/*
 * The REST client. One struct rest is one server, one token and one kept connection; its owner's
 * thread alone may use it, except where a comment says otherwise. Making one costs nothing: curl
 * and TLS start with the first request.
 */
struct rest;

struct rest_config {
	const char *url;    /* as rest_url gives it */
	const char *token;  /* or NULL */
	const char *agent;  /* "chatctl/0.1.0" */
	unsigned retries;   /* how often a request that failed is sent again; as long as timeout_ms
			     * lets it where the server says when to come back, unless this is 0 */
	int64_t timeout_ms; /* for a request with all its retries; 0 is no bound */

	/*
	 * Told of each line of the exchange, without its line end, with tokens and secret fields
	 * masked: '>' sent, '<' received, '*' what the client itself does. May be NULL.
	 */
	void (*trace)(void *context, char kind, const char *line);
	void *trace_context;

	/* When this becomes other than 0, a signal's handler for one, the request under way ends
	 * with CHAT_ERR_TIMEOUT. May be NULL. */
	const volatile sig_atomic_t *cancel;
};

/* What is sent. Filled by rest_request_endpoint or rest_request_raw. */
struct rest_request {
	enum method method;
	struct buf path; /* with the query, percent-encoded */
	struct buf body;
	struct buf shown; /* the body as it may be shown, secrets masked */
	const char *type; /* the body's Content-Type; NULL for no body; static */
	bool repeatable;  /* sending it twice does what sending it once does */
};

struct rest_reply {
	int status;         /* of HTTP; 0 when no answer came */
	struct buf headers; /* the status line and the headers, as received */
	struct buf body;
};

/*
 * The URL of a server in one spelling: http or https, a host, perhaps a port and a path, no slash
 * at the end. To be freed by the caller; NULL with why when it is not such a URL (one with a name
 * and password in it is not). Any thread.
 */
char *rest_url(const char *url, struct buf *why);

/* Copies what it needs; NULL without memory. */
struct rest *rest_new(const struct rest_config *config);
void rest_free(struct rest *rest);

void rest_request_init(struct rest_request *request);
void rest_request_release(struct rest_request *request);
void rest_reply_init(struct rest_reply *reply);
void rest_reply_release(struct rest_reply *reply);

/*
 * A request of an endpoint. query and body are arrays of texts, as many as the endpoint's objects
 * have fields and in their order, NULL for a field that is absent (and NULL for no array); numbers
 * are decimal digits. The request is initialised or used before. CHAT_ERR_INVALID when a text does
 * not fit its field's type or is not UTF-8, CHAT_ERR_BLANK when it has to show something and does
 * not; why says so. Lengths and ranges are the server's to judge. Any thread.
 */
enum chat_err rest_request_endpoint(struct rest_request *request, enum endpoint_id id,
	const struct path_params *params, const char *const *query, const char *const *body,
	struct buf *why);

/* Any request; path begins with '/'; type is static, NULL for no body. If it is one of a known
 * endpoint with secret fields, the whole body is masked when shown. */
enum chat_err rest_request_raw(struct rest_request *request, enum method method, const char *path,
	const char *type, const void *body, size_t n, struct buf *why);

/*
 * Sends and waits for the answer. What may be sent again is: after a 429 or 503, when no connection
 * was made, and, if the request is repeatable, when the connection broke; after Retry-After or an
 * exponential time with full jitter.
 *
 * CHAT_OK: a 2xx. Otherwise why is one line: the answer's detail, or what failed. The error is the
 * one of the answer's code, or one of its status; CHAT_ERR_NETWORK, CHAT_ERR_TIMEOUT,
 * CHAT_ERR_BAD_REPLY (a redirect, an endless answer), CHAT_ERR_NO_MEMORY. reply is initialised or
 * used before, and holds the last answer.
 */
enum chat_err rest_send(struct rest *rest, const struct rest_request *request,
	struct rest_reply *reply, struct buf *why);

/* Appends the request as it would be sent, or as a curl command for a shell; secrets are masked,
 * and the command has the token from $CHATCTL_TOKEN. */
void rest_render(const struct rest *rest, const struct rest_request *request, struct buf *out);
void rest_render_curl(const struct rest *rest, const struct rest_request *request, struct buf *out);

/* Milliseconds to wait before try number `attempt` (0 is the first retry): a random part of an
 * exponential time of at most max_ms ("full jitter"). Any thread. */
int64_t rest_backoff_ms(unsigned attempt, int64_t max_ms);

#endif
