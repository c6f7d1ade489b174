#include "ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "help.h"
#include "inert.h"
#include "shell.h"

const char ctl_agent[] = "chatctl/" CHAT_VERSION;

#define WHY_MAX 4096

static bool wants_color(bool tty)
{
	const char *no = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE");
	const char *term = getenv("TERM");

	if (no && *no)
		return false;
	if (force && *force && strcmp(force, "0") != 0)
		return true;
	return tty && term && strcmp(term, "dumb") != 0;
}

void ctl_init(struct ctl *ctl)
{
	*ctl = (struct ctl){
		.out_tty = isatty(STDOUT_FILENO),
		.err_tty = isatty(STDERR_FILENO),
	};
	ctl->out_color = wants_color(ctl->out_tty);
	ctl->err_color = wants_color(ctl->err_tty);
	arena_init(&ctl->arena, 0);
	buf_init(&ctl->why, WHY_MAX);
	buf_init(&ctl->rest_identity, 4 * WHY_MAX);
	chat_lines_init(&ctl->input, CTL_LINE_MAX);
}

void ctl_release(struct ctl *ctl)
{
	ctl_disconnect(ctl);
	arena_release(&ctl->arena);
	buf_release(&ctl->why);
	chat_lines_release(&ctl->input);
}

/* --- errors --- */

int ctl_status(enum chat_err err)
{
	int status = err_info(err)->status;

	switch (err) {
	case CHAT_OK:
		return EXIT_OK;
	case CHAT_ERR_NETWORK:
		return EXIT_NETWORK;
	case CHAT_ERR_TIMEOUT:
		return EXIT_TIMEOUT;
	case CHAT_ERR_BAD_REPLY:
		return EXIT_SERVER;
	default:
		break;
	}
	switch (status) {
	case 0:
		return EXIT_OTHER;
	case 401:
		return EXIT_LOGIN;
	case 403:
		return EXIT_FORBIDDEN;
	case 404:
	case 410:
		return EXIT_NOT_FOUND;
	case 429:
		return EXIT_RATE;
	default:
		return status >= 500 ? EXIT_SERVER : EXIT_INVALID;
	}
}

static const char *hint(const struct ctl *ctl, enum chat_err err)
{
	switch (err) {
	case CHAT_ERR_NOT_LOGGED_IN:
	case CHAT_ERR_BAD_TOKEN:
		if (ctl->account.token_given)
			return "; CHATCTL_TOKEN is not a token that the server takes";
		return "; log in with chatctl login NAME";
	case CHAT_ERR_NETWORK:
		return "; --url or CHATCTL_URL name another server";
	case CHAT_ERR_NOT_FOUND:
		return "; is the server's URL right?";
	default:
		return "";
	}
}

/* One line on standard error; text may be anybody's. */
static void complain(const struct ctl *ctl, const char *text, const char *code, int status)
{
	struct buf line;

	buf_init(&line, 8 * WHY_MAX);
	if (ctl->options.format_given &&
		(ctl->options.format == FORMAT_JSON || ctl->options.format == FORMAT_NDJSON)) {
		buf_puts(&line, "{\"detail\":");
		buf_put_json_string(&line, text);
		buf_printf(&line, ",\"code\":\"%s\",\"exit\":%d}\n", code, status);
	} else {
		buf_puts(&line, ctl->err_color ? "\033[1;31mchatctl:\033[0m " : "chatctl: ");
		inert_put(&line, text, strlen(text), "");
		buf_putc(&line, '\n');
	}
	fflush(stdout);
	fwrite(buf_str(&line), 1, line.len, stderr);
	buf_release(&line);
}

int ctl_fail(struct ctl *ctl, enum chat_err err)
{
	const struct err_info *info = err_info(err);
	int status = ctl_status(err);

	if (ctl->cancel && *ctl->cancel)
		return EXIT_INTERRUPTED;
	if (!ctl->why.len)
		buf_puts(&ctl->why, info->detail);
	buf_puts(&ctl->why, hint(ctl, err));
	complain(ctl, buf_str(&ctl->why), info->code, status);
	buf_reset(&ctl->why);
	return status;
}

