#include "input/recall.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <chat/buf.h>
#include <chat/lines.h>

#define LINE_BYTES ((size_t)64 << 10)

/* A line of the file is one text, in which \\n stands for a line end. */
static char *unescape(const char *line)
{
	char *text = strdup(line), *to = text;

	for (; text && *line; line++) {
		if (*line == '\\' && line[1]) {
			line++;
			*to++ = *line == 'n' ? '\n' : *line;
		} else {
			*to++ = *line;
		}
	}
	if (text)
		*to = '\0';
	return text;
}

static void put_escaped(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n' || *text == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *text == '\n' ? 'n' : *text);
	}
	buf_putc(out, '\n');
}

static void push(struct recall *recall, char *line)
{
	if (!line)
		return;
	if (recall->count == RECALL_MAX) {
		free(recall->lines[0]);
		memmove(recall->lines, recall->lines + 1, --recall->count * sizeof(*recall->lines));
	}
	recall->lines[recall->count++] = line;
}

static void write_all(const struct recall *recall)
{
	int fd = open(recall->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct buf out;

	if (fd < 0)
		return;
	buf_init(&out, RECALL_MAX * LINE_BYTES);
	for (size_t i = 0; i < recall->count; i++)
		put_escaped(&out, recall->lines[i]);
	/* What cannot be kept is not worth a word. */
	for (size_t at = 0; buf_ok(&out) && at < out.len;) {
		ssize_t n = write(fd, out.data + at, out.len - at);

		if (n <= 0)
			break;
		at += (size_t)n;
	}
	buf_release(&out);
	close(fd);
}

void recall_init(struct recall *recall, char *path)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	struct chat_lines lines;
	enum chat_line found;
	const char *line;
	size_t n;

	*recall = (struct recall){.path = path};
	if (fd < 0)
		return;
	chat_lines_init(&lines, LINE_BYTES);
	while ((found = chat_lines_read(&lines, fd, &line, &n)) != CHAT_LINE_NONE &&
		found != CHAT_LINE_FAILED)
		if (found == CHAT_LINE_TEXT)
			push(recall, unescape(line));
	chat_lines_release(&lines);
	close(fd);
}

void recall_release(struct recall *recall)
{
	for (size_t i = 0; i < recall->count; i++)
		free(recall->lines[i]);
	free(recall->present);
	free(recall->path);
	*recall = (struct recall){0};
}

void recall_add(struct recall *recall, const char *line)
{
	recall->back = 0;
	if (recall->count && strcmp(recall->lines[recall->count - 1], line) == 0)
		return;
	push(recall, strdup(line));
	if (recall->path)
		write_all(recall);
}

const char *recall_step(struct recall *recall, int step, const char *now)
{
	if (step > 0 ? recall->back >= recall->count : recall->back == 0)
		return NULL;
	if (recall->back == 0) {
		free(recall->present);
		recall->present = strdup(now);
	}
	recall->back += (size_t)step;
	if (recall->back == 0)
		return recall->present ? recall->present : "";
	return recall->lines[recall->count - recall->back];
}
