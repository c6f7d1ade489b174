#include "commands.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <chat/text.h>
#include "call.h"
#include "output.h"
#include "pages.h"
#include "request.h"

#define API_INPUT_MAX ((size_t)64 << 20) /* bytes */

/* What the user asks for; texts are argv's or the arena's. */
struct api {
	enum method method;
	const char *path;
	const struct endpoint *endpoint; /* the one of the tables, or NULL */
	struct path_params params;       /* of that one */
	const char *body;                /* NULL: none */
	size_t body_len;
};

/* --- fields --- */

static const struct field *known_field(const struct api *api, const char *name, size_t n)
{
	const struct object *object;

	if (!api->endpoint)
		return NULL;
	object = object_info(
		api->method == METHOD_GET ? api->endpoint->query : api->endpoint->request);
	for (size_t i = 0; i < object->n_fields; i++) {
		if (!strncmp(object->fields[i].name, name, n) && !object->fields[i].name[n])
			return &object->fields[i];
	}
	return NULL;
}

/* A number as JSON writes one, without an exponent; true, false or null. */
static bool is_literal(const char *text)
{
	size_t whole, part;

	if (!strcmp(text, "true") || !strcmp(text, "false") || !strcmp(text, "null"))
		return true;
	text += *text == '-';
	whole = strspn(text, "0123456789");
	if (whole == 0 || whole > 15 || (*text == '0' && whole > 1))
		return false;
	if (!text[whole])
		return true;
	part = strspn(text + whole + 1, "0123456789");
	return text[whole] == '.' && part > 0 && !text[whole + 1 + part];
}

static bool is_text(const struct api *api, const char *name, size_t n, const char *value)
{
	const struct field *field = known_field(api, name, n);

	if (!field)
		return !is_literal(value);
	return field->type != FIELD_ID && field->type != FIELD_INT && field->type != FIELD_BOOL;
}

static void put_field(struct buf *out, const struct api *api, const char *pair, bool first)
{
	size_t n = strcspn(pair, "=");
	const char *value = pair + n + 1;
	struct buf name;

	buf_init(&name, API_INPUT_MAX);
	buf_append(&name, pair, n);
	if (api->method == METHOD_GET) {
		buf_putc(out, first && !strchr(api->path, '?') ? '?' : '&');
		text_percent_encode(out, buf_str(&name));
		buf_putc(out, '=');
		text_percent_encode(out, value);
	} else {
		buf_putc(out, first ? '{' : ',');
		buf_put_json_string(out, buf_str(&name));
		buf_putc(out, ':');
		if (is_text(api, pair, n, value))
			buf_put_json_string(out, value);
		else
			buf_puts(out, value);
	}
	buf_release(&name);
}

/* Puts the -f fields into the query of a GET, else into a JSON body. */
static enum chat_err put_fields(struct ctl *ctl, const struct invocation *in, struct api *api)
{
	struct buf text;
	enum chat_err err = CHAT_OK;

	buf_init(&text, API_INPUT_MAX);
	if (api->method == METHOD_GET)
		buf_puts(&text, api->path);
	for (size_t i = 0; i < in->n_list; i++) {
		const char *pair = in->list[i];
		const struct field *field = known_field(api, pair, strcspn(pair, "="));

		if (field && field->flags & FIELD_SECRET) {
			buf_printf(&ctl->why,
				"others can read %s off a command line: give the body by --input -",
				field->name);
			err = CHAT_ERR_USAGE;
			goto out;
		}
		if (!strchr(pair, '=') || *pair == '=' || !text_is_utf8(pair, strlen(pair))) {
			buf_printf(&ctl->why, "-f wants KEY=VALUE in UTF-8, not %s", pair);
			err = CHAT_ERR_USAGE;
			goto out;
		}
		put_field(&text, api, pair, i == 0);
	}
	if (api->method != METHOD_GET) {
		buf_putc(&text, '}');
		api->body = arena_strndup(&ctl->arena, buf_str(&text), text.len);
		api->body_len = text.len;
	} else {
		api->path = arena_strdup(&ctl->arena, buf_str(&text));
	}
	if (!buf_ok(&text) || !api->path)
		err = CHAT_ERR_NO_MEMORY;
out:
	buf_release(&text);
	return err;
}

static enum chat_err read_input(struct ctl *ctl, const char *name, struct api *api)
{
	struct chat_lines lines;
	enum chat_err err;
	int fd;

