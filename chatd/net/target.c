#include "net/target.h"

#include <arpa/inet.h>
#include <string.h>
#include <chat/text.h>
#include "net/scan.h"

/* Of 65535. */
enum { PORT_DIGITS_MAX = 5 };

/* The byte that the escape at the start of n bytes stands for; -1 if it is none. */
static int read_escape(const char *at, size_t n)
{
	int high = n >= 3 ? text_hex_digit(at[1]) : -1;
	int low = n >= 3 ? text_hex_digit(at[2]) : -1;

	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Whether each '%' begins an escape, and none stands for a control character. */
static bool has_good_escapes(struct slice text)
{
	const char *end = text.at + text.len, *at = text.at;

	while ((at = memchr(at, '%', (size_t)(end - at))) != NULL) {
		int byte = read_escape(at, (size_t)(end - at));

		if (byte < ' ' || byte == 0x7f)
			return false;
		at += 3;
	}
	return true;
}

static bool is_port(struct slice digits)
{
	unsigned port = 0;

	if (digits.len > PORT_DIGITS_MAX || !is_all(digits, SCAN_DIGIT))
		return false;
	for (size_t i = 0; i < digits.len; i++)
		port = port * 10 + (unsigned)(digits.at[i] - '0');
	return port <= UINT16_MAX;
}

/* An address of IPv6 in brackets; the end of it, or NULL. */
static const char *skip_ipv6(struct slice text)
{
	const char *close = memchr(text.at, ']', text.len);
	char address[INET6_ADDRSTRLEN];
	struct in6_addr binary;
	size_t n = close ? (size_t)(close - text.at) - 1 : sizeof(address);

	if (n >= sizeof(address))
		return NULL;
	memcpy(address, text.at + 1, n);
	address[n] = '\0';
	return inet_pton(AF_INET6, address, &binary) == 1 ? close + 1 : NULL;
}

bool target_is_host(struct slice text)
{
	const char *end = text.at + text.len, *colon;

	if (text.len > 0 && text.at[0] == '[')
		colon = skip_ipv6(text);
	else
		colon = skip(text.at, end, SCAN_HOST);
	if (!colon || colon == text.at || !has_good_escapes(slice_of(text.at, colon)))
		return false;
	return colon == end || (*colon == ':' && is_port(slice_of(colon + 1, end)));
}

/* The end of "http://" or "https://" in any case; NULL where neither stands. */
static const char *skip_scheme(struct slice target)
{
	static const char *const schemes[] = {"http://", "https://"};

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(schemes[i]);

		if (target.len > n && slice_is((struct slice){target.at, n}, schemes[i]))
			return target.at + n;
	}
	return NULL;
}

static bool has_few_arguments(struct slice query)
{
	const char *end = query.at + query.len, *at = query.at;
	unsigned n = 1;

	for (; (at = memchr(at, '&', (size_t)(end - at))) != NULL; at++)
		n++;
	return n <= HEAD_ARGUMENTS_MAX;
}

enum chat_err target_read(struct head *head)
{
	const char *at = head->target.at, *end = at + head->target.len, *mark;

	if (is_exactly(head->target, "*") && is_exactly(head->method, "OPTIONS")) {
		head->path = head->target;
		return CHAT_OK;
	}
	if (*at != '/') {
		const char *authority = skip_scheme(head->target);

		for (at = authority; at && at < end && *at != '/' && *at != '?'; at++)
			;
		if (!at || !target_is_host(slice_of(authority, at)))
			return CHAT_ERR_BAD_REQUEST;
	}
	mark = memchr(at, '?', (size_t)(end - at));
	head->path = slice_of(at, mark ? mark : end);
	if (head->path.len == 0)
		head->path = (struct slice){"/", 1};
	if (mark)
		head->query = slice_of(mark + 1, end);
	if (!has_good_escapes(head->path) || !has_good_escapes(head->query))
		return CHAT_ERR_BAD_REQUEST;
	return has_few_arguments(head->query) ? CHAT_OK : CHAT_ERR_TOO_MANY_ARGUMENTS;
}

size_t head_decode_path(struct slice path, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < path.len; i++) {
		int byte = path.at[i] == '%' ? read_escape(path.at + i, path.len - i) : -1;

		if (byte < 0 || byte == '/') {
			out[n++] = path.at[i];
			continue;
		}
		out[n++] = (char)byte;
		i += 2;
	}
	out[n] = '\0';
	return n;
}
