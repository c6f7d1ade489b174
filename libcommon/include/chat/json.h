#ifndef CHAT_JSON_H
#define CHAT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <chat/err.h>

struct arena;
struct problems;

enum value_type {
	VALUE_NULL,
	VALUE_FALSE,
	VALUE_TRUE,
	VALUE_NUMBER,
	VALUE_STRING,
	VALUE_ARRAY,
	VALUE_OBJECT,
};

/* A value of a JSON text, in an arena. */
struct value {
	enum value_type type;
	bool is_whole; /* a number without a fraction */
	union {
		int64_t number;     /* a whole one; INT64_MAX, or minus that, if it is larger */
		const char *string; /* UTF-8; a NUL follows */
		const struct value *first;
	};
	size_t size;              /* a string's bytes; how many elements or members */
	const char *name;         /* of an object's member; else NULL */
	const struct value *next; /* of the same array or object, in the text's order */
};

/*
 * Parses JSON (RFC 8259) by this protocol's rules: UTF-8, no lone surrogates, no doubled names, a
 * bounded depth. *out is the arena's. CHAT_ERR_BAD_JSON; CHAT_ERR_INVALID, of which problems (or
 * NULL) says more; CHAT_ERR_NO_MEMORY.
 */
enum chat_err json_parse(const char *text, size_t n, struct arena *arena, const struct value **out,
	struct problems *problems);

/* NULL counts as a value that is not there: of no type, and without members. */
static inline bool value_is(const struct value *value, enum value_type type)
{
	return value && value->type == type;
}

/* The member of that name; NULL if there is none, or the value is no object. */
const struct value *value_member(const struct value *object, const char *name);

/* A string without a NUL in it; NULL for anything else. */
const char *value_text(const struct value *value);

#endif
