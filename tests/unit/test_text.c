#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/text.h>

#include "test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void utf8_tables(void)
{
	static const char *const good[] = {
		"",
		"a",
		"\x7f",
		"\xc2\x80",
		"\xdf\xbf",
		"\xe0\xa0\x80",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xef\xbf\xbf",
		"\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf",
		"\xef\xbb\xbf",
		"caf\xc3\xa9 \xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\x98\x80 end",
	};
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xc2",
		"\xc2"
		"a",
		"\xc2\xc2",
		"\xc2\x80\x80",
		"\xe0\x80\x80",
		"\xe0\x9f\xbf",
		"\xe1\x80",
		"\xe1\x80"
		"a",
		"\xe1"
		"aa",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xef\xbf",
		"\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf0\x90\x80",
		"\xf0\x90\x80"
		"a",
		"\xf0\x90"
		"a\x80",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xf8\x88\x80\x80\x80",
		"\xfc\x84\x80\x80\x80\x80",
		"\xfe",
		"\xff",
		"\xed\xa0\xbd\xed\xb8\x80",
	};
	char text[64];

	/* Behind 0 to 20 ASCII bytes, so at each place of a word, and with more after it. */
	for (size_t lead = 0; lead <= 20; lead++) {
		memset(text, 'x', sizeof(text));
		for (size_t i = 0; i < COUNT(good); i++) {
			size_t n = strlen(good[i]);

			memcpy(text + lead, good[i], n);
			CHECK(text_is_utf8(text, lead + n));
			memset(text + lead + n, 'x', sizeof(text) - lead - n);
			CHECK(text_is_utf8(text, sizeof(text)));
		}
		for (size_t i = 0; i < COUNT(bad); i++) {
			size_t n = strlen(bad[i]);

			memset(text, 'x', sizeof(text));
			memcpy(text + lead, bad[i], n);
			if (!CHECK(!text_is_utf8(text, lead + n)) ||
				!CHECK(!text_is_utf8(text, sizeof(text))))
				fprintf(stderr, "  in case %zu\n", i);
		}
	}
	CHECK(text_is_utf8("a\0b", 3));
}

/* Bytes of code point c in s; the naive encoder of RFC 3629. */
static size_t encode(unsigned int c, char s[5])
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		s[i] = (char)(0x80 | (c & 0x3f));
	s[0] = (char)(n == 1 ? c : (0xf0U << (4 - n) & 0xff) | c);
	s[n] = '\0';
	return n;
}

static void utf8_every_code_point(void)
{
	int wrong = 0;

	for (unsigned int c = 0; c <= 0x11ffff; c++) {
		char s[5];
		size_t n = encode(c, s);
		bool is_scalar = c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);

		wrong += text_is_utf8(s, n) != is_scalar;
		wrong += is_scalar && text_length(s, n) != 1;
		for (size_t cut = 1; cut < n; cut++)
			wrong += text_is_utf8(s, cut);
	}
	CHECK_INT(wrong, 0);
}

static void length(void)
{
	static const char *const parts[] = {"a", "\xc3\xa9", "\xe6\xbc\xa2", "\xf0\x9f\x98\x80"};
	char text[4096];

	CHECK_INT(text_length("", 0), 0);
	CHECK_INT(text_length("a\0b", 3), 3);
	/* Many mixtures and sizes, so that sequences lie across the words. */
	for (unsigned int seed = 1; seed < 500; seed++) {
		unsigned int state = seed;
		size_t n = 0, want = seed;

		for (size_t i = 0; i < want; i++) {
			const char *part;

			state = state * 1103515245 + 12345;
			part = parts[state >> 16 & 3];
			memcpy(text + n, part, strlen(part));
			n += strlen(part);
		}
		if (text_length(text, n) != want || !text_is_utf8(text, n))
			CHECK_INT(text_length(text, n), want);
	}
	memset(text, 'x', sizeof(text));
	CHECK_INT(text_length(text, 2000), 2000);
}

