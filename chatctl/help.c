#include "help.h"

#include <stdio.h>
#include <string.h>
#include <chat/text.h>
#include "args.h"
#include "sanitize.h"
#include "manual.h"
#include "output.h"

#define HELP_MAX (1 << 20)
#define HELP_INDENT 28 /* columns before the explanations */

/* A term, which begins at `start` in out, and its explanation beside or below it. */
static void put_entry(struct buf *out, size_t start, const char *explanation)
{
	static const char indent[] = "                            ";
	size_t width = out->len - start;

	_Static_assert(sizeof(indent) - 1 == HELP_INDENT, "as wide as the explanations begin");
	if (width + 2 > HELP_INDENT) {
		buf_putc(out, '\n');
		width = 0;
	}
	buf_printf(out, "%*s", (int)(HELP_INDENT - width), "");
	chat_text_wrap(out, explanation, indent, HELP_INDENT);
}

static void put_flag(struct buf *out, const struct arg *arg)
{
	size_t start = out->len;

	if (arg->letter)
		buf_printf(out, "  -%c, ", arg->letter);
	else
		buf_puts(out, "      ");
	arg_put_name(out, arg);
	if (arg->kind != ARG_SWITCH) {
		buf_putc(out, ' ');
		arg_put_argument(out, arg);
	}
	put_entry(out, start, arg->doc);
}

/* "send CHANNEL [TEXT...]" */
static void put_usage(struct buf *out, const struct command *command)
{
	bool flags = false;

	buf_puts(out, command->words);
	for (size_t i = 0; i < command->n_args; i++) {
		const struct arg *arg = &command->args[i];
		bool needed = arg->flags & ARG_REQUIRED;

		if (!(arg->flags & ARG_POSITIONAL) && !needed) {
			flags = true;
			continue;
		}
		buf_puts(out, needed ? " " : " [");
		arg_put_name(out, arg);
		if (!(arg->flags & ARG_POSITIONAL)) {
			buf_putc(out, ' ');
			arg_put_argument(out, arg);
		}
		buf_printf(out, "%s%s", arg->flags & ARG_LIST ? "..." : "", needed ? "" : "]");
	}
	if (flags)
		buf_puts(out, " [OPTION...]");
}

static void put_args(struct buf *out, const struct command *command)
{
	const char *heading = "\nArguments:\n";

	for (size_t i = 0; i < command->n_args; i++) {
		const struct arg *arg = &command->args[i];
		size_t start;

		if (!(arg->flags & ARG_POSITIONAL))
			continue;
		buf_puts(out, heading);
		heading = "";
		start = out->len;
		buf_puts(out, "  ");
		arg_put_argument(out, arg);
		put_entry(out, start, arg->doc);
	}
	heading = "\nOptions:\n";
	for (size_t i = 0; i < command->n_args; i++) {
		if (command->args[i].flags & ARG_POSITIONAL)
			continue;
		buf_puts(out, heading);
		heading = "";
		put_flag(out, &command->args[i]);
	}
}

static void put_command(struct buf *out, const struct command *command)
{
	const struct endpoint *endpoint = command->endpoint;

	buf_puts(out, "Usage: chatctl ");
	put_usage(out, command);
	buf_printf(out, "\n\n%s.\n", command->summary);
	if (command->details)
		chat_text_wrap(out, command->details, "", 0);
	put_args(out, command);
	buf_putc(out, '\n');
	if (endpoint && endpoint->response != OBJECT_none && endpoint->response != OBJECT_token) {
		struct buf columns;

		buf_init(&columns, HELP_MAX);
		buf_puts(&columns, "Columns: ");
		output_put_columns(&columns, endpoint->response);
		chat_text_wrap(out, buf_str(&columns), "         ", 0);
		buf_release(&columns);
	}
	if (endpoint)
		buf_printf(out, "Request: %s %s\n", method_name(endpoint->method), endpoint->path);
	buf_puts(out, "Options of every command: chatctl --help\n");
}

/* The commands whose first word is noun, or all of them for NULL. */
static void put_list(struct buf *out, const char *noun)
{
	struct command command;
	size_t n;

	for (size_t i = 0; command_at(i, &command); i++) {
		size_t start = out->len;

		if (!command_word(&command, noun, &n))
			continue;
		buf_puts(out, "  ");
		put_usage(out, &command);
		put_entry(out, start, command.summary);
	}
}

static void put_overview(struct buf *out)
{
	buf_puts(out, "Usage: chatctl COMMAND [ARGUMENT...] [OPTION...]\n\nCommands:\n");
	put_list(out, NULL);
	buf_puts(out, "\nOptions of every command:\n");
	for (size_t i = 0; i < GLOBAL_COUNT; i++)
		put_flag(out, &args_globals[i]);
	buf_putc(out, '\n');
	chat_text_wrap(out,
		"Places: SERVER is an id or a name; CHANNEL an id, SERVER:#channel or #channel; "
		"USER an id, @name or me. CHATCTL_URL and CHATCTL_TOKEN name the server and the "
		"token.",
		"", 0);
	buf_putc(out, '\n');
	chat_text_wrap(out,
		"Exit status: 0 done, 1 other error, 2 wrong usage, 3 not found, 4 not logged in, "
		"5 not allowed, 6 conflict or invalid input, 7 rate limit, 8 network, 9 server "
		"error, 27 time ran out, 130 interrupted.",
		"", 0);
}

