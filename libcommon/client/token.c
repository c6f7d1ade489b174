#include <chat/token.h>
#include <chat/arena.h>
#include <chat/object.h>

#include <string.h>

#define PAYLOAD_MAX 4096 /* bytes in base64; a token has some 200 */

static int digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* base64url without padding (RFC 4648, section 5); the count of bytes, 0 for what is none. */
static size_t decode(const char *text, size_t n, char *out)
{
	unsigned bits = 0, held = 0;
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		int value = digit(text[i]);

		if (value < 0)
			return 0;
		bits = (bits << 6 | (unsigned)value) & 0xffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			out[count++] = (char)(bits >> held & 0xff);
		}
	}
	return count;
}

int64_t chat_token_expires_at(const char *token)
{
	const char *payload = strchr(token, '.');
	size_t n = payload ? strcspn(++payload, ".") : 0;
	char json[PAYLOAD_MAX];
	struct chat_claims claims;
	struct problems problems = {0};
	struct arena arena;
	int64_t expires_at = 0;

	if (n == 0 || n > PAYLOAD_MAX)
		return 0;
	n = decode(payload, n, json);
	arena_init(&arena, 0);
	if (n > 0 && !object_decode(OBJECT_claims, json, n, &arena, &claims, &problems) &&
		claims.exp <= INT64_MAX / 1000)
		expires_at = claims.exp * 1000;
	arena_release(&arena);
	return expires_at;
}
