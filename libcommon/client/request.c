#include <chat/rest.h>

#include <string.h>
#include <chat/object.h>
#include <chat/text.h>

#define MASK "***"
#define PATH_MAX_BYTES 16384
#define REQUEST_BODY_MAX (64 << 20) /* bytes; the server has its own, smaller bound */

void rest_request_init(struct rest_request *request)
{
	*request = (struct rest_request){0};
	buf_init(&request->path, PATH_MAX_BYTES);
	buf_init(&request->body, REQUEST_BODY_MAX);
	buf_init(&request->shown, REQUEST_BODY_MAX);
}

void rest_request_release(struct rest_request *request)
{
	if (request->body.data)
		explicit_bzero(request->body.data, request->body.len);
	buf_release(&request->path);
	buf_release(&request->body);
	buf_release(&request->shown);
}

static void request_reset(struct rest_request *request)
{
	rest_request_release(request);
	rest_request_init(request);
}

static bool is_integer(const char *text)
{
	size_t n;

	if (*text == '-')
		text++;
	n = strspn(text, "0123456789");
	return n > 0 && n <= 18 && !text[n];
}

static enum chat_err value_fault(const struct field *field, const char *what, struct buf *why)
{
	buf_printf(why, "%s is not %s", field->name, what);
	return CHAT_ERR_INVALID;
}

/* Checks that text is a value of the field's type. */
static enum chat_err check_value(const struct field *field, const char *text, struct buf *why)
{
	switch (field->type) {
	case FIELD_ID:
	case FIELD_INT:
		return is_integer(text) ? CHAT_OK : value_fault(field, "a whole number", why);
	case FIELD_BOOL:
		if (!strcmp(text, "true") || !strcmp(text, "false"))
			return CHAT_OK;
		return value_fault(field, "true or false", why);
	default:
		if (!text_is_utf8(text, strlen(text)))
			return value_fault(field, "valid UTF-8", why);
		if (field->flags & FIELD_VISIBLE && chat_text_is_blank(text, strlen(text))) {
			buf_printf(why, "%s has nothing that is shown", field->name);
			return CHAT_ERR_BLANK;
		}
		return CHAT_OK;
	}
}

static void put_json_value(struct buf *out, const struct field *field, const char *text)
{
	if (field->type == FIELD_ID || field->type == FIELD_INT || field->type == FIELD_BOOL)
		buf_puts(out, text);
	else
		buf_put_json_string(out, text);
}

static enum chat_err put_body(struct rest_request *request, const struct object *object,
	const char *const *values, struct buf *why)
{
	const char *separator = "{";
	enum chat_err err;

	for (size_t i = 0; values && i < object->n_fields; i++) {
		const struct field *field = &object->fields[i];

		if (!values[i])
			continue;
		err = check_value(field, values[i], why);
		if (err != CHAT_OK)
			return err;
		buf_printf(&request->body, "%s\"%s\":", separator, field->name);
		buf_printf(&request->shown, "%s\"%s\":", separator, field->name);
		put_json_value(&request->body, field, values[i]);
		put_json_value(
			&request->shown, field, field->flags & FIELD_SECRET ? MASK : values[i]);
		separator = ",";
		/* A nonce makes the server take a second sending for the first. */
		if (!strcmp(field->name, "nonce"))
			request->repeatable = true;
	}
	buf_puts(&request->body, *separator == '{' ? "{}" : "}");
	buf_puts(&request->shown, *separator == '{' ? "{}" : "}");
	request->type = "application/json";
	return CHAT_OK;
}

static enum chat_err put_query(
	struct buf *path, const struct object *object, const char *const *values, struct buf *why)
{
	char separator = '?';
	enum chat_err err;

	for (size_t i = 0; values && i < object->n_fields; i++) {
		if (!values[i])
			continue;
		err = check_value(&object->fields[i], values[i], why);
		if (err != CHAT_OK)
			return err;
		buf_printf(path, "%c%s=", separator, object->fields[i].name);
		text_percent_encode(path, values[i]);
		separator = '&';
	}
	return CHAT_OK;
}

static enum chat_err check_built(const struct rest_request *request, struct buf *why)
{
	if (buf_ok(&request->path) && buf_ok(&request->body) && buf_ok(&request->shown))
		return CHAT_OK;
	buf_puts(why, "the request is too large");
	return CHAT_ERR_INVALID;
}

enum chat_err rest_request_endpoint(struct rest_request *request, enum endpoint_id id,
	const struct path_params *params, const char *const *query, const char *const *body,
	struct buf *why)
{
	const struct endpoint *endpoint = endpoint_info(id);
	enum chat_err err = CHAT_OK;

	request_reset(request);
	request->method = endpoint->method;
	request->repeatable = endpoint->method != METHOD_POST;
	endpoint_path(&request->path, id, params);
	if (endpoint->query != OBJECT_none)
		err = put_query(&request->path, object_info(endpoint->query), query, why);
	if (!err && endpoint->request != OBJECT_none)
		err = put_body(request, object_info(endpoint->request), body, why);
	return err ? err : check_built(request, why);
}

/* Whether the body of such a request holds a secret. */
static bool is_secret(enum method method, const char *path)
{
	const struct endpoint *endpoint = NULL;
	struct path_params params;
	unsigned allowed;
	const char *bad_param;
	const struct object *object;

	if (endpoint_match(method, path, strcspn(path, "?"), &endpoint, &params, &allowed,
		    &bad_param) != MATCH_FOUND ||
		endpoint->request == OBJECT_none)
		return false;
	object = object_info(endpoint->request);
	for (size_t i = 0; i < object->n_fields; i++) {
		if (object->fields[i].flags & FIELD_SECRET)
			return true;
	}
	return false;
}

enum chat_err rest_request_raw(struct rest_request *request, enum method method, const char *path,
	const char *type, const void *body, size_t n, struct buf *why)
{
	request_reset(request);
	for (const char *c = path; *c; c++) {
		if (path[0] != '/' || (unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f) {
			buf_puts(why, "the path must begin with / and have other than printable "
				      "ASCII percent-encoded");
			return CHAT_ERR_INVALID;
		}
	}
	request->method = method;
	request->repeatable = method != METHOD_POST;
	request->type = type;
	buf_puts(&request->path, *path ? path : "/");
	if (type) {
		buf_append(&request->body, body, n);
		if (is_secret(method, path))
			buf_puts(&request->shown, MASK);
		else
			buf_append(&request->shown, body, n);
	}
	return check_built(request, why);
}
