#include <chat/openapi.h>

#include <stdio.h>
#include <string.h>
#include <chat/buf.h>
#include <chat/endpoint.h>
#include "schema.h"
#include "jsonw.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The refusals that endpoints share; an endpoint refers to those that it may give. */
static const struct refusal {
	int status;       /* 0: every other one */
	const char *name; /* in components.responses */
	const char *doc;
	const char *header; /* one that it has beside X-Request-Id, or NULL */
} refusals[] = {
	{400, "BadRequest", "Broken JSON, or what the state of things does not allow", NULL},
	{401, "Unauthorized", "No valid token, or a wrong name or password", "WWW-Authenticate"},
	{403, "Forbidden", "Not a member, banned, or neither the rank nor the author", NULL},
	{404, "NotFound", "There is no such thing, or no longer", NULL},
	{409, "Conflict", "A nonce used for other content, or as many as there may be", NULL},
	{410, "Gone", "The message of this nonce was deleted", NULL},
	{413, "TooLarge", "The body is too large", NULL},
	{415, "WrongType", "The body's Content-Type is not one that this takes", NULL},
	{422, "Invalid", "The request does not fit the schema", NULL},
	{429, "TooManyRequests", "Too many requests: try again later", "Retry-After"},
	{0, "Failure", "Any other failure; with 503 Retry-After says when to try again", NULL},
};

static const struct refusal *const failure = &refusals[COUNT(refusals) - 1];

/* --- what an endpoint is like --- */

static const struct field *find_field(enum object_id id, const char *name)
{
	const struct object *info = object_info(id);

	for (size_t i = 0; i < info->n_fields; i++) {
		if (!strcmp(info->fields[i].name, name))
			return &info->fields[i];
	}
	return NULL;
}

static bool has_required(enum object_id id)
{
	const struct object *info = object_info(id);

	for (size_t i = 0; i < info->n_fields; i++) {
		if (info->fields[i].flags & FIELD_REQUIRED)
			return true;
	}
	return false;
}

/* The field whose value may come in the header Idempotency-Key instead, or NULL. */
static const struct field *nonce_field(const struct endpoint *endpoint)
{
	return find_field(endpoint->request, "nonce");
}

static bool may_refuse(const struct endpoint *endpoint, int status)
{
	bool body = endpoint->request != OBJECT_none;
	bool path = endpoint_param(endpoint->id, 0) != NULL;

	switch (status) {
	case 400:
	case 413:
	case 415:
		return body;
	case 401:
		return endpoint->access != ACCESS_ALL || endpoint->response == OBJECT_token;
	case 403:
		return endpoint->access != ACCESS_ALL && path;
	case 404:
		return path;
	case 409:
		return endpoint->access != ACCESS_ALL && endpoint->method == METHOD_POST;
	case 410:
		return nonce_field(endpoint) != NULL;
	case 422:
		return body || path || endpoint->query != OBJECT_none;
	case 429:
		return endpoint->rate != RATE_NONE;
	default:
		return true;
	}
}

/* --- one operation --- */

static void open_parameter(
	struct buf *out, const char *in, const char *name, const char *doc, bool required)
{
	jsonw_object(out);
	jsonw_member_string(out, "name", name);
	jsonw_member_string(out, "in", in);
	jsonw_member_string(out, "description", doc);
	jsonw_member_bool(out, "required", required);
	jsonw_key(out, "schema");
}

static void write_path_parameter(struct buf *out, const struct path_param *param)
{
	open_parameter(out, "path", param->name, param->doc, true);
	if (param->kind == PARAM_TEXT)
		buf_printf(out, "{\"type\":\"string\",\"minLength\":1,\"maxLength\":%d}",
			PATH_TEXT_MAX - 1);
	else
		buf_printf(out, "{\"type\":%s,\"minimum\":1,\"maximum\":%lld%s}",
			param->kind == PARAM_USER ? "[\"integer\",\"string\"]" : "\"integer\"",
			(long long)LIMIT_ID_MAX,
			param->kind == PARAM_USER ? ",\"pattern\":\"^me$\"" : "");
	jsonw_end_object(out);
}

static void write_parameters(struct buf *out, const struct endpoint *endpoint)
{
	const struct object *query = object_info(endpoint->query);
	const struct field *nonce = nonce_field(endpoint);
	const struct path_param *param = endpoint_param(endpoint->id, 0);

	if (!param && !query->n_fields && !nonce)
		return;
	jsonw_member_array(out, "parameters");
	for (size_t i = 0; (param = endpoint_param(endpoint->id, i)); i++)
		write_path_parameter(out, param);
	for (size_t i = 0; i < query->n_fields; i++) {
		const struct field *field = &query->fields[i];

		open_parameter(
			out, "query", field->name, field->doc, field->flags & FIELD_REQUIRED);
		schema_parameter(out, field);
		jsonw_end_object(out);
	}
	if (nonce) {
		open_parameter(out, "header", "Idempotency-Key", nonce->doc, false);
		schema_parameter(out, nonce);
		jsonw_end_object(out);
	}
	jsonw_end_array(out);
}

