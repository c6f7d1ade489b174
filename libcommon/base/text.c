#include <chat/text.h>
#include <chat/arena.h>
#include <chat/buf.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#define BYTES(x) (UINT64_C(0x0101010101010101) * (x)) /* a word of eight bytes x */

static uint64_t load_word(const char *text)
{
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	return word;
}

/* How many of the n bytes at text, from the first on, are ASCII. */
static size_t ascii_run(const char *text, size_t n)
{
	size_t i = 0;

	while (n - i >= 8 && !(load_word(text + i) & BYTES(0x80)))
		i += 8;
	while (i < n && (unsigned char)text[i] < 0x80)
		i++;
	return i;
}

static bool is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/*
 * Bytes of the well-formed sequence beyond ASCII at s, of which n > 0 bytes are there; 0 if there
 * is none. The second byte's range is what rules out overlong forms, surrogates and what is above
 * U+10FFFF: Unicode, table 3-7.
 */
static size_t utf8_sequence(const unsigned char *s, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;

	if (s[0] < 0xc2 || n < 2)
		return 0;
	if (s[0] < 0xe0)
		return is_continuation(s[1]) ? 2 : 0;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high || n < 3 || !is_continuation(s[2]))
		return 0;
	if (s[0] < 0xf0)
		return 3;
	return s[0] < 0xf5 && n > 3 && is_continuation(s[3]) ? 4 : 0;
}

bool text_is_utf8(const char *text, size_t n)
{
	size_t i = 0;

	for (;;) {
		i += ascii_run(text + i, n - i);
		/* Other scripts come in runs too. */
		while (i < n && (unsigned char)text[i] >= 0x80) {
			size_t size = utf8_sequence((const unsigned char *)text + i, n - i);

			if (size == 0)
				return false;
			i += size;
		}
		if (i == n)
			return true;
	}
}

/* Blank signs that no property of Unicode has together: Braille without dots, interlinear marks,
 * and music's note without a head. */
static bool is_blank_sign(ucs4_t c)
{
	return c == 0x2800 || (c >= 0xfff9 && c <= 0xfffb) || c == 0x1d159;
}

bool chat_text_is_blank(const char *text, size_t n)
{
	for (size_t i = 0; i < n;) {
		ucs4_t c;

		i += (size_t)u8_mbtouc(&c, (const uint8_t *)text + i, n - i);
		if (!(uc_is_property_white_space(c) || uc_is_general_category(c, UC_CONTROL) ||
			    uc_is_property_default_ignorable_code_point(c) || is_blank_sign(c)))
			return false;
	}
	return true;
}

size_t text_put_utf8(char out[TEXT_UTF8_MAX], uint32_t c)
{
	return (size_t)u8_uctomb((uint8_t *)out, c, TEXT_UTF8_MAX);
}

size_t text_length(const char *text, size_t n)
{
	size_t continuations = 0;
	size_t i = 0;

	/* A continuation byte is 10xxxxxx. The multiplication sums the bytes into the top one. */
	for (; n - i >= 8; i += 8) {
		uint64_t word = load_word(text + i);

		if (word & BYTES(0x80))
			continuations += ((word >> 7 & ~word >> 6) & BYTES(1)) * BYTES(1) >> 56;
	}
	for (; i < n; i++)
		continuations += is_continuation((unsigned char)text[i]);
	return n - continuations;
}

/* Moves what libunistring allocated to the arena. NULL stays NULL. */
static char *adopt(uint8_t *text, size_t n, struct arena *arena)
{
	char *out = text ? arena_strndup(arena, (const char *)text, n) : NULL;

	free(text);
	return out;
}

