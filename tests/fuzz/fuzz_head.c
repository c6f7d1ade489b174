#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "net/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Parses a copy of just n bytes, so that a sanitizer sees who reads on. Slices are not looked at.
 */
static enum head_result parse_copy(const char *bytes, size_t n, struct head *head, size_t *used)
{
	char *copy = malloc(n ? n : 1);
	enum head_result result;

	require(copy != NULL);
	memcpy(copy, bytes, n);
	result = head_parse(copy, n, head, used);
	free(copy);
	return result;
}

/* What comes in pieces is what comes whole, and ends at the same byte. */
static void check_pieces(
	const char *bytes, size_t n, enum head_result whole, const struct head *head, size_t used)
{
	enum head_result result = HEAD_MORE;
	struct head again;
	size_t end = 0, used_again;

	while (result == HEAD_MORE && end < n)
		result = parse_copy(bytes, ++end, &again, &used_again);
	require(result == whole || n == 0);
	if (whole == HEAD_DONE)
		require(end == used && used_again == used && again.n_fields == head->n_fields);
	if (whole == HEAD_REFUSED)
		require(again.err == head->err);
}

static bool has_control(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return true;
	return false;
}

static void check_done(const char *bytes, const struct head *head, size_t used)
{
	char *decoded = malloc(head->path.len + 1);
	size_t n = 0, hosts = head_count(head, "host");

	require(decoded != NULL);
	require(used <= HEAD_BYTES_MAX && memcmp(bytes + used - 4, "\r\n\r\n", 4) == 0);
	require(head->err == CHAT_OK && head->target.len <= HEAD_LINE_MAX && head->path.len > 0);
	require(hosts <= 1 && (head->minor == 0 || hosts == 1));
	require(head_count(head, "content-length") == (head->length >= 0));
	require(head_count(head, "transfer-encoding") == 0);
	require(head_decode_path(head->path, decoded) <= head->path.len);
	require(!has_control(decoded, strlen(decoded)));
	/* Each line but the empty ones is accounted for. */
	for (size_t i = 2; i < used; i++)
		n += bytes[i] == '\n';
	require(n == head->n_fields + 2u);
	for (size_t i = 0; i < used; i++)
		require((bytes[i] == '\n') == (i > 0 && bytes[i - 1] == '\r'));
	free(decoded);
}

static void check(const char *bytes, size_t n)
{
	struct head head;
	size_t used;
	enum head_result result = head_parse(bytes, n, &head, &used);

	require((result == HEAD_REFUSED) == (head.err != CHAT_OK));
	require(result != HEAD_MORE || n < HEAD_BYTES_MAX);
	if (result == HEAD_DONE)
		check_done(bytes, &head, used);
	if (n <= 1024)
		check_pieces(bytes, n, result, &head, used);
}

/* The bytes as a head, and as the target of one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char before[] = "GET ", after[] = " HTTP/1.1\r\nHost: a\r\n\r\n";
	size_t n = sizeof(before) - 1 + size + sizeof(after) - 1;
	char *framed = malloc(n);

	require(framed != NULL);
	memcpy(framed, before, sizeof(before) - 1);
	memcpy(framed + sizeof(before) - 1, data, size);
	memcpy(framed + sizeof(before) - 1 + size, after, sizeof(after) - 1);
	check((const char *)data, size);
	check(framed, n);
	free(framed);
	return 0;
}
