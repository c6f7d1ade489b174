#include "output.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <chat/limits.h>
#include "sanitize.h"
#include "value.h"

#define OUTPUT_MAX ((size_t)1 << 30) /* bytes */

/* What a person wants to see of an object where that is not every field. */
static const struct {
	enum object_id id;
	const char *columns;
} wanted[] = {
	{OBJECT_message, "id created_at user content"},
	{OBJECT_member, "user_id user role joined_at"},
	{OBJECT_ban, "user_id user creator_id created_at"},
	{OBJECT_server, "id name owner_id created_at description"},
	{OBJECT_channel, "id name server_id last_message_id description"},
	{OBJECT_user, "id username status created_at email"},
	{OBJECT_unread, "channel_id server_id last_read_id unread mentions"},
	{OBJECT_notice, "message"},
};

/* --- columns --- */

static size_t field_index(const struct object *object, const char *name, size_t n)
{
	for (size_t i = 0; i < object->n_fields; i++) {
		if (!strncmp(object->fields[i].name, name, n) && !object->fields[i].name[n])
			return i;
	}
	return object->n_fields;
}

static const char *default_columns(enum object_id id)
{
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (wanted[i].id == id)
			return wanted[i].columns;
	}
	return NULL;
}

void output_put_columns(struct buf *out, enum object_id id)
{
	const struct object *object = object_info(id);
	const char *names = default_columns(id);

	if (names) {
		buf_puts(out, names);
		return;
	}
	for (size_t i = 0; i < object->n_fields; i++)
		buf_printf(out, "%s%s", i ? " " : "", object->fields[i].name);
}

/* Takes the named fields as columns; false for a name that the object does not have. */
static bool add_columns(struct output *out, const char *names, const char *separators,
	const char **unknown, size_t *length)
{
	for (names += strspn(names, separators); *names; names += strspn(names, separators)) {
		size_t n = strcspn(names, separators);
		size_t i = field_index(out->object, names, n);

		if (i == out->object->n_fields || out->n_columns == OUTPUT_COLUMNS_MAX) {
			*unknown = names;
			*length = n;
			return false;
		}
		out->columns[out->n_columns++] = i;
		names += n;
	}
	return true;
}

size_t output_id_field(const struct object *object)
{
	static const char *const names[] = {"id", "code", "user_id"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t index = field_index(object, names[i], strlen(names[i]));

		if (index < object->n_fields)
			return index;
	}
	return 0;
}

static bool open_output(struct output *out, struct ctl *ctl, enum object_id id,
	const struct object *object, bool is_list)
{
	const char *names = ctl->options.fields, *unknown;
	size_t n;

	*out = (struct output){
		.ctl = ctl,
		.format = ctl->options.format,
		.id = id,
		.object = object,
		.is_list = is_list,
		.whole = !names && id != OBJECT_none,
	};
	buf_init(&out->json, OUTPUT_MAX);
	if (names && !add_columns(out, names, ", ", &unknown, &n)) {
		buf_printf(&ctl->why, "--json: there is no field %.*s; there are", (int)n, unknown);
		for (size_t i = 0; i < out->object->n_fields; i++)
			buf_printf(&ctl->why, "%s %s", i ? "," : "", out->object->fields[i].name);
		return false;
	}
	if (names && !out->n_columns) {
		buf_puts(&ctl->why, "--json needs the names of fields");
		return false;
	}
	if (!names && default_columns(id))
		add_columns(out, default_columns(id), " ", &unknown, &n);
	for (size_t i = 0; !out->n_columns && !names && i < out->object->n_fields; i++)
		out->columns[i] = i;
	if (!out->n_columns && !names)
		out->n_columns = out->object->n_fields;
	return true;
}

bool output_open(struct output *out, struct ctl *ctl, enum object_id id, bool is_list)
{
	return open_output(out, ctl, id, object_info(id), is_list);
}

bool output_open_own(struct output *out, struct ctl *ctl, const struct object *object, bool is_list)
{
	return open_output(out, ctl, OBJECT_none, object, is_list);
}

void output_choose(struct output *out, const char *names)
{
	const char *unknown;
	size_t n;

	out->n_columns = 0;
	add_columns(out, names, " ", &unknown, &n);
}

/* --- one object --- */

