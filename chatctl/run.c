#include "run.h"

#include <stdio.h>
#include <string.h>
#include "args.h"
#include "help.h"
#include "shell.h"

static void read_format(struct ctl *ctl)
{
	static const char *const formats[] = {"table", "json", "ndjson", "tsv", "id"};
	struct options *options = &ctl->options;
	const char *output = options->globals[GLOBAL_OUTPUT];

	options->fields = options->globals[GLOBAL_JSON];
	options->format_given = output || options->fields;
	options->format = ctl->out_tty ? FORMAT_TABLE : FORMAT_TSV;
	if (options->fields)
		options->format = FORMAT_JSON;
	for (size_t i = 0; output && i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!strcmp(formats[i], output))
			options->format = (enum format)i;
	}
}

/* Complains of a command line that could not be taken apart, in the format that it asks for. */
static int refuse(struct ctl *ctl, int argc, char **argv, const struct command *command)
{
	char **words = arena_array(&ctl->arena, (size_t)argc + 1, sizeof(*words));
	struct args_state state;
	char end[] = "";

	if (words) {
		memcpy(words, argv, (size_t)argc * sizeof(*words));
		words[argc] = end;
		args_walk(&state, words, (size_t)argc);
		memcpy(ctl->options.globals, state.globals, sizeof(state.globals));
		read_format(ctl);
	}
	return ctl_usage(ctl, command);
}

static bool read_options(struct ctl *ctl, const struct invocation *in)
{
	struct options *options = &ctl->options;
	int64_t retries = CTL_RETRIES;

	*options = (struct options){.timeout_ms = CTL_TIMEOUT_MS};
	for (size_t i = 0; i < GLOBAL_COUNT; i++) {
		options->globals[i] = in->globals[i];
		if (!in->globals[i] && ctl->base)
			options->globals[i] = ctl->base[i];
	}
	/* What a line of the shell says of the format goes before both that the shell was given. */
	if (in->globals[GLOBAL_JSON])
		options->globals[GLOBAL_OUTPUT] = in->globals[GLOBAL_OUTPUT];
	else if (in->globals[GLOBAL_OUTPUT])
		options->globals[GLOBAL_JSON] = NULL;
	read_format(ctl);
	if (options->fields && options->format != FORMAT_JSON && options->format != FORMAT_NDJSON) {
		buf_printf(
			&ctl->why, "--json prints JSON, not %s", options->globals[GLOBAL_OUTPUT]);
		return false;
	}
	if (options->globals[GLOBAL_RETRY] &&
		!arg_number(options->globals[GLOBAL_RETRY], 0, 1000, &retries)) {
		buf_puts(&ctl->why, "--retry must be at most 1000");
		return false;
	}
	options->retries = (unsigned)retries;
	if (options->globals[GLOBAL_TIMEOUT]) {
		arg_seconds(options->globals[GLOBAL_TIMEOUT], &options->timeout_ms);
		options->timeout_given = true;
	}
	return true;
}

int run_command(struct ctl *ctl, int argc, char **argv)
{
	struct invocation in;
	const char **list;
	int status;

	arena_reset(&ctl->arena);
	buf_reset(&ctl->why);
	ctl->account = (struct account){0};
	ctl->options = (struct options){0};
	list = arena_array(&ctl->arena, (size_t)argc + 1, sizeof(*list));
	if (!list)
		return ctl_fail(ctl, CHAT_ERR_NO_MEMORY);
	if (!args_parse(&in, argc, argv, list, &ctl->why))
		return refuse(ctl, argc, argv, &in.command);
	if (!read_options(ctl, &in))
		return ctl_usage(ctl, &in.command);
	if (in.globals[GLOBAL_VERSION]) {
		printf("chatctl " CHAT_VERSION "\n");
		status = EXIT_OK;
	} else if (in.globals[GLOBAL_HELP]) {
		status = help_print(ctl, &in);
	} else if (in.globals[GLOBAL_FILE] && !in.command.words) {
		status = shell_file(ctl, in.globals[GLOBAL_FILE]);
	} else if (!in.command.words) {
		buf_puts(&ctl->why, "no command was given");
		status = ctl_usage(ctl, NULL);
	} else if (in.globals[GLOBAL_FILE]) {
		buf_puts(&ctl->why, "--file stands alone, without a command");
		status = ctl_usage(ctl, NULL);
	} else {
		status = in.command.run(ctl, &in);
	}
	return status;
}
