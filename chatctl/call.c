#include "call.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <chat/text.h>
#include "output.h"
#include "resolve.h"
#include "secret.h"
#include "request.h"

/* Of invites' codes and sessions' ids. */
#define CODE_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

#define INPUT_MAX ((size_t)64 << 20) /* bytes */

size_t call_field(enum object_id id, const char *name)
{
	const struct object *object = object_info(id);
	size_t i = 0;

	while (i < object->n_fields && strcmp(object->fields[i].name, name) != 0)
		i++;
	return i;
}

/* --- the path --- */

static enum chat_err resolve_arg(
	struct ctl *ctl, const struct arg *arg, const char *text, struct call *call)
{
	struct path_params *params = &call->params;

	switch (arg->kind) {
	case ARG_SERVER:
		return resolve_server(ctl, text, &params->server_id);
	case ARG_CHANNEL:
		return resolve_channel(ctl, text, &params->channel_id);
	case ARG_USER:
		return resolve_user(ctl, text, params->server_id, &params->user_id);
	default:
		return CHAT_OK;
	}
}

/* A part of the path that has no names: digits or a text. */
static enum chat_err parse_path_arg(struct ctl *ctl, const struct endpoint *endpoint,
	const struct arg *arg, const char *text, struct call *call)
{
	const struct path_param *param = endpoint_param(endpoint->id, arg->index);
	char *target = (char *)&call->params + param->offset;
	int64_t id;

	if (param->kind == PARAM_TEXT && *text) {
		/* The server would take other characters for those of a path. */
		if (strlen(text) >= PATH_TEXT_MAX || text[strspn(text, CODE_CHARACTERS)])
			return strcmp(param->name, "code") ? CHAT_ERR_SESSION_NOT_FOUND
							   : CHAT_ERR_INVITE_NOT_FOUND;
		memcpy(target, text, strlen(text) + 1);
		return CHAT_OK;
	}
	if (param->kind != PARAM_TEXT && arg_number(text, 1, LIMIT_ID_MAX, &id)) {
		memcpy(target, &id, sizeof(id));
		return CHAT_OK;
	}
	buf_printf(&ctl->why, "\"%s\" cannot be this: %s", text, param->doc);
	return CHAT_ERR_USAGE;
}

enum chat_err call_resolve(struct ctl *ctl, const struct invocation *in, struct call *call)
{
	const struct command *command = &in->command;
	enum chat_err err = ctl_connect(ctl);

	*call = (struct call){0};
	for (size_t i = 0; !err && i < command->n_args; i++) {
		const struct arg *arg = &command->args[i];

		if (arg->part != PART_PATH || !in->values[i])
			continue;
		if (arg->kind == ARG_SERVER || arg->kind == ARG_CHANNEL || arg->kind == ARG_USER)
			err = resolve_arg(ctl, arg, in->values[i], call);
		else
			err = parse_path_arg(ctl, command->endpoint, arg, in->values[i], call);
	}
	return err;
}

/* --- texts and secrets --- */

enum chat_err call_read_input(struct ctl *ctl, struct chat_lines *lines, int fd, const char *name,
	const char **text, size_t *n)
{
	struct buf input;
	enum chat_err err = CHAT_OK;
	enum chat_line end;

	buf_init(&input, INPUT_MAX);
	end = chat_lines_rest(lines, fd, &input);
	if (end != CHAT_LINE_NONE) {
		chat_lines_explain(end, name, &ctl->why);
		err = end == CHAT_LINE_FAILED ? CHAT_ERR_IO : CHAT_ERR_INVALID;
	} else if (!buf_ok(&input)) {
		buf_printf(&ctl->why, "%s is too long", name);
		err = CHAT_ERR_INVALID;
	} else {
		*n = input.len;
		*text = arena_strndup(&ctl->arena, buf_str(&input), input.len);
		err = *text ? CHAT_OK : CHAT_ERR_NO_MEMORY;
	}
	buf_release(&input);
	return err;
}

/* A message's text: the words of the list with spaces between them; all of standard input without
 * its last line end where there are none, or where the only one is "-". */
static enum chat_err read_text(struct ctl *ctl, const struct invocation *in, const char **text)
{
	struct buf words;
	size_t n;
	enum chat_err err = CHAT_OK;

