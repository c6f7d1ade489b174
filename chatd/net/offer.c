/* The subprotocols that a client offers, a token among them: a page in a browser cannot set
 * headers. */

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
