#include <chat/object.h>

#include <chat/buf.h>
#include <chat/time.h>
#include "field.h"

/* The most bytes of a value that write_short() writes: a time in its quotes. */
#define SHORT_MAX (TIME_TEXT_SIZE + 1)

/* Whether the field has what stands for no value: zero or NULL. */
static bool is_absent(const struct field *field, const void *object)
{
	int64_t number;
	const void *pointer;
	enum chat_status status;
	enum chat_role role;
	bool truth;

	switch (field->type) {
	case FIELD_ID:
	case FIELD_INT:
	case FIELD_TIME:
		FIELD_GET(object, field, &number);
		return number == 0;
	case FIELD_BOOL:
		FIELD_GET(object, field, &truth);
		return !truth;
	case FIELD_STATUS:
		FIELD_GET(object, field, &status);
		return status == STATUS_NONE;
	case FIELD_ROLE:
		FIELD_GET(object, field, &role);
		return role == ROLE_NONE;
	case FIELD_TEXT:
	case FIELD_REF:
	case FIELD_LIST: /* its items come first */
		FIELD_GET(object, field, &pointer);
		return !pointer;
	}
	return true;
}

/* Writes a word in quotes, or null; returns its end. */
static char *write_word(char *at, const char *word)
{
	size_t n = word ? strlen(word) : 4;

	if (!word)
		return (char *)memcpy(at, "null", n) + n;
	*at++ = '"';
	memcpy(at, word, n);
	at[n] = '"';
	return at + n + 1;
}

/* Writes a value that has a bounded length and no escapes; returns its end, which is at for a value
 * that is something else. */
static char *write_short(char *at, const struct field *field, const void *object)
{
	int64_t ms;
	enum chat_status status;
	enum chat_role role;
	bool truth;

	switch (field->type) {
	case FIELD_TIME:
		FIELD_GET(object, field, &ms);
		time_format(ms, at + 1);
		at[0] = at[TIME_TEXT_SIZE] = '"';
		return at + TIME_TEXT_SIZE + 1;
	case FIELD_BOOL:
		FIELD_GET(object, field, &truth);
		memcpy(at, truth ? "true" : "false", 5);
		return at + (truth ? 4 : 5);
	case FIELD_STATUS:
		FIELD_GET(object, field, &status);
		return write_word(at, status_name(status));
	case FIELD_ROLE:
		FIELD_GET(object, field, &role);
		return write_word(at, role_name(role));
	default:
		return at;
	}
}

/* Appends a value that write_short() does not write. */
static void put_long(struct buf *out, const struct field *field, const void *object)
{
	struct field_list list;
	const void *reference;
	const char *text;
	int64_t number;

	switch (field->type) {
	case FIELD_ID:
	case FIELD_INT:
		FIELD_GET(object, field, &number);
		buf_put_int(out, number);
		break;
	case FIELD_TEXT:
		FIELD_GET(object, field, &text);
		buf_put_json_string(out, text ? text : "");
		break;
	case FIELD_REF:
		FIELD_GET(object, field, &reference);
		if (reference)
			object_encode(out, field->ref, reference);
		else
			buf_puts(out, "null");
		break;
	case FIELD_LIST:
		FIELD_GET(object, field, &list);
		object_encode_list(out, field->ref, list.items, list.count);
		break;
	default:
		break;
	}
}

/*
 * Every message goes through here, so the key and a short value are written with one check of the
 * buffer's room.
 */
bool object_encode_members(struct buf *out, enum object_id id, const void *object)
{
	const struct object *info = object_info(id);
	size_t comma = 1; /* to skip: the first key has none before it */

	for (size_t i = 0; i < info->n_fields; i++) {
		const struct field *field = &info->fields[i];
		bool absent = !(field->flags & FIELD_REQUIRED) && is_absent(field, object);
		size_t key_len = field->key_len - comma;
		char *at, *value;

		if (absent && !(field->flags & FIELD_NULLABLE))
			continue;
		at = buf_reserve(out, key_len + SHORT_MAX);
		if (!at)
			return false;
		memcpy(at, field->key + comma, key_len);
		comma = 0;
		value = at + key_len;
		at = absent ? write_word(value, NULL) : write_short(value, field, object);
		*at = '\0';
		out->len = (size_t)(at - out->data);
		if (at == value)
			put_long(out, field, object);
	}
	return buf_ok(out);
}

bool object_encode(struct buf *out, enum object_id id, const void *object)
{
	buf_putc(out, '{');
	object_encode_members(out, id, object);
	return buf_putc(out, '}');
}

bool object_encode_list(struct buf *out, enum object_id id, const void *items, size_t count)
{
	size_t size = object_info(id)->size;

	buf_putc(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_putc(out, ',');
		object_encode(out, id, (const char *)items + i * size);
	}
	return buf_putc(out, ']');
}