	if (in->n_list == 0 && isatty(STDIN_FILENO)) {
		buf_puts(&ctl->why, "no text: give it as arguments, or on standard input");
		return CHAT_ERR_USAGE;
	}
	if (in->n_list == 0 || (in->n_list == 1 && !strcmp(in->list[0], "-"))) {
		return call_read_input(ctl, &ctl->input, STDIN_FILENO, "standard input", text, &n);
	}
	buf_init(&words, INPUT_MAX);
	for (size_t i = 0; i < in->n_list; i++)
		buf_printf(&words, "%s%s", i ? " " : "", in->list[i]);
	*text = arena_strdup(&ctl->arena, buf_str(&words));
	if (!*text || !buf_ok(&words))
		err = CHAT_ERR_NO_MEMORY;
	buf_release(&words);
	return err;
}

/* "old_password" is asked for as "Old password". */
static void make_label(const struct field *field, char label[64])
{
	snprintf(label, 64, "%s", field->name);
	if (label[0] >= 'a' && label[0] <= 'z')
		label[0] = (char)(label[0] - 32);
	for (char *p = label; *p; p++) {
		if (*p == '_')
			*p = ' ';
	}
}

static enum chat_err read_secrets(
	struct ctl *ctl, const struct invocation *in, enum object_id id, struct call *call)
{
	const struct object *object = object_info(id);
	struct secrets secrets = {0};
	enum chat_err err = CHAT_OK;
	bool open = false;

	for (size_t i = 0; !err && i < object->n_fields; i++) {
		const struct field *field = &object->fields[i];
		char label[64];

		if (!(field->flags & FIELD_SECRET))
			continue;
		if (request_is_dry(ctl)) {
			call->body[i] = "";
			continue;
		}
		if (!open)
			err = secret_open(&secrets, ctl, in);
		open = true;
		make_label(field, label);
		/* Where a shortest length is asked for, it is a new password. */
		if (!err)
			err = secret_next(&secrets, ctl, label, field->min > 1, &call->body[i]);
	}
	secret_close(&secrets);
	return err;
}

enum chat_err call_prepare(struct ctl *ctl, const struct invocation *in, struct call *call)
{
	const struct command *command = &in->command;
	enum chat_err err = call_resolve(ctl, in, call);

	for (size_t i = 0; !err && i < command->n_args; i++) {
		const struct arg *arg = &command->args[i];

		if (arg->part == PART_QUERY)
			call->query[arg->index] = in->values[i];
		else if (arg->part == PART_BODY && arg->flags & ARG_LIST)
			err = read_text(ctl, in, &call->body[arg->index]);
		else if (arg->part == PART_BODY)
			call->body[arg->index] = in->values[i];
	}
	if (!err)
		err = read_secrets(ctl, in, command->endpoint->request, call);
	return err;
}

/* --- sending --- */

enum chat_err call_send(struct ctl *ctl, const struct endpoint *endpoint, const struct call *call,
	bool *sent, void **items, size_t *count)
{
	struct rest_request request;
	struct rest_reply reply;
	enum chat_err err;

	*sent = false;
	*items = NULL;
	*count = 0;
	rest_request_init(&request);
	rest_reply_init(&reply);
	err = rest_request_endpoint(
		&request, endpoint->id, &call->params, call->query, call->body, &ctl->why);
	if (err || request_dry_run(ctl, &request))
		goto out;
	if (endpoint->access != ACCESS_ALL && !ctl->account.token) {
		err = CHAT_ERR_NOT_LOGGED_IN;
		goto out;
	}
	err = rest_send(ctl->rest, &request, &reply, &ctl->why);
	if (err)
		goto out;
	*sent = true;
	if (endpoint->shape == SHAPE_TEXT) {
		output_text(ctl, buf_str(&reply.body), reply.body.len);
		if (reply.body.len && reply.body.data[reply.body.len - 1] != '\n')
			putchar('\n');
	} else if (endpoint->shape != SHAPE_EMPTY) {
		err = request_decode(ctl, endpoint, &reply, items, count);
	}
out:
	rest_request_release(&request);
	rest_reply_release(&reply);
	return err;
}
