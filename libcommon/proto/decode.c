#include <chat/object.h>

#include <chat/arena.h>
#include <chat/json.h>
#include <chat/text.h>
#include <chat/time.h>
#include "field.h"

/* 9999-12-31T23:59:59.999Z, the last time that ISO 8601 writes with four digits of year. */
#define TIME_MS_MAX INT64_C(253402300799999)

/* One decoding: where texts go, and what was found wrong. */
struct decoder {
	struct arena *arena;
	struct problems *problems;
	const char *in;    /* of the problems */
	enum chat_err err; /* of the problems, the gravest; CHAT_ERR_NO_MEMORY stays */
};

/* A field's value as a form has it, decoded. */
struct form_value {
	const char *text;
	size_t len;
	unsigned times; /* that its name was given */
	bool broken;    /* its escapes or its bytes */
};

/* name: of the field, or NULL for the whole. */
static void fault(struct decoder *d, const char *name, const char *type, const char *msg)
{
	if (d->err != CHAT_ERR_NO_MEMORY)
		d->err = CHAT_ERR_INVALID;
	problem_add(d->problems, d->in, name, type, msg);
}

static void fault_blank(struct decoder *d, const struct field *field)
{
	if (d->err == CHAT_OK)
		d->err = CHAT_ERR_BLANK;
	problem_add(d->problems, d->in, field->name, "blank",
		"Input should have something that is shown");
}

/* A fault whose message has a number in it; format has one %lld and, for its plural, one %s. */
static void fault_number(struct decoder *d, const struct field *field, const char *type,
	const char *format, int64_t number)
{
	const char *msg = arena_printf(d->arena, format, (long long)number, number == 1 ? "" : "s");

	if (!msg)
		d->err = CHAT_ERR_NO_MEMORY;
	else
		fault(d, field->name, type, msg);
}

static void take_number(struct decoder *d, const struct field *field, int64_t value, void *out)
{
	if (value < field->min)
		fault_number(d, field, "greater_than_equal",
			"Input should be greater than or equal to %lld", field->min);
	else if (value > field->max)
		fault_number(d, field, "less_than_equal",
			"Input should be less than or equal to %lld", field->max);
	else
		FIELD_SET(out, field, &value);
}

static void take_text(
	struct decoder *d, const struct field *field, const char *text, size_t n, void *out)
{
	size_t length = text_length(text, n);
	const char *copy, *wrong = NULL;

	if ((int64_t)length < field->min) {
		fault_number(d, field, "string_too_short",
			"String should have at least %lld character%s", field->min);
		return;
	}
	if ((int64_t)length > field->max) {
		fault_number(d, field, "string_too_long",
			"String should have at most %lld character%s", field->max);
		return;
	}
	if (field->flags & FIELD_VISIBLE && chat_text_is_blank(text, n)) {
		fault_blank(d, field);
		return;
	}
	copy = arena_strndup(d->arena, text, n);
	if (!copy) {
		d->err = CHAT_ERR_NO_MEMORY;
		return;
	}
	if (field->flags & FIELD_USERNAME)
		wrong = text_username_fault(copy);
	else if (field->flags & FIELD_EMAIL)
		wrong = text_email_fault(copy);
	if (wrong)
		fault(d, field->name, "value_error", wrong);
	else
		FIELD_SET(out, field, &copy);
}

static void take_time(
	struct decoder *d, const struct field *field, const char *text, size_t n, void *out)
{
	int64_t ms;

	if (!time_parse(text, n, &ms))
		fault(d, field->name, "value_error", "Input should be an ISO 8601 date and time");
	else if (ms < 0 || ms > TIME_MS_MAX)
		fault(d, field->name, "value_error", "Input should be in the years 1970 to 9999");
	else
		FIELD_SET(out, field, &ms);
}

/* A field that is a string on the wire: n bytes of UTF-8 with a NUL after them. */
static void take_string(
	struct decoder *d, const struct field *field, const char *text, size_t n, void *out)
{
	enum chat_status status;
	enum chat_role role;

	if (memchr(text, '\0', n)) {
		fault(d, field->name, "value_error", "A text may not have a NUL");
		return;
	}
	switch (field->type) {
	case FIELD_TIME:
		take_time(d, field, text, n, out);
		break;
	case FIELD_STATUS:
		status = status_by_name(text);
		if (status == STATUS_NONE)
			fault(d, field->name, "enum",
				"Input should be 'online', 'offline', 'away' or 'dnd'");
		else
			FIELD_SET(out, field, &status);
		break;
	case FIELD_ROLE:
		role = role_by_name(text);
		if (role == ROLE_NONE)
			fault(d, field->name, "enum",
				"Input should be 'owner', 'admin', 'moderator' or 'member'");
		else
			FIELD_SET(out, field, &role);
		break;
	default:
		take_text(d, field, text, n, out);
		break;
	}
}

