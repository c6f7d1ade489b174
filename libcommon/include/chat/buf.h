#ifndef CHAT_BUF_H
#define CHAT_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * A growing byte buffer with a bound. An append that would pass the bound, or finds no memory,
 * appends nothing and marks the buffer as failed; later appends then do nothing. So a writer can
 * append many times and ask once, at the end, with buf_ok().
 *
 * The bytes are always followed by a NUL that len does not count. Not locked: one thread at a time.
 */
struct buf {
	char *data; /* NULL until the first append */
	size_t len;
	size_t cap;
	size_t max; /* bytes, without the NUL */
	bool failed;
};

/* An empty buffer that takes at most max bytes. Allocates nothing. */
void buf_init(struct buf *b, size_t max);

/* Frees the bytes and leaves an empty buffer of the same bound. */
void buf_release(struct buf *b);

/* Empties the buffer and keeps its memory; clears the mark of failure. */
void buf_reset(struct buf *b);

/* Shortens the buffer to len bytes, which must be no more than it has. */
void buf_truncate(struct buf *b, size_t len);

/* Makes room for n more bytes and a NUL, and returns where they go, or NULL (failed). Who writes
 * there adds the count to len and puts the NUL behind. */
char *buf_reserve(struct buf *b, size_t n);

/* These append; false means that the buffer has failed, now or before. */
bool buf_append(struct buf *b, const void *bytes, size_t n);
bool buf_puts(struct buf *b, const char *text);
bool buf_putc(struct buf *b, char c);
bool buf_put_int(struct buf *b, long long value);
bool buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool buf_vprintf(struct buf *b, const char *format, va_list args);

/* Appends text as a JSON string with its quotes; text is valid UTF-8. RFC 8259, section 7. */
bool buf_put_json_string(struct buf *b, const char *text);

/* True when every append so far was taken. */
bool buf_ok(const struct buf *b);

/* The bytes as a C string, "" while there are none; valid until the next change. */
const char *buf_str(const struct buf *b);

/* Hands the bytes (NUL-terminated, to be freed with free()) to the caller and empties b; NULL, with
 * the bytes freed, if the buffer has failed. */
char *buf_detach(struct buf *b);

#endif
