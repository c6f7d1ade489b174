#include <chat/buf.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST 1024 /* bytes of the first allocation: most lines and messages fit */

void buf_init(struct buf *b, size_t max)
{
	/* No object is larger, so that sums of sizes cannot overflow. */
	*b = (struct buf){.max = max < PTRDIFF_MAX ? max : PTRDIFF_MAX - 1};
}

void buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf){.max = b->max};
}

void buf_reset(struct buf *b)
{
	b->failed = false;
	buf_truncate(b, 0);
}

void buf_truncate(struct buf *b, size_t len)
{
	b->len = len;
	if (b->data)
		b->data[len] = '\0';
}

/* Room for n more bytes and the NUL where cap has none. */
static bool buf_grow(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap * 2 : BUF_FIRST;
	char *data;

	if (n > b->max - b->len)
		goto fail;
	if (cap > b->max)
		cap = b->max + 1;
	if (cap < b->len + n + 1)
		cap = b->len + n + 1;
	data = realloc(b->data, cap);
	if (!data)
		goto fail;
	b->data = data;
	b->cap = cap;
	b->data[b->len] = '\0';
	return true;
fail:
	b->failed = true;
	return false;
}

char *buf_reserve(struct buf *b, size_t n)
{
	if (b->failed)
		return NULL;
	/* cap never passes max + 1, so what fits into cap is within the bound. */
	if (n >= b->cap - b->len && !buf_grow(b, n))
		return NULL;
	return b->data + b->len;
}

bool buf_append(struct buf *b, const void *bytes, size_t n)
{
	char *at = buf_reserve(b, n);

	if (!at)
		return false;
	if (n > 0)
		memcpy(at, bytes, n);
	at[n] = '\0';
	b->len += n;
	return true;
}

bool buf_puts(struct buf *b, const char *text)
{
	return buf_append(b, text, strlen(text));
}

bool buf_putc(struct buf *b, char c)
{
	char *at = buf_reserve(b, 1);

	if (!at)
		return false;
	at[0] = c;
	at[1] = '\0';
	b->len++;
	return true;
}

bool buf_put_int(struct buf *b, long long value)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	char text[20]; /* "-9223372036854775808" */
	char *at = text + sizeof(text);
	unsigned long long rest = (unsigned long long)value;

	if (value < 0)
		rest = 0 - rest;
	for (; rest >= 100; rest /= 100) {
		at -= 2;
		memcpy(at, pairs + rest % 100 * 2, 2);
	}
	if (rest >= 10) {
		at -= 2;
		memcpy(at, pairs + rest * 2, 2);
	} else {
		*--at = (char)('0' + rest);
	}
	if (value < 0)
		*--at = '-';
	return buf_append(b, at, (size_t)(text + sizeof(text) - at));
}

bool buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	bool ok;

	va_start(args, format);
	ok = buf_vprintf(b, format, args);
	va_end(args);
	return ok;
}

bool buf_vprintf(struct buf *b, const char *format, va_list args)
{
	char *at = buf_reserve(b, 0);
	size_t room;
	va_list again;
	int n;

	if (!at)
		return false;
	room = b->cap - b->len;
	va_copy(again, args);
	n = vsnprintf(at, room, format, args);
	if (n < 0) {
		b->failed = true;
	} else if ((size_t)n >= room) {
		at = buf_reserve(b, (size_t)n);
		if (at)
			vsnprintf(at, (size_t)n + 1, format, again);
	}
	va_end(again);
	if (b->failed) {
		buf_truncate(b, b->len);
		return false;
	}
	b->len += (size_t)n;
	return true;
}

/* What each byte becomes in a JSON string: 0 itself, 'u' \u00XX, else a backslash and this. */
static const char json_escapes[256] = {
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'b',
	't',
	'n',
	'u',
	'f',
	'r',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	['"'] = '"',
	['\\'] = '\\',
};

/* How many of the n bytes at text, from the first on, go into a JSON string as they are. */
static size_t json_plain(const char *text, size_t n)
{
	const uint64_t ones = UINT64_MAX / 255, tops = ones * 0x80;
	size_t i = 0;

	/*
	 * Eight bytes at a time: (x - ones * k) & ~x has a top bit set if and only if some byte of
	 * x is below k; a byte equal to c is one below 1 after an XOR with c.
	 */
	for (; n - i >= 8; i += 8) {
		uint64_t word, quote, backslash;

		memcpy(&word, text + i, 8);
		quote = word ^ (ones * '"');
		backslash = word ^ (ones * '\\');
		if ((((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) |
			    ((backslash - ones) & ~backslash)) &
			tops)
			break;
	}
	while (i < n && !json_escapes[(unsigned char)text[i]])
		i++;
	return i;
}

static void json_put_escape(struct buf *b, unsigned char c)
{
	if (json_escapes[c] == 'u')
		buf_printf(b, "\\u%04x", c);
	else
		buf_append(b, (char[]){'\\', json_escapes[c]}, 2);
}

bool buf_put_json_string(struct buf *b, const char *text)
{
	size_t start = b->len;
	size_t n = strlen(text);

	/* Most texts have nothing to escape: room for the whole at once. */
	if (!buf_reserve(b, n + 2))
		return false;
	buf_putc(b, '"');
	while (n > 0) {
		size_t plain = json_plain(text, n);

		buf_append(b, text, plain);
		text += plain;
		n -= plain;
		if (n > 0) {
			json_put_escape(b, (unsigned char)*text++);
			n--;
		}
	}
	buf_putc(b, '"');
	if (b->failed)
		buf_truncate(b, start);
	return !b->failed;
}

bool buf_ok(const struct buf *b)
{
	return !b->failed;
}

const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

char *buf_detach(struct buf *b)
{
	char *data = buf_reserve(b, 0);

	if (data) {
		data = b->data;
		b->data = NULL;
	}
	buf_release(b);
	return data;
}
