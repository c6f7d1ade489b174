#include "value.h"

#include <string.h>
#include <time.h>
#include <chat/buf.h>
#include <chat/time.h>

#define VALUE_MAX ((size_t)1 << 30) /* bytes */

/* The fields to read of a struct known by its table only; see FIELD_GET in libcommon's proto. */
#define GET(object, field, value)                                                                  \
	memcpy((value), (const char *)(object) + (field)->offset, sizeof(*(value)))

static void put_time(struct buf *to, int64_t ms, bool local)
{
	char text[TIME_TEXT_SIZE];
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	if (!local || !localtime_r(&seconds, &tm))
		time_format(ms, text);
	else
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
	buf_puts(to, text);
}

void value_put_text(struct buf *to, const struct field *field, const void *object, bool local)
{
	const char *text;
	const struct chat_user *user;
	int64_t number;
	bool truth;
	enum chat_status status;
	enum chat_role role;

	switch (field->type) {
	case FIELD_ID:
	case FIELD_INT:
		GET(object, field, &number);
		if (number || !(field->flags & FIELD_NULLABLE))
			buf_put_int(to, number);
		break;
	case FIELD_TEXT:
		GET(object, field, &text);
		buf_puts(to, text ? text : "");
		break;
	case FIELD_TIME:
		GET(object, field, &number);
		if (number)
			put_time(to, number, local);
		break;
	case FIELD_BOOL:
		GET(object, field, &truth);
		buf_puts(to, truth ? "true" : "false");
		break;
	case FIELD_STATUS:
		GET(object, field, &status);
		buf_puts(to, status_name(status) ? status_name(status) : "");
		break;
	case FIELD_ROLE:
		GET(object, field, &role);
		buf_puts(to, role_name(role) ? role_name(role) : "");
		break;
	case FIELD_REF:
		GET(object, field, &user);
		if (user && field->ref == OBJECT_user)
			buf_puts(to, user->username);
		break;
	case FIELD_LIST:
		break;
	}
}

void value_put_json(struct buf *to, const struct field *field, const void *object)
{
	struct buf text;
	const void *ref;
	int64_t number = 1;

	if (field->type == FIELD_REF) {
		GET(object, field, &ref);
		if (!ref || !object_encode(to, field->ref, ref))
			buf_puts(to, "null");
		return;
	}
	if (field->type == FIELD_ID || field->type == FIELD_INT || field->type == FIELD_TIME)
		GET(object, field, &number);
	if (field->type == FIELD_TEXT) {
		GET(object, field, &ref);
		number = ref != NULL;
	}
	if (!number && field->flags & (FIELD_NULLABLE | FIELD_OMIT)) {
		buf_puts(to, "null");
		return;
	}
	buf_init(&text, VALUE_MAX);
	value_put_text(&text, field, object, false);
	if (field->type == FIELD_ID || field->type == FIELD_INT || field->type == FIELD_BOOL)
		buf_puts(to, buf_str(&text));
	else
		buf_put_json_string(to, buf_str(&text));
	buf_release(&text);
}
