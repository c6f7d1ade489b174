#include "manual.h"

#include <chat/buf.h>
#include "args.h"

/* Text in which neither a hyphen nor a backslash means anything to mdoc(7), each sentence on a line
 * of its own. */
static void put_text(struct buf *out, const char *text)
{
	char before = ' ';

	for (; *text; before = *text++) {
		if (*text == '-' || *text == '\\')
			buf_puts(out, *text == '-' ? "\\-" : "\\e");
		else
			buf_putc(out, *text == ' ' && before == '.' ? '\n' : *text);
	}
}

static void put_sentence(struct buf *out, const char *text)
{
	put_text(out, text);
	buf_puts(out, ".\n");
}

/* "Fl -max-uses Ar N" */
static void put_flag(struct buf *out, const struct arg *arg)
{
	struct buf name;

	buf_init(&name, 256);
	arg_put_name(&name, arg);
	buf_puts(out, "Fl ");
	put_text(out, buf_str(&name) + 1);
	if (arg->kind != ARG_SWITCH) {
		buf_puts(out, " Ar ");
		arg_put_argument(out, arg);
	}
	buf_release(&name);
}

/* ".It Cm send Ar CHANNEL Op Ar TEXT..." */
static void put_usage(struct buf *out, const struct command *command)
{
	buf_printf(out, ".It Cm %s", command->words);
	for (size_t i = 0; i < command->n_args; i++) {
		const struct arg *arg = &command->args[i];
		bool needed = arg->flags & ARG_REQUIRED;

		if (!(arg->flags & ARG_POSITIONAL) && !needed)
			continue;
		buf_puts(out, needed ? " " : " Op ");
		if (arg->flags & ARG_POSITIONAL) {
			buf_puts(out, "Ar ");
			arg_put_argument(out, arg);
			buf_puts(out, arg->flags & ARG_LIST ? " ..." : "");
		} else {
			put_flag(out, arg);
		}
	}
	buf_putc(out, '\n');
}

static void put_options(struct buf *out, const struct arg *args, size_t n)
{
	bool begun = false;

	for (size_t i = 0; i < n; i++) {
		if (args[i].flags & ARG_POSITIONAL)
			continue;
		buf_puts(out, begun ? "" : ".Bl -tag -width Ds\n");
		begun = true;
		buf_puts(out, ".It ");
		if (args[i].letter)
			buf_printf(out, "Fl %c , ", args[i].letter);
		put_flag(out, &args[i]);
		buf_putc(out, '\n');
		put_sentence(out, args[i].doc);
	}
	buf_puts(out, begun ? ".El\n" : "");
}

void manual_write(struct buf *out)
{
	struct command command;

	buf_puts(out, ".Sh COMMANDS\n.Bl -tag -width Ds\n");
	for (size_t i = 0; command_at(i, &command); i++) {
		put_usage(out, &command);
		put_sentence(out, command.summary);
		if (command.details) {
			put_text(out, command.details);
			buf_putc(out, '\n');
		}
		put_options(out, command.args, command.n_args);
	}
	buf_puts(out, ".El\n.Sh OPTIONS\nEvery command takes these.\n");
	put_options(out, args_globals, GLOBAL_COUNT);
}
