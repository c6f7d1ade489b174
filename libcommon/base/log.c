#include <chat/log.h>
#include <chat/text.h>
#include <chat/time.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/*
 * A line is made in place and is at most PIPE_BUF bytes, which a pipe takes as a whole: lines of
 * several threads and processes never mix. The last LINE_TAIL bytes are for what must end a line
 * or a value: an ellipsis, a quote, a brace, a line feed.
 */
#define LINE_SIZE 4096
#define LINE_TAIL 32
#define LINE_LIMIT (LINE_SIZE - LINE_TAIL)
#define ELLIPSIS "\xe2\x80\xa6"

struct line {
	char bytes[LINE_SIZE];
	size_t len;
};

static enum log_level log_threshold = LOG_LEVEL_INFO;
static enum log_format log_layout = LOG_FORMAT_TEXT;
static int log_fd = STDERR_FILENO;

void log_init(enum log_level level, enum log_format format, FILE *file)
{
	log_threshold = level;
	log_layout = format;
	log_fd = fileno(file);
}

/* The caller has made sure of the room. */
static void line_puts(struct line *l, const char *text)
{
	size_t n = strlen(text);

	memcpy(l->bytes + l->len, text, n);
	l->len += n;
}

static void line_put_int(struct line *l, int64_t value)
{
	int n = snprintf(l->bytes + l->len, LINE_SIZE - l->len, "%lld", (long long)value);

	l->len += (size_t)n;
}

/* Bytes of the character that begins with c in valid UTF-8. */
static size_t char_size(unsigned char c)
{
	return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/*
 * Appends text until LINE_LIMIT, with an ellipsis where it is cut. Control characters (C0, DEL, C1)
 * become JSON's escapes, in quotes also the quote and the backslash. A text that is not UTF-8 gets
 * each byte above ASCII escaped, so that the line is valid UTF-8 whatever a client sent.
 */
static void line_put_escaped(struct line *l, const char *text, bool quoted)
{
	const unsigned char *at = (const unsigned char *)text;
	bool utf8 = text_is_utf8(text, strlen(text));

	while (*at) {
		size_t n = utf8 ? char_size(*at) : 1;
		unsigned int c = n == 2 ? (at[0] & 0x1fU) << 6 | (at[1] & 0x3fU) : at[0];

		if (l->len + sizeof("\\u0000") > LINE_LIMIT) {
			line_puts(l, ELLIPSIS);
			return;
		}
		if (c == '\n') {
			line_puts(l, "\\n");
		} else if (n <= 2 &&
			   (c < 0x20 || (c >= 0x7f && c < 0xa0) || (!utf8 && c >= 0x80))) {
			snprintf(l->bytes + l->len, sizeof("\\u0000"), "\\u%04x", c);
			l->len += strlen("\\u0000");
		} else {
			if (quoted && (c == '"' || c == '\\'))
				line_puts(l, "\\");
			memcpy(l->bytes + l->len, at, n);
			l->len += n;
		}
		at += n;
	}
}

static void line_put_quoted(struct line *l, const char *text)
{
	line_puts(l, "\"");
	line_put_escaped(l, text, true);
	line_puts(l, "\"");
}

/* True for a value that a reader of name=value pairs takes whole without quotes. */
static bool is_bare(const char *text)
{
	const char *at = text;

	while (*at > ' ' && *at < 0x7f && *at != '"' && *at != '\\' && *at != '=')
		at++;
	return at > text && !*at;
}

static void line_put_field(struct line *l, const struct log_field *field)
{
	bool json = log_layout == LOG_FORMAT_JSON;

	line_puts(l, json ? ",\"" : " ");
	line_puts(l, field->name);
	line_puts(l, json ? "\":" : "=");
	if (!field->text)
		line_put_int(l, field->number);
	else if (json || !is_bare(field->text))
		line_put_quoted(l, field->text);
	else
		line_put_escaped(l, field->text, false);
}

static void line_put_head(struct line *l, enum log_level level, const char *message)
{
	static const char *const names[] = {"error", "warn", "info", "debug"};
	char now[TIME_TEXT_SIZE];

	time_format(time_now_ms(), now);
	if (log_layout == LOG_FORMAT_JSON) {
		line_puts(l, "{\"time\":\"");
		line_puts(l, now);
		line_puts(l, "\",\"level\":\"");
		line_puts(l, names[level]);
		line_puts(l, "\",\"message\":");
		line_put_quoted(l, message);
	} else {
		line_puts(l, now);
		line_puts(l, " ");
		line_puts(l, names[level]);
		line_puts(l, " ");
		line_put_escaped(l, message, false);
	}
}

static void line_write(const struct line *l)
{
	size_t done = 0;

	while (done < l->len) {
		ssize_t n = write(log_fd, l->bytes + done, l->len - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			return; /* there is nowhere to report it */
	}
}

void log_write(enum log_level level, const char *message, const struct log_field *fields)
{
	int saved = errno;
	struct line l;

	if (level > log_threshold)
		return;
	l.len = 0;
	line_put_head(&l, level, message);
	for (; fields->name; fields++) {
		/* Name, quotes and the longest number, or the beginning of a text. */
		if (l.len + strlen(fields->name) + 32 > LINE_LIMIT)
			break;
		line_put_field(&l, fields);
	}
	if (fields->name)
		line_puts(&l, log_layout == LOG_FORMAT_JSON ? ",\"cut\":true" : ELLIPSIS);
	line_puts(&l, log_layout == LOG_FORMAT_JSON ? "}\n" : "\n");
	line_write(&l);
	errno = saved;
}