static void put_json(const struct output *out, struct buf *to, const void *object)
{
	if (out->whole) {
		buf_putc(to, '{');
		object_encode_members(to, out->id, object);
		buf_puts(to, out->more ? out->more : "");
		buf_putc(to, '}');
		return;
	}
	for (size_t i = 0; i < out->n_columns; i++) {
		const struct field *field = &out->object->fields[out->columns[i]];

		buf_printf(to, "%c\"%s\":", i ? ',' : '{', field->name);
		value_put_json(to, field, object);
	}
	buf_puts(to, out->n_columns ? "}" : "{}");
}

/* Whether it is a count of what is unread that has met its bound, beyond which there is more. */
static bool is_beyond(const struct output *out, const struct field *field, const void *object)
{
	const struct chat_unread *unread = object;

	if (out->id != OBJECT_unread || !unread->more)
		return false;
	return field->offset == offsetof(struct chat_unread, unread) ||
	       (field->offset == offsetof(struct chat_unread, mentions) &&
		       unread->mentions == LIMIT_UNREAD_MAX);
}

/* A value on one line: in a table inert, with its line ends and tabs seen; in tsv with \t, \n, \r
 * and \\ as everybody writes them. */
static void put_cell(const struct output *out, struct buf *to, size_t column, const void *object)
{
	const struct field *field = &out->object->fields[out->columns[column]];
	bool table = out->format == FORMAT_TABLE;
	struct buf text;

	buf_init(&text, OUTPUT_MAX);
	if (table && is_beyond(out, field, object))
		buf_printf(&text, "%d+", LIMIT_UNREAD_MAX - 1);
	else
		value_put_text(&text, field, object, table);
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '\n')
			buf_puts(to, "\\n");
		else if (c == '\t')
			buf_puts(to, "\\t");
		else if (c == '\r')
			buf_puts(to, "\\r");
		else if (c == '\\' && !table)
			buf_puts(to, "\\\\");
		else
			buf_putc(to, c);
	}
	buf_release(&text);
}

/* --- rows --- */

void output_text(const struct ctl *ctl, const char *text, size_t n)
{
	struct buf inert;

	if (!ctl->out_tty) {
		fwrite(text, 1, n, stdout);
		return;
	}
	buf_init(&inert, OUTPUT_MAX);
	sanitize_put(&inert, text, n, "\n\t");
	fwrite(buf_str(&inert), 1, inert.len, stdout);
	buf_release(&inert);
}

/* One cell as it is shown in a table. */
static void table_cell(const struct output *out, struct buf *to, size_t column, const void *object)
{
	struct buf text;

	buf_init(&text, OUTPUT_MAX);
	put_cell(out, &text, column, object);
	buf_reset(to);
	sanitize_put(to, buf_str(&text), text.len, "");
	buf_release(&text);
}

static void print_bold(const struct output *out, const char *text, size_t width)
{
	if (out->ctl->out_color)
		printf("\033[1m%s\033[0m", text);
	else
		fputs(text, stdout);
	for (size_t n = strlen(text); n < width; n++)
		putchar(' ');
}

static void print_header(const struct output *out, const size_t *widths)
{
	char name[64];

	for (size_t c = 0; c < out->n_columns; c++) {
		snprintf(name, sizeof(name), "%s", out->object->fields[out->columns[c]].name);
		for (char *p = name; *p; p++)
			*p = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p == '_' ? ' ' : *p);
		print_bold(out, name, c + 1 < out->n_columns ? widths[c] + 2 : 0);
	}
	putchar('\n');
}

static void print_table(struct output *out, const char *items, size_t count)
{
	size_t widths[OUTPUT_COLUMNS_MAX];
	struct buf cell;

	buf_init(&cell, OUTPUT_MAX);
	for (size_t c = 0; c < out->n_columns; c++) {
		widths[c] = strlen(out->object->fields[out->columns[c]].name);
		for (size_t i = 0; i < count; i++) {
			size_t width;

			table_cell(out, &cell, c, items + i * out->object->size);
			width = sanitize_width(buf_str(&cell), cell.len);
			if (width > widths[c])
				widths[c] = width;
		}
	}
	if (!out->rows && count)
		print_header(out, widths);
	for (size_t i = 0; i < count; i++) {
		for (size_t c = 0; c < out->n_columns; c++) {
			table_cell(out, &cell, c, items + i * out->object->size);
			fwrite(buf_str(&cell), 1, cell.len, stdout);
			if (c + 1 == out->n_columns)
				break;
			for (size_t n = sanitize_width(buf_str(&cell), cell.len); n < widths[c] + 2;
				n++)
				putchar(' ');
		}
		putchar('\n');
	}
	buf_release(&cell);
}

