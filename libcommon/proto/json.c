#include <chat/json.h>

#include <stdlib.h>
#include <chat/arena.h>
#include <chat/limits.h>
#include <chat/text.h>
#include "field.h"

/* Exponents beyond are all alike: nothing that they multiply fits a number. */
#define EXPONENT_MAX 1000000

struct parser {
	const char *at, *end;
	struct arena *arena;
	size_t depth;
	enum chat_err err;
	const char *fault; /* what is wrong when err is CHAT_ERR_INVALID */
};

static bool fail(struct parser *p, enum chat_err err)
{
	p->err = err;
	return false;
}

static bool refuse(struct parser *p, const char *fault)
{
	p->fault = fault;
	return fail(p, CHAT_ERR_INVALID);
}

/* --- tokens --- */

static void skip_space(struct parser *p)
{
	while (p->at < p->end &&
		(*p->at == ' ' || *p->at == '\n' || *p->at == '\r' || *p->at == '\t'))
		p->at++;
}

/* Takes the character if it is the next one. */
static bool take(struct parser *p, char c)
{
	bool there = p->at < p->end && *p->at == c;

	p->at += there;
	return there;
}

static bool take_word(struct parser *p, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(p->end - p->at) < n || memcmp(p->at, word, n) != 0)
		return fail(p, CHAT_ERR_BAD_JSON);
	p->at += n;
	return true;
}

/* --- strings --- */

/* The value of the four hexadecimal digits at text, of which n bytes are left; -1 without them. */
static int hex_unit(const char *text, size_t n)
{
	int unit = 0;

	if (n < 4)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		int digit = text_hex_digit(text[i]);

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

/* What the escape \uXXXX, of which p stands behind the u, means; -1 after a failure. */
static long unicode_escape(struct parser *p)
{
	int low, unit = hex_unit(p->at, (size_t)(p->end - p->at));

	if (unit < 0) {
		fail(p, CHAT_ERR_BAD_JSON);
		return -1;
	}
	p->at += 4;
	if (unit < 0xD800 || unit > 0xDFFF)
		return unit;
	low = unit <= 0xDBFF && take(p, '\\') && take(p, 'u')
		      ? hex_unit(p->at, (size_t)(p->end - p->at))
		      : -1;
	if (low < 0xDC00 || low > 0xDFFF) {
		refuse(p, "A text has half a surrogate pair");
		return -1;
	}
	p->at += 4;
	return 0x10000 + ((long)(unit - 0xD800) << 10) + (low - 0xDC00);
}

/* Appends what the escape means, of which p stands behind the backslash; NULL after a failure. No
 * escape is shorter than what it means. */
static char *unescape(struct parser *p, char *out)
{
	static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *found = *p->at ? strchr(names, *p->at) : NULL;
	long c;

	if (found) {
		p->at++;
		*out = meanings[found - names];
		return out + 1;
	}
	if (!take(p, 'u')) {
		fail(p, CHAT_ERR_BAD_JSON);
		return NULL;
	}
	c = unicode_escape(p);
	return c < 0 ? NULL : out + text_put_utf8(out, (uint32_t)c);
}

/* The quote that ends the string in which p stands; NULL after a failure. */
static const char *string_end(struct parser *p, bool *escaped)
{
	const char *at = p->at;

	*escaped = false;
	while (at < p->end && *at != '"') {
		if ((unsigned char)*at < 0x20) {
			if (*at == '\0')
				refuse(p, "A text has a NUL");
			else
				fail(p, CHAT_ERR_BAD_JSON);
			return NULL;
		}
		if (*at == '\\' && p->end - at > 1) {
			*escaped = true;
			at++;
		}
		at++;
	}
	if (at < p->end)
		return at;
	fail(p, CHAT_ERR_BAD_JSON);
	return NULL;
}

/* The string of which p stands behind the quote: its bytes, and how many. */
static bool take_string(struct parser *p, const char **string, size_t *size)
{
	bool escaped;
	const char *end = string_end(p, &escaped);
	char *text, *out;

	if (!end)
		return false;
	*size = (size_t)(end - p->at);
	*string = text = out =
		escaped ? arena_alloc(p->arena, *size + 1) : arena_strndup(p->arena, p->at, *size);
	if (!text)
		return fail(p, CHAT_ERR_NO_MEMORY);
	if (escaped) {
		while (p->at < end) {
			if (!take(p, '\\'))
				*out++ = *p->at++;
			else if ((out = unescape(p, out)) == NULL)
				return false;
		}
		*size = (size_t)(out - text);
	}
	p->at = end + 1;
	return true;
}

/* --- numbers --- */

/* A decimal number: significant * 10^exponent, significant without zeros at its end. */
struct decimal {
	int64_t significant; /* INT64_MAX if it is larger */
	int64_t exponent;
	int64_t zeros; /* read, and not known yet to be at the end */
};

static int64_t times_ten(int64_t value, int64_t times)
{
	for (; times > 0 && value > 0 && value < INT64_MAX; times--) {
		if (__builtin_mul_overflow(value, 10, &value))
			return INT64_MAX;
	}
	return value;
}

static void add_digit(struct decimal *d, int digit)
{
	if (digit == 0) {
		d->zeros++;
		return;
	}
	d->significant = times_ten(d->significant, d->zeros + 1);
	d->zeros = 0;
	if (__builtin_add_overflow(d->significant, digit, &d->significant))
		d->significant = INT64_MAX;
}

/* One digit or more; how many. */
static int64_t take_digits(struct parser *p, struct decimal *d)
{
	const char *start = p->at;

	for (; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++)
		add_digit(d, *p->at - '0');
	if (p->at == start)
		fail(p, CHAT_ERR_BAD_JSON);
	return p->at - start;
}

/* What stands behind the e. */
static int64_t take_exponent(struct parser *p)
{
	struct decimal d = {0};
	bool negative = take(p, '-');
	int64_t value;

	if (!negative)
		take(p, '+');
	take_digits(p, &d);
	value = times_ten(d.significant, d.zeros);
	if (value > EXPONENT_MAX)
		value = EXPONENT_MAX;
	return negative ? -value : value;
}

static bool take_number(struct parser *p, struct value *out)
{
	struct decimal d = {0};
	bool negative = take(p, '-');

	if (!take(p, '0')) /* which no other digit follows */
		take_digits(p, &d);
	if (!p->err && take(p, '.'))
		d.exponent = -take_digits(p, &d);
	if (!p->err && (take(p, 'e') || take(p, 'E')))
		d.exponent += take_exponent(p);
	if (p->err)
		return false;
	d.exponent += d.zeros;
	out->type = VALUE_NUMBER;
	out->is_whole = d.significant == 0 || d.exponent >= 0;
	if (out->is_whole)
		out->number = times_ten(d.significant, d.exponent);
	if (negative)
		out->number = -out->number;
	return true;
}

/* --- arrays and objects --- */

static bool take_value(struct parser *p, struct value *out);

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has_doubles(struct parser *p, const struct value *object)
{
	const char **names = arena_array(p->arena, object->size, sizeof(*names));
	size_t n = 0;

	if (!names)
		return !fail(p, CHAT_ERR_NO_MEMORY);
	for (const struct value *member = object->first; member; member = member->next)
		names[n++] = member->name;
	qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(names[i - 1], names[i]) == 0)
			return !fail(p, CHAT_ERR_BAD_JSON);
	}
	return false;
}