char *text_fold(const char *text, struct arena *arena)
{
	size_t n = strlen(text);
	uint8_t *compatible, *folded;
	size_t n_compatible, n_folded;

	if (ascii_run(text, n) == n) {
		char *out = arena_strndup(arena, text, n);

		for (char *at = out; at && *at; at++)
			if (*at >= 'A' && *at <= 'Z')
				*at = (char)(*at + ('a' - 'A'));
		return out;
	}
	compatible = u8_normalize(UNINORM_NFKC, (const uint8_t *)text, n, NULL, &n_compatible);
	if (!compatible)
		return NULL;
	/* No language: Turkish and Azeri fold I differently, and names have no language. */
	folded = u8_casefold(compatible, n_compatible, NULL, UNINORM_NFKC, NULL, &n_folded);
	free(compatible);
	return adopt(folded, n_folded, arena);
}

char *text_nfc(const char *text, struct arena *arena)
{
	size_t n = strlen(text);
	uint8_t *composed;
	size_t n_composed;

	if (ascii_run(text, n) == n)
		return arena_strndup(arena, text, n);
	composed = u8_normalize(UNINORM_NFC, (const uint8_t *)text, n, NULL, &n_composed);
	return adopt(composed, n_composed, arena);
}

static bool is_nfc(const char *text, size_t n)
{
	uint8_t stack[256]; /* a name of 50 code points fits */
	size_t n_out = sizeof(stack);
	uint8_t *out = u8_normalize(UNINORM_NFC, (const uint8_t *)text, n, stack, &n_out);
	bool same = out && n_out == n && memcmp(out, text, n) == 0;

	if (out != stack)
		free(out);
	return same;
}

/* Writing systems of several scripts: UTS 39, table 1. */
enum {
	HAN_BOPOMOFO = 1,
	JAPANESE = 2,
	KOREAN = 4,
	ALL_SYSTEMS = 7,
};

/* The writing systems beside its own that a script belongs to. */
static unsigned int script_systems(const uc_script_t *script)
{
	static const struct {
		const char *script;
		unsigned int systems;
	} table[] = {
		{"Han", HAN_BOPOMOFO | JAPANESE | KOREAN},
		{"Bopomofo", HAN_BOPOMOFO},
		{"Hiragana", JAPANESE},
		{"Katakana", JAPANESE},
		{"Hangul", KOREAN},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(script->name, table[i].script) == 0)
			return table[i].systems;
	return 0;
}

/* What a name's characters may still be written in. Begins as {NULL, true, ALL_SYSTEMS}. */
struct scripts {
	const uc_script_t *first;
	bool one; /* all of one script */
	unsigned int systems;
};

/*
 * False when c's script does not go with those before. Common and inherited characters (digits,
 * accents, Japanese's long mark) go with every script: libunistring has no Script_Extensions, which
 * would narrow some of them.
 */
static bool scripts_add(struct scripts *s, ucs4_t c)
{
	const uc_script_t *script = uc_script(c);

	if (!script || strcmp(script->name, "Common") == 0 ||
		strcmp(script->name, "Inherited") == 0)
		return true;
	if (!s->first)
		s->first = script;
	s->one = s->one && script == s->first;
	s->systems &= script_systems(script);
	return s->one || s->systems;
}

static bool is_ascii_name(const char *text)
{
	for (; *text; text++)
		if (!((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
			    (*text >= '0' && *text <= '9') || *text == '_' || *text == '.' ||
			    *text == '-'))
			return false;
	return true;
}

/* What a character can be in a username. Enclosing marks (Me) are none: UAX 31 has them nowhere. */
static bool is_letter(ucs4_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L);
}

static bool is_mark(ucs4_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Mn | UC_CATEGORY_MASK_Mc);
}

static bool is_digit_or_sign(ucs4_t c)
{
	return c == '_' || c == '.' || c == '-' ||
	       uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Nd);
}

size_t text_word_char(const char *text)
{
	ucs4_t c = (unsigned char)*text;
	int n;

	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
	n = u8_strmbtouc(&c, (const uint8_t *)text);
	if (n <= 0 || !(is_letter(c) || is_mark(c) || is_digit_or_sign(c)))
		return 0;
	return (size_t)n;
}

