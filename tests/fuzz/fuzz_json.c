#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include <chat/arena.h>
#include <chat/json.h>
#include <chat/limits.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const struct value *value, const json_t *theirs);

static void same_items(const struct value *value, const json_t *theirs)
{
	size_t i = 0;

	for (const struct value *item = value->first; item; item = item->next, i++)
		same(item, item->name ? json_object_get(theirs, item->name)
				      : json_array_get(theirs, i));
	if (i != value->size ||
		i != (json_is_array(theirs) ? json_array_size(theirs) : json_object_size(theirs)))
		abort();
}

/* A double rounds what needs more than its 53 bits. */
static void same_number(const struct value *value, const json_t *theirs)
{
	double number = json_number_value(theirs);

	if (!json_is_number(theirs) || (value->is_whole && number != trunc(number)))
		abort();
	if (value->is_whole && fabs(number) < 0x1p53 && (double)value->number != number)
		abort();
}

static void same(const struct value *value, const json_t *theirs)
{
	switch (value->type) {
	case VALUE_NULL:
		if (!json_is_null(theirs))
			abort();
		break;
	case VALUE_FALSE:
		if (!json_is_false(theirs))
			abort();
		break;
	case VALUE_TRUE:
		if (!json_is_true(theirs))
			abort();
		break;
	case VALUE_NUMBER:
		same_number(value, theirs);
		break;
	case VALUE_STRING:
		if (json_string_length(theirs) != value->size ||
			memcmp(json_string_value(theirs), value->string, value->size + 1) != 0)
			abort();
		break;
	case VALUE_ARRAY:
	case VALUE_OBJECT:
		if (json_is_array(theirs) != (value->type == VALUE_ARRAY))
			abort();
		same_items(value, theirs);
		break;
	}
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t depth(json_t *value)
{
	size_t most = 0, i;
	const char *name;
	json_t *item;

	if (!json_is_array(value) && !json_is_object(value))
		return 0;
	json_array_foreach(value, i, item) most = larger(most, depth(item));
	json_object_foreach(value, name, item) most = larger(most, depth(item));
	return most + 1;
}

/* What jansson takes is taken up to the depth, and means the same. What it does not take is not
 * taken, but for numbers that no double is near. Jansson does not see a NUL at the end. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t flags =
		JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL;
	json_error_t error;
	json_t *theirs = json_loadb((const char *)data, size, flags, &error);
	const struct value *value;
	struct arena arena;
	enum chat_err err;

	arena_init(&arena, 0);
	err = json_parse((const char *)data, size, &arena, &value, NULL);
	if (theirs && !memchr(data, '\0', size) &&
		(err != CHAT_OK) != (depth(theirs) > LIMIT_JSON_DEPTH_MAX))
		abort();
	if (theirs && !err)
		same(value, theirs);
	if (!theirs && !err && json_error_code(&error) != json_error_numeric_overflow)
		abort();
	json_decref(theirs);
	arena_release(&arena);
	return 0;
}