	if (strcmp(name, "-") == 0)
		return call_read_input(ctl, &ctl->input, STDIN_FILENO, "standard input", &api->body,
			&api->body_len);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		buf_printf(&ctl->why, "cannot open %s: %s", name, strerror(errno));
		return CHAT_ERR_IO;
	}
	chat_lines_init(&lines, CTL_LINE_MAX);
	err = call_read_input(ctl, &lines, fd, name, &api->body, &api->body_len);
	chat_lines_release(&lines);
	close(fd);
	return err;
}

static enum chat_err parse_request(struct ctl *ctl, const struct invocation *in, struct api *api)
{
	const char *input = invocation_value(in, "input");
	const char *word = invocation_value(in, "method"), *path = invocation_value(in, "path");
	char method[sizeof("DELETE")] = "";
	const char *bad_param;
	unsigned allowed;

	for (size_t i = 0; i < sizeof(method) - 1 && word[i]; i++)
		method[i] = (char)toupper((unsigned char)word[i]);
	api->method = method_by_name(method);
	api->path =
		*path == '/' || strstr(path, "://") ? path : arena_printf(&ctl->arena, "/%s", path);
	if (!api->path)
		return CHAT_ERR_NO_MEMORY;
	if (endpoint_match(api->method, api->path, strcspn(api->path, "?"), &api->endpoint,
		    &api->params, &allowed, &bad_param) != MATCH_FOUND)
		api->endpoint = NULL;
	if (input && in->n_list) {
		buf_puts(&ctl->why, "--input and -f exclude each other");
		return CHAT_ERR_USAGE;
	}
	if (input)
		return read_input(ctl, input, api);
	return in->n_list ? put_fields(ctl, in, api) : CHAT_OK;
}

/* --- pages --- */

/* The place of the page after that reply, 0 after the last one. */
static enum chat_err next_after(
	struct ctl *ctl, const struct api *api, const struct rest_reply *reply, int64_t *after)
{
	void *items = NULL;
	size_t count = 0;
	enum chat_err err = request_decode(ctl, api->endpoint, reply, &items, &count);

	*after = !err && count ? pages_last_id(api->endpoint, items, count) : 0;
	return err;
}

/* The elements of a JSON array, without the brackets. */
static const char *inside(const struct rest_reply *reply, size_t *n)
{
	const char *from = buf_str(&reply->body), *to = from + reply->body.len;

	while (from < to && *from != '[')
		from++;
	while (to > from && to[-1] != ']')
		to--;
	*n = to - from >= 2 ? (size_t)(to - from - 2) : 0;
	return from + 1;
}

/* Gets the page that the cursor (a query) names, and the place of the one after it. */
static enum chat_err get_page(struct ctl *ctl, const struct api *api, const char *cursor,
	struct rest_reply *reply, int64_t *after)
{
	struct rest_request request;
	struct arena whole = ctl->arena;
	struct buf path;
	enum chat_err err;

	rest_request_init(&request);
	buf_init(&path, API_INPUT_MAX);
	buf_printf(&path, "%s?limit=100%s%s", api->path, *cursor ? "&" : "", cursor);
	err = rest_request_raw(&request, api->method, buf_str(&path), NULL, NULL, 0, &ctl->why);
	if (!err)
		err = rest_send(ctl->rest, &request, reply, &ctl->why);
	if (!err) {
		/* The objects are read for their ids alone, and a history may be long. */
		arena_init(&ctl->arena, 0);
		err = next_after(ctl, api, reply, after);
		arena_release(&ctl->arena);
		ctl->arena = whole;
	}
	buf_release(&path);
	rest_request_release(&request);
	return err;
}

/* All pages as one array. */
static enum chat_err print_pages(struct ctl *ctl, const struct api *api)
{
	struct rest_reply reply;
	/* A cursor is an id, so nothing is above 0: message 1 has a page of its own. */
	bool first = api->endpoint->response == OBJECT_message, empty = true;
	char cursor[64] = "";
	int64_t after = 1;
	enum chat_err err = CHAT_OK;

