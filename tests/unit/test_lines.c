#include <chat/lines.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "test.h"

#define LINE_MAX_BYTES 8

/* A pipe with these bytes in it, and its end. */
static int pipe_of(const char *bytes, size_t n)
{
	int fds[2];

	if (pipe(fds) || write(fds[1], bytes, n) != (ssize_t)n)
		abort();
	close(fds[1]);
	return fds[0];
}

/* What the lines of n bytes are: "<one><>" with (nul), (long) and (failed) in their places. */
static const char *show(const char *bytes, size_t n)
{
	static char shown[4096];
	struct chat_lines lines;
	enum chat_line result;
	const char *line;
	size_t at = 0, count = 0;
	int fd = pipe_of(bytes, n);

	chat_lines_init(&lines, LINE_MAX_BYTES);
	shown[0] = '\0';
	while ((result = chat_lines_read(&lines, fd, &line, &n)) != CHAT_LINE_NONE) {
		CHECK_INT(lines.number, ++count);
		if (result == CHAT_LINE_TEXT) {
			CHECK_INT(strlen(line), n);
			at += (size_t)snprintf(shown + at, sizeof(shown) - at, "<%s>", line);
		} else {
			at += (size_t)snprintf(shown + at, sizeof(shown) - at, "(%s)",
				result == CHAT_LINE_NUL ? "nul" : "long");
		}
	}
	CHECK(lines.ended);
	CHECK_INT(chat_lines_read(&lines, fd, &line, &n), CHAT_LINE_NONE);
	chat_lines_release(&lines);
	close(fd);
	return shown;
}

#define SHOW(text) show(text, sizeof(text) - 1)

static void ends(void)
{
	CHECK_STR(SHOW(""), "");
	CHECK_STR(SHOW("one\ntwo\n"), "<one><two>");
	CHECK_STR(SHOW("one\nlast"), "<one><last>");
	CHECK_STR(SHOW("\n\n"), "<><>");
	CHECK_STR(SHOW("one\r\ntwo\r\n"), "<one><two>");
	CHECK_STR(SHOW("one\r\nlast\r"), "<one><last>");
	CHECK_STR(SHOW("a\rb\n\r\n"), "<a\rb><>");
	CHECK_STR(SHOW("a\r\r\n"), "<a\r>");
}

static void marks(void)
{
	CHECK_STR(SHOW("\xef\xbb\xbfone\n\xef\xbb\xbftwo\n"), "<one><\xef\xbb\xbftwo>");
	CHECK_STR(SHOW("\xef\xbb\xbf"), "");
	CHECK_STR(SHOW("\xef\xbb"), "<\xef\xbb>");
	CHECK_STR(SHOW("\xef\n"), "<\xef>");
}

static void refused(void)
{
	CHECK_STR(SHOW("a\0b\nc\n"), "(nul)<c>");
	CHECK_STR(SHOW("\0"), "(nul)");
	CHECK_STR(SHOW("12345678\r\n12345678"), "<12345678><12345678>");
	CHECK_STR(SHOW("123456789\nnext\n"), "(long)<next>");
	CHECK_STR(SHOW("123456789\r\n123456789"), "(long)(long)");
	CHECK_STR(SHOW("1234567890123456789\nnext"), "(long)<next>");
}

/* A byte at a time, as a terminal or a slow pipe gives it; and lines longer than any read. */
static void pieces(void)
{
	static const char text[] = "\xef\xbb\xbf"
				   "one\r\n123456789ab\ntwo";
	struct chat_lines lines;
	char shown[256] = "";
	const char *line;
	size_t n, len = 0;
	int fds[2];

	CHECK(!pipe(fds));
	chat_lines_init(&lines, LINE_MAX_BYTES);
	for (size_t i = 0; i <= sizeof(text) - 1; i++) {
		enum chat_line result;

		if (i == sizeof(text) - 1)
			close(fds[1]);
		else
			CHECK_INT(write(fds[1], text + i, 1), 1);
		CHECK_INT(chat_lines_fill(&lines, fds[0]), CHAT_OK);
		while ((result = chat_lines_next(&lines, &line, &n)) != CHAT_LINE_NONE)
			len += (size_t)snprintf(shown + len, sizeof(shown) - len, "%s;",
				result == CHAT_LINE_TEXT ? line : "(long)");
	}
	CHECK_STR(shown, "one;(long);two;");
	chat_lines_release(&lines);
	close(fds[0]);
}

static void large(void)
{
	const size_t size = 300000;
	char *text = malloc(size + 2);
	struct chat_lines lines;
	FILE *file = tmpfile();
	const char *line;
	size_t n;

	memset(text, 'x', size);
	memcpy(text + size, "\ny", 2);
	CHECK(file && fwrite(text, 1, size + 2, file) == size + 2 && !fflush(file));
	rewind(file);
	chat_lines_init(&lines, size);
	CHECK_INT(chat_lines_read(&lines, fileno(file), &line, &n), CHAT_LINE_TEXT);
	CHECK_INT(n, size);
	CHECK_INT(chat_lines_read(&lines, fileno(file), &line, &n), CHAT_LINE_TEXT);
	CHECK_STR(line, "y");
	chat_lines_release(&lines);
	CHECK_INT(lseek(fileno(file), 0, SEEK_SET), 0);
	chat_lines_init(&lines, LINE_MAX_BYTES);
	CHECK_INT(chat_lines_read(&lines, fileno(file), &line, &n), CHAT_LINE_LONG);
	CHECK_INT(chat_lines_read(&lines, fileno(file), &line, &n), CHAT_LINE_TEXT);
	CHECK_STR(line, "y");
	CHECK_INT(lines.number, 2);
	chat_lines_release(&lines);
	fclose(file);
	free(text);
}

static void rest(void)
{
	struct chat_lines lines;
	struct buf out;
	int fd = pipe_of("a\r\n\r\nb\n\n", 8);

	buf_init(&out, 64);
	chat_lines_init(&lines, LINE_MAX_BYTES);
	CHECK_INT(chat_lines_rest(&lines, fd, &out), CHAT_LINE_NONE);
	CHECK_STR(buf_str(&out), "a\n\nb\n");
	chat_lines_release(&lines);
	CHECK_INT(chat_lines_rest(&lines, -1, &out), CHAT_LINE_FAILED);
	CHECK_INT(errno, EBADF);
	buf_reset(&out);
	chat_lines_explain(CHAT_LINE_FAILED, "x", &out);
	CHECK_STR(buf_str(&out), "cannot read x: Bad file descriptor");
	CHECK_INT(chat_lines_fill(&lines, -1), CHAT_ERR_IO);
	chat_lines_release(&lines);
	buf_release(&out);
	close(fd);
}

int main(void)
{
	RUN(ends);
	RUN(marks);
	RUN(refused);
	RUN(pieces);
	RUN(large);
	RUN(rest);
	return test_end();
}
