#ifndef CHATCTL_CTL_H
#define CHATCTL_CTL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/err.h>
#include <chat/lines.h>
#include <chat/rest.h>
#include "invocation.h"

/* The exit statuses, as chatctl(1) has them. */
enum exit_status {
	EXIT_OK = 0,
	EXIT_OTHER = 1,
	EXIT_USAGE = 2,
	EXIT_NOT_FOUND = 3,
	EXIT_LOGIN = 4,
	EXIT_FORBIDDEN = 5,
	EXIT_INVALID = 6,
	EXIT_RATE = 7,
	EXIT_NETWORK = 8,
	EXIT_SERVER = 9,
	EXIT_TIMEOUT = 27,
	EXIT_INTERRUPTED = 130,
};

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_NDJSON, FORMAT_TSV, FORMAT_ID };

/* What holds for one command line. Texts are argv's, the environment's or the arena's. */
struct options {
	const char *globals[GLOBAL_COUNT];
	enum format format;
	bool format_given;
	const char *fields; /* of --json, or NULL */
	unsigned retries;
	int64_t timeout_ms;
	bool timeout_given;
};

/* Where and as whom; known after ctl_connect. */
struct account {
	const char *context; /* the context's name; NULL: none */
	const char *url;
	const char *username; /* NULL: unknown */
	const char *token;    /* NULL: not logged in */
	bool token_given;     /* by CHATCTL_TOKEN, not from the context */
};

struct ctl {
	const char *const *base; /* the shell's own global options, or NULL */
	struct options options;
	struct account account;
	struct rest *rest;        /* NULL until ctl_connect */
	struct buf rest_identity; /* what rest was made for */
	struct arena arena;       /* lives as long as one command */
	struct buf why;           /* what went wrong, for ctl_fail */
	struct chat_lines input;  /* standard input, whoever reads it: the shell or its commands */
	bool out_tty, err_tty;
	bool out_color, err_color;
	const volatile sig_atomic_t *cancel; /* of the shell, or NULL */
};

#define CTL_URL "http://127.0.0.1:8000"
#define CTL_RETRIES 3
#define CTL_TIMEOUT_MS 30000
#define CTL_LINE_MAX 1048576 /* bytes of an input's line; no request takes as many */

void ctl_init(struct ctl *ctl);
void ctl_release(struct ctl *ctl);

/* Finds the account, and makes the client ready. Asks nothing of the network. */
enum chat_err ctl_connect(struct ctl *ctl);

/* Forgets what is known of the account, after a login or a logout. */
void ctl_disconnect(struct ctl *ctl);

/* Prints what went wrong (ctl->why, else the error's own detail) and returns the exit status. */
int ctl_fail(struct ctl *ctl, enum chat_err err);

/* The same for a command line that is wrong: ctl->why says how. */
int ctl_usage(struct ctl *ctl, const struct command *command);

int ctl_status(enum chat_err err);

/* "CHAT_VERSION" with the program's name. */
extern const char ctl_agent[];

#endif
