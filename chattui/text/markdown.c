#include "text/markdown.h"

#include <stdio.h>
#include <string.h>
#include <md4c.h>
#include <chat/arena.h>
#include <chat/markup.h>
#include <chat/mention.h>
#include "text/rich.h"

#define DEPTH_MAX 16
#define NUMBER_SIZE 16
#define SOURCE_MAX ((size_t)1 << 20) /* bytes; a message has 8000 at most */

struct list {
	bool ordered;
	unsigned number;
};

/* A message on its way through md4c's callbacks. */
struct markdown {
	struct rich *rich;
	const struct markdown_options *options;
	struct look_at look;
	struct list lists[DEPTH_MAX];
	size_t depth;
	uint8_t quotes;
	bool in_code;        /* a code block */
	bool fresh;          /* the paragraph has only its list's mark so far */
	bool blank;          /* a paragraph ended: the next one stands apart */
	size_t newlines;     /* of a code block, held back: its last one is none */
	size_t bold, italic; /* spans within each other */
	size_t spoiler;      /* byte where the open spoiler begins */
	bool in_spoiler;
	size_t link_from;              /* byte where the link's text begins */
	struct chat_mentions mentions; /* in the bytes that md4c hands out pieces of */
};

static void put(struct markdown *md, const char *text, size_t n)
{
	rich_put(md->rich, text, n, md->look);
	md->fresh = false;
}

/* A mark of Markdown that is shown only where looks cannot tell it. */
static void put_mark(struct markdown *md, const char *mark)
{
	if (md->options->marks)
		put(md, mark, strlen(mark));
}

static uint8_t indent(const struct markdown *md)
{
	return (uint8_t)(md->depth > 1 ? 2 * (md->depth - 1) : 0);
}

static void begin_para(struct markdown *md, uint8_t hang, bool code)
{
	if (md->fresh) {
		md->fresh = false;
		return;
	}
	if (md->blank)
		rich_para(md->rich, 0, md->quotes, false);
	md->blank = false;
	rich_para(md->rich, hang, md->quotes, code);
}

static void begin_item(struct markdown *md)
{
	struct list *list = &md->lists[md->depth - 1];
	char mark[NUMBER_SIZE + 2 * DEPTH_MAX];
	int n;

	if (list->ordered)
		n = snprintf(mark, sizeof(mark), "%*s%u. ", indent(md), "", list->number++);
	else
		n = snprintf(mark, sizeof(mark), "%*s%s ", indent(md), "",
			glyph_ascii() ? "*" : "\u2022");
	md->fresh = false;
	md->blank = false;
	begin_para(md, (uint8_t)glyph_width(mark, (size_t)n), false);
	put(md, mark, (size_t)n);
	md->fresh = true;
}

static void begin_list(struct markdown *md, bool ordered, unsigned number)
{
	if (md->depth < DEPTH_MAX)
		md->lists[md->depth++] = (struct list){ordered, number};
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *context)
{
	struct markdown *md = context;

	switch (type) {
	case MD_BLOCK_QUOTE:
		md->quotes++;
		md->blank = md->fresh = false;
		break;
	case MD_BLOCK_UL:
		begin_list(md, false, 0);
		break;
	case MD_BLOCK_OL:
		begin_list(md, true, ((MD_BLOCK_OL_DETAIL *)detail)->start);
		break;
	case MD_BLOCK_LI:
		begin_item(md);
		break;
	case MD_BLOCK_HR:
		begin_para(md, 0, false);
		put(md, "---", 3);
		break;
	case MD_BLOCK_H:
		begin_para(md, 0, false);
		md->look.style = STYLE_heading;
		break;
	case MD_BLOCK_CODE:
		md->fresh = false;
		begin_para(md, (uint8_t)(2 + indent(md)), true);
		md->in_code = true;
		md->newlines = 0;
		md->look.style = STYLE_code;
		rich_put(md->rich, "                                  ", 2U + indent(md), md->look);
		break;
	case MD_BLOCK_P:
		begin_para(md, md->depth ? (uint8_t)(2 + indent(md)) : 0, false);
		break;
	default:
		break;
	}
	return 0;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *context)
{
	struct markdown *md = context;

	(void)detail;
	switch (type) {
	case MD_BLOCK_QUOTE:
		md->quotes--;
		md->blank = false;
		break;
	case MD_BLOCK_UL:
	case MD_BLOCK_OL:
		if (md->depth > 0)
			md->depth--;
		md->blank = false;
		break;
	case MD_BLOCK_H:
	case MD_BLOCK_CODE:
		md->look.style = STYLE_normal;
		md->in_code = false;
		break;
	case MD_BLOCK_P:
		md->blank = md->depth == 0;
		break;
	default:
		break;
	}
	return 0;
}