static void write_content(struct buf *out, const char *type, enum object_id id)
{
	jsonw_member_object(out, type);
	jsonw_key(out, "schema");
	schema_ref(out, id);
	jsonw_end_object(out);
}

static void write_body(struct buf *out, const struct endpoint *endpoint)
{
	if (endpoint->request == OBJECT_none)
		return;
	jsonw_member_object(out, "requestBody");
	jsonw_member_bool(out, "required", has_required(endpoint->request));
	jsonw_member_object(out, "content");
	if (endpoint->takes_form) {
		write_content(out, "application/x-www-form-urlencoded", endpoint->request);
		write_content(out, "multipart/form-data", endpoint->request);
	}
	write_content(out, "application/json", endpoint->request);
	jsonw_end_object(out);
	jsonw_end_object(out);
}

static const char *text_type(enum endpoint_id id)
{
	switch (id) {
	case EP_metrics:
		return "text/plain";
	case EP_openapi:
		return "application/json";
	default:
		return "text/html";
	}
}

/* The content of a success; none where the body is empty. */
static void write_reply(struct buf *out, const struct endpoint *endpoint)
{
	if (endpoint->shape == SHAPE_EMPTY)
		return;
	jsonw_member_object(out, "content");
	switch (endpoint->shape) {
	case SHAPE_LIST:
		jsonw_member_object(out, "application/json");
		jsonw_member_object(out, "schema");
		jsonw_member_string(out, "type", "array");
		jsonw_key(out, "items");
		schema_ref(out, endpoint->response);
		jsonw_end_object(out);
		jsonw_end_object(out);
		break;
	case SHAPE_TEXT:
		jsonw_member_object(out, text_type(endpoint->id));
		jsonw_member_raw(out, "schema",
			endpoint->id == EP_openapi ? "{\"type\":\"object\"}"
						   : "{\"type\":\"string\"}");
		jsonw_end_object(out);
		break;
	default:
		write_content(out, "application/json", endpoint->response);
		break;
	}
	jsonw_end_object(out);
}

static void write_headers(struct buf *out, const char *header)
{
	jsonw_member_object(out, "headers");
	jsonw_member_raw(out, "X-Request-Id", "{\"$ref\":\"#/components/headers/X-Request-Id\"}");
	if (header) {
		jsonw_member_object(out, header);
		jsonw_key(out, "$ref");
		buf_printf(out, "\"#/components/headers/%s\"", header);
		jsonw_end_object(out);
	}
	jsonw_end_object(out);
}

static void write_success(
	struct buf *out, const struct endpoint *endpoint, int status, const char *doc)
{
	char key[12];

	snprintf(key, sizeof(key), "%d", status);
	jsonw_member_object(out, key);
	jsonw_member_string(out, "description", doc);
	write_headers(out, NULL);
	write_reply(out, endpoint);
	jsonw_end_object(out);
}

static void write_responses(struct buf *out, const struct endpoint *endpoint)
{
	jsonw_member_object(out, "responses");
	if (nonce_field(endpoint))
		write_success(out, endpoint, 200, "The same nonce again: what it made before");
	write_success(out, endpoint, endpoint->status, "Done");
	for (size_t i = 0; i < COUNT(refusals); i++) {
		const struct refusal *refusal = &refusals[i];

		if (!may_refuse(endpoint, refusal->status))
			continue;
		jsonw_comma(out);
		if (refusal == failure)
			buf_puts(out, "\"default\":");
		else
			buf_printf(out, "\"%d\":", refusal->status);
		buf_printf(out, "{\"$ref\":\"#/components/responses/%s\"}", refusal->name);
	}
	jsonw_end_object(out);
}

static void write_who(struct buf *out, const struct endpoint *endpoint, const char *alias)
{
	jsonw_key(out, "description");
	buf_putc(out, '"');
	switch (endpoint->access) {
	case ACCESS_ALL:
		buf_puts(out, "For everybody.");
		break;
	case ACCESS_USER:
		buf_puts(out, "For every user who is logged in.");
		break;
	case ACCESS_MEMBER:
		buf_puts(out, "For members of the server.");
		break;
	default:
		buf_printf(out, "For members of the server with the role %s or a higher one.",
			access_name(endpoint->access));
		break;
	}
	if (alias)
		buf_printf(out, " A second spelling of %s.", endpoint->path);
	buf_putc(out, '"');
	jsonw_member_raw(
		out, "security", endpoint->access == ACCESS_ALL ? "[]" : "[{\"bearer\":[]}]");
}

