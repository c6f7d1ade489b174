#ifndef CHAT_CRED_H
#define CHAT_CRED_H

#include <stdbool.h>
#include <stddef.h>
#include <chat/err.h>

struct buf;

/*
 * The clients' contexts: which server, as whom, with what token. They live in one file,
 * $XDG_STATE_HOME/chat/contexts.json (~/.local/state/chat without that variable), which only its
 * owner may read: the directory is 0700 and the file 0600, and looser modes are refused. The file
 * is replaced as a whole, so that a reader sees the old or the new one and a crash leaves one of
 * them.
 *
 * Not locked within a process: one thread at a time.
 */
struct cred_context {
	char *name;
	char *url;
	char *username; /* NULL before the first login */
	char *token;    /* NULL when logged out; wiped before it is freed */
};

struct cred {
	struct cred_context *contexts;
	size_t count;
	char *current; /* a context's name, or NULL */
	char *dir;
	int lock; /* a file descriptor that holds the lock, or -1 */
};

#define CRED_NAME_MAX 64

/*
 * Reads the contexts; none if there is no file yet. To change them ask for writable: that makes
 * the directory where it is missing and keeps other writers out until cred_release. On an error
 * (CHAT_ERR_CONFIG: modes too loose, not valid; CHAT_ERR_IO; CHAT_ERR_NO_MEMORY) why is one line
 * that says what to do, and cred is empty; it may be released.
 */
enum chat_err cred_open(struct cred *cred, bool writable, struct buf *why);

/* Frees all, ends the lock. A cred of zeroes may be released if its lock is -1. */
void cred_release(struct cred *cred);

/* The context of that name, with NULL the current one; NULL if there is none. */
struct cred_context *cred_find(const struct cred *cred, const char *name);

/* A context of that URL: the current one if it fits, else the first; NULL if there is none. */
struct cred_context *cred_find_url(const struct cred *cred, const char *url);

/* True for 1 to CRED_NAME_MAX letters, digits, '.', '_' and '-'. */
bool cred_name_ok(const char *name);

/* Adds a context or replaces what it holds; all is copied, username and token may be NULL. The
 * first one becomes the current one. CHAT_ERR_NO_MEMORY. */
enum chat_err cred_put(struct cred *cred, const char *name, const char *url, const char *username,
	const char *token);

/* Makes a context the current one, or removes it; false if there is none of that name. */
bool cred_use(struct cred *cred, const char *name);
bool cred_remove(struct cred *cred, const char *name);

/* Puts the contexts on disk. cred was opened as writable. Errors as cred_open. */
enum chat_err cred_save(struct cred *cred, struct buf *why);

#endif