const char *text_username_fault(const char *text)
{
	static const char characters[] = "A username has only letters, digits, '_', '.' and '-'";
	size_t n = strlen(text);
	struct scripts scripts = {NULL, true, ALL_SYSTEMS};
	bool after_letter = false; /* where a mark may stand */

	if (is_ascii_name(text))
		return NULL;
	if (!text_is_utf8(text, n))
		return "A username must be valid UTF-8";
	for (size_t i = 0; i < n;) {
		ucs4_t c;

		i += (size_t)u8_mbtouc_unsafe(&c, (const uint8_t *)text + i, n - i);
		after_letter = is_letter(c) || (after_letter && is_mark(c));
		/* Some letters and marks are invisible: Hangul fillers, variation selectors. */
		if (!(after_letter || is_digit_or_sign(c)) ||
			uc_is_property_default_ignorable_code_point(c))
			return characters;
		if (!scripts_add(&scripts, c))
			return "A username must be in one script, not in letters of several";
	}
	if (!is_nfc(text, n))
		return "A username must be in Unicode's normalization form C";
	return NULL;
}

const char *text_email_fault(const char *text)
{
	static const char shape[] = "An email address has one '@' with something on both sides";
	const char *sign = strchr(text, '@');
	size_t n = strlen(text);

	if (!text_is_utf8(text, n))
		return "An email address must be valid UTF-8";
	for (size_t i = 0; i < n;) {
		ucs4_t c;

		i += (size_t)u8_mbtouc_unsafe(&c, (const uint8_t *)text + i, n - i);
		if (uc_is_property_white_space(c) || uc_is_general_category(c, UC_CONTROL))
			return "An email address has no spaces and no control characters";
	}
	if (!sign || sign == text || !sign[1] || strchr(sign + 1, '@'))
		return shape;
	return NULL;
}

int text_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

long text_percent_decode(const char *text, size_t n, bool plus, char *out)
{
	long written = 0;

	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (c == '%') {
			int high = n - i > 2 ? text_hex_digit(text[i + 1]) : -1;
			int low = high >= 0 ? text_hex_digit(text[i + 2]) : -1;

			if (low < 0)
				return -1;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		out[written++] = c;
	}
	out[written] = '\0';
	return written;
}

/* RFC 3986, section 2.3. */
static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

bool text_percent_encode(struct buf *out, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t size = 0;
	char *at;

	for (const char *c = text; *c; c++)
		size += is_unreserved(*c) ? 1 : 3;
	at = buf_reserve(out, size);
	if (!at)
		return false;
	for (; *text; text++) {
		if (is_unreserved(*text)) {
			*at++ = *text;
		} else {
			*at++ = '%';
			*at++ = digits[(unsigned char)*text >> 4];
			*at++ = digits[*text & 15];
		}
	}
	*at = '\0';
	out->len += size;
	return true;
}

#define WRAP_COLUMNS 80

bool chat_text_wrap(struct buf *out, const char *text, const char *indent, size_t column)
{
	bool begun = false; /* this line has a word */

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t n = strcspn(text, " ");

		if (begun && column + 1 + n > WRAP_COLUMNS) {
			buf_printf(out, "\n%s", indent);
			column = strlen(indent);
			begun = false;
		}
		if (begun)
			buf_putc(out, ' ');
		buf_append(out, text, n);
		column += n + begun;
		begun = true;
		text += n;
	}
	return buf_putc(out, '\n');
}

#define DISTANCE_MAX 63 /* bytes of a text that is compared */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: Levenshtein's table with swaps, of which three rows are kept. */
size_t text_distance(const char *a, const char *b)
{
	size_t rows[3][DISTANCE_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];
	size_t n_a = strlen(a), n_b = strlen(b);

	if (n_a > DISTANCE_MAX || n_b > DISTANCE_MAX)
		return n_a > n_b ? n_a : n_b;
	for (size_t j = 0; j <= n_b; j++)
		last[j] = j;
	for (size_t i = 1; i <= n_a; i++) {
		size_t *spare = before;

		row[0] = i;
		for (size_t j = 1; j <= n_b; j++) {
			row[j] = least(least(last[j], row[j - 1]) + 1,
				last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = last;
		last = row;
		row = spare;
	}
	return last[n_b];
}
