#include <chat/openapi.h>

#include <ctype.h>
#include <jansson.h>
#include <chat/buf.h>
#include <chat/endpoint.h>
#include "test.h"

static json_t *document;

/* The value at a path of names, NULL at the end. */
static const json_t *at(const json_t *value, const char *const *names)
{
	while (*names)
		value = json_object_get(value, *names++);
	return value;
}

#define AT(value, ...) at((value), (const char *const[]){__VA_ARGS__, NULL})

static const json_t *operation(const char *path, enum method method)
{
	char key[8] = "";

	for (size_t i = 0; method_name(method)[i]; i++)
		key[i] = (char)tolower((unsigned char)method_name(method)[i]);
	return AT(document, "paths", path, key);
}

/* What "#/components/schemas/User" stands for. */
static const json_t *resolve(const char *ref)
{
	const json_t *value = document;
	char name[128];

	if (*ref++ != '#')
		return NULL;
	while (*ref == '/') {
		size_t n = strcspn(++ref, "/");

		if (n >= sizeof(name))
			return NULL;
		memcpy(name, ref, n);
		name[n] = '\0';
		value = json_object_get(value, name);
		ref += n;
	}
	return value;
}

static size_t count_refs(const json_t *value)
{
	size_t count = 0;
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_array(value)) {
		json_array_foreach(value, i, member) count += count_refs(member);
		return count;
	}
	/* jansson's loop takes no const object; it changes nothing. */
	json_object_foreach((json_t *)value, key, member)
	{
		if (!strcmp(key, "$ref")) {
			if (!CHECK(resolve(json_string_value(member)) != NULL))
				fprintf(stderr, "  %s\n", json_string_value(member));
			count++;
		}
		count += count_refs(member);
	}
	return count;
}

static void test_refs(void)
{
	CHECK_STR(json_string_value(AT(document, "openapi")), "3.1.0");
	CHECK_STR(json_string_value(AT(document, "info", "version")), "1.2.3");
	CHECK(count_refs(document) > 100);
}

/* Every endpoint is there under each of its paths, with what its row says. */
static void check_operation(const struct endpoint *row, const char *path)
{
	const json_t *found = operation(path, row->method);
	const json_t *parameters = json_object_get(found, "parameters");
	size_t expected = object_info(row->query)->n_fields;
	char status[12];

	snprintf(status, sizeof(status), "%d", row->status);
	if (!CHECK(found != NULL)) {
		fprintf(stderr, "  %s %s\n", method_name(row->method), path);
		return;
	}
	CHECK_STR(json_string_value(json_object_get(found, "summary")), row->summary);
	CHECK_INT((long long)json_array_size(json_object_get(found, "security")),
		row->access != ACCESS_ALL);
	CHECK((AT(found, "responses", status, "content") != NULL) == (row->shape != SHAPE_EMPTY));
	CHECK((AT(found, "responses", "422") != NULL) ==
		(row->request || row->query || strchr(path, '{')));
	CHECK(AT(found, "responses", "default") != NULL);
	CHECK((json_object_get(found, "requestBody") != NULL) == (row->request != OBJECT_none));
	CHECK((AT(found, "requestBody", "content", "application/x-www-form-urlencoded") != NULL) ==
		row->takes_form);
	while (endpoint_param(row->id, expected - object_info(row->query)->n_fields))
		expected++;
	expected += row->id == EP_message_create; /* Idempotency-Key */
	CHECK_INT((long long)json_array_size(parameters), (long long)expected);
}

static void test_paths(void)
{
	enum endpoint_id id;
	const char *alias;

	for (unsigned i = 0; i < EP_COUNT; i++) {
		const struct endpoint *row = endpoint_info((enum endpoint_id)i);

		check_operation(row, row->path);
	}
	for (size_t i = 0; (alias = endpoint_alias(i, &id)); i++)
		check_operation(endpoint_info(id), alias);
	CHECK_STR(json_string_value(AT(operation("/messages/messages/{message_id}", METHOD_PATCH),
			  "operationId")),
		"message_update_alias");
}

static void test_schemas(void)
{
	const json_t *schemas = AT(document, "components", "schemas");
	const json_t *invite = AT(schemas, "Invite");
	const json_t *type = AT(invite, "properties", "max_uses", "type");

	CHECK_INT((long long)json_object_size(schemas), OBJECT_COUNT - 1 + 3);
	CHECK_INT(json_integer_value(
			  AT(schemas, "MessageCreate", "properties", "content", "maxLength")),
		LIMIT_CONTENT_MAX);
	CHECK_STR(json_string_value(json_array_get(type, 0)), "integer");
	CHECK_STR(json_string_value(json_array_get(type, 1)), "null");
	CHECK_INT((long long)json_array_size(AT(invite, "required")), 8);
	CHECK_INT((long long)json_array_size(AT(schemas, "User", "required")), 4);
	CHECK_INT((long long)json_array_size(AT(schemas, "UserUpdate", "required")), 0);
	CHECK_STR(json_string_value(AT(schemas, "User", "properties", "email", "type")), "string");
	CHECK_STR(json_string_value(AT(schemas, "User", "properties", "created_at", "format")),
		"date-time");
	CHECK_INT(
		(long long)json_array_size(AT(schemas, "Member", "properties", "role", "enum")), 4);
}

static void test_full(void)
{
	struct buf small;

	buf_init(&small, 30000);
	CHECK(!openapi_write(&small, "1.2.3"));
	buf_release(&small);
}

int main(void)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	CHECK(openapi_write(&text, "1.2.3"));
	document = json_loadb(buf_str(&text), text.len, JSON_REJECT_DUPLICATES, NULL);
	if (CHECK(document != NULL)) {
		RUN(test_refs);
		RUN(test_paths);
		RUN(test_schemas);
		RUN(test_full);
	}
	json_decref(document);
	buf_release(&text);
	return test_end();
}