/* alias: the path that this is a second spelling under, or NULL. */
static void write_operation(struct buf *out, const struct endpoint *endpoint, const char *alias)
{
	static const char *const keys[METHOD_COUNT] = {"get", "post", "put", "patch", "delete"};
	size_t tag_len = strcspn(endpoint->path + 1, "/");

	jsonw_member_object(out, keys[endpoint->method]);
	jsonw_key(out, "operationId");
	buf_printf(out, "\"%s%s\"", endpoint->name, alias ? "_alias" : "");
	jsonw_key(out, "tags");
	if (endpoint->access == ACCESS_ALL && endpoint->request == OBJECT_none)
		buf_puts(out, "[\"service\"]");
	else
		buf_printf(out, "[\"%.*s\"]", (int)tag_len, endpoint->path + 1);
	jsonw_member_string(out, "summary", endpoint->summary);
	write_who(out, endpoint, alias);
	if (alias)
		jsonw_member_bool(out, "deprecated", false);
	write_parameters(out, endpoint);
	write_body(out, endpoint);
	write_responses(out, endpoint);
	jsonw_end_object(out);
}

/* --- the document --- */

/* The i-th path of the table, aliases after the others, and its endpoint; NULL past the last. */
static const char *path_at(size_t i, const struct endpoint **endpoint, const char **alias)
{
	enum endpoint_id id = (enum endpoint_id)i;
	const char *path;

	*alias = i < EP_COUNT ? NULL : endpoint_alias(i - EP_COUNT, &id);
	path = i < EP_COUNT ? endpoint_info(id)->path : *alias;
	*endpoint = path ? endpoint_info(id) : NULL;
	return path;
}

/* Whether a path stands in the table before its i-th. */
static bool is_written(const char *path, size_t i)
{
	const struct endpoint *endpoint;
	const char *alias;

	while (i-- > 0) {
		if (!strcmp(path_at(i, &endpoint, &alias), path))
			return true;
	}
	return false;
}

static void write_paths(struct buf *out)
{
	const struct endpoint *endpoint;
	const char *path, *other, *alias;

	jsonw_member_object(out, "paths");
	for (size_t i = 0; (path = path_at(i, &endpoint, &alias)); i++) {
		if (is_written(path, i))
			continue;
		jsonw_member_object(out, path);
		for (size_t k = i; (other = path_at(k, &endpoint, &alias)); k++) {
			if (!strcmp(path, other))
				write_operation(out, endpoint, alias);
		}
		jsonw_end_object(out);
	}
	jsonw_end_object(out);
}

static void write_components(struct buf *out)
{
	jsonw_member_object(out, "components");
	jsonw_member_raw(out, "securitySchemes",
		"{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\","
		"\"description\":\"The access_token of POST /auth/login\"}}");
	jsonw_member_raw(out, "headers",
		"{\"X-Request-Id\":{\"description\":\"The request's id, as in chatd's log\","
		"\"schema\":{\"type\":\"string\"}},"
		"\"WWW-Authenticate\":{\"description\":\"Bearer\","
		"\"schema\":{\"type\":\"string\"}},"
		"\"Retry-After\":{\"description\":\"Seconds until it is worth trying again\","
		"\"schema\":{\"type\":\"integer\"}}}");
	jsonw_member_object(out, "responses");
	for (size_t i = 0; i < COUNT(refusals); i++) {
		const struct refusal *refusal = &refusals[i];

		jsonw_member_object(out, refusal->name);
		jsonw_member_string(out, "description", refusal->doc);
		write_headers(out, refusal->header);
		jsonw_key(out, "content");
		buf_printf(out,
			"{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/"
			"%s\"}}}",
			refusal->status == 422 ? "ValidationError" : "Error");
		jsonw_end_object(out);
	}
	jsonw_end_object(out);
	schemas_write(out);
	jsonw_end_object(out);
}

bool openapi_write(struct buf *out, const char *version)
{
	buf_putc(out, '{');
	jsonw_member_string(out, "openapi", "3.1.0");
	jsonw_member_object(out, "info");
	jsonw_member_string(out, "title", "chatd");
	jsonw_member_string(out, "version", version);
	jsonw_member_string(out, "description",
		"Servers, channels and messages. Every path may also end with a slash. Events come "
		"over the WebSocket /ws/{user_id}/{server_id}/{channel_id}: see chat-api(7).");
	jsonw_member_raw(out, "license", "{\"name\":\"MIT\",\"identifier\":\"MIT\"}");
	jsonw_end_object(out);
	jsonw_member_raw(out, "servers", "[{\"url\":\"/\"}]");
	write_paths(out);
	write_components(out);
	return buf_putc(out, '}');
}
