#include <chat/roff.h>

#include <stdbool.h>
#include <string.h>
#include <chat/buf.h>

#define LINE_BYTES 79

/* How many bytes a word takes. */
static size_t escaped(const char *word, size_t n)
{
	size_t bytes = n;

	for (size_t i = 0; i < n; i++)
		bytes += word[i] == '\\' || word[i] == '-';
	return bytes;
}

/* Appends n bytes of a word; how many it takes. */
static size_t put_word(struct buf *out, const char *word, size_t n, bool first)
{
	size_t before = out->len;

	/* At the beginning of a line these make a control line of it. */
	if (first && n > 0 && (*word == '.' || *word == '\''))
		buf_puts(out, "\\&");
	for (size_t i = 0; i < n; i++) {
		if (word[i] == '\\')
			buf_puts(out, "\\e");
		else if (word[i] == '-')
			buf_puts(out, "\\-");
		else
			buf_putc(out, word[i]);
	}
	return out->len - before;
}

void roff_put(struct buf *out, const char *text)
{
	size_t column = 0;
	bool sentence_ends = false;

	for (;;) {
		size_t n = strcspn(text, " ");

		if (column > 0) {
			bool breaks = sentence_ends || column + 1 + escaped(text, n) > LINE_BYTES;

			buf_putc(out, breaks ? '\n' : ' ');
			column = breaks ? 0 : column + 1;
		}
		column += put_word(out, text, n, column == 0);
		sentence_ends = n > 0 && text[n - 1] == '.';
		text += n;
		if (!*text)
			return;
		text++;
	}
}
