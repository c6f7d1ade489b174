#include "input/edit.h"

#include <string.h>
#include "text/glyph.h"

void edit_init(struct edit *edit, size_t max)
{
	*edit = (struct edit){0};
	buf_init(&edit->text, max);
	buf_init(&edit->killed, max);
}

void edit_release(struct edit *edit)
{
	/* It may have held a password. */
	if (edit->text.data)
		explicit_bzero(edit->text.data, edit->text.cap);
	if (edit->killed.data)
		explicit_bzero(edit->killed.data, edit->killed.cap);
	buf_release(&edit->text);
	buf_release(&edit->killed);
}

const char *edit_text(const struct edit *edit)
{
	return buf_str(&edit->text);
}

bool edit_is_empty(const struct edit *edit)
{
	return edit->text.len == 0;
}

void edit_set(struct edit *edit, const char *text)
{
	buf_reset(&edit->text);
	edit->cursor = 0;
	edit_insert(edit, text, strlen(text));
}

/* Copies n bytes as edit_insert takes them to `to`, of at least n bytes; how many they become. */
static size_t clean(const char *text, size_t n, char *to)
{
	size_t count = 0;

	for (size_t i = 0; i < n;) {
		uint32_t c;
		size_t size = glyph_decode(text + i, n - i, &c);

		if (c == '\r') {
			to[count] = '\n';
			count++;
			i += i + 1 < n && text[i + 1] == '\n';
		} else if (c == '\n' || c == '\t' ||
			   (c >= ' ' && c != 0x7f && !(c >= 0x80 && c < 0xa0) &&
				   !(c == 0xfffd && size == 1))) {
			memcpy(to + count, text + i, size);
			count += size;
		}
		i += size;
	}
	return count;
}

bool edit_insert(struct edit *edit, const char *text, size_t n)
{
	struct buf *b = &edit->text;
	size_t behind = b->len - edit->cursor;
	char *room = buf_reserve(b, n);
	char *at, *end;
	size_t count;

	if (!room) {
		b->failed = false;
		return false;
	}
	/* What is behind the cursor moves to the end of the room, and back to what was inserted. */
	at = b->data + edit->cursor;
	end = at + n;
	memmove(end, at, behind);
	count = clean(text, n, at);
	memmove(at + count, end, behind);
	b->len += count;
	b->data[b->len] = '\0';
	edit->cursor += count;
	return true;
}

/* Takes the bytes from..to away. */
static void cut(struct edit *edit, size_t from, size_t to)
{
	struct buf *b = &edit->text;

	if (from >= to)
		return;
	memmove(b->data + from, b->data + to, b->len - to);
	buf_truncate(b, b->len - (to - from));
	edit->cursor = from;
}

bool edit_replace(struct edit *edit, size_t from, const char *text)
{
	cut(edit, from, edit->cursor);
	return edit_insert(edit, text, strlen(text));
}

size_t edit_left(const struct edit *edit)
{
	if (edit->cursor == 0)
		return 0;
	return edit->cursor - glyph_cluster_back(edit_text(edit), edit->cursor);
}

size_t edit_right(const struct edit *edit)
{
	size_t left = edit->text.len - edit->cursor;

	return edit->cursor + (left ? glyph_cluster(edit_text(edit) + edit->cursor, left) : 0);
}

void edit_backspace(struct edit *edit)
{
	cut(edit, edit_left(edit), edit->cursor);
}

void edit_delete(struct edit *edit)
{
	cut(edit, edit->cursor, edit_right(edit));
}

static bool is_word(char c)
{
	return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

size_t edit_word_left(const struct edit *edit)
{
	const char *text = edit_text(edit);
	size_t at = edit->cursor;

	while (at > 0 && !is_word(text[at - 1]))
		at--;
	while (at > 0 && is_word(text[at - 1]))
		at--;
	return at;
}

size_t edit_word_right(const struct edit *edit)
{
	const char *text = edit_text(edit);
	size_t at = edit->cursor;

	while (at < edit->text.len && !is_word(text[at]))
		at++;
	while (at < edit->text.len && is_word(text[at]))
		at++;
	return at;
}

size_t edit_line_start(const struct edit *edit)
{
	const char *text = edit_text(edit);
	size_t at = edit->cursor;

	while (at > 0 && text[at - 1] != '\n')
		at--;
	return at;
}

size_t edit_line_end(const struct edit *edit)
{
	return edit->cursor + strcspn(edit_text(edit) + edit->cursor, "\n");
}

void edit_kill(struct edit *edit, size_t to)
{
	size_t from = edit->cursor < to ? edit->cursor : to;
	size_t end = edit->cursor < to ? to : edit->cursor;

	if (from == end)
		return;
	buf_reset(&edit->killed);
	buf_append(&edit->killed, edit_text(edit) + from, end - from);
	cut(edit, from, end);
}

void edit_set_killed(struct edit *edit, const char *text)
{
	buf_reset(&edit->killed);
	buf_puts(&edit->killed, text);
}

void edit_yank(struct edit *edit)
{
	edit_insert(edit, buf_str(&edit->killed), edit->killed.len);
}
