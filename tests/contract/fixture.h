#ifndef FIXTURE_H
#define FIXTURE_H

#include <chat/arena.h>
#include <chat/buf.h>
#include "store/store.h"
#include "../unit/test.h"

/* A store in a folder of its own, with a transaction begun. */
struct fixture {
	char folder[64];
	char url[96];
	struct store *store;
	struct arena arena;
	int64_t now; /* ms; tests move it */
};

void fixture_init(struct fixture *f);
void fixture_release(struct fixture *f);

/* The path of the database, or of the file beside it: "-wal". */
void fixture_path(const struct fixture *f, const char *suffix, char path[96]);

/* These make things that the test is not about; 0 when that fails, which is then a failed check. */
int64_t make_user(struct fixture *f, const char *username);
int64_t make_server(struct fixture *f, int64_t owner);
/* The first channel of a server. */
int64_t general(struct fixture *f, int64_t server);
void join(struct fixture *f, int64_t server, int64_t user);
/* Joins by the server's owner's invite; whatever comes of it. */
enum chat_err try_join(struct fixture *f, int64_t server, int64_t user, int64_t *rev);

/* The place of a channel as the user has it, or of a message. */
struct place in_channel(struct fixture *f, int64_t channel, int64_t user);
struct place of_message(struct fixture *f, int64_t message, int64_t user);

/* Sends; nonce may be NULL. The id, 0 on failure, which *err (if not NULL) then says. */
int64_t send_message(struct fixture *f, const struct place *place, int64_t user,
	const char *content, const char *nonce, enum chat_err *err);

/* The server's counter. */
int64_t server_rev(struct fixture *f, int64_t server);

/* How many steps SQLite's machine took for the store's queries since the last call. */
int64_t count_steps(struct fixture *f);

/* A number out of the database, by SQL; and a change to it. */
int64_t ask(struct store *store, const char *sql);
void run_sql(struct store *store, const char *sql);

#endif
