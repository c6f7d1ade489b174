#include <stdio.h>
#include "batch.h"
#include "commands.h"
#include "message.h"
#include "output.h"

int message_send(struct ctl *ctl, const struct invocation *in)
{
	bool lines = invocation_value(in, "lines") != NULL;
	struct output out;
	struct call call;
	enum chat_err err;

	if (lines && (in->n_list || invocation_value(in, "nonce"))) {
		buf_puts(&ctl->why,
			"--lines takes its text from standard input and makes the nonces");
		return ctl_usage(ctl, &in->command);
	}
	if (!ctl->options.format_given)
		ctl->options.format = FORMAT_ID;
	if (!output_open(&out, ctl, OBJECT_message, lines))
		return ctl_usage(ctl, &in->command);
	err = lines ? call_resolve(ctl, in, &call) : call_prepare(ctl, in, &call);
	if (!err)
		err = lines ? batch_send(ctl, &call, &out) : message_send_one(ctl, &call, &out);
	/* What was sent is told even where something was not. */
	if (out.rows || (lines && !err && !request_is_dry(ctl)))
		output_close(&out);
	output_release(&out);
	return err ? ctl_fail(ctl, err) : EXIT_OK;
}