static void take_object(struct decoder *d, enum object_id id, const struct value *value,
	const char *name, void *out);

static void take_reference(
	struct decoder *d, const struct field *field, const struct value *value, void *out)
{
	const void *object = NULL;
	void *made = arena_alloc(d->arena, object_info(field->ref)->size);

	if (!made) {
		d->err = CHAT_ERR_NO_MEMORY;
		return;
	}
	take_object(d, field->ref, value, field->name, made);
	object = made;
	FIELD_SET(out, field, &object);
}

/* The elements of an array, decoded into an array in the arena. */
static void take_list(struct decoder *d, enum object_id id, const struct value *array,
	const char *name, struct field_list *list)
{
	size_t size = object_info(id)->size;
	char *at;

	if (array->size == 0)
		return;
	list->items = at = arena_array(d->arena, array->size, size);
	if (!at) {
		d->err = CHAT_ERR_NO_MEMORY;
		return;
	}
	list->count = array->size;
	for (const struct value *item = array->first; item; item = item->next, at += size)
		take_object(d, id, item, name, at);
}

/* A field's value that is there; null counts only where the field may be absent. */
static void take_value(
	struct decoder *d, const struct field *field, const struct value *value, void *out)
{
	struct field_list list = {0};
	bool truth;

	switch (field->type) {
	case FIELD_ID:
	case FIELD_INT:
		if (!value_is(value, VALUE_NUMBER))
			fault(d, field->name, "int_type", "Input should be a valid integer");
		else if (!value->is_whole)
			fault(d, field->name, "int_from_float",
				"Input should be a valid integer, without a fraction");
		else
			take_number(d, field, value->number, out);
		break;
	case FIELD_BOOL:
		truth = value_is(value, VALUE_TRUE);
		if (!truth && !value_is(value, VALUE_FALSE))
			fault(d, field->name, "bool_type", "Input should be a valid boolean");
		else
			FIELD_SET(out, field, &truth);
		break;
	case FIELD_REF:
		take_reference(d, field, value, out);
		break;
	case FIELD_LIST:
		if (!value_is(value, VALUE_ARRAY))
			fault(d, field->name, "list_type", "Input should be a valid list");
		else
			take_list(d, field->ref, value, field->name, &list);
		FIELD_SET(out, field, &list);
		break;
	default:
		if (!value_is(value, VALUE_STRING))
			fault(d, field->name, "string_type", "Input should be a valid string");
		else
			take_string(d, field, value->string, value->size, out);
		break;
	}
}

/* name: the field that the object stands in, or NULL. out is zeroed. */
static void take_object(struct decoder *d, enum object_id id, const struct value *value,
	const char *name, void *out)
{
	const struct object *info = object_info(id);

	if (!value_is(value, VALUE_OBJECT)) {
		fault(d, name, "object_type", "Input should be a valid object");
		return;
	}
	for (size_t i = 0; i < info->n_fields && d->err != CHAT_ERR_NO_MEMORY; i++) {
		const struct field *field = &info->fields[i];
		const struct value *member = value_member(value, field->name);
		bool required = field->flags & FIELD_REQUIRED;

		if (member && (required || !value_is(member, VALUE_NULL)))
			take_value(d, field, member, out);
		else if (required)
			fault(d, field->name, "missing", "Field required");
	}
}

enum chat_err object_decode_value(enum object_id id, const struct value *value, struct arena *arena,
	void *out, struct problems *problems)
{
	struct decoder d = {.arena = arena, .problems = problems, .in = "body"};

	memset(out, 0, object_info(id)->size);
	take_object(&d, id, value, NULL, out);
	return d.err;
}

enum chat_err object_decode(enum object_id id, const char *json, size_t n, struct arena *arena,
	void *out, struct problems *problems)
{
	const struct value *root;
	enum chat_err err =
		json_parse(n ? json : "{}", n ? n : strlen("{}"), arena, &root, problems);

	return err ? err : object_decode_value(id, root, arena, out, problems);
}

enum chat_err object_decode_list(enum object_id id, const char *json, size_t n, struct arena *arena,
	void **items, size_t *count, struct problems *problems)
{
	struct decoder d = {.arena = arena, .problems = problems, .in = "body"};
	struct field_list list = {0};
	const struct value *root;

	*items = NULL;
	*count = 0;
	d.err = json_parse(json, n, arena, &root, problems);
	if (d.err)
		return d.err;
	if (value_is(root, VALUE_ARRAY))
		take_list(&d, id, root, NULL, &list);
	else
		fault(&d, NULL, "list_type", "Input should be a valid list");
	*items = (void *)list.items;
	*count = list.count;
	return d.err;
}

