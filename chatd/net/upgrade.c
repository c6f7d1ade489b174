/* The opening handshake of a WebSocket: RFC 6455, section 4.2. */

#include <string.h>
#include <strings.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <chat/limits.h>
#include <chat/object.h>
#include <chat/text.h>
#include "config.h"
#include "net/state.h"

#define BEARER "bearer."
/* Sixteen bytes in base64, and the accepted key, which is a SHA-1. */
#define KEY_LENGTH 24
#define ACCEPT_SIZE 32

/* What the path, the query and the token of a handshake say. */
struct opening {
	int64_t user_id, server_id, channel_id; /* all 0: the gateway */
	bool hold;
	struct principal principal;
};

bool upgrade_is_asked(const struct head *head)
{
	struct head_list list = {0};
	struct slice protocol;

	/* Anything else that is offered may be ignored (RFC 9110, section 7.8), h2c for one. */
	while (head->upgrade && head_next_of(head, "upgrade", &list, &protocol)) {
		if (slice_is(protocol, "websocket"))
			return true;
	}
	return false;
}

/* --- what the handshake says --- */

/* "/gateway", or "/ws/{user_id}/{server_id}/{channel_id}" */
static bool parse_path(const char *path, struct opening *opening)
{
	int64_t *ids[] = {&opening->user_id, &opening->server_id, &opening->channel_id};
	const char *at = path;

	*opening = (struct opening){0};
	if (strcmp(path, "/gateway") == 0 || strcmp(path, "/gateway/") == 0)
		return true;
	if (strncmp(at, "/ws", 3) != 0)
		return false;
	at += 3;
	for (size_t i = 0; i < 3; i++) {
		size_t len;

		if (*at++ != '/')
			return false;
		len = strcspn(at, "/");
		if (!object_parse_int(at, len, ids[i]) || *ids[i] < 1 || *ids[i] > LIMIT_ID_MAX)
			return false;
		at += len;
	}
	return at[0] == '\0' || strcmp(at, "/") == 0;
}

/* The first argument of that name in the query, decoded, in the arena; NULL if there is none. */
static const char *find_argument(struct slice query, const char *name, struct arena *arena)
{
	size_t name_len = strlen(name);

	while (query.len > 0) {
		const char *end = memchr(query.at, '&', query.len);
		size_t len = end == NULL ? query.len : (size_t)(end - query.at);

		if (len > name_len && memcmp(query.at, name, name_len) == 0 &&
			query.at[name_len] == '=') {
			char *value = arena_alloc(arena, len - name_len);

			if (value == NULL || text_percent_decode(query.at + name_len + 1,
						     len - name_len - 1, true, value) < 0)
				return NULL;
			return value;
		}
		query.at += end == NULL ? len : len + 1;
		query.len -= end == NULL ? len : len + 1;
	}
	return NULL;
}

/* The token among the subprotocols that a client offers: a page in a browser cannot set headers. */
static const char *offered_token(const struct head *head, struct arena *arena)
{
	struct head_list offers = {0};
	struct slice offer;

	while (head_next_of(head, "sec-websocket-protocol", &offers, &offer)) {
		if (offer.len > strlen(BEARER) &&
			strncasecmp(offer.at, BEARER, strlen(BEARER)) == 0)
			return arena_strndup(
				arena, offer.at + strlen(BEARER), offer.len - strlen(BEARER));
	}
	return NULL;
}

/* Whether SUBPROTOCOL is offered, or none at all. */
static bool offers_subprotocol(const struct head *head)
{
	struct head_list offers = {0};
	struct slice offer;

	while (head_next_of(head, "sec-websocket-protocol", &offers, &offer)) {
		if (slice_is(offer, SUBPROTOCOL))
			return true;
	}
	return head_find(head, "sec-websocket-protocol").at == NULL;
}

/* The token of the header, the query or the subprotocol; "" if there is none. */
static const char *find_token(const struct head *head, struct arena *arena)
{
	struct slice header = head_find(head, "authorization");
	const char *token = NULL;

	if (header.len > 7 && strncasecmp(header.at, "Bearer ", 7) == 0)
		token = arena_strndup(arena, header.at + 7, header.len - 7);
	if (token == NULL)
		token = find_argument(head->query, "token", arena);
	if (token == NULL)
		token = offered_token(head, arena);
	return token == NULL ? "" : token + strspn(token, " ");
}