/* A member's name and the colon behind it. */
static bool take_name(struct parser *p, struct value *member)
{
	size_t size;

	skip_space(p);
	if (!take(p, '"'))
		return fail(p, CHAT_ERR_BAD_JSON);
	if (!take_string(p, &member->name, &size))
		return false;
	if (memchr(member->name, '\0', size))
		return refuse(p, "A name has a NUL");
	skip_space(p);
	return take(p, ':') || fail(p, CHAT_ERR_BAD_JSON);
}

/* The elements, or members, of which p stands behind the bracket. */
static bool take_items(struct parser *p, struct value *out)
{
	char close = out->type == VALUE_OBJECT ? '}' : ']';
	const struct value **next = &out->first;

	if (++p->depth > LIMIT_JSON_DEPTH_MAX)
		return fail(p, CHAT_ERR_BAD_JSON);
	skip_space(p);
	if (take(p, close)) {
		p->depth--;
		return true;
	}
	do {
		struct value *item = arena_alloc(p->arena, sizeof(*item));

		if (!item)
			return fail(p, CHAT_ERR_NO_MEMORY);
		if (out->type == VALUE_OBJECT && !take_name(p, item))
			return false;
		if (!take_value(p, item))
			return false;
		*next = item;
		next = &item->next;
		out->size++;
	} while (take(p, ','));
	p->depth--;
	if (!take(p, close))
		return fail(p, CHAT_ERR_BAD_JSON);
	return out->type == VALUE_ARRAY || !has_doubles(p, out);
}

/* A value with the space around it; out is zeroed. */
static bool take_value(struct parser *p, struct value *out)
{
	bool taken;

	skip_space(p);
	switch (p->at < p->end ? *p->at : '\0') {
	case '{':
	case '[':
		out->type = *p->at++ == '{' ? VALUE_OBJECT : VALUE_ARRAY;
		taken = take_items(p, out);
		break;
	case '"':
		p->at++;
		out->type = VALUE_STRING;
		taken = take_string(p, &out->string, &out->size);
		break;
	case 'n':
		taken = take_word(p, "null");
		break;
	case 'f':
		out->type = VALUE_FALSE;
		taken = take_word(p, "false");
		break;
	case 't':
		out->type = VALUE_TRUE;
		taken = take_word(p, "true");
		break;
	default:
		taken = take_number(p, out);
		break;
	}
	if (taken)
		skip_space(p);
	return taken;
}

enum chat_err json_parse(const char *text, size_t n, struct arena *arena, const struct value **out,
	struct problems *problems)
{
	struct parser p = {.at = text, .end = text + n, .arena = arena};
	struct value *root = arena_alloc(arena, sizeof(*root));

	*out = NULL;
	if (!root)
		return CHAT_ERR_NO_MEMORY;
	if (!text_is_utf8(text, n))
		refuse(&p, "The body is not valid UTF-8");
	else if (take_value(&p, root) && p.at < p.end)
		fail(&p, CHAT_ERR_BAD_JSON);
	if (p.err == CHAT_ERR_INVALID)
		problem_add(problems, "body", NULL, "value_error", p.fault);
	if (!p.err)
		*out = root;
	return p.err;
}

/* --- what was parsed --- */

const struct value *value_member(const struct value *object, const char *name)
{
	const struct value *member = value_is(object, VALUE_OBJECT) ? object->first : NULL;

	while (member && strcmp(member->name, name) != 0)
		member = member->next;
	return member;
}

const char *value_text(const struct value *value)
{
	bool plain = value_is(value, VALUE_STRING) && strlen(value->string) == value->size;

	return plain ? value->string : NULL;
}
