#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define SECRET_MAX 4096 /* bytes of a line; a password has at most 100 characters */

/* The terminal while its echo is off; -1 otherwise. */
static volatile sig_atomic_t quiet_fd = -1;
static struct termios before;

void secret_restore_terminal(void)
{
	if (quiet_fd >= 0)
		tcsetattr(quiet_fd, TCSAFLUSH, &before);
	quiet_fd = -1;
}

enum chat_err secret_open(struct secrets *secrets, struct ctl *ctl, const struct invocation *in)
{
	*secrets = (struct secrets){.name = invocation_value(in, "password_file")};
	if (invocation_value(in, "password_stdin")) {
		if (secrets->name) {
			buf_puts(&ctl->why,
				"--password-stdin and --password-file exclude each other");
			return CHAT_ERR_USAGE;
		}
		secrets->lines = &ctl->input;
		secrets->fd = STDIN_FILENO;
		secrets->name = "standard input";
	} else if (secrets->name) {
		chat_lines_init(&secrets->own, SECRET_MAX - 1);
		secrets->lines = &secrets->own;
		secrets->fd = open(secrets->name, O_RDONLY | O_CLOEXEC);
		if (secrets->fd < 0) {
			buf_printf(&ctl->why, "cannot open %s: %s", secrets->name, strerror(errno));
			return CHAT_ERR_IO;
		}
	}
	return CHAT_OK;
}

void secret_close(struct secrets *secrets)
{
	if (secrets->lines != &secrets->own)
		return;
	if (secrets->fd >= 0)
		close(secrets->fd);
	if (secrets->own.input.data)
		explicit_bzero(secrets->own.input.data, secrets->own.input.len);
	chat_lines_release(&secrets->own);
	secrets->lines = NULL;
}

/* A line without its end from a terminal, with the echo off; false at its end. */
static bool ask(int fd, const char *label, char line[SECRET_MAX])
{
	struct termios silent;
	size_t n = 0;
	ssize_t got = 0;

	tcgetattr(fd, &before);
	silent = before;
	silent.c_lflag &= (tcflag_t) ~(ECHO | ECHOE | ECHOK);
	silent.c_lflag |= ECHONL;
	/* Who suspends would find a terminal without an echo. */
	silent.c_cc[VSUSP] = _POSIX_VDISABLE;
	quiet_fd = fd;
	tcsetattr(fd, TCSAFLUSH, &silent);
	dprintf(fd, "%s: ", label);
	while (n < SECRET_MAX - 1 && (got = read(fd, line + n, 1)) == 1 && line[n] != '\n')
		n++;
	secret_restore_terminal();
	line[n] = '\0';
	return got == 1;
}

static enum chat_err from_terminal(
	struct ctl *ctl, const char *label, bool fresh, char line[SECRET_MAX])
{
	char again[SECRET_MAX] = "";
	char prompt[128];
	enum chat_err err = CHAT_OK;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		buf_puts(&ctl->why, "there is no terminal to ask for the password: give it by "
				    "--password-stdin or --password-file");
		return CHAT_ERR_USAGE;
	}
	snprintf(prompt, sizeof(prompt), "%s again", label);
	if (!ask(fd, label, line) || (fresh && !ask(fd, prompt, again))) {
		buf_puts(&ctl->why, "no password was typed");
		err = CHAT_ERR_INVALID;
	} else if (fresh && strcmp(line, again) != 0) {
		buf_puts(&ctl->why, "the two are not the same");
		err = CHAT_ERR_INVALID;
	}
	explicit_bzero(again, sizeof(again));
	close(fd);
	return err;
}

static enum chat_err from_file(
	struct secrets *secrets, struct ctl *ctl, const char *label, char line[SECRET_MAX])
{
	const char *read;
	size_t n = 0;
	enum chat_line result = chat_lines_read(secrets->lines, secrets->fd, &read, &n);

	if (result == CHAT_LINE_NONE || (result == CHAT_LINE_TEXT && n == 0)) {
		buf_printf(&ctl->why, "%s has no line for: %s", secrets->name, label);
		return CHAT_ERR_INVALID;
	}
	if (result == CHAT_LINE_TEXT && n >= SECRET_MAX)
		result = CHAT_LINE_LONG;
	if (result != CHAT_LINE_TEXT) {
		chat_lines_explain(result, secrets->name, &ctl->why);
		return result == CHAT_LINE_FAILED ? CHAT_ERR_IO : CHAT_ERR_INVALID;
	}
	memcpy(line, read, n + 1);
	return CHAT_OK;
}

enum chat_err secret_next(struct secrets *secrets, struct ctl *ctl, const char *label, bool fresh,
	const char **secret)
{
	char line[SECRET_MAX] = "";
	enum chat_err err = secrets->lines ? from_file(secrets, ctl, label, line)
					   : from_terminal(ctl, label, fresh, line);

	if (!err && !(*secret = arena_strdup(&ctl->arena, line)))
		err = CHAT_ERR_NO_MEMORY;
	explicit_bzero(line, sizeof(line));
	return err;
}