/* The fields that make it a handshake of version 13. */
static enum chat_err check_handshake(const struct head *head)
{
	struct slice key = head_find(head, "sec-websocket-key");
	unsigned char bytes[KEY_LENGTH];

	if (!slice_is(head->method, "get") || head->length > 0)
		return CHAT_ERR_BAD_REQUEST;
	if (!slice_is(head_find(head, "sec-websocket-version"), "13"))
		return CHAT_ERR_UPGRADE_REQUIRED;
	if (key.len != KEY_LENGTH || memcmp(key.at + KEY_LENGTH - 2, "==", 2) != 0 ||
		EVP_DecodeBlock(bytes, (const unsigned char *)key.at, KEY_LENGTH) < 0)
		return CHAT_ERR_BAD_REQUEST;
	return offers_subprotocol(head) ? CHAT_OK : CHAT_ERR_BAD_REQUEST;
}

static enum chat_err parse_opening(
	struct net *net, const struct head *head, struct arena *arena, struct opening *opening)
{
	char *path = arena_alloc(arena, head->path.len + 1);
	const char *token = find_token(head, arena), *hold;
	enum chat_err err;

	if (path == NULL)
		return CHAT_ERR_NO_MEMORY;
	head_decode_path(head->path, path);
	if (!parse_path(path, opening))
		return CHAT_ERR_NOT_FOUND;
	err = check_handshake(head);
	if (err != CHAT_OK)
		return err;
	if (token[0] == '\0')
		return CHAT_ERR_NOT_LOGGED_IN;
	err = api_verify_token(net->api, token, strlen(token), &opening->principal);
	if (err != CHAT_OK)
		return err;
	if (opening->channel_id != 0 && opening->principal.user_id != opening->user_id)
		return CHAT_ERR_NOT_YOURS;
	hold = find_argument(head->query, "resume", arena);
	opening->hold = hold != NULL && strcmp(hold, "1") == 0;
	return CHAT_OK;
}

/* --- the answer --- */

static void write_accepted(struct buf *out, const struct head *head)
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char text[KEY_LENGTH + sizeof(guid) - 1];
	unsigned char digest[SHA_DIGEST_LENGTH], accept[ACCEPT_SIZE];

	memcpy(text, head_find(head, "sec-websocket-key").at, KEY_LENGTH);
	memcpy(text + KEY_LENGTH, guid, sizeof(guid) - 1);
	SHA1(text, sizeof(text), digest);
	EVP_EncodeBlock(accept, digest, sizeof(digest));
	buf_printf(out,
		"HTTP/1.1 101 Switching Protocols\r\n"
		"Upgrade: websocket\r\n"
		"Connection: Upgrade\r\n"
		"Sec-WebSocket-Accept: %s\r\n",
		(const char *)accept);
	if (head_find(head, "sec-websocket-protocol").at != NULL)
		buf_puts(out, "Sec-WebSocket-Protocol: " SUBPROTOCOL "\r\n");
	buf_puts(out, "\r\n");
}

/* Under which address the socket counts; 0 for a proxy's own. */
static int64_t address_of_client(const struct conn *conn, const struct head *head)
{
	struct address client;

	http_identify(conn, head, &client);
	if (address_is_listed(conn->net->config->trusted_proxies, &client))
		return 0;
	return address_key(&client);
}

/* Opens the socket that the handshake asks for. */
static enum chat_err open_socket(struct conn *conn, const struct head *head, int64_t *retry_ms)
{
	int64_t address = address_of_client(conn, head);
	struct opening opening;
	struct arena arena;
	enum chat_err err;

	arena_init(&arena, 0);
	err = parse_opening(conn->net, head, &arena, &opening);
	arena_release(&arena);
	if (err != CHAT_OK)
		return err;
	*retry_ms = api_limit_open(conn->net->api, &opening.principal, (uint64_t)address);
	if (*retry_ms > 0)
		return CHAT_ERR_RATE_LIMITED;
	return ws_open(conn, &opening.principal, address, opening.server_id, opening.channel_id,
		opening.hold);
}

void upgrade(struct conn *conn, const struct head *head)
{
	struct net *net = conn->net;
	int64_t retry_ms = 0;
	enum chat_err err = net->draining ? CHAT_ERR_BUSY : open_socket(conn, head, &retry_ms);

	if (err != CHAT_OK) {
		http_refuse(conn, err, retry_ms);
		return;
	}
	write_accepted(&net->corked, head);
	conn->state = CONN_SOCKET;
}
