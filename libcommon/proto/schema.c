#include "schema.h"

#include <ctype.h>
#include <string.h>
#include <chat/buf.h>
#include <chat/err.h>
#include "jsonw.h"

#define SCHEMA_NAME_MAX 64

/* The name of an object's schema: ServerCreate for server_create. */
static const char *schema_name(enum object_id id, char name[SCHEMA_NAME_MAX])
{
	bool upper = true;
	size_t n = 0;

	for (const char *at = object_info(id)->name; *at && n + 1 < SCHEMA_NAME_MAX; at++) {
		if (*at != '_')
			name[n++] = (char)(upper ? toupper((unsigned char)*at) : *at);
		upper = *at == '_';
	}
	name[n] = '\0';
	return name;
}

void schema_ref(struct buf *out, enum object_id id)
{
	char name[SCHEMA_NAME_MAX];

	jsonw_object(out);
	jsonw_key(out, "$ref");
	buf_printf(out, "\"#/components/schemas/%s\"", schema_name(id, name));
	jsonw_end_object(out);
}

static void write_type(struct buf *out, const char *type, bool nullable)
{
	if (nullable) {
		jsonw_member_array(out, "type");
		jsonw_string(out, type);
		jsonw_string(out, "null");
		jsonw_end_array(out);
	} else {
		jsonw_member_string(out, "type", type);
	}
}

/* The words that name() has from 1 on, and null. */
static void write_words(struct buf *out, bool is_role, bool nullable)
{
	const char *word;

	jsonw_member_array(out, "enum");
	for (unsigned i = 1;; i++) {
		word = is_role ? role_name((enum chat_role)i) : status_name((enum chat_status)i);
		if (!word)
			break;
		jsonw_string(out, word);
	}
	if (nullable)
		buf_puts(out, ",null");
	jsonw_end_array(out);
}

static void write_text(struct buf *out, const struct field *field, bool nullable)
{
	write_type(out, "string", nullable);
	if (field->flags & FIELD_EMAIL)
		jsonw_member_string(out, "format", "email");
	else if (field->flags & FIELD_SECRET)
		jsonw_member_string(out, "format", "password");
	jsonw_member_int(out, "minLength", field->min);
	jsonw_member_int(out, "maxLength", field->max);
}

static void write_reference(struct buf *out, const struct field *field, bool nullable)
{
	if (field->type == FIELD_LIST) {
		write_type(out, "array", nullable);
		jsonw_key(out, "items");
		schema_ref(out, field->ref);
		return;
	}
	jsonw_member_array(out, nullable ? "anyOf" : "allOf");
	schema_ref(out, field->ref);
	if (nullable)
		buf_puts(out, ",{\"type\":\"null\"}");
	jsonw_end_array(out);
}

/* What a field's value may be, without the braces. */
static void write_field(struct buf *out, const struct field *field, bool nullable)
{
	switch (field->type) {
	case FIELD_ID:
	case FIELD_INT:
		write_type(out, "integer", nullable);
		jsonw_member_int(out, "minimum", field->min);
		jsonw_member_int(out, "maximum", field->max);
		break;
	case FIELD_TEXT:
		write_text(out, field, nullable);
		break;
	case FIELD_TIME:
		write_type(out, "string", nullable);
		jsonw_member_string(out, "format", "date-time");
		break;
	case FIELD_BOOL:
		write_type(out, "boolean", nullable);
		break;
	case FIELD_STATUS:
	case FIELD_ROLE:
		write_type(out, "string", nullable);
		write_words(out, field->type == FIELD_ROLE, nullable);
		break;
	case FIELD_REF:
	case FIELD_LIST:
		write_reference(out, field, nullable);
		break;
	}
}

void schema_parameter(struct buf *out, const struct field *field)
{
	jsonw_object(out);
	write_field(out, field, false);
	jsonw_end_object(out);
}

static void write_property(struct buf *out, const struct field *field)
{
	jsonw_member_object(out, field->name);
	/* Neither required nor left out when absent: null then says the same as nothing. */
	write_field(out, field, !(field->flags & (FIELD_REQUIRED | FIELD_OMIT)));
	jsonw_member_string(out, "description", field->doc);
	jsonw_end_object(out);
}

static void write_object(struct buf *out, enum object_id id)
{
	const struct object *info = object_info(id);
	char name[SCHEMA_NAME_MAX];

	jsonw_member_object(out, schema_name(id, name));
	jsonw_member_string(out, "type", "object");
	jsonw_member_string(out, "description", info->doc);
	jsonw_member_object(out, "properties");
	for (size_t i = 0; i < info->n_fields; i++)
		write_property(out, &info->fields[i]);
	jsonw_end_object(out);
	jsonw_member_array(out, "required");
	for (size_t i = 0; i < info->n_fields; i++) {
		if (info->fields[i].flags & (FIELD_REQUIRED | FIELD_NULLABLE))
			jsonw_string(out, info->fields[i].name);
	}
	jsonw_end_array(out);
	jsonw_end_object(out);
}

/* What every refusal's body is, and what is added to it where a request does not fit. */
static void write_errors(struct buf *out)
{
	jsonw_member_object(out, "Error");
	jsonw_member_raw(out, "type", "\"object\",\"description\":\"Why a request was refused\"");
	jsonw_member_object(out, "properties");
	jsonw_member_raw(out, "detail",
		"{\"type\":\"string\",\"description\":\"One sentence for a person\"}");
	jsonw_member_object(out, "code");
	jsonw_member_string(out, "type", "string");
	jsonw_member_string(out, "description", "The error's stable name");
	jsonw_member_array(out, "enum");
	for (unsigned err = CHAT_OK + 1; err < CHAT_ERR_COUNT; err++) {
		if (err_info((enum chat_err)err)->status)
			jsonw_string(out, err_info((enum chat_err)err)->code);
	}
	jsonw_end_array(out);
	jsonw_end_object(out);
	jsonw_member_raw(
		out, "request_id", "{\"type\":\"string\",\"description\":\"As in X-Request-Id\"}");
	jsonw_end_object(out);
	jsonw_member_raw(out, "required", "[\"detail\",\"code\",\"request_id\"]");
	jsonw_end_object(out);
	jsonw_member_raw(out, "Problem",
		"{\"type\":\"object\",\"description\":\"One thing that does not fit\","
		"\"properties\":{\"loc\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
		"\"description\":\"Where: body, query, path or header, then the name\"},"
		"\"msg\":{\"type\":\"string\",\"description\":\"What is wrong\"},"
		"\"type\":{\"type\":\"string\",\"description\":\"The kind of fault\"}},"
		"\"required\":[\"loc\",\"msg\",\"type\"]}");
	jsonw_member_raw(out, "ValidationError",
		"{\"description\":\"A request that does not fit the schema\","
		"\"allOf\":[{\"$ref\":\"#/components/schemas/Error\"},{\"type\":\"object\","
		"\"properties\":{\"errors\":{\"type\":\"array\",\"items\":"
		"{\"$ref\":\"#/components/schemas/Problem\"}}},"
		"\"required\":[\"errors\"]}]}");
}

void schemas_write(struct buf *out)
{
	jsonw_member_object(out, "schemas");
	for (unsigned id = OBJECT_none + 1; id < OBJECT_COUNT; id++)
		write_object(out, (enum object_id)id);
	write_errors(out);
	jsonw_end_object(out);
}
