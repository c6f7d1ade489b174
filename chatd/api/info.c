#include <string.h>
#include <chat/openapi.h>
#include "api/asset.h"
#include "api/state.h"
#include "config.h"
#include "core/metrics.h"

#define TEXT_BYTES_MAX (4u << 20)

enum chat_err handle_about(struct req *req, struct reply *reply)
{
	struct chat_about about = {
		.message = "Discord Clone API",
		.version = CHAT_VERSION,
		.docs = "/docs",
		.status = "running",
	};

	(void)req;
	return reply_object(reply, 200, OBJECT_about, &about);
}

static enum chat_err reply_buf(struct reply *reply, const char *content_type, struct buf *text)
{
	enum chat_err err = buf_ok(text) ? reply_text(reply, content_type, text->data, text->len)
					 : CHAT_ERR_NO_MEMORY;

	buf_release(text);
	return err;
}

static bool write_openapi(struct buf *out)
{
	return openapi_write(out, CHAT_VERSION);
}

enum chat_err handle_openapi(struct req *req, struct reply *reply)
{
	static struct asset openapi = ASSET_INIT("application/json", write_openapi);

	(void)req;
	return reply_asset(reply, &openapi);
}

/* Compares all bytes whatever they are, so that the time says nothing of the token. */
static bool same_secret(const char *a, const char *b)
{
	size_t n = strlen(a);
	unsigned differ = 0;

	if (strlen(b) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		differ |= (unsigned)(a[i] ^ b[i]);
	return differ == 0;
}

enum chat_err handle_metrics(struct req *req, struct reply *reply)
{
	const char *wanted = req->api->config->metrics_token;
	struct buf text;

	if (wanted != NULL && req->bearer == NULL)
		return CHAT_ERR_NOT_LOGGED_IN;
	if (wanted != NULL && !same_secret(wanted, req->bearer))
		return CHAT_ERR_BAD_TOKEN;
	buf_init(&text, TEXT_BYTES_MAX);
	metrics_write(req->api->metrics, &text);
	return reply_buf(reply, "text/plain; version=0.0.4; charset=utf-8", &text);
}
