#include "endpoint_command.h"

#include <stdio.h>
#include "call.h"
#include "output.h"
#include "pages.h"
#include "request.h"

/* More rows than a page has: those that the call asks for, if its cursor is one. */
static bool wants_pages(
	const struct call *call, const struct endpoint *endpoint, struct pages *pages)
{
	const char *limit, *after;

	*pages = (struct pages){.endpoint = endpoint};
	if (endpoint->query != OBJECT_page_query)
		return false;
	limit = call->query[call_field(OBJECT_page_query, "limit")];
	after = call->query[call_field(OBJECT_page_query, "after")];
	return limit && arg_number(limit, LIMIT_PAGE_MAX + 1, INT64_MAX, &pages->left) &&
	       (!after || arg_number(after, 1, LIMIT_ID_MAX, &pages->after));
}

/* Prints what the call gives, or shows its request. */
static enum chat_err print(
	struct ctl *ctl, const struct endpoint *endpoint, struct call *call, struct output *out)
{
	bool has_rows = endpoint->shape == SHAPE_ONE || endpoint->shape == SHAPE_LIST;
	struct pages pages;
	void *items;
	size_t count;
	bool sent;
	enum chat_err err;

	if (wants_pages(call, endpoint, &pages)) {
		pages.call = call;
		err = pages_print(ctl, &pages, out);
		sent = !request_is_dry(ctl);
	} else {
		err = call_send(ctl, endpoint, call, &sent, &items, &count);
		if (!err && sent && has_rows)
			output_rows(out, items, count);
	}
	if (!err && sent && has_rows)
		output_close(out);
	return err;
}

int endpoint_command_run(struct ctl *ctl, const struct invocation *in)
{
	const struct endpoint *endpoint = in->command.endpoint;
	struct output out;
	struct call call;
	enum chat_err err;

	if (endpoint->shape == SHAPE_TEXT && ctl->options.format_given &&
		!(endpoint->id == EP_openapi && ctl->options.format == FORMAT_JSON &&
			!ctl->options.fields)) {
		buf_printf(&ctl->why, "what %s prints has no other format", in->command.words);
		return ctl_usage(ctl, &in->command);
	}
	/* Before anything is sent, because a wrong --json is found here. */
	if (!output_open(&out, ctl, endpoint->response, endpoint->shape == SHAPE_LIST))
		return ctl_usage(ctl, &in->command);
	err = call_prepare(ctl, in, &call);
	if (!err)
		err = print(ctl, endpoint, &call, &out);
	output_release(&out);
	return err ? ctl_fail(ctl, err) : EXIT_OK;
}
