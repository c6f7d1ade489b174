#include <chat/mention.h>
#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/limits.h>
#include <chat/markup.h>
#include <chat/text.h>

#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <md4c.h>

#define SIGNS "_.-"
#define NAME_BYTES_MAX (LIMIT_USERNAME_MAX * 4) /* the longest username in UTF-8 */

/* A search on its way through md4c's callbacks. */
struct search {
	const char *text, *end;
	const char *scheme;  /* the next "://" that was not passed, or NULL */
	const char *url_end; /* behind the last URL that was */
	unsigned links;      /* within each other */
	struct chat_mentions *found;
};

/* --- where a name may begin --- */

static bool is_scheme_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '-' || c == '.';
}

/* Behind the URL whose "://" is at p: what RFC 3986 has characters for, and letters. */
static const char *url_end(const char *p, const char *end)
{
	while (p < end) {
		size_t n = text_word_char(p);

		if (n == 0 && (!*p || !strchr("-._~:/?#[]@!$&'()*+,;=%", *p)))
			break;
		p += n ? n : 1;
	}
	return p;
}

/* Whether p stands in a bare URL: CommonMark sees only those in <>. The searches come in the text's
 * order, so each URL is looked for once. */
static bool is_in_url(struct search *search, const char *p)
{
	while (search->scheme && search->scheme < p) {
		const char *scheme = search->scheme;

		if (scheme > search->text && is_scheme_char(scheme[-1]))
			search->url_end = url_end(scheme, search->end);
		scheme += strlen("://");
		if (scheme < search->url_end)
			scheme = search->url_end;
		search->scheme = memmem(scheme, (size_t)(search->end - scheme), "://", 3);
	}
	return p < search->url_end;
}

/* Whether an odd number of backslashes stands before p. */
static bool is_escaped(const struct search *search, const char *p)
{
	const char *start = p;

	while (start > search->text && start[-1] == '\\')
		start--;
	return (p - start) % 2;
}

/* Whether what stands before the '@' ends a word; in "ada@example.org" it does not. */
static bool is_boundary(const struct search *search, const char *at)
{
	if (at == search->text)
		return true;
	do
		at--;
	while (((unsigned char)*at & 0xc0) == 0x80 && at > search->text);
	return text_word_char(at) == 0;
}

/* --- names --- */

/* As text_username_fault() has them; 0 for what is longer than any. */
static size_t name_length(const char *name)
{
	const char *p = name;
	size_t n;

	while ((n = *p != '\0' && strchr(SIGNS, *p) ? 1 : text_word_char(p)) > 0)
		p += n;
	n = (size_t)(p - name);
	while (n > NAME_BYTES_MAX && strchr(SIGNS, name[n - 1]))
		n--;
	return n <= NAME_BYTES_MAX ? n : 0;
}

bool chat_mention_shorten(struct chat_mention *mention)
{
	if (mention->n <= 1 || !strchr(SIGNS, mention->name[mention->n - 1]))
		return false;
	mention->n--;
	return true;
}

bool chat_mention_is(const struct chat_mention *mention, const char *username)
{
	struct chat_mention rest = *mention;
	struct arena arena;
	const char *wanted, *folded;
	bool same;

	arena_init(&arena, 0);
	wanted = text_fold(username, &arena);
	do {
		folded = arena_strndup(&arena, rest.name, rest.n);
		folded = folded ? text_fold(folded, &arena) : NULL;
		same = wanted && folded && strcmp(folded, wanted) == 0;
	} while (!same && chat_mention_shorten(&rest));
	arena_release(&arena);
	return same;
}

/* --- the text --- */

static int enter_block(MD_BLOCKTYPE type, void *detail, void *context)
{
	(void)type, (void)detail, (void)context;
	return 0;
}

static int enter_span(MD_SPANTYPE type, void *detail, void *context)
{
	struct search *search = context;

	(void)detail;
	search->links += type == MD_SPAN_A || type == MD_SPAN_IMG;
	return 0;
}

static int leave_span(MD_SPANTYPE type, void *detail, void *context)
{
	struct search *search = context;

	(void)detail;
	search->links -= type == MD_SPAN_A || type == MD_SPAN_IMG;
	return 0;
}

/* A piece of the text, in its order; md4c gives plain text where it stands. What is around an '@'
 * is looked at there, because the name may go on in the next piece ("@_ada_"). */
static int on_text(MD_TEXTTYPE type, const MD_CHAR *chars, MD_SIZE n, void *context)
{
	struct search *search = context;
	const char *end = chars + n;

	if (type != MD_TEXT_NORMAL || search->links || chars < search->text || end > search->end)
		return 0;
	for (const char *at = chars; (at = memchr(at, '@', (size_t)(end - at))); at++) {
		size_t length = name_length(at + 1);

		if (length > 0 && is_boundary(search, at) && !is_escaped(search, at) &&
			!is_in_url(search, at))
			search->found->list[search->found->count++] =
				(struct chat_mention){at + 1, length};
	}
	return 0;
}

static size_t count_signs(const char *text, size_t n)
{
	const char *end = text + n;
	size_t count = 0;

	for (; (text = memchr(text, '@', (size_t)(end - text))); text++)
		count++;
	return count;
}

bool chat_mentions_find_marked(
	const char *text, size_t n, struct arena *arena, struct chat_mentions *found)
{
	const MD_PARSER parser = {
		.flags = chat_markup_flags,
		.enter_block = enter_block,
		.leave_block = enter_block,
		.enter_span = enter_span,
		.leave_span = leave_span,
		.text = on_text,
	};
	struct search search = {.text = text, .end = text + n, .url_end = text, .found = found};
	size_t count = count_signs(text, n);

	*found = (struct chat_mentions){0};
	if (count == 0)
		return true;
	found->list = arena_array(arena, count, sizeof(*found->list));
	if (!found->list)
		return false;
	search.scheme = memmem(text, n, "://", 3);
	return md_parse(text, (MD_SIZE)n, &parser, &search) == 0;
}

bool chat_mentions_find(const char *text, struct arena *arena, struct chat_mentions *found)
{
	size_t n = strlen(text);
	struct buf marked;
	const char *copy;

	*found = (struct chat_mentions){0};
	if (!memchr(text, '@', n))
		return true;
	buf_init(&marked, 3 * n + 2);
	if (!chat_markup_put(&marked, text, n)) {
		buf_release(&marked);
		return false;
	}
	n = marked.len;
	copy = arena_strndup(arena, buf_str(&marked), n);
	buf_release(&marked);
	return copy && chat_mentions_find_marked(copy, n, arena, found);
}
