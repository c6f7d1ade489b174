#include <chat/lines.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536 /* bytes to read at once */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define MARK_BYTES 3

void chat_lines_init(struct chat_lines *lines, size_t max)
{
	*lines = (struct chat_lines){.max = max};
	/* The bytes that are left are a line without its end, its CR perhaps included. */
	buf_init(&lines->input, max + 1 + CHUNK);
}

void chat_lines_release(struct chat_lines *lines)
{
	buf_release(&lines->input);
	chat_lines_init(lines, lines->max);
}

/* Bytes read, 0 at the end, -1 with errno. */
static ssize_t read_once(struct chat_lines *lines, int fd)
{
	struct buf *input = &lines->input;
	ssize_t n;
	char *to;

	if (lines->at > 0) {
		memmove(input->data, input->data + lines->at, input->len - lines->at);
		buf_truncate(input, input->len - lines->at);
		lines->at = 0;
	}
	to = buf_reserve(input, CHUNK);
	if (!to) {
		errno = ENOMEM;
		return -1;
	}
	n = read(fd, to, CHUNK);
	if (n >= 0)
		buf_truncate(input, input->len + (size_t)n);
	lines->ended = n == 0;
	return n;
}

enum chat_err chat_lines_fill(struct chat_lines *lines, int fd)
{
	if (read_once(lines, fd) >= 0 || errno == EINTR || errno == EAGAIN)
		return CHAT_OK;
	return errno == ENOMEM ? CHAT_ERR_NO_MEMORY : CHAT_ERR_IO;
}

/* Whether the text's first bytes are here, and what is to be skipped of them was. */
static bool begin(struct chat_lines *lines)
{
	const char *text = buf_str(&lines->input);
	size_t n = lines->input.len;

	if (n < MARK_BYTES && !lines->ended && memcmp(text, BYTE_ORDER_MARK, n) == 0)
		return false;
	if (n >= MARK_BYTES && memcmp(text, BYTE_ORDER_MARK, MARK_BYTES) == 0)
		lines->at = MARK_BYTES;
	lines->begun = true;
	return true;
}

/* A whole line of n bytes, whose place has room for a NUL. */
static enum chat_line hand_out(struct chat_lines *lines, char *start, size_t n, size_t *out_n)
{
	lines->number++;
	if (n > 0 && start[n - 1] == '\r')
		n--;
	start[n] = '\0';
	*out_n = n;
	if (n > lines->max)
		return CHAT_LINE_LONG;
	return memchr(start, '\0', n) ? CHAT_LINE_NUL : CHAT_LINE_TEXT;
}

enum chat_line chat_lines_next(struct chat_lines *lines, const char **line, size_t *n)
{
	struct buf *input = &lines->input;

	if (!lines->begun && !begin(lines))
		return CHAT_LINE_NONE;
	while (lines->at < input->len) {
		char *start = input->data + lines->at;
		size_t left = input->len - lines->at;
		char *end = memchr(start, '\n', left);

		if (!end && !lines->ended && left <= lines->max + 1)
			return CHAT_LINE_NONE;
		lines->at += end ? (size_t)(end - start) + 1 : left;
		if (lines->skipping) {
			lines->skipping = !end;
			continue;
		}
		*line = start;
		if (end || lines->ended)
			return hand_out(lines, start, end ? (size_t)(end - start) : left, n);
		lines->skipping = true;
		lines->number++;
		return CHAT_LINE_LONG;
	}
	return CHAT_LINE_NONE;
}

enum chat_line chat_lines_read(struct chat_lines *lines, int fd, const char **line, size_t *n)
{
	enum chat_line result;

	while ((result = chat_lines_next(lines, line, n)) == CHAT_LINE_NONE && !lines->ended) {
		if (read_once(lines, fd) < 0)
			return CHAT_LINE_FAILED;
	}
	return result;
}

enum chat_line chat_lines_rest(struct chat_lines *lines, int fd, struct buf *out)
{
	enum chat_line result;
	const char *line;
	bool first = true;
	size_t n;

	while ((result = chat_lines_read(lines, fd, &line, &n)) == CHAT_LINE_TEXT) {
		if (!first)
			buf_putc(out, '\n');
		first = false;
		buf_append(out, line, n);
	}
	return result;
}

void chat_lines_explain(enum chat_line result, const char *name, struct buf *why)
{
	if (result == CHAT_LINE_NUL)
		buf_printf(why, "%s has a NUL byte", name);
	else if (result == CHAT_LINE_LONG)
		buf_printf(why, "%s is too long", name);
	else if (result == CHAT_LINE_FAILED)
		buf_printf(why, "cannot read %s: %s", name, strerror(errno));
}
