#ifndef CHATCTL_SECRET_H
#define CHATCTL_SECRET_H

#include "ctl.h"

/* Where a command's passwords come from, one after another: lines of standard input or of a file,
 * or a terminal. */
struct secrets {
	const char *name; /* of standard input or of the file; NULL: the terminal */
	struct chat_lines *lines;
	struct chat_lines own; /* of the file */
	int fd;
};

/* As the command's --password-stdin or --password-file says. CHAT_ERR_USAGE for
 * both, or CHAT_ERR_IO, with ctl->why told. */
enum chat_err secret_open(struct secrets *secrets, struct ctl *ctl, const struct invocation *in);
void secret_close(struct secrets *secrets);

/*
 * The next one, in the arena. label: what a terminal is asked for ("Old password"); fresh: a new
 * one, which a person types twice. CHAT_ERR_INVALID with ctl->why told when there is
 * none, CHAT_ERR_USAGE without a terminal.
 */
enum chat_err secret_next(struct secrets *secrets, struct ctl *ctl, const char *label, bool fresh,
	const char **secret);

/* Gives the terminal its echo back, if a prompt took it. For signal handlers. */
void secret_restore_terminal(void);

#endif
