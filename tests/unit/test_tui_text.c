/* Text of others on its way to the screen: glyphs, wrapping, Markdown, direction. */
#include "test.h"

#include <locale.h>
#include <stdlib.h>
#include "text/bidi.h"
#include "text/glyph.h"
#include "text/markdown.h"
#include "text/mention.h"
#include "text/rich.h"

#define WIDTH(text) glyph_width(text, strlen(text))

/* The drawn characters of the text, in one line. */
static const char *drawn(const char *text)
{
	static char out[4096];
	size_t n = strlen(text), at = 0;
	struct glyph glyph;

	for (size_t i = 0; i < n;) {
		i += glyph_next(text + i, n - i, &glyph);
		for (size_t j = 0; glyph.width && j < GLYPH_CHARS && glyph.chars[j]; j++)
			at += glyph_encode(glyph.chars[j], out + at);
	}
	out[at] = '\0';
	return out;
}

static void controls_are_shown(void)
{
	CHECK_STR(drawn("a\033[31mb"), "a\u241b[31mb");
	CHECK_STR(drawn("bell\a del\x7f"), "bell\u2407 del\u2421");
	CHECK_STR(drawn("tab\tnul"), "tab nul");
	CHECK_STR(drawn("\xc2\x9b"
			"31m"),
		"\ufffd31m");
	CHECK_STR(drawn("bad\xff\xc3"), "bad\ufffd\ufffd");
	CHECK_STR(drawn("a\u2028b"), "a b");
}

static void direction_and_zero_width_are_inert(void)
{
	CHECK_STR(drawn("\u202eabc\u202c"), "\ufffdabc\ufffd");
	CHECK_STR(drawn("\u2066a\u2069"), "\ufffda\ufffd");
	CHECK_STR(drawn("a\u200b\u200d\u2060\ufeff\u00ad\u200e\u200fb"), "ab");
	CHECK_STR(drawn("x\U000e0041\U000e007fy"), "xy");
	CHECK_STR(drawn("\u0301"), "\u25cc\u0301");
}

static void marks_have_a_bound(void)
{
	CHECK_STR(drawn("a\u0300\u0301\u0302\u0303\u0304b"), "a\u0300\u0301\u0302b");
	CHECK_INT(WIDTH("e\u0301a\u0300"), 2);
}

static void sequences_are_their_base(void)
{
	CHECK_STR(drawn("\U0001f468\u200d\U0001f469\u200d\U0001f467"), "\U0001f468");
	CHECK_INT(WIDTH("\U0001f468\u200d\U0001f469\u200d\U0001f467"), 2);
	CHECK_STR(drawn("\U0001f44d\U0001f3fd!"), "\U0001f44d!");
	CHECK_STR(drawn("\U0001f1e9\U0001f1ea"), "DE");
	CHECK_STR(drawn("\u2764\ufe0f"), "\u2764");
	CHECK_STR(drawn("1\ufe0f\u20e3"), "1");
	CHECK_INT(WIDTH("\u65e5\u672c"), 4);
}

static void clusters_are_moved_over(void)
{
	const char family[] = "\U0001f468\u200d\U0001f469x";

	CHECK_INT(glyph_cluster(family, strlen(family)), strlen(family) - 1);
	CHECK_INT(glyph_cluster("\U0001f1e9\U0001f1eaz", 9), 8);
	CHECK_INT(glyph_cluster_back("ae\u0301", 4), 3);
	CHECK_INT(glyph_cluster_back("x\n\U0001f1e9\U0001f1ea", 10), 8);
}

static void ascii_is_ascii(void)
{
	glyph_setup(true);
	CHECK_STR(drawn("gr\u00fc\u00df \u65e5 \033 e\u0301"), "gr?? ? ? e");
	glyph_setup(false);
}

/* --- wrapping --- */

/* The lines of wrapped Markdown, with '|' between them. */
static const char *wrapped(const char *text, size_t width, bool markdown, bool number)
{
	static char out[8192];
	const struct markdown_options options = {.self = "alice", .number = number};
	struct rich rich;
	struct rich_lines lines;
	size_t at = 0;

	rich_init(&rich);
	rich_lines_init(&lines);
	if (markdown)
		markdown_put(&rich, text, strlen(text), &options);
	else
		rich_puts(&rich, text, (struct look_at){0});
	rich_wrap(&rich, width, &lines);
	for (size_t i = 0; i < lines.n_lines; i++) {
		const struct rich_line *line = &lines.lines[i];

		CHECK(line->width <= width || line->count == 1);
		if (i > 0)
			out[at++] = '/';
		for (size_t j = 0; j < line->count; j++) {
			const struct cell *cell = &lines.cells[line->first + j];

			at += glyph_encode(cell->glyph.chars[0], out + at);
		}
	}
	out[at] = '\0';
	rich_lines_release(&lines);
	rich_release(&rich);
	return out;
}

