#ifndef CLIENT_OUTBOX_H
#define CLIENT_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <chat/err.h>

/*
 * Messages that are to be sent, oldest first, in memory and in a file of the user's own (0600).
 * The file is a log: "+{…}", a message frame's data, for each that was added, and "-nonce" for each
 * that is done. An added message is on disk when outbox_add returns. A done one may come back after
 * a crash: its nonce makes that harmless. What a crash left unfinished at the end is cut off.
 *
 * One process at a time has the file. Not locked within a process: one thread at a time.
 */
struct outbox_entry {
	struct outbox_entry *next;
	int64_t channel_id;
	size_t bytes;      /* of its line in the file */
	bool sent;         /* on this connection, and not answered yet: the sender's */
	const char *nonce; /* behind the entry, as is content */
	const char *content;
};

struct outbox {
	struct outbox_entry *head;
	struct outbox_entry **tail;
	char *path; /* NULL: in memory alone */
	int fd;
	size_t size; /* of the file, in bytes */
	size_t live; /* of them, what its entries take */
	bool torn;   /* it has more at its end, to be cut off */
};

/* Reads the file, or makes it; path may be NULL. CHAT_ERR_BUSY: another process has it;
 * CHAT_ERR_IO; CHAT_ERR_NO_MEMORY. Is to be released in any case. */
enum chat_err outbox_open(struct outbox *outbox, const char *path);
void outbox_release(struct outbox *outbox);

/* CHAT_ERR_IO: nothing was added. All is copied. */
enum chat_err outbox_add(
	struct outbox *outbox, int64_t channel_id, const char *content, const char *nonce);

/* NULL if there is none. */
struct outbox_entry *outbox_find(const struct outbox *outbox, const char *nonce);

/* Takes an entry out and frees it. */
void outbox_remove(struct outbox *outbox, struct outbox_entry *entry);

#endif
