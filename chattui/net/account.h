#ifndef CHATTUI_ACCOUNT_H
#define CHATTUI_ACCOUNT_H

#include <stdbool.h>
#include <chat/buf.h>
#include <chat/err.h>

/* Which server, as whom: from the command line, the environment and the contexts, as in chatctl. */
struct account {
	char *context; /* a context's name, or NULL */
	char *url;
	char *username; /* NULL when unknown */
	char *token;    /* NULL when logged out */
	char *dir;      /* of the state: $XDG_STATE_HOME/chat */
};

#define ACCOUNT_URL "http://127.0.0.1:8000"

/* url and context: what the command line names, or NULL. On an error why is one line. */
enum chat_err account_find(
	struct account *account, const char *url, const char *context, struct buf *why);
/* The account of a context, with its own token, whatever the environment says. */
enum chat_err account_of_context(struct account *account, const char *context, struct buf *why);
void account_release(struct account *account);

/* Keeps a new login in the account and its context, which is made where there is none. url and
 * username are those of the login. */
enum chat_err account_keep(struct account *account, const char *url, const char *username,
	const char *token, struct buf *why);

/* Forgets the login in the account and its context. Errors are of no use: the token is dead. */
void account_log_out(struct account *account);

/* The path of a file of this account's ("cache.db"), in the state's directory, which is made;
 * NULL if it cannot be. To be freed. */
char *account_path(const struct account *account, const char *name);

#endif
