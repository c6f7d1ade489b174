#include <chat/arena.h>
#include <chat/mention.h>
#include <stdlib.h>
#include "test.h"

/* What is found, in order, with a blank between. */
static void check(const char *text, const char *want)
{
	struct arena arena;
	struct chat_mentions found;
	char names[4096] = "";
	size_t len = 0;

	arena_init(&arena, 0);
	CHECK(chat_mentions_find(text, &arena, &found));
	for (size_t i = 0; i < found.count; i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%.*s", i ? " " : "",
			(int)found.list[i].n, found.list[i].name);
	if (!CHECK_STR(names, want))
		fprintf(stderr, "  for %s\n", text);
	arena_release(&arena);
}

static void boundaries(void)
{
	check("", "");
	check("@", "");
	check("@ ada", "");
	check("@ada", "ada");
	check("hello @ada, @bob!", "ada bob");
	check("(@ada) \"@bob\" /@eve", "ada bob eve");
	check("line\n@ada\n\t@bob", "ada bob");
	check("ada@example.org", "");
	check("9@ada", "");
	check("_@ada_ *@bob*", "ada_ bob");
	check("@@ada", "ada");
	check("@ada@bob", "ada");
	check("@ada:@bob", "ada bob");
	check("say @Ada_L.the-2nd now", "Ada_L.the-2nd");
	check("@ada's", "ada");
	check("Hi.@ada", "ada");
}

static void beyond_ascii(void)
{
	check("@J\xc3\xb6rg\xe2\x80\x99s", "J\xc3\xb6rg");
	check("@\xe6\xbc\xa2\xe5\xad\x97\xef\xbc\x8c",
		"\xe6\xbc\xa2\xe5\xad\x97"); /* full width comma */
	check("caf\xc3\xa9@ada", "");
	check("cafe\xcc\x81@ada", ""); /* a letter's mark */
	check("\xd9\xa3@ada", "");     /* an Arabic digit */
	check("\xe2\x80\x9c@ada\xe2\x80\x9d", "ada");
	check("\xf0\x9f\x98\x80@ada\xf0\x9f\x98\x80", "ada");
	check("@q\xcc\x87 x", "q\xcc\x87");
	check("@bob\u2019s @bob\u2026 \u2014@bob \u300c@bob\u300d", "bob bob bob bob");
	check("@\u00e4rger", "\u00e4rger");
}

static void spans(void)
{
	check("`@ada`", "");
	check("`@ada` @bob", "bob");
	check("@ada `x` @bob `y` @eve", "ada bob eve");
	check("`@ada @bob", "ada bob"); /* not closed: no code */
	check("``@ada ` @bob`` @eve", "eve");
	check("` `` @ada ` @bob", "bob");
	check("a ```@ada``` @bob", "bob");
	check("`a``@ada`", "");
	check("`a```@ada`", "");
	check("`a`@ada", "ada");
	check("`one\n@ada` @bob", "bob");
	check("`one\n\n@ada` @bob", "ada bob"); /* a paragraph's end closes nothing */
	check("\\`@ada` @bob", "ada bob");
	check("> `@ada\n@bob`", "ada bob"); /* the quote ends with its line */
}

static void blocks(void)
{
	check("```\n@ada\n```\n@bob", "bob");
	check("~~~\n@ada\n~~~\n@bob", "bob");
	check("```c\nf(`@ada`, @bob);\n```\n@eve", "eve");
	check("```\n@ada", ""); /* not closed: to the end */
	check("x\n~~~\n@ada\n\n@bob", "");
	check("```\n@ada\n~~~\n@bob\n```\n@eve", "eve");
	check("````\n@ada\n```\n@bob", "");
	check("``` @ada\n@bob", ""); /* what the fence says of its code */
	check("> ```\n> @ada\n\n@bob", "bob");
	check("    @ada", "ada"); /* an indented line is no code */
	check("\t@ada", "ada");
	check("- x\n\n      @ada", "ada");
}

static void links(void)
{
	check("https://host/@ada @bob", "bob");
	check("see (https://localhost:8000/@ada), @bob", "bob");
	check("<https://host/@ada> <@bob>", "bob");
	check("[@ada](https://host/@bob) @eve", "eve");
	check("![@ada](x) @eve", "eve");
	check("[@ada] @eve", "ada eve");
	check("[x]: @ada", "ada"); /* no definition, but shown */
	check("https://host/*x*@ada @bob", "bob");
	check("https://host/\u00e4/@ada\u300d@bob", "bob");
	check("https://a/@x http://b/@y @ada ssh://c/@z", "ada");
	check("://@ada : //@bob", "ada bob");
	check("www.host/@ada", "ada");
}

static void escapes(void)
{
	check("\\@ada @bob", "bob");
	check("\\\\@ada", "ada");
	check("\\\\\\@ada", "");
	check("`\\`@ada", "ada");
	check("**@ada** _@bob_ ~~@eve~~", "ada bob_ eve");
	check("@_ada_ @__", "_ada_ __");
	check("*@ada*bob", "ada");
	check("# @ada\n---\n@bob", "ada bob");
	check("- @ada\n1. @bob\n> @eve", "ada bob eve");
	check("<b>@ada</b> &#64;bob &amp;@eve", "ada eve");
	check("| a |\n|---|\n| @ada |", "ada");
}

static void long_names(void)
{
	char text[1024] = "@", want[256];

	memset(text + 1, 'x', 200);
	memcpy(want, text + 1, 201);
	check(text, want);
	memset(text + 1, 'x', 201);
	check(text, "");
	memcpy(text + 202, " @ada", 6);
	check(text, "ada");
	/* Signs beyond the longest name can only be the sentence's. */
	memset(text, '.', 1000);
	memcpy(text, "@ada", 4);
	text[1000] = '\0';
	memcpy(want, text + 1, 200);
	want[200] = '\0';
	check(text, want);
}

static void shorten(void)
{
	struct chat_mention mention = {"ada._-", 6};

	CHECK(chat_mention_shorten(&mention));
	CHECK(chat_mention_shorten(&mention));
	CHECK(chat_mention_shorten(&mention));
	CHECK_INT(mention.n, 3);
	CHECK(!chat_mention_shorten(&mention));
	CHECK_INT(mention.n, 3);
	mention = (struct chat_mention){".", 1};
	CHECK(!chat_mention_shorten(&mention));
	CHECK_INT(mention.n, 1);
}

static bool is(const char *name, const char *username)
{
	const struct chat_mention mention = {name, strlen(name)};

	return chat_mention_is(&mention, username);
}

static void names(void)
{
	CHECK(is("ada", "Ada"));
	CHECK(is("ADA_.", "ada"));
	CHECK(is("ada_", "ada_"));
	CHECK(!is("ada", "ada_"));
	CHECK(!is("adam", "ada"));
	CHECK(is("\u00e4rger", "\u00c4rger"));
	CHECK(is("a\u0308rger", "\u00c4rger"));
	CHECK(is("STRASSE", "stra\u00dfe"));
	CHECK(!is(".", "ada"));
}

int main(void)
{
	RUN(boundaries);
	RUN(beyond_ascii);
	RUN(spans);
	RUN(blocks);
	RUN(links);
	RUN(escapes);
	RUN(long_names);
	RUN(shorten);
	RUN(names);
	return test_end();
}
