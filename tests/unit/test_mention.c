#include "store/mention.h"
#include "test.h"

/* What is found, in order, with a blank between. */
static void check(const char *text, const char *want)
{
	struct mention_scan scan;
	const char *name;
	char found[4096] = "";
	size_t n, len = 0;

	mention_start(&scan, text);
	while (mention_next(&scan, &name, &n))
		len += (size_t)snprintf(found + len, sizeof(found) - len, "%s%.*s",
			len > 0 ? " " : "", (int)n, name);
	if (!CHECK_STR(found, want))
		fprintf(stderr, "  for %s\n", text);
	/* The end stays the end. */
	CHECK(!mention_next(&scan, &name, &n));
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
}

static void code(void)
{
	check("`@ada`", "");
	check("`@ada` @bob", "bob");
	check("@ada `x` @bob `y` @eve", "ada bob eve");
	check("`@ada @bob", "ada bob"); /* not closed: no code */
	check("``@ada ` @bob`` @eve", "eve");
	check("` `` @ada ` @bob", "bob");
	check("```\n@ada\n```\n@bob", "bob");
	check("```c\nf(`@ada`, @bob);\n``` @eve", "eve");
	check("```\n@ada", "ada");
	check("a ```@ada``` @bob", "bob");
	check("`````` @ada", "ada");
	check("`a``@ada`", "");
	check("`a```@ada`", "");
	check("`a`@ada", "ada");
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
	static const char name[] = "ada._-";
	size_t n = 6;

	CHECK(mention_shorten(name, &n));
	CHECK(mention_shorten(name, &n));
	CHECK(mention_shorten(name, &n));
	CHECK_INT(n, 3);
	CHECK(!mention_shorten(name, &n));
	CHECK_INT(n, 3);
	n = 1;
	CHECK(!mention_shorten(".", &n));
	CHECK_INT(n, 1);
}

int main(void)
{
	RUN(boundaries);
	RUN(beyond_ascii);
	RUN(code);
	RUN(long_names);
	RUN(shorten);
	return test_end();
}