int ctl_usage(struct ctl *ctl, const struct command *command)
{
	if (command && command->words)
		buf_printf(&ctl->why, " (see chatctl help %s)", command->words);
	else
		buf_puts(&ctl->why, " (see chatctl --help)");
	complain(ctl, buf_str(&ctl->why), "usage", EXIT_USAGE);
	buf_reset(&ctl->why);
	return EXIT_USAGE;
}

/* --- requests --- */

bool ctl_is_dry(const struct ctl *ctl)
{
	return ctl->options.globals[GLOBAL_DRY_RUN] || ctl->options.globals[GLOBAL_CURL];
}

bool ctl_dry_run(struct ctl *ctl, const struct rest_request *request)
{
	struct buf text;

	if (!ctl_is_dry(ctl))
		return false;
	buf_init(&text, 1 << 28);
	if (ctl->options.globals[GLOBAL_CURL])
		rest_render_curl(ctl->rest, request, &text);
	else
		rest_render(ctl->rest, request, &text);
	fwrite(buf_str(&text), 1, text.len, stdout);
	buf_release(&text);
	return true;
}

enum chat_err ctl_dry_path(struct ctl *ctl, const char *path)
{
	struct rest_request request;
	enum chat_err err;

	rest_request_init(&request);
	err = rest_request_raw(&request, METHOD_GET, path, NULL, NULL, 0, &ctl->why);
	if (!err)
		ctl_dry_run(ctl, &request);
	rest_request_release(&request);
	return err;
}

enum chat_err ctl_call(struct ctl *ctl, enum endpoint_id id, const struct path_params *params,
	const char *const *query, const char *const *body, struct rest_reply *reply)
{
	const struct path_params none = {0};
	struct rest_request request;
	enum chat_err err = ctl_connect(ctl);

	if (err)
		return err;
	if (endpoint_info(id)->access != ACCESS_ALL && !ctl->account.token)
		return CHAT_ERR_NOT_LOGGED_IN;
	rest_request_init(&request);
	err = rest_request_endpoint(&request, id, params ? params : &none, query, body, &ctl->why);
	if (!err)
		err = rest_send(ctl->rest, &request, reply, &ctl->why);
	rest_request_release(&request);
	return err;
}

enum chat_err ctl_decode(struct ctl *ctl, const struct endpoint *endpoint,
	const struct rest_reply *reply, void **items, size_t *count)
{
	const char *json = buf_str(&reply->body);
	size_t n = reply->body.len;
	struct problems problems = {0};
	enum chat_err err;

	*count = 1;
	if (endpoint->shape == SHAPE_LIST) {
		err = object_decode_list(
			endpoint->response, json, n, &ctl->arena, items, count, &problems);
	} else {
		*items = arena_alloc(&ctl->arena, object_info(endpoint->response)->size);
		err = !*items ? CHAT_ERR_NO_MEMORY
			      : object_decode(endpoint->response, json, n, &ctl->arena, *items,
					&problems);
	}
	if (err && err != CHAT_ERR_NO_MEMORY) {
		buf_printf(&ctl->why,
			"the answer of %s is not one of this protocol: is the URL right?",
			ctl->account.url);
		return CHAT_ERR_BAD_REPLY;
	}
	return err;
}

enum chat_err ctl_get(struct ctl *ctl, enum endpoint_id id, const struct path_params *params,
	const char *const *query, void **items, size_t *count)
{
	struct rest_reply reply;
	enum chat_err err;

	rest_reply_init(&reply);
	err = ctl_call(ctl, id, params, query, NULL, &reply);
	if (!err)
		err = ctl_decode(ctl, endpoint_info(id), &reply, items, count);
	rest_reply_release(&reply);
	return err;
}

/* --- one command line --- */

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

int ctl_run(struct ctl *ctl, int argc, char **argv)
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
