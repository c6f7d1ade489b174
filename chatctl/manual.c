#include "manual.h"

#include <chat/buf.h>
#include <chat/roff.h>
#include "args.h"

static void put_sentence(struct buf *out, const char *text)
{
	roff_put(out, text);
	buf_puts(out, ".\n");
}

/* "Fl \-max\-uses Ar N" */
static void put_flag(struct buf *out, const struct arg *arg)
{
	struct buf name;

	buf_init(&name, 256);
	arg_put_name(&name, arg);
	buf_puts(out, "Fl ");
	roff_put(out, buf_str(&name) + 1);
	if (arg->kind != ARG_SWITCH) {
		buf_puts(out, " Ar ");
		arg_put_argument(out, arg);
	}
	buf_release(&name);
}

/* ".D1 Nm Cm send Ar CHANNEL Oo Ar TEXT ... Oc Op Ar option ..." */
static void put_usage(struct buf *out, const struct command *command)
{
	bool more = false;

	buf_printf(out, ".D1 Nm Cm %s", command->words);
	for (size_t i = 0; i < command->n_args; i++) {
		const struct arg *arg = &command->args[i];
		bool needed = arg->flags & ARG_REQUIRED;

		if (!(arg->flags & ARG_POSITIONAL) && !needed) {
			more = true;
			continue;
		}
		buf_puts(out, needed ? " " : " Oo ");
		if (arg->flags & ARG_POSITIONAL) {
			buf_puts(out, "Ar ");
			arg_put_argument(out, arg);
			buf_puts(out, arg->flags & ARG_LIST ? " ..." : "");
		} else {
			put_flag(out, arg);
		}
		buf_puts(out, needed ? "" : " Oc");
	}
	buf_puts(out, more ? " Op Ar option ...\n" : "\n");
}

static void put_args(struct buf *out, const struct arg *args, size_t n)
{
	if (!n)
		return;
	buf_puts(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < n; i++) {
		buf_puts(out, ".It ");
		if (args[i].letter)
			buf_printf(out, "Fl %c , ", args[i].letter);
		if (args[i].flags & ARG_POSITIONAL) {
			buf_puts(out, "Ar ");
			arg_put_argument(out, &args[i]);
		} else {
			put_flag(out, &args[i]);
		}
		buf_putc(out, '\n');
		put_sentence(out, args[i].doc);
	}
	buf_puts(out, ".El\n");
}

static void put_command(struct buf *out, const struct command *command)
{
	buf_printf(out, ".Ss %s\n", command->words);
	put_usage(out, command);
	buf_puts(out, ".Pp\n");
	put_sentence(out, command->summary);
	if (command->details) {
		roff_put(out, command->details);
		buf_putc(out, '\n');
	}
	if (command->endpoint)
		buf_printf(out, "The request is\n.Ic %s Pa %s .\n",
			method_name(command->endpoint->method), command->endpoint->path);
	put_args(out, command->args, command->n_args);
}

void manual_write(struct buf *out)
{
	struct command command;

	buf_puts(out, ".Sh COMMANDS\n");
	for (size_t i = 0; command_at(i, &command); i++)
		put_command(out, &command);
	buf_puts(out, ".Sh OPTIONS\nEvery command takes these.\n");
	put_args(out, args_globals, GLOBAL_COUNT);
}
