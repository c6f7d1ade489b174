#ifndef CHATTUI_SESSION_H
#define CHATTUI_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <poll.h>
#include "net/account.h"
#include "net/cache.h"
#include "model/model.h"
#include "net/worker.h"

/*
 * One account at work: the model with what feeds it (gateway, REST, cache). It draws nothing and
 * waits for nothing; the screen and the plain mode both stand on it.
 */
struct session {
	struct model model;
	struct account account;
	struct gateway *gateway; /* NULL until session_connect */
	struct worker *worker;
	struct cache *cache;   /* NULL: nothing is kept */
	char *no_cache;        /* why it is so, or NULL */
	char *outbox;          /* its file, or NULL */
	int64_t save_at;       /* of the clock of session_now; 0: nothing to save */
	unsigned save_changes; /* of enum change: what is to be saved beside the messages */
	bool has_saved;
	int64_t retry_at; /* when to ask again for what did not come; 0: nothing */
	int64_t typed_at; /* when typing was told last */
	int64_t read_at;  /* when a read marker was sent last */
	int64_t read_id;  /* one that waits to be sent, in channel read_channel; 0: none */
	int64_t read_channel;
	bool was_live, recounting;

	/* Something to tell the user, in one line. */
	void (*notice)(void *context, const char *text, bool is_error);
	/* An edit was not taken, which the notice before has told. May be NULL. */
	void (*edit_failed)(void *context, int64_t message_id, const char *content);
	void *context;
};

/* Milliseconds of a clock that never jumps. */
int64_t session_now(void);

/* Takes the account over. With keep the cache is opened, and what it has put into the model; then
 * *open_id is the channel that was open last. */
void session_init(struct session *session, struct account *account, bool keep, int64_t *open_id);
void session_release(struct session *session);

/* Starts gateway and worker with the account's token. False, with why, if they cannot be. */
bool session_connect(struct session *session, struct buf *why);
void session_disconnect(struct session *session);

/* Fills in what to poll, two places; how many it used. */
nfds_t session_poll(const struct session *session, struct pollfd fds[2]);

/* Takes over what has come, for a few milliseconds at most. True if there is more. */
bool session_work(struct session *session);

/* Does what is due; the time of the next thing, 0 for none. */
int64_t session_due(struct session *session);

/* Saves what is not yet saved. */
void session_save(struct session *session);

/* Opens a channel: shows what is cached, and asks for the rest. NULL closes. */
void session_open(struct session *session, struct channel *channel);

/* The open channel's messages from index `first` on are shown: asks for what is missing. */
void session_want(struct session *session, size_t first);

/* Asks for what the open channel lacks. */
void session_refresh(struct session *session);

/* The open channel was on the screen down to this message. */
void session_seen(struct session *session, int64_t message_id);

/* Sends a message; NULL, or why it cannot be taken (static). */
const char *session_send(struct session *session, int64_t channel_id, const char *content);

void session_typing(struct session *session);

/* A request whose answer needs no more than a notice: done may be NULL; context is the session. */
struct job *session_job(struct session *session, enum endpoint_id endpoint, job_done *done);
void session_submit(struct session *session, struct job *job);

void session_edit(struct session *session, const struct message *message, const char *content);
void session_delete(struct session *session, int64_t channel_id, int64_t message_id);

void session_notice(struct session *session, bool is_error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
