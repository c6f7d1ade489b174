#include "ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sanitize.h"

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

void ctl_disconnect(struct ctl *ctl)
{
	rest_free(ctl->rest);
	ctl->rest = NULL;
	if (ctl->rest_identity.data)
		explicit_bzero(ctl->rest_identity.data, ctl->rest_identity.len);
	buf_release(&ctl->rest_identity);
	ctl->account = (struct account){0};
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
	case CHAT_ERR_USAGE:
		return EXIT_USAGE;
	case CHAT_ERR_CONTEXT_NOT_FOUND:
		return EXIT_NOT_FOUND;
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
	case CHAT_ERR_SERVER_NOT_FOUND:
		return "; chatctl server list has yours";
	case CHAT_ERR_CHANNEL_NOT_FOUND:
		return "; chatctl channel list SERVER has its channels";
	case CHAT_ERR_USER_NOT_FOUND:
	case CHAT_ERR_MEMBER_NOT_FOUND:
		return "; chatctl member list SERVER has its people";
	case CHAT_ERR_MESSAGE_NOT_FOUND:
		return "; chatctl history CHANNEL has the ids of messages";
	case CHAT_ERR_SESSION_NOT_FOUND:
		return "; chatctl session list has yours";
	case CHAT_ERR_NOT_FOUND:
		return "; is the server's URL right?";
	default:
		return "";
	}
}

/* Errors are data too where that was asked for. */
static bool tells_json(const struct ctl *ctl)
{
	return ctl->options.format_given &&
	       (ctl->options.format == FORMAT_JSON || ctl->options.format == FORMAT_NDJSON);
}

/* One line on standard error; text may be anybody's. */
static void complain(const struct ctl *ctl, const char *text, const char *code, int status)
{
	struct buf line;

	buf_init(&line, 8 * WHY_MAX);
	if (tells_json(ctl)) {
		buf_puts(&line, "{\"detail\":");
		buf_put_json_string(&line, text);
		buf_printf(&line, ",\"code\":\"%s\",\"exit\":%d}\n", code, status);
	} else {
		buf_puts(&line, ctl->err_color ? "\033[1;31mchatctl:\033[0m " : "chatctl: ");
		sanitize_put(&line, text, strlen(text), "");
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
	/* Hints are for people, and "did you mean X?" is one already. */
	if (!tells_json(ctl) && ctl->why.len && ctl->why.data[ctl->why.len - 1] != '?')
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
