#include "commands/result.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "text/glyph.h"
#include "model/model.h"

#define COLUMNS_MAX 16
#define VALUE_MAX ((size_t)8 << 10)
#define WIDE 40 /* columns that a value pads at most: what is longer stands where it ends */

/* --- which fields --- */

/* True if some path names such an object by its id. */
static bool has_address(const struct object *object)
{
	const struct path_param *param;
	size_t n = strlen(object->name);

	for (enum endpoint_id id = 0; id < EP_COUNT; id++)
		for (size_t i = 0; (param = endpoint_param(id, i)) != NULL; i++)
			if (strncmp(param->name, object->name, n) == 0 &&
				strcmp(param->name + n, "_id") == 0)
				return true;
	return false;
}

static bool in_path(enum endpoint_id endpoint, const char *name)
{
	const struct path_param *param;

	for (size_t i = 0; (param = endpoint_param(endpoint, i)) != NULL; i++)
		if (strcmp(param->name, name) == 0)
			return true;
	return false;
}

/* What was asked with is not told again, nor what nobody can use. */
static bool is_shown(const struct job *job, const struct object *object, const struct field *field)
{
	if (field->type == FIELD_LIST || (field->type == FIELD_REF && field->ref != OBJECT_user))
		return false;
	if (strcmp(field->name, "id") == 0 || strcmp(field->name, "user_id") == 0)
		return (field->name[0] == 'i') == has_address(object);
	return field->type != FIELD_ID || !in_path(job->endpoint, field->name);
}

/* 0 or NULL in the struct is absent; of these types it is a value. */
static bool is_absent(const struct field *field, const void *at)
{
	static const int64_t zero;

	switch (field->type) {
	case FIELD_BOOL:
	case FIELD_INT:
		return false;
	case FIELD_STATUS:
	case FIELD_ROLE:
		return memcmp(at, &zero, sizeof(enum chat_role)) == 0;
	default:
		return memcmp(at, &zero, sizeof(zero)) == 0;
	}
}

/* --- values --- */

static void put_time(struct buf *out, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;
	char text[32];

	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%F %R", &tm);
	buf_puts(out, text);
}

/* An id as the name of what it stands for, where that is known. */
static void put_id(struct buf *out, const struct model *model, const char *name, int64_t id)
{
	const struct channel *channel =
		strcmp(name, "channel_id") == 0 ? model_channel(model, id) : NULL;
	const struct server *server =
		strcmp(name, "server_id") == 0 ? model_server(model, id) : NULL;
	const struct person *person =
		strcmp(name, "owner_id") == 0 || strcmp(name, "creator_id") == 0
			? map_get(&model->people, id)
			: NULL;

	if (channel)
		buf_printf(out, "#%s", channel->name);
	else if (server)
		buf_puts(out, server->name);
	else if (person)
		buf_printf(out, "@%s", person->name);
	else
		buf_put_int(out, id);
}

static void put_value(
	struct buf *out, const struct model *model, const struct field *field, const char *item)
{
	const char *at = item + field->offset;
	const struct chat_user *user;
	const char *text;
	int64_t number;

	if (is_absent(field, at))
		return;
	switch (field->type) {
	case FIELD_TEXT:
		memcpy(&text, at, sizeof(text));
		for (; *text; text++)
			buf_putc(out, *text == '\n' ? ' ' : *text);
		break;
	case FIELD_REF:
		memcpy(&user, at, sizeof(user));
		buf_printf(out, "@%s", user->username);
		break;
	case FIELD_BOOL:
		buf_puts(out, *(const bool *)at ? "yes" : "no");
		break;
	case FIELD_STATUS:
		buf_puts(out, status_name(*(const enum chat_status *)at));
		break;
	case FIELD_ROLE:
		buf_puts(out, role_name(*(const enum chat_role *)at));
		break;
	default:
		memcpy(&number, at, sizeof(number));
		if (field->type == FIELD_TIME)
			put_time(out, number);
		else if (field->type == FIELD_ID)
			put_id(out, model, field->name, number);
		else if (!number && field->min > 0) /* a null: what may be bounded is not */
			buf_puts(out, "no limit");
		else
			buf_put_int(out, number);
		break;
	}
}

/* "created_at" as "created", "last_read_id" as "last read". */
static void put_name(struct buf *out, const char *name)
{
	size_t n = strlen(name);

	if (n > 3 && (strcmp(name + n - 3, "_id") == 0 || strcmp(name + n - 3, "_at") == 0) &&
		strcmp(name, "user_id") != 0)
		n -= 3;
	for (size_t i = 0; i < n; i++)
		buf_putc(out, name[i] == '_' ? ' ' : name[i]);
}

/* --- rows --- */

/* What to show of each object, in this order. */
struct columns {
	const struct field *fields[COLUMNS_MAX];
	int width[COLUMNS_MAX];
	size_t count;
};

static const char *item_at(const struct job *job, size_t i)
{
	return (const char *)job->items +
	       i * object_info(endpoint_info(job->endpoint)->response)->size;
}

static bool is_absent_in_all(const struct job *job, const struct field *field)
{
	for (size_t i = 0; i < job->count; i++)
		if (!is_absent(field, item_at(job, i) + field->offset))
			return false;
	return true;
}

