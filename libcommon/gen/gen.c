/*
 * Prints what is made from the protocol's tables: the API's description, the generated sections of
 * chat-api(7), and the list of endpoints for tests and completions.
 */
#include <stdio.h>
#include <string.h>
#include <chat/buf.h>
#include <chat/endpoint.h>
#include <chat/err.h>
#include <chat/frame.h>
#include <chat/limits.h>
#include <chat/object.h>
#include <chat/openapi.h>
#include <chat/roff.h>

#define OUTPUT_BYTES_MAX (4u << 20)

static const struct limit_row {
	long long value;
	const char *meaning;
} limits[] = {
#define LIMIT(name_, value_, meaning_) {(value_), (meaning_)},
#define RATE(name_, burst_, per_minute_, by_)
#include <chat/limits.def>
#undef LIMIT
#undef RATE
};

static const struct rate_row {
	const char *name;
	int burst, per_minute;
	const char *by;
} rates[] = {
#define LIMIT(name_, value_, meaning_)
#define RATE(name_, burst_, per_minute_, by_) {#name_, (burst_), (per_minute_), #by_},
#include <chat/limits.def>
#undef LIMIT
#undef RATE
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- chat-api(7), in mdoc(7) --- */

static void put_sentence(struct buf *out, const char *text)
{
	roff_put(out, text);
	buf_puts(out, ".\n");
}

static void man_reply(struct buf *out, const struct endpoint *endpoint)
{
	const char *name = object_info(endpoint->response)->name;

	switch (endpoint->shape) {
	case SHAPE_ONE:
		buf_printf(out, "Reply: %d with\n.Em %s .\n", endpoint->status, name);
		break;
	case SHAPE_LIST:
		buf_printf(out, "Reply: %d with a list of\n.Em %s .\n", endpoint->status, name);
		break;
	case SHAPE_TEXT:
		buf_printf(out, "Reply: %d with a text.\n", endpoint->status);
		break;
	case SHAPE_EMPTY:
		buf_printf(out, "Reply: %d without a body.\n", endpoint->status);
		break;
	}
}

static void man_aliases(struct buf *out, enum endpoint_id id)
{
	enum endpoint_id of;
	const char *path;

	for (size_t i = 0; (path = endpoint_alias(i, &of)); i++) {
		if (of == id)
			buf_printf(out, "Also spelled\n.Pa %s .\n", path);
	}
}

static void man_endpoints(struct buf *out)
{
	buf_puts(out, ".Sh ENDPOINTS\n.Bl -tag -width Ds\n");
	for (unsigned i = 0; i < EP_COUNT; i++) {
		const struct endpoint *endpoint = endpoint_info((enum endpoint_id)i);

		buf_printf(out, ".It Ic %s Pa %s\n", method_name(endpoint->method), endpoint->path);
		put_sentence(out, endpoint->summary);
		buf_printf(out, "For:\n.Cm %s .\n", access_name(endpoint->access));
		if (endpoint->query != OBJECT_none)
			buf_printf(out, "Query:\n.Em %s .\n", object_info(endpoint->query)->name);
		if (endpoint->request != OBJECT_none)
			buf_printf(out, "Body%s:\n.Em %s .\n",
				endpoint->takes_form ? ", JSON or a form" : "",
				object_info(endpoint->request)->name);
		man_reply(out, endpoint);
		man_aliases(out, endpoint->id);
	}
	buf_puts(out, ".El\n");
}

static void man_type(struct buf *out, const struct field *field)
{
	static const char *const names[] = {
		[FIELD_ID] = "id",
		[FIELD_INT] = "integer",
		[FIELD_TEXT] = "text",
		[FIELD_TIME] = "time",
		[FIELD_BOOL] = "boolean",
		[FIELD_STATUS] = "status",
		[FIELD_ROLE] = "role",
		[FIELD_REF] = "object",
		[FIELD_LIST] = "list",
	};

	buf_printf(out, ".It Va %s Pq %s", field->name, names[field->type]);
	if (field->type == FIELD_INT || field->type == FIELD_TEXT)
		buf_printf(out, " %lld to %lld", (long long)field->min, (long long)field->max);
	else if (field->ref != OBJECT_none)
		buf_printf(out, " %s", object_info(field->ref)->name);
	if (field->flags & FIELD_NULLABLE)
		buf_puts(out, ", or null");
	else if (!(field->flags & FIELD_REQUIRED))
		buf_puts(out, ", optional");
	buf_putc(out, '\n');
	put_sentence(out, field->doc);
}

static void man_objects(struct buf *out)
{
	buf_puts(out, ".Sh OBJECTS\n");
	for (unsigned id = OBJECT_none + 1; id < OBJECT_COUNT; id++) {
		const struct object *info = object_info((enum object_id)id);

		buf_printf(out, ".Ss %s\n", info->name);
		put_sentence(out, info->doc);
		buf_puts(out, ".Bl -tag -width Ds -compact\n");
		for (size_t i = 0; i < info->n_fields; i++)
			man_type(out, &info->fields[i]);
		buf_puts(out, ".El\n");
	}
}

static void man_events(struct buf *out)
{
	static const char *const reaches[] = {
		[REACH_CHANNEL] = "who is in the channel",
		[REACH_SERVER] = "the server's members",
		[REACH_USER] = "the user concerned",
		[REACH_SELF] = "the socket whose frame it answers",
	};

	buf_puts(out, ".Sh EVENTS\n.Bl -tag -width Ds\n");
	for (unsigned i = 0; i < EVENT_COUNT; i++) {
		const struct event_info *info = event_info((enum event_id)i);

		buf_printf(out, ".It Ic %s\n", info->name);
		put_sentence(out, info->doc);
		buf_printf(out, "Reaches %s.\n", reaches[info->reach]);
		if (info->object != OBJECT_none)
			buf_printf(out, "Data:\n.Em %s .\n", object_info(info->object)->name);
	}
	buf_puts(out, ".El\n");
}

static void man_limits(struct buf *out)
{
	buf_puts(out, ".Sh LIMITS\nLengths count Unicode code points.\n"
		      ".Bl -column -offset indent \"9007199254740991\" \"meaning\"\n");
	for (size_t i = 0; i < COUNT(limits); i++)
		buf_printf(out, ".It %lld Ta %s\n", limits[i].value, limits[i].meaning);
	buf_puts(out,
		".El\n.Pp\nRequests that may come at once, and in each minute after that:\n"
		".Bl -column -offset indent \"MESSAGE\" \"at once\" \"a minute\" \"ADDRESS\"\n"
		".It Sy bucket Ta Sy at once Ta Sy a minute Ta Sy counted by\n");
	for (size_t i = 0; i < COUNT(rates); i++)
		buf_printf(out, ".It %s Ta %d Ta %d Ta %s\n", rates[i].name, rates[i].burst,
			rates[i].per_minute, rates[i].by);
	buf_puts(out, ".El\n");
}

static void man_errors(struct buf *out)
{
	buf_puts(out, ".Sh ERROR CODES\n.Bl -tag -width Ds -compact\n");
	for (unsigned i = CHAT_OK + 1; i < CHAT_ERR_COUNT; i++) {
		const struct err_info *info = err_info((enum chat_err)i);

		if (info->status) {
			buf_printf(out, ".It Cm %s Pq %d\n", info->code, info->status);
			put_sentence(out, info->detail);
		}
	}
	buf_puts(out, ".El\n");
}

static void print_man(struct buf *out)
{
	man_endpoints(out);
	man_objects(out);
	man_events(out);
	man_limits(out);
	man_errors(out);
}

/* --- the other modes --- */

static void print_openapi(struct buf *out)
{
	openapi_write(out, CHAT_VERSION);
	buf_putc(out, '\n');
}

static void print_endpoints(struct buf *out)
{
	for (unsigned i = 0; i < EP_COUNT; i++) {
		const struct endpoint *endpoint = endpoint_info((enum endpoint_id)i);

		buf_printf(out, "%s\t%s\t%s\t%s\t%d\t%s\n", endpoint->name,
			method_name(endpoint->method), endpoint->path,
			access_name(endpoint->access), endpoint->status, endpoint->words);
	}
}

static const struct mode {
	const char *name;
	void (*print)(struct buf *out);
	const char *help;
} modes[] = {
	{"openapi", print_openapi, "the API's description, as /openapi.json has it"},
	{"man-api", print_man, "the generated sections of chat-api(7), in mdoc(7)"},
	{"endpoints", print_endpoints, "name, method, path, access, status and words, with tabs"},
};

static int usage(void)
{
	fprintf(stderr, "usage: chat-gen MODE\n");
	for (size_t i = 0; i < COUNT(modes); i++)
		fprintf(stderr, "  %-10s %s\n", modes[i].name, modes[i].help);
	return 2;
}

int main(int argc, char **argv)
{
	const struct mode *mode = NULL;
	struct buf out;
	int status = 1;

	for (size_t i = 0; argc == 2 && i < COUNT(modes); i++) {
		if (!strcmp(argv[1], modes[i].name))
			mode = &modes[i];
	}
	if (!mode)
		return usage();
	buf_init(&out, OUTPUT_BYTES_MAX);
	mode->print(&out);
	if (!buf_ok(&out))
		fprintf(stderr, "chat-gen: %s is too long\n", mode->name);
	else if (fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0)
		perror("chat-gen");
	else
		status = 0;
	buf_release(&out);
	return status;
}