/* --- as data --- */

static void put_json_arg(struct buf *out, const struct arg *arg)
{
	static const char *const kinds[] = {[ARG_TEXT] = "text",
		[ARG_NUMBER] = "number",
		[ARG_SECONDS] = "seconds",
		[ARG_SWITCH] = "switch",
		[ARG_CHOICE] = "choice",
		[ARG_SERVER] = "server",
		[ARG_CHANNEL] = "channel",
		[ARG_USER] = "user",
		[ARG_FILE] = "file",
		[ARG_CONTEXT] = "context"};
	struct buf text;

	buf_init(&text, HELP_MAX);
	arg_put_name(&text, arg);
	buf_puts(out, "{\"name\":");
	buf_put_json_string(out, buf_str(&text));
	if (arg->letter)
		buf_printf(out, ",\"letter\":\"-%c\"", arg->letter);
	buf_reset(&text);
	arg_put_argument(&text, arg);
	if (arg->kind != ARG_SWITCH)
		buf_printf(out, ",\"argument\":\"%s\"", buf_str(&text));
	buf_printf(out, ",\"kind\":\"%s\",\"required\":%s,\"list\":%s", kinds[arg->kind],
		arg->flags & ARG_REQUIRED ? "true" : "false",
		arg->flags & ARG_LIST ? "true" : "false");
	if (arg->choices)
		buf_printf(out, ",\"choices\":\"%s\"", arg->choices);
	buf_puts(out, ",\"help\":");
	buf_put_json_string(out, arg->doc);
	buf_putc(out, '}');
	buf_release(&text);
}

static void put_json(struct buf *out)
{
	struct command command;

	buf_puts(out, "{\"commands\":[");
	for (size_t i = 0; command_at(i, &command); i++) {
		buf_printf(out, "%s{\"words\":\"%s\",\"summary\":", i ? "," : "", command.words);
		buf_put_json_string(out, command.summary);
		if (command.details) {
			buf_puts(out, ",\"details\":");
			buf_put_json_string(out, command.details);
		}
		if (command.endpoint)
			buf_printf(out, ",\"endpoint\":\"%s\",\"method\":\"%s\",\"path\":\"%s\"",
				command.endpoint->name, method_name(command.endpoint->method),
				command.endpoint->path);
		buf_puts(out, ",\"arguments\":[");
		for (size_t a = 0; a < command.n_args; a++) {
			buf_puts(out, a ? "," : "");
			put_json_arg(out, &command.args[a]);
		}
		buf_puts(out, "]}");
	}
	buf_puts(out, "],\"options\":[");
	for (size_t i = 0; i < GLOBAL_COUNT; i++) {
		buf_puts(out, i ? "," : "");
		put_json_arg(out, &args_globals[i]);
	}
	buf_puts(out, "]}\n");
}

/* --- which --- */

static int print(struct ctl *ctl, const struct command *command, const char *noun)
{
	struct buf text;

	buf_init(&text, HELP_MAX);
	if (ctl->options.format_given && ctl->options.format == FORMAT_JSON) {
		put_json(&text);
	} else if (command && command->words) {
		put_command(&text, command);
	} else if (noun) {
		buf_puts(&text, "Commands:\n");
		put_list(&text, noun);
	} else {
		put_overview(&text);
	}
	fwrite(buf_str(&text), 1, text.len, stdout);
	buf_release(&text);
	return EXIT_OK;
}

int help_print(struct ctl *ctl, const struct invocation *in)
{
	return print(ctl, &in->command, in->noun);
}

/* "help manual": what chatctl(1) is made of. */
static int print_manual(void)
{
	struct buf text;

	buf_init(&text, HELP_MAX);
	manual_write(&text);
	fwrite(buf_str(&text), 1, text.len, stdout);
	buf_release(&text);
	return EXIT_OK;
}

int help_run(struct ctl *ctl, const struct invocation *in)
{
	char *argv[3] = {NULL, NULL, NULL};
	char help[] = "--help";
	const char *list[4];
	struct invocation asked;
	int argc = 0;

	if (in->n_list == 1 && strcmp(in->list[0], "manual") == 0)
		return print_manual();
	for (size_t i = 0; i < in->n_list && argc < 2; i++)
		argv[argc++] = arena_strdup(&ctl->arena, in->list[i]);
	argv[argc++] = help;
	if (!args_parse(&asked, argc, argv, list, &ctl->why))
		return ctl_usage(ctl, NULL);
	return print(ctl, &asked.command, asked.noun);
}
