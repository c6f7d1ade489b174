/* The subprotocols that a client offers, a token among them: a page in a browser cannot set
 * headers. */

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include "net/state.h"

#define BEARER "bearer."

const char *offer_token(struct lws *wsi, struct arena *arena)
{
	const char *offers = http_header(wsi, WSI_TOKEN_PROTOCOL, arena);
	const char *token = offers == NULL ? NULL : strstr(offers, BEARER);

	if (token == NULL)
		return NULL;
	token += strlen(BEARER);
	return arena_strndup(arena, token, strcspn(token, ", "));
}

bool offer_is_usable(struct lws *wsi, struct arena *arena)
{
	const char *at = http_header(wsi, WSI_TOKEN_PROTOCOL, arena);

	if (at == NULL)
		return true;
	while (*(at += strspn(at, ", ")) != '\0') {
		size_t len = strcspn(at, ", ");

		if (len == strlen(SUBPROTOCOL) && memcmp(at, SUBPROTOCOL, len) == 0)
			return true;
		at += len;
	}
	return false;
}

/*
 * Stands in for libwebsockets' function of this name, inside the library too (it calls its own
 * functions through the PLT): 4.1.6 copies the offers into 128 bytes to choose one, and hangs up if
 * they do not fit, which offers with a token never do. It is given the one that it would choose:
 * offer_is_usable() has found it. Everything else is left to the library.
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