bool object_parse_int(const char *text, size_t n, int64_t *value)
{
	const char *end = text + n;
	bool negative = n > 0 && *text == '-';
	int64_t whole = 0;

	text += negative;
	if (text == end || *text < '0' || *text > '9')
		return false;
	for (; text < end && *text >= '0' && *text <= '9'; text++) {
		if (__builtin_mul_overflow(whole, 10, &whole) ||
			__builtin_add_overflow(whole, *text - '0', &whole))
			whole = INT64_MAX;
	}
	if (end - text > 1 && *text == '.') {
		text++;
		while (text < end && *text == '0')
			text++;
	}
	*value = negative ? -whole : whole;
	return text == end;
}

/* A field's value from a form. */
static void take_form_value(
	struct decoder *d, const struct field *field, const struct form_value *value, void *out)
{
	int64_t number;
	bool truth;

	if (value->broken) {
		fault(d, field->name, "value_error", "Input is not percent-encoded UTF-8");
		return;
	}
	switch (field->type) {
	case FIELD_ID:
	case FIELD_INT:
		if (!object_parse_int(value->text, value->len, &number))
			fault(d, field->name, "int_type", "Input should be a valid integer");
		else
			take_number(d, field, number, out);
		break;
	case FIELD_BOOL:
		truth = !strcmp(value->text, "true");
		if (!truth && strcmp(value->text, "false") != 0)
			fault(d, field->name, "bool_type", "Input should be a valid boolean");
		else
			FIELD_SET(out, field, &truth);
		break;
	case FIELD_REF:
	case FIELD_LIST:
		fault(d, field->name, "object_type", "A form has no objects");
		break;
	default:
		take_string(d, field, value->text, value->len, out);
		break;
	}
}

/* The place of the field with the percent-encoded name, or n_fields. */
static size_t form_field(const struct object *info, const char *name, size_t n)
{
	char decoded[64 * 3 + 1]; /* more than any name has when all of it is escaped */
	size_t i = info->n_fields;

	if (n < sizeof(decoded) && text_percent_decode(name, n, true, decoded) >= 0) {
		for (i = 0; i < info->n_fields; i++) {
			if (!strcmp(decoded, info->fields[i].name))
				break;
		}
	}
	return i;
}

/* Reads one name=value of n bytes into the place of its field, if it is one of the object's. */
static void form_pair(struct decoder *d, const struct object *info, const char *pair, size_t n,
	struct form_value *values)
{
	const char *equals = memchr(pair, '=', n);
	size_t name_len = equals ? (size_t)(equals - pair) : n;
	const char *raw = equals ? equals + 1 : pair + n;
	size_t raw_len = (size_t)(pair + n - raw);
	size_t i = form_field(info, pair, name_len);
	char *text;
	long len;

	if (i == info->n_fields || values[i].times++)
		return;
	text = arena_alloc(d->arena, raw_len + 1);
	if (!text) {
		d->err = CHAT_ERR_NO_MEMORY;
		return;
	}
	len = text_percent_decode(raw, raw_len, true, text);
	values[i].broken = len < 0 || !text_is_utf8(text, (size_t)len);
	values[i].text = text;
	values[i].len = len < 0 ? 0 : (size_t)len;
}

enum chat_err object_decode_form(enum object_id id, const char *in, const char *text, size_t n,
	struct arena *arena, void *out, struct problems *problems)
{
	const struct object *info = object_info(id);
	struct decoder d = {.arena = arena, .problems = problems, .in = in};
	struct form_value values[OBJECT_FIELDS_MAX] = {0};
	const char *end = n ? text + n : text; /* no query at all may be NULL */

	memset(out, 0, info->size);
	while (text < end) {
		const char *amp = memchr(text, '&', (size_t)(end - text));
		const char *stop = amp ? amp : end;

		form_pair(&d, info, text, (size_t)(stop - text), values);
		text = stop + 1;
	}
	for (size_t i = 0; i < info->n_fields && d.err != CHAT_ERR_NO_MEMORY; i++) {
		const struct field *field = &info->fields[i];

		if (values[i].times > 1)
			fault(&d, field->name, "value_error", "Given more than once");
		else if (values[i].times)
			take_form_value(&d, field, &values[i], out);
		else if (field->flags & FIELD_REQUIRED)
			fault(&d, field->name, "missing", "Field required");
	}
	return d.err;
}