#define WRAP(text, width) wrapped(text, width, false, false)
#define MARK(text) wrapped(text, 40, true, false)

static void words_are_kept_whole(void)
{
	CHECK_STR(WRAP("one two three", 7), "one two/three");
	CHECK_STR(WRAP("one two three", 8), "one two/three");
	CHECK_STR(WRAP("one  two", 4), "one/two");
	CHECK_STR(WRAP("abcdefghij", 4), "abcd/efgh/ij");
	CHECK_STR(WRAP("ab cdefghij", 4), "ab/cdef/ghij");
	CHECK_STR(WRAP("a\nb\n\nc", 4), "a/b//c");
	CHECK_STR(WRAP("", 4), "");
	CHECK_STR(WRAP("\u65e5\u672c\u8a9e", 5), "\u65e5\u672c/\u8a9e");
	CHECK_STR(WRAP("\u65e5\u672c", 1), "\u65e5/\u672c");
}

static void every_width_ends(void)
{
	const char text[] =
		"> quote **bold** \u65e5\u672c\u8a9e - x\n- list item with words\n```\ncode\n```";

	CHECK_STR(wrapped("- abcdefghijklm", 11, true, false), "\u2022/  abcdefghi/  jklm");
	for (size_t width = 0; width < 60; width++)
		wrapped(text, width ? width : 1, true, true);
}

static void markdown_as_in_chat(void)
{
	CHECK_STR(MARK("*i* **b** `c` snake_case_name"), "i b c snake_case_name");
	CHECK_STR(MARK("one\ntwo"), "one/two");
	CHECK_STR(MARK("one\n\ntwo"), "one//two");
	CHECK_STR(MARK("> q\n> r\n\ntext"), "\u2502 q/\u2502 r/text");
	CHECK_STR(MARK("- a\n- b\n  - c\n\n1. x\n2. y"), "\u2022 a/\u2022 b/  \u2022 c/1. x/2. y");
	CHECK_STR(MARK("```\nint a;\n\n  b\n```"), "  int a;/  /    b");
	CHECK_STR(MARK("<b>x</b> &amp; &lt;"), "<b>x</b> &amp; &lt;");
	CHECK_STR(MARK("~~old~~"), "~~old~~");
	CHECK_STR(MARK("a || b"), "a || b");
	CHECK_STR(MARK("#tag is none"), "#tag is none");
	CHECK_STR(MARK("# Title"), "Title");
}

/* What CommonMark would make more of than people mean. */
static void lines_end_what_they_begin(void)
{
	CHECK_STR(MARK("> q\n@bob nice"), "\u2502 q/@bob nice");
	CHECK_STR(MARK("> q\n>\n> r"), "\u2502 q/\u2502 /\u2502 r");
	CHECK_STR(MARK("- a\nb\nc"), "\u2022 a/b/c");
	CHECK_STR(MARK("- a\n  more\n- b"), "\u2022 a/  more/\u2022 b");
	CHECK_STR(MARK("1. x\n2. y\nz"), "1. x/2. y/z");
	CHECK_STR(MARK(">_<"), ">_<");
	CHECK_STR(MARK("ok\n>:("), "ok/>:(");
	CHECK_STR(MARK("```\n>_<\n---\n> q\nx\n```\n>_<"), "  >_</  ---/  > q/  x/>_<");
	CHECK_STR(MARK("```one line``` and\n---"), "one line and/---");
	CHECK_STR(MARK("-1 and\n- 1\n+1"), "-1 and/\u2022 1/+1");
}

static void nothing_is_hidden(void)
{
	CHECK_STR(MARK("[x]: https://example.org"), "[x]: https://example.org");
	CHECK_STR(MARK("text\n\n[x]: y z"), "text//[x]: y z");
	CHECK_STR(MARK("-"), "-");
	CHECK_STR(MARK("text\n---\n===\n#\n***"), "text/---/===/#/***");
	CHECK_STR(MARK("---"), "---");
	CHECK_STR(MARK("```\n```"), "  ");
	CHECK_STR(MARK("   "), "   ");
	CHECK_STR(wrapped("[safe](https://evil.org/)", 40, true, true),
		"safe[1]/[1] https://evil.org/");
	CHECK_STR(wrapped("see https://example.org/ now", 40, true, true),
		"see https://example.org/ now");
}