/* One object alone: a field a line, those that are there. */
static void print_fields(const struct output *out, const void *object)
{
	struct output all = *out;
	struct buf cell;

	buf_init(&cell, OUTPUT_MAX);
	all.n_columns = all.object->n_fields;
	for (size_t i = 0; i < all.n_columns; i++) {
		all.columns[i] = i;
		table_cell(&all, &cell, i, object);
		if (!cell.len)
			continue;
		print_bold(out, all.object->fields[i].name, 17);
		printf("%s\n", buf_str(&cell));
	}
	buf_release(&cell);
}

static void put_row(const struct output *out, struct buf *to, const void *object)
{
	struct output id = *out;

	switch (out->format) {
	case FORMAT_NDJSON:
		put_json(out, to, object);
		break;
	case FORMAT_ID:
		id.columns[0] = output_id_field(out->object);
		put_cell(&id, to, 0, object);
		break;
	default:
		for (size_t c = 0; c < out->n_columns; c++) {
			if (c)
				buf_putc(to, '\t');
			put_cell(out, to, c, object);
		}
		break;
	}
	buf_putc(to, '\n');
}

void output_rows(struct output *out, const void *items, size_t count)
{
	const char *item = items;
	struct buf text;

	if (out->format == FORMAT_TABLE && out->id == OBJECT_notice && count)
		printf("%s\n", ((const struct chat_notice *)items)->message);
	else if (out->format == FORMAT_TABLE && out->is_list)
		print_table(out, item, count);
	else if (out->format == FORMAT_TABLE && count)
		print_fields(out, item);
	buf_init(&text, OUTPUT_MAX);
	for (size_t i = 0; out->format != FORMAT_TABLE && i < count;
		i++, item += out->object->size) {
		if (out->format != FORMAT_JSON) {
			put_row(out, &text, item);
			continue;
		}
		if (out->rows + i)
			buf_putc(&out->json, ',');
		put_json(out, &out->json, item);
	}
	output_text(out->ctl, buf_str(&text), text.len);
	buf_release(&text);
	out->rows += count;
}

/* Prints valid compact JSON with a line for each member and element. */
static void print_indented(const struct ctl *ctl, const char *json, size_t n)
{
	struct buf text;
	size_t depth = 0;
	bool quoted = false;

	buf_init(&text, OUTPUT_MAX);
	for (size_t i = 0; i < n; i++) {
		char c = json[i];
		bool empty = (c == '{' || c == '[') && i + 1 < n && (json[i + 1] == c + 2);

		if (quoted || empty || !strchr("{}[],:", c)) {
			buf_putc(&text, c);
			if (c == '\\' && quoted)
				buf_putc(&text, json[++i]);
			else if (c == '"')
				quoted = !quoted;
			if (empty)
				buf_putc(&text, json[++i]);
			continue;
		}
		if (c == '}' || c == ']')
			buf_printf(&text, "\n%*s%c", (int)(2 * --depth), "", c);
		else if (c == ':')
			buf_puts(&text, ": ");
		else
			buf_printf(
				&text, "%c\n%*s", c, (int)(2 * (c == ',' ? depth : ++depth)), "");
	}
	output_text(ctl, buf_str(&text), text.len);
	buf_release(&text);
}

void output_close(struct output *out)
{
	if (out->format == FORMAT_JSON) {
		struct buf whole;

		buf_init(&whole, OUTPUT_MAX);
		buf_printf(&whole, out->is_list ? "[%s]" : "%s", buf_str(&out->json));
		if (out->ctl->out_tty)
			print_indented(out->ctl, buf_str(&whole), whole.len);
		else
			fwrite(buf_str(&whole), 1, whole.len, stdout);
		putchar('\n');
		buf_release(&whole);
	}
}

void output_release(struct output *out)
{
	buf_release(&out->json);
}

int output_print(struct ctl *ctl, enum object_id id, bool is_list, const void *items, size_t count)
{
	struct output out;

	if (!output_open(&out, ctl, id, is_list))
		return ctl_usage(ctl, NULL);
	output_rows(&out, items, count);
	output_close(&out);
	output_release(&out);
	return EXIT_OK;
}

int output_notice(struct ctl *ctl, const char *format, ...)
{
	struct chat_notice notice;
	struct buf text, inert;
	va_list args;
	int status;

	buf_init(&text, OUTPUT_MAX);
	buf_init(&inert, OUTPUT_MAX);
	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	sanitize_put(&inert, buf_str(&text), text.len, "");
	notice.message = buf_str(&inert);
	status = output_print(ctl, OBJECT_notice, false, &notice, 1);
	buf_release(&text);
	buf_release(&inert);
	return status;
}
