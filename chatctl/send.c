#include <signal.h>
#include <stdio.h>
#include "batch.h"
#include "commands.h"
#include "message.h"
#include "output.h"

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* Sends lines so that an interrupt ends them and not the program, which has still to print what it
 * sent; a second one ends that too. In a shell that is how commands run anyway. */
static enum chat_err send_lines(
	struct ctl *ctl, const struct invocation *in, struct call *call, struct output *out)
{
	struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
	struct sigaction before;
	bool in_shell = ctl->cancel != NULL;
	enum chat_err err;

	if (!in_shell) {
		ctl->cancel = &interrupted;
		sigaction(SIGINT, &action, &before);
	}
	err = call_resolve(ctl, in, call);
	if (!err)
		err = batch_send(ctl, call, out);
	if (!in_shell && !interrupted) {
		sigaction(SIGINT, &before, NULL);
		ctl->cancel = NULL;
	}
	return err;
}

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
	err = lines ? send_lines(ctl, in, &call, &out) : call_prepare(ctl, in, &call);
	if (!err && !lines)
		err = message_send_one(ctl, &call, &out);
	/* What was sent is told even where something was not. */
	if (out.rows || (lines && !err && !request_is_dry(ctl)))
		output_close(&out);
	output_release(&out);
	return err ? ctl_fail(ctl, err) : EXIT_OK;
}