static void fold(void)
{
	static const char *const cases[][2] = {
		{"", ""}, {"Alice_99", "alice_99"}, {"ABCXYZ@[`{", "abcxyz@[`{"},
		{"Stra\xc3\x9f"
		 "e",
			"strasse"},
		{"STRA\xe1\xba\x9e"
		 "E",
			"strasse"},
		{"\xef\xac\x81sh", "fish"},                      /* U+FB01 */
		{"\xe2\x85\xa3", "iv"},                          /* U+2163 */
		{"\xef\xbc\xa1\xef\xbd\x82\xef\xbc\x91", "ab1"}, /* full width A b 1 */
		{"\xef\xbd\xb6\xef\xbe\x9e", "\xe3\x82\xac"},    /* half-width KA + voicing: GA */
		{"E\xcc\x81t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},     /* E + acute */
		{"\xce\xa3\xcf\x82\xcf\x83", "\xcf\x83\xcf\x83\xcf\x83"}, /* all sigmas */
		{"\xd0\x96\xd1\x83\xd0\x9a", "\xd0\xb6\xd1\x83\xd0\xba"},
		{"\xc2\xb5", "\xce\xbc"},             /* micro: mu */
		{"\xc7\xb0", "\xc7\xb0"},             /* j with caron: folds to two, composes */
		{"\xe2\x84\xaa", "k"},                /* Kelvin */
		{"\xe1\xbe\xb3", "\xce\xb1\xce\xb9"}, /* alpha with iota below */
		{"\xc4\xb0", "i\xcc\x87"},            /* I with a dot, no language */
		{"\xf0\x9d\x90\x80", "a"},            /* mathematical bold A */
		{"\xea\xad\xb0", "\xe1\x8e\xa0"},     /* small Cherokee A */
	};
	struct arena a;

	arena_init(&a, 0);
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_STR(text_fold(cases[i][0], &a), cases[i][1]);
	arena_release(&a);
}

/* What is folded stays as it is: otherwise two spellings of a name could both be registered. */
static void fold_is_stable(void)
{
	struct arena a;
	int wrong = 0;

	arena_init(&a, 0);
	for (unsigned int c = 0x80; c < 0x1fbff; c++) {
		char s[5];
		char *once, *twice;

		/* Ideographs, syllables, surrogates and private ones have no case. */
		if (c == 0x3400)
			c = 0xa000;
		if (c == 0xac00)
			c = 0xf900;
		encode(c, s);
		once = text_fold(s, &a);
		twice = once ? text_fold(once, &a) : NULL;
		if ((!twice || strcmp(once, twice) != 0) && wrong++ < 5)
			CHECK_INT(c, 0);
		arena_reset(&a);
	}
	CHECK_INT(wrong, 0);
	arena_release(&a);
}

static void nfc(void)
{
	struct arena a;

	arena_init(&a, 0);
	CHECK_STR(text_nfc("", &a), "");
	CHECK_STR(text_nfc("plain", &a), "plain");
	CHECK_STR(text_nfc("e\xcc\x81", &a), "\xc3\xa9");
	CHECK_STR(text_nfc("\xc3\xa9", &a), "\xc3\xa9");
	CHECK_STR(text_nfc("\xe2\x84\xab", &a), "\xc3\x85");               /* Angstrom sign */
	CHECK_STR(text_nfc("\xef\xac\x81", &a), "\xef\xac\x81");           /* fi stays one letter */
	CHECK_STR(text_nfc("q\xcc\x87\xcc\xa3", &a), "q\xcc\xa3\xcc\x87"); /* marks in order */
	CHECK_STR(text_nfc("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", &a), "\xed\x95\x9c"); /* Han */
	arena_release(&a);

	arena_init(&a, 3);
	CHECK(text_nfc("\xc3\xa9\xc3\xa9", &a) == NULL);
	CHECK(text_nfc("four", &a) == NULL);
	CHECK(text_fold("\xc3\xa9\xc3\xa9", &a) == NULL);
	CHECK(text_fold("FOUR", &a) == NULL);
	arena_release(&a);
}

static void good_usernames(void)
{
	static const char *const names[] = {
		"", "alice", "Bob_the.2nd-", "...", "42", "J\xc3\xb6rg",
		"\xd0\x9c\xd0\xb0\xd1\x88\xd0\xb0_1",
		"\xce\x91\xce\xbb\xce\xad\xce\xbe\xce\xb7\xcf\x82",
		"\xe6\xb1\x89\xe5\xad\x97\xe3\x84\x85",             /* Han and Bopomofo */
		"\xe6\xbc\xa2\xe3\x81\x8b\xe3\x82\xab\xe3\x83\xbc", /* Han, Hiragana, Katakana, long
								       mark */
		"\xe3\x81\x8b\xe3\x82\xab",                         /* Hiragana and Katakana */
		"\xed\x95\x9c\xe6\xbc\xa2",                         /* Hangul and Han */
		"\xe6\xbc\xa2", "\xe3\x84\x85",
		"\xd8\xb9\xd9\x84\xd9\x8a_\xd9\xa3",        /* Arabic with an Arabic digit */
		"\xd7\xa9\xd6\xb8\xd7\x9c\xd7\x95\xd7\x9d", /* Hebrew with a vowel mark */
		"\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\x82\xe0\xa4\xa6\xe0\xa5\x80", /* Hindi */
		"q\xcc\x87",                        /* no composed form exists */
		"\xf0\x90\x90\xb7\xf0\x90\x90\xaf", /* Deseret, beyond the BMP */
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (!CHECK_STR(text_username_fault(names[i]), NULL))
			fprintf(stderr, "  for %s\n", names[i]);
}

static void bad_usernames(void)
{
	static const struct {
		const char *name, *word; /* of the sentence */
	} cases[] = {
		{"a b", "letters"},
		{"a@b", "letters"},
		{"a/b", "letters"},
		{"a\nb", "letters"},
		{"a\x7f", "letters"},
		{"\xc2\xa0", "letters"},         /* no-break space */
		{"\xe2\x85\xa3", "letters"},     /* a Roman numeral is neither letter nor digit */
		{"\xc2\xb2", "letters"},         /* superscript two */
		{"\xf0\x9f\x98\x80", "letters"}, /* an emoji */
		{"a\xe2\x80\x8b"
		 "b",
			"letters"}, /* zero width space */
		{"a\xe2\x80\x8d"
		 "b",
			"letters"}, /* zero width joiner */
		{"a\xe2\x80\xae"
		 "b",
			"letters"}, /* right-to-left override */
		{"a\xc2\xad"
		 "b",
			"letters"},           /* soft hyphen */
		{"a\xef\xb8\x8f", "letters"}, /* variation selector: a mark */
		{"\xe3\x85\xa4", "letters"},  /* Hangul filler: a letter */
		{"\xcc\x81"
		 "a",
			"letters"}, /* a mark without a letter */
		{"a_\xcc\x81", "letters"},
		{"1\xcc\x81", "letters"},
		{"a\xe2\x83\x9d", "letters"}, /* an enclosing circle is no accent */
		{"\xee\x80\x80", "letters"},  /* private use */
		{"\xcd\xb8", "letters"},      /* unassigned */
		{"p\xd0\xb0ypal", "script"},  /* Cyrillic a in Latin */
		{"\xd0\xbc\xd0\xb0\xd1\x88"
		 "a",
			"script"},
		{"a\xce\xb1", "script"}, /* Greek alpha */
		{"\xe6\xbc\xa2z", "script"},
		{"\xe3\x81\x8b\xed\x95\x9c", "script"}, /* Hiragana with Hangul */
		{"\xe3\x81\x8b\xe3\x84\x85", "script"}, /* Hiragana with Bopomofo */
		{"\xe6\xbc\xa2\xe3\x81\x8b\xed\x95\x9c", "script"},
		{"\xe6\xbc\xa2\xe3\x81\x8b\xe3\x84\x85", "script"},
		{"\xed\x95\x9c\xe3\x84\x85", "script"},
		{"a\xe0\xa5\xab", "script"},            /* Devanagari five in Latin */
		{"e\xcc\x81", "normalization"},         /* not composed */
		{"\xe2\x84\xa6", "normalization"},      /* Ohm sign, a Greek letter in NFC */
		{"\xe2\x84\xaa", "normalization"},      /* Kelvin sign */
		{"q\xcc\x87\xcc\xa3", "normalization"}, /* marks in the wrong order */
		{"\xff", "UTF-8"},
		{"ab\xc3", "UTF-8"},
		{"\xed\xa0\x80", "UTF-8"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *fault = text_username_fault(cases[i].name);

		if (!CHECK(fault && strstr(fault, cases[i].word)))
			fprintf(stderr, "  for %s: %s\n", cases[i].name, fault ? fault : "none");
	}
}

/* A long name goes another way through the normalization. */
static void long_username(void)
{
	char name[601];

	for (size_t i = 0; i < 600; i += 2)
		memcpy(name + i, "\xc3\xa9", 2);
	name[600] = '\0';
	CHECK_STR(text_username_fault(name), NULL);
	memcpy(name + 597, "e\xcc\x81", 3);
	memcpy(name + 594, "abc", 3);
	CHECK(text_username_fault(name) != NULL);
}

static void emails(void)
{
	static const char *const good[] = {
		"a@b",
		"first.last+tag@example.org",
		"\xd0\xb6@\xd1\x84.\xd1\x80\xd1\x84",
	};
	static const char *const bad[] = {
		"",
		"a",
		"@",
		"a@",
		"@b",
		"a@b@c",
		"a@@b",
		"a b@c",
		"a@b ",
		" a@b",
		"a\t@b",
		"a\n@b",
		"a@b\x7f",
		"a@b\x01",
		"a\xc2\xa0@b",
		"a@b\xe2\x80\xa8",
		"a@b\xc2\x85",
		"a@\xff",
		"a@b\xc3",
	};

	for (size_t i = 0; i < COUNT(good); i++)
		CHECK_STR(text_email_fault(good[i]), NULL);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (!CHECK(text_email_fault(bad[i]) != NULL))
			fprintf(stderr, "  for %s\n", bad[i]);
}

static void percent_decode(void)
{
	static const struct {
		const char *text;
		bool plus;
		const char *want; /* NULL: refused */
	} cases[] = {
		{"", false, ""},
		{"abc", false, "abc"},
		{"a%20b", false, "a b"},
		{"a+b", false, "a+b"},
		{"a+b", true, "a b"},
		{"%2B+%2b", true, "+ +"},
		{"%c3%A9", false, "\xc3\xa9"},
		{"%25%25", false, "%%"},
		{"%2525", false, "%25"},
		{"%fF", false, "\xff"},
		{"%", false, NULL},
		{"a%", false, NULL},
		{"%2", false, NULL},
		{"%2g", false, NULL},
		{"%g2", false, NULL},
		{"%%20", false, NULL},
		{"% 20", false, NULL},
		{"%+2", true, NULL},
		{"ok%zz", false, NULL},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char out[32];
		long n = text_percent_decode(
			cases[i].text, strlen(cases[i].text), cases[i].plus, out);

		if (!cases[i].want) {
			CHECK_INT(n, -1);
			continue;
		}
		CHECK_STR(out, cases[i].want);
		CHECK_INT(n, strlen(cases[i].want));
	}
}

/* Only n bytes are read, and a decoded NUL is told by the count. */
static void percent_decode_bounds(void)
{
	char out[8];

	CHECK_INT(text_percent_decode("%41%42", 3, false, out), 1);
	CHECK_STR(out, "A");
	CHECK_INT(text_percent_decode("%41%42", 5, false, out), -1);
	CHECK_INT(text_percent_decode("%41%42", 4, false, out), -1);
	CHECK_INT(text_percent_decode("a%00b", 5, false, out), 3);
	CHECK(memcmp(out, "a\0b", 4) == 0);
}

static void percent_encode(void)
{
	struct buf b;
	char all[256], out[256];

	buf_init(&b, 1000);
	CHECK(text_percent_encode(&b, "AZaz09-._~"));
	CHECK_STR(buf_str(&b), "AZaz09-._~");
	CHECK(text_percent_encode(&b, " /?&=+%\xc3\xa9\x7f"));
	CHECK_STR(buf_str(&b), "AZaz09-._~%20%2F%3F%26%3D%2B%25%C3%A9%7F");
	CHECK(text_percent_encode(&b, ""));
	buf_reset(&b);
	for (int i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	all[255] = '\0';
	CHECK(text_percent_encode(&b, all));
	CHECK_INT(b.len, 66 + (255 - 66) * 3);
	CHECK_INT(text_percent_decode(b.data, b.len, true, out), 255);
	CHECK_STR(out, all);
	buf_release(&b);

	buf_init(&b, 5);
	CHECK(!text_percent_encode(&b, "a  "));
	CHECK_STR(buf_str(&b), "");
	buf_reset(&b);
	CHECK(text_percent_encode(&b, "a b"));
	CHECK_STR(buf_str(&b), "a%20b");
	buf_release(&b);
}

static void distance(void)
{
	static const struct {
		const char *a, *b;
		size_t want;
	} cases[] = {
		{"", "", 0},
		{"", "abc", 3},
		{"port", "port", 0},
		{"prot", "port", 1},
		{"por", "port", 1},
		{"ports", "port", 1},
		{"pord", "port", 1},
		{"kitten", "sitting", 3},
		{"ca", "abc", 3},
		{"ab", "ba", 1},
		{"abcdef", "badcfe", 3},
		{"abc", "xyz", 3},
		{"PORT", "port", 4},
		{"a", "b", 1},
		{"loglevel", "log-level", 1},
	};
	char edge[64], beyond[65];

	for (size_t i = 0; i < COUNT(cases); i++) {
		CHECK_INT(text_distance(cases[i].a, cases[i].b), cases[i].want);
		CHECK_INT(text_distance(cases[i].b, cases[i].a), cases[i].want);
	}
	memset(edge, 'x', 63);
	edge[63] = '\0';
	memset(beyond, 'x', 64);
	beyond[64] = '\0';
	CHECK_INT(text_distance(edge, edge), 0);
	CHECK_INT(text_distance(edge, ""), 63);
	CHECK_INT(text_distance(beyond, beyond), 64);
	CHECK_INT(text_distance("x", beyond), 64);
}

static void blank(void)
{
	static const char *const blanks[] = {"", " ", "\t\r\n", "\u00a0\u3000", "\u200b\ufeff",
		"\u2800", "\u3164\u115f\uffa0", "\u00ad\u2060\u202e", "\ufe0f", "\x01\x7f",
		"\U000e0020", "\U0001d159"};
	static const char *const shown[] = {"x", " \u200bx", ".", "\u0301", "\ufffd", "\u2801",
		"\xff", "\xe2\x80", "\u2800\U0001f600"};

	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
		if (!CHECK(chat_text_is_blank(blanks[i], strlen(blanks[i]))))
			fprintf(stderr, "  blank %zu\n", i);
	}
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		if (!CHECK(!chat_text_is_blank(shown[i], strlen(shown[i]))))
			fprintf(stderr, "  shown %zu\n", i);
	}
}

int main(void)
{
	RUN(utf8_tables);
	RUN(utf8_every_code_point);
	RUN(length);
	RUN(fold);
	RUN(fold_is_stable);
	RUN(nfc);
	RUN(good_usernames);
	RUN(bad_usernames);
	RUN(long_username);
	RUN(emails);
	RUN(percent_decode);
	RUN(percent_decode_bounds);
	RUN(percent_encode);
	RUN(distance);
	RUN(blank);
	return test_end();
}