	if (first)
		snprintf(cursor, sizeof(cursor), "before=2");
	rest_reply_init(&reply);
	while (after && !ferror(stdout)) {
		const char *elements;
		size_t n;

		err = get_page(ctl, api, cursor, &reply, &after);
		if (err)
			break;
		elements = inside(&reply, &n);
		if (n) {
			output_text(ctl, empty ? "[" : ",", 1);
			output_text(ctl, elements, n);
			empty = false;
		}
		if (first)
			after = 1;
		first = false;
		snprintf(cursor, sizeof(cursor), "after=%lld", (long long)after);
	}
	if (!err)
		output_text(ctl, empty ? "[]\n" : "]\n", empty ? 3 : 2);
	rest_reply_release(&reply);
	return err;
}

/* --- one request --- */

/* Prints an answer as it came. */
static void print_raw(struct ctl *ctl, const struct rest_reply *reply, bool with_headers)
{
	if (reply->status && with_headers)
		output_text(ctl, buf_str(&reply->headers), reply->headers.len);
	output_text(ctl, buf_str(&reply->body), reply->body.len);
	if (reply->body.len && reply->body.data[reply->body.len - 1] != '\n')
		putchar('\n');
}

/* out: for the format that was asked for, or NULL. */
static enum chat_err send(
	struct ctl *ctl, const struct api *api, bool with_headers, struct output *out)
{
	struct rest_request request;
	struct rest_reply reply;
	void *items;
	size_t count;
	enum chat_err err;

	rest_request_init(&request);
	rest_reply_init(&reply);
	err = rest_request_raw(&request, api->method, api->path,
		api->body ? "application/json" : NULL, api->body, api->body_len, &ctl->why);
	if (err == CHAT_ERR_INVALID)
		err = CHAT_ERR_USAGE;
	if (err || request_dry_run(ctl, &request))
		goto out;
	err = rest_send(ctl->rest, &request, &reply, &ctl->why);
	if (!out)
		print_raw(ctl, &reply, with_headers);
	else if (!err)
		err = request_decode(ctl, api->endpoint, &reply, &items, &count);
	if (out && !err) {
		output_rows(out, items, count);
		output_close(out);
	}
out:
	rest_request_release(&request);
	rest_reply_release(&reply);
	return err;
}

static enum chat_err send_pages(struct ctl *ctl, const struct api *api, struct output *out)
{
	struct call call = {.params = api->params};
	struct pages pages = {.endpoint = api->endpoint, .call = &call, .left = -1};
	enum chat_err err;

	if (!out)
		return print_pages(ctl, api);
	err = pages_print(ctl, &pages, out);
	if (!err)
		output_close(out);
	return err;
}

/* Opens the output where a format was asked for: *out stays NULL where the answer is printed as it
 * comes. False where it has no such format, with ctl->why told. */
static bool open_format(struct ctl *ctl, const struct api *api, bool with_headers,
	struct output *output, struct output **out)
{
	const struct endpoint *endpoint = api->endpoint;

	if (!ctl->options.format_given)
		return true;
	if (with_headers) {
		buf_puts(&ctl->why, "-i prints the answer as it came, in no other format");
		return false;
	}
	if (endpoint && (endpoint->shape == SHAPE_ONE || endpoint->shape == SHAPE_LIST)) {
		*out = output;
		return output_open(output, ctl, endpoint->response, endpoint->shape == SHAPE_LIST);
	}
	if (ctl->options.format == FORMAT_JSON && !ctl->options.fields)
		return true;
	buf_printf(&ctl->why, "the fields of %s %s are not known", method_name(api->method),
		api->path);
	return false;
}

int api_run(struct ctl *ctl, const struct invocation *in)
{
	struct api api = {0};
	bool pages = invocation_value(in, "paginate") != NULL;
	bool with_headers = invocation_value(in, "include") != NULL;
	struct output output = {0}, *out = NULL;
	enum chat_err err = parse_request(ctl, in, &api);

	if (!err && pages && (!pages_has(api.endpoint) || strchr(api.path, '?'))) {
		buf_printf(&ctl->why, "--paginate: %s %s is no list with pages, or has a query",
			method_name(api.method), api.path);
		return ctl_usage(ctl, &in->command);
	}
	if (!err && !open_format(ctl, &api, with_headers, &output, &out))
		return ctl_usage(ctl, &in->command);
	if (!err)
		err = ctl_connect(ctl);
	if (!err && pages && !request_is_dry(ctl))
		err = send_pages(ctl, &api, out);
	else if (!err)
		err = send(ctl, &api, with_headers, out);
	if (out)
		output_release(out);
	return err ? ctl_fail(ctl, err) : EXIT_OK;
}
