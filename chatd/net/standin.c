/*
 * Stands in for three functions of libwebsockets 4.1.6, inside the library too: it calls its own
 * functions through the PLT.
 */

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "net/state.h"

/*
 * The library copies the subprotocols that a client offers into 128 bytes to choose one, and hangs
 * up if they do not fit, which offers with a token never do. It is given the one that it would
 * choose: offer_is_usable() has found it. Everything else is left to the library.
 */
int lws_hdr_copy(struct lws *wsi, char *out, int size, enum lws_token_indexes header)
{
	static int (*copy)(struct lws *, char *, int, enum lws_token_indexes);

	if (copy == NULL) {
		void *symbol = dlsym(RTLD_NEXT, "lws_hdr_copy");

		memcpy(&copy, &symbol, sizeof(copy));
	}
	if (header == WSI_TOKEN_PROTOCOL && lws_hdr_total_length(wsi, header) >= size)
		return snprintf(out, (size_t)size, "%s", SUBPROTOCOL);
	return copy(wsi, out, size, header);
}

/*
 * The library refuses a request that offers an upgrade to anything but a WebSocket, such as the h2c
 * of Java's client. A server may ignore that (RFC 9110, section 7.8), so here there is none.
 */
static bool offers_websocket(struct lws *wsi)
{
	char offer[sizeof("websocket")];

	return lws_hdr_copy_fragment(wsi, offer, sizeof(offer), WSI_TOKEN_UPGRADE, 0) > 0 &&
	       strcasecmp(offer, "websocket") == 0;
}

int lws_hdr_total_length(struct lws *wsi, enum lws_token_indexes header)
{
	static int (*total_length)(struct lws *, enum lws_token_indexes);

	if (total_length == NULL) {
		void *symbol = dlsym(RTLD_NEXT, "lws_hdr_total_length");

		memcpy(&total_length, &symbol, sizeof(total_length));
	}
	if (header == WSI_TOKEN_UPGRADE && !offers_websocket(wsi))
		return 0;
	return total_length(wsi, header);
}

/* What the library refuses by itself, bytes that are no request of HTTP, it would answer by a page
 * of its own. The connection ends after it. */
int lws_return_http_status(struct lws *wsi, unsigned code, const char *page)
{
	(void)code;
	(void)page;
	return http_write_error(lws_context_user(lws_get_context(wsi)), wsi, CHAT_ERR_BAD_REQUEST)
		       ? 0
		       : 1;
}