static void enter_link(struct markdown *md, const MD_ATTRIBUTE *url)
{
	md->look.link = rich_link(md->rich, url->text, url->size);
	md->look.style = STYLE_link;
	md->link_from = md->rich->text.len;
}

/* A link whose text is its URL speaks for itself; another gets its number. */
static void leave_link(struct markdown *md)
{
	uint8_t link = md->look.link;
	const char *shown = buf_str(&md->rich->text) + md->link_from;
	char number[NUMBER_SIZE];

	md->look.link = 0;
	md->look.style = STYLE_normal;
	if (!link || !md->options->number || strcmp(shown, md->rich->links[link - 1]) == 0)
		return;
	snprintf(number, sizeof(number), "[%u]", link);
	rich_puts(md->rich, number, (struct look_at){STYLE_dim, 0, 0});
}

static int enter_span(MD_SPANTYPE type, void *detail, void *context)
{
	struct markdown *md = context;

	switch (type) {
	case MD_SPAN_EM:
		put_mark(md, "*");
		md->italic++;
		md->look.attrs |= ATTR_ITALIC;
		break;
	case MD_SPAN_STRONG:
		md->bold++;
		md->look.attrs |= ATTR_BOLD;
		break;
	case MD_SPAN_DEL: /* ncurses has no strike */
		put(md, "~~", 2);
		md->look.attrs |= ATTR_DIM;
		break;
	case MD_SPAN_CODE:
		put_mark(md, "`");
		md->look.style = STYLE_code;
		break;
	case MD_SPAN_A:
		enter_link(md, &((MD_SPAN_A_DETAIL *)detail)->href);
		break;
	case MD_SPAN_IMG:
		enter_link(md, &((MD_SPAN_IMG_DETAIL *)detail)->src);
		break;
	default:
		break;
	}
	return 0;
}

static int leave_span(MD_SPANTYPE type, void *detail, void *context)
{
	struct markdown *md = context;

	(void)detail;
	switch (type) {
	case MD_SPAN_EM:
		if (--md->italic == 0)
			md->look.attrs &= (uint8_t)~ATTR_ITALIC;
		put_mark(md, "*");
		break;
	case MD_SPAN_STRONG:
		if (--md->bold == 0)
			md->look.attrs &= (uint8_t)~ATTR_BOLD;
		break;
	case MD_SPAN_DEL:
		md->look.attrs &= (uint8_t)~ATTR_DIM;
		put(md, "~~", 2);
		break;
	case MD_SPAN_CODE:
		md->look.style = STYLE_normal;
		put_mark(md, "`");
		break;
	case MD_SPAN_A:
	case MD_SPAN_IMG:
		leave_link(md);
		break;
	default:
		break;
	}
	return 0;
}

/* The text of a code block; line ends wait for what follows, for the last one ends nothing. */
static void put_code(struct markdown *md, const char *text, size_t n)
{
	for (size_t i = 0; i < n;) {
		const char *end = memchr(text + i, '\n', n - i);
		size_t length = end ? (size_t)(end - text) - i : n - i;

		for (; length > 0 && md->newlines > 0; md->newlines--)
			put(md, "\n", 1);
		put(md, text + i, length);
		md->newlines += end != NULL;
		i += length + (end != NULL);
	}
}

