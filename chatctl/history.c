#include <stdio.h>
#include "commands.h"
#include "endpoint_command.h"
#include "output.h"
#include "pages.h"
#include "request.h"

static void print_page(void *context, const void *items, size_t count)
{
	output_rows(context, items, count);
}

static enum chat_err print(
	struct ctl *ctl, const struct invocation *in, int64_t limit, struct output *out)
{
	struct pages pages = {.endpoint = endpoint_info(EP_message_list), .left = limit};
	const char *after = invocation_value(in, "after");
	struct call call;
	bool sent;
	enum chat_err err = call_prepare(ctl, in, &call);

	if (err)
		return err;
	pages.call = &call;
	if (limit >= 0 && !after) {
		err = pages_newest(ctl, &call, limit, print_page, out, &sent);
	} else {
		if (after)
			arg_number(after, 1, LIMIT_ID_MAX, &pages.after);
		err = pages_print(ctl, &pages, out);
	}
	if (!err && !request_is_dry(ctl))
		output_close(out);
	return err;
}

int message_history(struct ctl *ctl, const struct invocation *in)
{
	const char *limit = invocation_value(in, "limit"), *after = invocation_value(in, "after");
	bool all = invocation_value(in, "all") != NULL;
	bool around = invocation_value(in, "around") != NULL;
	int64_t n = -1, id;
	struct output out;
	enum chat_err err;

	if (all && (invocation_value(in, "skip") || limit || invocation_value(in, "before") ||
			   around || (after && !arg_number(after, 1, LIMIT_ID_MAX, &id)))) {
		buf_puts(&ctl->why, "--all goes with no other flag than --after ID");
		return ctl_usage(ctl, &in->command);
	}
	if (limit)
		arg_number(limit, 0, INT64_MAX, &n);
	/* One page, and whatever the server says of its flags. */
	if (!all && (n <= LIMIT_PAGE_MAX || (after && !arg_number(after, 1, LIMIT_ID_MAX, &id))))
		return endpoint_command_run(ctl, in);
	if (around) {
		buf_printf(&ctl->why, "--around shows at most %d messages", LIMIT_PAGE_MAX);
		return ctl_usage(ctl, &in->command);
	}
	if (!output_open(&out, ctl, OBJECT_message, true))
		return ctl_usage(ctl, &in->command);
	err = print(ctl, in, n, &out);
	output_release(&out);
	return err ? ctl_fail(ctl, err) : EXIT_OK;
}
