#include "message.h"

#include <stdio.h>
#include <chat/random.h>
#include "call.h"
#include "lines.h"
#include "output.h"
#include "progress.h"
#include "special.h"

/* --- send --- */

enum chat_err message_send_one(struct ctl *ctl, struct call *call, struct output *out)
{
	size_t nonce = call_field(OBJECT_message_create, "nonce");
	bool given = call->body[nonce] != NULL;
	char random[33];
	bool sent;
	void *items;
	size_t count;
	enum chat_err err;

	if (!given) {
		random_hex(random, 128);
		call->body[nonce] = random;
	}
	err = call_send(ctl, endpoint_info(EP_message_create), call, &sent, &items, &count);
	if (!given)
		call->body[nonce] = NULL;
	if (!err && sent)
		output_rows(out, items, count);
	return err;
}

int message_send(struct ctl *ctl, const struct invocation *in)
{
	bool lines = args_value(in, "lines") != NULL;
	struct output out;
	struct call call;
	enum chat_err err;

	if (lines && (in->n_list || args_value(in, "nonce"))) {
		buf_puts(&ctl->why,
			"--lines takes its text from standard input and makes the nonces");
		return ctl_usage(ctl, &in->command);
	}
	if (!ctl->options.format_given)
		ctl->options.format = FORMAT_ID;
	if (!output_open(&out, ctl, OBJECT_message, lines))
		return ctl_usage(ctl, &in->command);
	err = lines ? call_places(ctl, in, &call) : call_prepare(ctl, in, &call);
	if (!err)
		err = lines ? lines_send(ctl, &call, &out) : message_send_one(ctl, &call, &out);
	/* What was sent is told even where something was not. */
	if (out.rows || (lines && !err && !ctl_is_dry(ctl)))
		output_close(&out);
	output_release(&out);
	return err ? ctl_fail(ctl, err) : EXIT_OK;
}

/* --- history --- */

enum chat_err message_next_page(struct ctl *ctl, int64_t channel_id, int64_t *last,
	const struct chat_message **messages, size_t *count, bool *more)
{
	const struct path_params params = {.channel_id = channel_id};
	const char *query[CALL_FIELDS_MAX] = {0};
	/* A cursor is an id, so nothing is above 0: message 1 has a page of its own. */
	bool first = *last == 0;
	void *items = NULL;
	enum chat_err err;

	query[call_field(OBJECT_history_query, "limit")] = "100";
	if (first)
		query[call_field(OBJECT_history_query, "before")] = "2";
	else
		query[call_field(OBJECT_history_query, "after")] =
			arena_printf(&ctl->arena, "%lld", (long long)*last);
	err = ctl_get(ctl, EP_message_list, &params, query, &items, count);
	if (err)
		return err;
	*messages = items;
	*more = first || *count == LIMIT_PAGE_MAX;
	if (first)
		*last = 1;
	else if (*count)
		*last = (*messages)[*count - 1].id;
	return CHAT_OK;
}

/* Every page, each one's memory gone when it is printed. */
static enum chat_err print_all(
	struct ctl *ctl, int64_t channel_id, int64_t last, struct output *out)
{
	struct arena whole = ctl->arena;
	struct progress progress;
	enum chat_err err = CHAT_OK;
	bool more = true;

	progress_init(&progress, ctl, 0);
	while (!err && more && !ferror(stdout)) {
		const struct chat_message *messages;
		size_t count;

		arena_init(&ctl->arena, 0);
		err = message_next_page(ctl, channel_id, &last, &messages, &count, &more);
		if (!err)
			output_rows(out, messages, count);
		progress_show(&progress, 0, out->rows);
		arena_release(&ctl->arena);
	}
	progress_clear(&progress);
	ctl->arena = whole;
	return err;
}

int message_history(struct ctl *ctl, const struct invocation *in)
{
	const char *after = args_value(in, "after");
	int64_t last = 0;
	struct output out;
	struct call call;
	enum chat_err err;

	if (!args_value(in, "all"))
		return call_run(ctl, in);
	if (args_value(in, "skip") || args_value(in, "limit") || args_value(in, "before") ||
		args_value(in, "around") || (after && !arg_number(after, 1, LIMIT_ID_MAX, &last))) {
		buf_puts(&ctl->why, "--all goes with no other flag than --after ID");
		return ctl_usage(ctl, &in->command);
	}
	if (!output_open(&out, ctl, OBJECT_message, true))
		return ctl_usage(ctl, &in->command);
	err = call_places(ctl, in, &call);
	if (!err && ctl_is_dry(ctl)) {
		output_release(&out);
		return call_run(ctl, in);
	}
	if (!err)
		err = print_all(ctl, call.params.channel_id, last, &out);
	if (!err)
		output_close(&out);
	output_release(&out);
	return err ? ctl_fail(ctl, err) : EXIT_OK;
}
