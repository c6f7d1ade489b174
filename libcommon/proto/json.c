#include <chat/object.h>

#include <jansson.h>
#include <chat/text.h>
#include "field.h"

/* The code unit of the \uXXXX at text, or -1 if there is none within n bytes. */
static int unicode_escape(const char *text, size_t n)
{
	int unit = 0;

	if (n < 6 || text[0] != '\\' || text[1] != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		char c = text[i];
		int digit;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (c | 0x20) - 'a' + 10;
		else
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

/* The length of the escape at text, of which n bytes are left; 0 for half a surrogate pair. What is
 * no escape at all is left for the parser to find. */
static size_t escape_length(const char *text, size_t n)
{
	int unit = unicode_escape(text, n);

	if (unit < 0xD800 || unit > 0xDFFF)
		return 2;
	if (unit <= 0xDBFF) {
		int low = unicode_escape(text + 6, n - 6);

		if (low >= 0xDC00 && low <= 0xDFFF)
			return 12;
	}
	return 0;
}

/*
 * Looks through JSON bytes, valid or not, for what the parser would not tell from bad syntax or not
 * bound: texts that are no Unicode, and depth. *fault says what is wrong when it is INVALID.
 */
static enum chat_err prescan(const char *json, size_t n, const char **fault)
{
	size_t depth = 0;
	bool quoted = false;

	if (!text_is_utf8(json, n)) {
		*fault = "The body is not valid UTF-8";
		return CHAT_ERR_INVALID;
	}
	for (size_t i = 0; i < n; i++) {
		switch (json[i]) {
		case '"':
			quoted = !quoted;
			break;
		case '\\':
			if (quoted) {
				size_t length = escape_length(json + i, n - i);

				if (!length) {
					*fault = "A text has half a surrogate pair";
					return CHAT_ERR_INVALID;
				}
				i += length - 1;
			}
			break;
		case '\0':
			if (quoted) {
				*fault = "A text has a NUL";
				return CHAT_ERR_INVALID;
			}
			break;
		case '{':
		case '[':
			if (!quoted && ++depth > LIMIT_JSON_DEPTH_MAX)
				return CHAT_ERR_BAD_JSON;
			break;
		case '}':
		case ']':
			if (!quoted && depth > 0)
				depth--;
			break;
		default:
			break;
		}
	}
	return CHAT_OK;
}

struct json_t *json_parse(const char *json, size_t n, enum chat_err *err, struct problems *problems)
{
	const size_t flags =
		JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL;
	const char *fault = NULL;
	json_error_t error;
	json_t *root = NULL;

	*err = prescan(json, n, &fault);
	if (*err)
		goto out;
	root = json_loadb(json, n, flags, &error);
	if (root)
		return root;
	switch (json_error_code(&error)) {
	case json_error_numeric_overflow:
		fault = "A number is too large";
		*err = CHAT_ERR_INVALID;
		break;
	case json_error_null_byte_in_key:
		fault = "A name has a NUL";
		*err = CHAT_ERR_INVALID;
		break;
	case json_error_out_of_memory:
		*err = CHAT_ERR_NO_MEMORY;
		break;
	default:
		*err = CHAT_ERR_BAD_JSON;
		break;
	}
out:
	if (*err == CHAT_ERR_INVALID)
		problem_add(problems, "body", NULL, "value_error", fault);
	return NULL;
}
