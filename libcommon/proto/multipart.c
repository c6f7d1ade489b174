#include <chat/multipart.h>
#include <chat/buf.h>

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define BOUNDARY_MAX 70 /* characters: RFC 2046, section 5.1.1 */
#define CRLF "\r\n"

/* The value of a header's parameter, in quotes or without: *n bytes. NULL if it is not there. */
static const char *parameter(const char *header, const char *end, const char *name, size_t *n)
{
	size_t length = strlen(name);

	while ((header = memchr(header, ';', (size_t)(end - header))) != NULL) {
		const char *stop;

		header++;
		while (header < end && (*header == ' ' || *header == '\t'))
			header++;
		if ((size_t)(end - header) <= length || strncasecmp(header, name, length) != 0 ||
			header[length] != '=')
			continue;
		header += length + 1;
		if (header < end && *header == '"') {
			header++;
			stop = memchr(header, '"', (size_t)(end - header));
			*n = stop ? (size_t)(stop - header) : 0;
			return stop ? header : NULL;
		}
		for (stop = header; stop < end && !strchr("; \t", *stop);)
			stop++;
		*n = (size_t)(stop - header);
		return header;
	}
	return NULL;
}

/* Appends bytes so that a form's decoder has them back, whatever they are. */
static void put_bytes(struct buf *out, const char *bytes, size_t n)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];
		const char escape[] = {'%', digits[c >> 4], digits[c & 15]};

		buf_append(out, escape, sizeof(escape));
	}
}

/* The name that a part's headers, of n bytes, give its field. */
static const char *field_name(const char *headers, size_t n, size_t *name_n)
{
	static const char disposition[] = "content-disposition:";
	const char *end = headers + n;

	while (headers < end) {
		const char *stop = memmem(headers, (size_t)(end - headers), CRLF, 2);

		if (!stop)
			stop = end;
		if ((size_t)(stop - headers) > strlen(disposition) &&
			strncasecmp(headers, disposition, strlen(disposition)) == 0)
			return parameter(headers, stop, "name", name_n);
		headers = stop == end ? end : stop + 2;
	}
	return NULL;
}

/* One part without its delimiters. */
static bool put_part(struct buf *out, const char *part, size_t n)
{
	const char *blank = memmem(part, n, CRLF CRLF, 4);
	const char *name;
	size_t name_n = 0;

	name = blank ? field_name(part, (size_t)(blank - part), &name_n) : NULL;
	if (!name)
		return false;
	if (out->len)
		buf_putc(out, '&');
	put_bytes(out, name, name_n);
	buf_putc(out, '=');
	put_bytes(out, blank + 4, n - (size_t)(blank + 4 - part));
	return true;
}

/* What stands at the beginning of each part but the first: a line end, two dashes, the boundary. */
static bool make_delimiter(const char *content_type, char delimiter[BOUNDARY_MAX + 5], size_t *n)
{
	size_t length = 0;
	const char *boundary =
		parameter(content_type, content_type + strlen(content_type), "boundary", &length);

	if (!boundary || length == 0 || length > BOUNDARY_MAX)
		return false;
	memcpy(delimiter, CRLF "--", 4);
	memcpy(delimiter + 4, boundary, length);
	*n = length + 4;
	return true;
}

enum chat_err chat_multipart_form(
	const char *content_type, const char *body, size_t n, struct buf *out)
{
	char delimiter[BOUNDARY_MAX + 5];
	const char *end = body + n, *part, *next;
	size_t length;

	if (!make_delimiter(content_type, delimiter, &length))
		return CHAT_ERR_INVALID;
	/* The first delimiter may stand at the very beginning, or behind a preamble. */
	next = memmem(body, n, delimiter, length);
	part = next ? next + length : NULL;
	if (n >= length - 2 && memcmp(body, delimiter + 2, length - 2) == 0)
		part = body + length - 2;
	for (; part; part = next + length) {
		if (end - part >= 2 && memcmp(part, "--", 2) == 0)
			return buf_ok(out) ? CHAT_OK : CHAT_ERR_NO_MEMORY;
		while (part < end && (*part == ' ' || *part == '\t'))
			part++;
		if (end - part < 2 || memcmp(part, CRLF, 2) != 0)
			break;
		part += 2;
		next = memmem(part, (size_t)(end - part), delimiter, length);
		if (!next || !put_part(out, part, (size_t)(next - part)))
			break;
	}
	return CHAT_ERR_INVALID;
}