/* The look of the byte where `what` stands in the rendered text. */
static struct look_at look_of(const char *text, const char *what)
{
	const struct markdown_options options = {.self = "alice"};
	struct rich rich;
	struct look_at look = {0};
	const char *found;

	rich_init(&rich);
	markdown_put(&rich, text, strlen(text), &options);
	found = strstr(buf_str(&rich.text), what);
	if (CHECK(found != NULL))
		look = rich_look(&rich, (size_t)(found - buf_str(&rich.text)));
	rich_release(&rich);
	return look;
}

static void looks(void)
{
	CHECK_INT(look_of("a **b** c", "b").attrs, ATTR_BOLD);
	CHECK_INT(look_of("a **b *x* y** c", "x").attrs, ATTR_BOLD | ATTR_ITALIC);
	CHECK_INT(look_of("a **b *x* y** c", "y").attrs, ATTR_BOLD);
	CHECK_INT(look_of("a **b** c", "c").attrs, 0);
	CHECK_INT(look_of("a `b` c", "b").style, STYLE_code);
	CHECK_INT(look_of("hi @bob!", "@bob").style, STYLE_mention);
	CHECK_INT(look_of("hi @Alice.", "@Alice").style, STYLE_mention_me);
	CHECK_INT(look_of("hi `@alice`", "@alice").style, STYLE_code);
	CHECK_INT(look_of("~~~\n@alice", "@alice").style, STYLE_code);
	CHECK_INT(look_of("```\nx\n```\n@alice", "@alice").style, STYLE_mention_me);
	CHECK_INT(look_of("see @al_ice now", "@al_ice").style, STYLE_mention);
	CHECK_INT(look_of("x@alice y", "@alice").style, STYLE_normal);
	CHECK_INT(look_of("a ||secret|| b", "secret").attrs, ATTR_SPOILER);
	CHECK_INT(look_of("a ||secret|| b", " b").attrs, 0);
	CHECK_INT(look_of("a ||open", "open").attrs, 0);
	CHECK_INT(look_of("see https://x.org/a b", "https").link, 1);
}

static void mentions(void)
{
	CHECK(mention_of("hello @alice", "alice"));
	CHECK(mention_of("@ALICE: hi", "alice"));
	CHECK(mention_of("(@alice).", "alice"));
	CHECK(!mention_of("@alice2", "alice"));
	CHECK(!mention_of("me@alice", "alice"));
	CHECK(!mention_of("`@alice`", "alice"));
	CHECK(!mention_of("```\n@alice\n```", "alice"));
	CHECK(mention_of("`code` @alice", "alice"));
	CHECK(mention_of("` @alice", "alice"));
	CHECK(mention_of("@a.b. ok", "a.b"));
	CHECK(mention_of("\u2014@alice\u2026 \u300c@alice\u300d", "alice"));
	CHECK(!mention_of("~~~\n@alice", "alice"));
	CHECK(!mention_of("```\n@alice", "alice"));
	CHECK(!mention_of("https://x.org/@alice", "alice"));
	CHECK(!mention_of("\\@alice", "alice"));
	CHECK(mention_of("@\u00e4rger", "\u00c4rger"));
}

static void right_to_left(void)
{
	const char text[] = "ab \u05e9\u05dc\u05d5\u05dd (\u05d0) cd";
	struct cell cells[32];
	char out[128];
	size_t n = 0, at = 0;

	for (size_t i = 0; i < strlen(text);)
		i += glyph_next(text + i, strlen(text) - i, &cells[n++].glyph);
	bidi_reorder(cells, n);
	for (size_t i = 0; i < n; i++)
		at += glyph_encode(cells[i].glyph.chars[0], out + at);
	out[at] = '\0';
	CHECK_STR(out, "ab (\u05d0) \u05dd\u05d5\u05dc\u05e9 cd");
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	RUN(controls_are_shown);
	RUN(direction_and_zero_width_are_inert);
	RUN(marks_have_a_bound);
	RUN(sequences_are_their_base);
	RUN(clusters_are_moved_over);
	RUN(ascii_is_ascii);
	RUN(words_are_kept_whole);
	RUN(every_width_ends);
	RUN(markdown_as_in_chat);
	RUN(lines_end_what_they_begin);
	RUN(nothing_is_hidden);
	RUN(looks);
	RUN(mentions);
	RUN(right_to_left);
	return test_end();
}
