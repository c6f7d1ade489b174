#ifndef CHAT_LINES_H
#define CHAT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <chat/buf.h>
#include <chat/err.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The one reader of text: standard input and files, line by line. A line ends with LF or CR LF, or
 * where the text ends; a byte order mark before the first line is skipped. A line with a NUL, or
 * one that is too long, is reported as such and never handed out in part, so that a reader can
 * refuse it by its number and go on.
 *
 * For a descriptor that is polled: after each POLLIN chat_lines_fill(), then chat_lines_next()
 * until there is none. Elsewhere chat_lines_read() does both. One thread at a time.
 */
struct chat_lines {
	struct buf input; /* what was read and not handed out, from `at` on */
	size_t at;
	size_t max;    /* bytes of a line */
	size_t number; /* of the line handed out last; the first is 1 */
	bool ended;    /* the descriptor is at its end */
	bool begun;    /* past where a byte order mark may stand */
	bool skipping; /* in the rest of a line that was too long */
};

enum chat_line {
	CHAT_LINE_NONE, /* no whole line yet; where `ended` is set, no more at all */
	CHAT_LINE_TEXT,
	CHAT_LINE_NUL,
	CHAT_LINE_LONG,
	CHAT_LINE_FAILED, /* only chat_lines_read() and chat_lines_rest(); errno says why */
};

/* max: bytes of the longest line. Allocates nothing. */
void chat_lines_init(struct chat_lines *lines, size_t max);
void chat_lines_release(struct chat_lines *lines);

/* Reads once. CHAT_OK also where nothing was there (EINTR, EAGAIN); CHAT_ERR_IO with errno;
 * CHAT_ERR_NO_MEMORY. Only after chat_lines_next() gave CHAT_LINE_NONE. */
enum chat_err chat_lines_fill(struct chat_lines *lines, int fd);

/* The next line without its end: n bytes and a NUL at *line, valid until the next fill. */
enum chat_line chat_lines_next(struct chat_lines *lines, const char **line, size_t *n);

/* The same, waiting for it. An interrupted read is a failure with EINTR. */
enum chat_line chat_lines_read(struct chat_lines *lines, int fd, const char **line, size_t *n);

/* Appends all lines that are left, with LF between them and none behind the last, until
 * CHAT_LINE_NONE; anything else is what stopped it. Whether all fitted, out knows: buf_ok(). */
enum chat_line chat_lines_rest(struct chat_lines *lines, int fd, struct buf *out);

/* Appends what is wrong where the result is CHAT_LINE_NUL, CHAT_LINE_LONG or CHAT_LINE_FAILED (then
 * errno counts): "NAME has a NUL byte". */
void chat_lines_explain(enum chat_line result, const char *name, struct buf *why);

#ifdef __cplusplus
}
#endif

#endif