/* Text in which || begins and ends a spoiler. */
static void put_text(struct markdown *md, const char *text, size_t n)
{
	const char *bars;

	while ((bars = memmem(text, n, "||", 2)) != NULL) {
		put(md, text, (size_t)(bars - text));
		n -= (size_t)(bars - text) + 2;
		text = bars + 2;
		put(md, "||", 2);
		if (md->in_spoiler)
			rich_restyle(md->rich, md->spoiler, md->rich->text.len - 2, ATTR_SPOILER,
				STYLE_COUNT);
		else
			md->spoiler = md->rich->text.len;
		md->in_spoiler = !md->in_spoiler;
	}
	put(md, text, n);
}

/* Styles the mentions in a piece of n bytes, which was put from byte `from` on: of one that goes on
 * in another piece its part. */
static void style_mentions(struct markdown *md, size_t from, const char *piece, size_t n)
{
	const char *self = md->options->self;

	for (size_t i = 0; i < md->mentions.count; i++) {
		struct chat_mention mention = md->mentions.list[i];
		bool is_self = self && chat_mention_is(&mention, self);
		const char *start = mention.name - 1, *end;

		/* Signs at the end are the sentence's, as far as this can tell. */
		while (chat_mention_shorten(&mention))
			;
		end = mention.name + mention.n;
		start = start > piece ? start : piece;
		end = end < piece + n ? end : piece + n;
		if (start < end && md->look.style == STYLE_normal)
			rich_restyle(md->rich, from + (size_t)(start - piece),
				from + (size_t)(end - piece), 0,
				is_self ? STYLE_mention_me : STYLE_mention);
	}
}

static int text(MD_TEXTTYPE type, const MD_CHAR *chars, MD_SIZE n, void *context)
{
	struct markdown *md = context;
	size_t from;

	switch (type) {
	case MD_TEXT_BR:
	case MD_TEXT_SOFTBR:
		put(md, "\n", 1);
		break;
	case MD_TEXT_CODE:
		if (md->in_code)
			put_code(md, chars, n);
		else
			put(md, chars, n);
		break;
	case MD_TEXT_NULLCHAR:
		put(md, "\ufffd", 3);
		break;
	case MD_TEXT_NORMAL:
		from = md->rich->text.len;
		put_text(md, chars, n);
		style_mentions(md, from, chars, n);
		break;
	default:
		put(md, chars, n);
		break;
	}
	return 0;
}

/* The URLs of numbered links, one a line. */
static void put_links(struct rich *rich, size_t from, size_t n_before)
{
	for (size_t i = n_before; i < rich->n_links; i++) {
		char number[NUMBER_SIZE];
		int n = snprintf(number, sizeof(number), "[%zu]", i + 1);

		if (!memmem(buf_str(&rich->text) + from, rich->text.len - from, number, (size_t)n))
			continue;
		rich_para(rich, (uint8_t)(n + 1), 0, true);
		rich_puts(rich, number, (struct look_at){STYLE_dim, 0, 0});
		rich_puts(rich, " ", (struct look_at){0});
		rich_puts(rich, rich->links[i], (struct look_at){STYLE_link, 0, (uint8_t)(i + 1)});
	}
}

void markdown_put(
	struct rich *rich, const char *text_, size_t n, const struct markdown_options *options)
{
	const MD_PARSER parser = {
		.flags = chat_markup_flags,
		.enter_block = enter_block,
		.leave_block = leave_block,
		.enter_span = enter_span,
		.leave_span = leave_span,
		.text = text,
	};
	struct markdown md = {.rich = rich, .options = options, .fresh = rich->n_paras > 0};
	size_t from = rich->text.len, links = rich->n_links;
	struct arena arena;
	struct buf marked;

	arena_init(&arena, SOURCE_MAX);
	buf_init(&marked, SOURCE_MAX);
	if (chat_markup_put(&marked, text_, n)) {
		if (memchr(text_, '@', n))
			chat_mentions_find_marked(
				buf_str(&marked), marked.len, &arena, &md.mentions);
		md_parse(buf_str(&marked), (MD_SIZE)marked.len, &parser, &md);
	}
	/* Where Markdown shows nothing of it, it is shown as it is. */
	if (rich->text.len == from)
		rich_put(rich, text_, n, md.look);
	buf_release(&marked);
	arena_release(&arena);
	if (options->number)
		put_links(rich, from, links);
}
