#include <chat/words.h>
#include <chat/arena.h>
#include <chat/buf.h>

#include <string.h>

#define SPECIAL "\"\\$`" /* what a backslash keeps between double quotes */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Copies the word at line[*at] to `to`, which has room, and moves *at behind it. Returns the
 * copy's end. */
static char *copy_word(const char *line, size_t *at, char *to, char *open_quote)
{
	const char *from = line + *at;
	char quote = 0;

	for (; *from && (quote || !is_blank(*from)); from++) {
		if (quote != '\'' && *from == '\\') {
			if (!from[1]) {
				*open_quote = '\\';
				from++;
				break;
			}
			if (quote && !strchr(SPECIAL, from[1]))
				*to++ = '\\';
			*to++ = *++from;
		} else if (quote ? *from == quote : *from == '\'' || *from == '"') {
			quote = quote ? 0 : *from;
		} else {
			*to++ = *from;
		}
	}
	if (quote)
		*open_quote = quote;
	*at = (size_t)(from - line);
	*to = '\0';
	return to + 1;
}

bool chat_words_split(struct chat_words *words, const char *line, struct arena *arena)
{
	size_t n = strlen(line), at = 0;
	/* At most one word for each two bytes, and each with a NUL in place of its separator. */
	char *text = arena_alloc(arena, n + 2);

	*words = (struct chat_words){
		.list = arena_array(arena, n / 2 + 3, sizeof(*words->list)),
		.places = arena_array(arena, n / 2 + 3, sizeof(*words->places)),
	};
	if (!text || !words->list || !words->places)
		return false;
	for (;;) {
		struct chat_word_place *place = &words->places[words->count];

		while (is_blank(line[at]))
			at++;
		if (!line[at] || (line[at] == '#' && !words->count))
			return true;
		words->list[words->count++] = text;
		place->start = at;
		text = copy_word(line, &at, text, &words->open_quote);
		place->end = at;
	}
}

/* True for what no shell makes anything of, wherever it stands in a word. */
static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (unsigned char)c >= 0x80 || (c && strchr("_-./:@%+,", c));
}

bool chat_words_quote(struct buf *out, const char *text, char open_quote)
{
	bool plain = *text;

	for (const char *c = text; *c; c++)
		plain &= is_plain(*c);
	if (plain)
		return buf_puts(out, text);
	if (!open_quote)
		buf_putc(out, '\'');
	for (; *text; text++) {
		if (open_quote != '"' && *text == '\'')
			buf_puts(out, "'\\''");
		else if (open_quote == '"' && *text == '!') /* history works between these quotes */
			buf_puts(out, "\"\\!\"");
		else if (open_quote == '"' && strchr(SPECIAL, *text))
			buf_printf(out, "\\%c", *text);
		else
			buf_putc(out, *text);
	}
	if (!open_quote)
		buf_putc(out, '\'');
	return buf_ok(out);
}