/* Texts without a bound come last, behind what stands in columns. */
static void choose_columns(const struct job *job, struct columns *columns)
{
	const struct object *object = object_info(endpoint_info(job->endpoint)->response);

	columns->count = 0;
	for (int last = 0; last < 2; last++) {
		for (size_t i = 0; i < object->n_fields && columns->count < COLUMNS_MAX; i++) {
			const struct field *field = &object->fields[i];
			bool is_long = field->type == FIELD_TEXT && field->max > LIMIT_NAME_MAX;

			if (is_long == (last == 1) && is_shown(job, object, field) &&
				!is_absent_in_all(job, field))
				columns->fields[columns->count++] = field;
		}
	}
}

static void widen(int *width, const struct buf *value)
{
	int n = (int)glyph_width(buf_str(value), value->len);

	if (n > *width)
		*width = n < WIDE ? n : WIDE;
}

static void measure(const struct job *job, const struct model *model, struct columns *columns,
	struct buf *value)
{
	for (size_t i = 0; i < columns->count; i++) {
		buf_reset(value);
		put_name(value, columns->fields[i]->name);
		columns->width[i] = (int)value->len;
		for (size_t j = 0; j < job->count; j++) {
			buf_reset(value);
			put_value(value, model, columns->fields[i], item_at(job, j));
			widen(&columns->width[i], value);
		}
	}
}

/* What of an object names it in commands: its id or code, or its user. */
static void put_key(
	struct buf *out, const struct columns *columns, const struct model *model, const char *item)
{
	for (size_t i = 0; i < columns->count; i++) {
		const char *name = columns->fields[i]->name;

		if (strcmp(name, "id") != 0 && strcmp(name, "code") != 0 &&
			strcmp(name, "user") != 0)
			continue;
		put_value(out, model, columns->fields[i], item);
		return;
	}
}

/* A row of the table: of the item, or with NULL the heading. */
static void put_row(const struct columns *columns, const struct model *model, const char *item,
	struct buf *out, struct buf *value)
{
	for (size_t i = 0; i < columns->count; i++) {
		buf_reset(value);
		if (item)
			put_value(value, model, columns->fields[i], item);
		else
			put_name(value, columns->fields[i]->name);
		buf_puts(out, buf_str(value));
		for (int n = (int)glyph_width(buf_str(value), value->len);
			i + 1 < columns->count && n < columns->width[i] + 2; n++)
			buf_putc(out, ' ');
	}
}

static void list_rows(const struct job *job, const struct model *model, struct columns *columns,
	result_row *row, void *context)
{
	struct buf text, value;

	buf_init(&text, 2 * VALUE_MAX);
	buf_init(&value, VALUE_MAX);
	measure(job, model, columns, &value);
	put_row(columns, model, NULL, &text, &value);
	if (!job->count)
		row("nothing", NULL, NULL, context);
	else
		row(buf_str(&text), NULL, NULL, context);
	for (size_t i = 0; i < job->count; i++) {
		buf_reset(&text);
		put_row(columns, model, item_at(job, i), &text, &value);
		buf_reset(&value);
		put_key(&value, columns, model, item_at(job, i));
		row(buf_str(&text), NULL, value.len ? buf_str(&value) : NULL, context);
	}
	buf_release(&text);
	buf_release(&value);
}

void result_rows(const struct job *job, const struct model *model, result_row *row, void *context)
{
	struct columns columns;
	struct buf name, value;

	if (endpoint_info(job->endpoint)->shape == SHAPE_EMPTY)
		return;
	choose_columns(job, &columns);
	if (endpoint_info(job->endpoint)->shape == SHAPE_LIST) {
		list_rows(job, model, &columns, row, context);
		return;
	}
	buf_init(&name, 64);
	buf_init(&value, VALUE_MAX);
	for (size_t i = 0; i < columns.count; i++) {
		buf_reset(&name);
		buf_reset(&value);
		put_name(&name, columns.fields[i]->name);
		put_value(&value, model, columns.fields[i], job->items);
		row(buf_str(&name), buf_str(&value), buf_str(&value), context);
	}
	buf_release(&name);
	buf_release(&value);
}

bool result_is_long(const struct job *job)
{
	const struct endpoint *endpoint = endpoint_info(job->endpoint);

	/* An invite is made to be passed on. */
	return endpoint->shape != SHAPE_EMPTY &&
	       (endpoint->method == METHOD_GET || job->endpoint == EP_invite_create);
}

void result_line(const struct job *job, const struct model *model, struct buf *out)
{
	struct columns columns;
	size_t before = out->len;

	if (endpoint_info(job->endpoint)->shape == SHAPE_ONE)
		choose_columns(job, &columns);
	else
		columns.count = 0;
	for (size_t i = 0; i < columns.count; i++) {
		if (columns.fields[i]->type == FIELD_TIME)
			continue;
		buf_puts(out, out->len > before ? "  " : "");
		put_name(out, columns.fields[i]->name);
		buf_putc(out, ' ');
		put_value(out, model, columns.fields[i], job->items);
	}
	if (out->len == before)
		buf_puts(out, "done");
}
