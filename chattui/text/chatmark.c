#include "text/chatmark.h"

#include <stdbool.h>
#include <string.h>

enum kind { LINE_BLANK, LINE_TEXT, LINE_QUOTE, LINE_ITEM, LINE_INDENTED };

/* How many characters c the text begins with. */
static size_t run_of(const char *text, size_t n, char c)
{
	size_t i = 0;

	while (i < n && text[i] == c)
		i++;
	return i;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "- x", "* x", "+ x", "1. x" or "1) x". */
static bool is_item(const char *text, size_t n)
{
	size_t i = 0;

	while (i < n && i < 9 && is_digit(text[i]))
		i++;
	if (i >= n || !strchr(i ? ".)" : "-*+", text[i]))
		return false;
	return i + 1 < n && text[i + 1] == ' ';
}

/* True for a line of one character that Markdown makes a rule, an underline or nothing of. */
static bool is_row(const char *text, size_t n)
{
	size_t run;

	while (n > 0 && text[n - 1] == ' ')
		n--;
	run = n > 0 && strchr("=-*_#", *text) ? run_of(text, n, *text) : 0;
	return run > 0 && run == n;
}

/* True for what must not be taken for markup at the beginning of a line. */
static bool is_meant(const char *text, size_t n)
{
	if (*text == '>')
		return n == 1 || text[1] == ' ' || text[1] == '>';
	if (*text == '[' && memmem(text, n, "]:", 2))
		return false;
	return !is_row(text, n);
}

static enum kind kind_of(const char *text, size_t n, size_t spaces)
{
	if (n == 0)
		return LINE_BLANK;
	if (*text == '>' && is_meant(text, n))
		return LINE_QUOTE;
	if (is_item(text, n) && !is_row(text, n))
		return LINE_ITEM;
	return spaces >= 2 ? LINE_INDENTED : LINE_TEXT;
}

/* The fence that a line begins, "```" or "~~~": its length, or 0. */
static size_t fence_of(const char *text, size_t n)
{
	size_t run = n > 0 && (*text == '`' || *text == '~') ? run_of(text, n, *text) : 0;

	/* "```x```" is code within the line. */
	if (run < 3 || (*text == '`' && memchr(text + run, '`', n - run)))
		return 0;
	return run;
}

void chatmark_put(struct buf *out, const char *text, size_t n)
{
	enum kind before = LINE_BLANK;
	char fence = 0;
	size_t fence_length = 0;

	for (size_t at = 0; at < n;) {
		const char *line = text + at, *end = memchr(line, '\n', n - at);
		size_t length = end ? (size_t)(end - line) : n - at;
		size_t spaces = run_of(line, length, ' ');
		size_t run = fence_of(line + spaces, length - spaces);
		enum kind kind = kind_of(line + spaces, length - spaces, spaces);

		at += length + (end != NULL);
		if (fence) {
			if (run >= fence_length && line[spaces] == fence)
				fence = 0;
			kind = LINE_BLANK;
		} else if (run) {
			fence = line[spaces];
			fence_length = run;
		} else if (kind == LINE_TEXT && (before == LINE_QUOTE || before == LINE_ITEM)) {
			buf_putc(out, '\n');
		}
		buf_append(out, line, spaces);
		if (!fence && !run && length > spaces && !is_meant(line + spaces, length - spaces))
			buf_putc(out, '\\');
		buf_append(out, line + spaces, length - spaces);
		if (end)
			buf_putc(out, '\n');
		before = kind == LINE_INDENTED ? before : kind;
	}
}
