#include "db/checkpoint.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <chat/log.h>
#include <chat/queue.h>

/* Pages (of 4 KiB) that the log has before it is copied back: a longer one only makes the start
 * after a crash slower. */
#define LOG_LONG 8000
/* What the writer may be left to copy, and how often at most the thread tries to get there. */
#define REST_SHORT 1000
#define ROUNDS_MAX 4
/* How long the end waits for another program that reads what the log has. */
#define END_WAIT_MS 500

struct checkpoint {
	sqlite3 *writer;
	sqlite3 *handle; /* the thread's */
	struct queue asked;
	atomic_int length;  /* of the log, after the latest commit */
	atomic_bool copied; /* what was asked for */

	/* The writer's alone. */
	struct queue_node ask;
	bool waits; /* for what it asked for */
	int next;   /* the length at which it asks */
	bool running;
	pthread_t thread;
};

/* --- the thread --- */

/* What fails here is tried again by the writer, who tells of it if it still fails. */
static void copy(struct checkpoint *cp)
{
	int copied = 0;

	for (int i = 0; i < ROUNDS_MAX; i++) {
		if (sqlite3_wal_checkpoint_v2(cp->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL,
			    &copied) != SQLITE_OK ||
			atomic_load(&cp->length) - copied < REST_SHORT)
			break;
	}
}

static void *run(void *arg)
{
	struct checkpoint *cp = arg;

	while (queue_take(&cp->asked, true) != NULL) {
		copy(cp);
		atomic_store(&cp->copied, true);
	}
	return NULL;
}

/* --- the writer --- */

/* Without a thread the writer copies all of it, with its next commit. */
static void ask(struct checkpoint *cp)
{
	cp->waits = true;
	if (!cp->running)
		cp->running = pthread_create(&cp->thread, NULL, run, cp) == 0;
	if (cp->running)
		queue_push(&cp->asked, &cp->ask);
	else
		atomic_store(&cp->copied, true);
}

/* After each commit. The log begins anew with the next one once all of it is copied and nobody
 * reads it any more; till then it is tried again as it grows. */
static int on_commit(void *arg, sqlite3 *writer, const char *name, int length)
{
	struct checkpoint *cp = arg;
	int code;

	atomic_store(&cp->length, length);
	if (length < LOG_LONG)
		cp->next = LOG_LONG;
	if (atomic_exchange(&cp->copied, false)) {
		cp->waits = false;
		cp->next = length + REST_SHORT;
		code = sqlite3_wal_checkpoint_v2(
			writer, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
		if (code != SQLITE_OK)
			log_warn("the database's log cannot be copied into its file, and grows",
				LOG_TEXT("why", sqlite3_errstr(code)), LOG_INT("pages", length));
	} else if (!cp->waits && length >= cp->next) {
		ask(cp);
	}
	return SQLITE_OK;
}

void checkpoint_now(struct checkpoint *cp)
{
	if (atomic_exchange(&cp->copied, false))
		cp->waits = false;
	if (!cp->waits)
		ask(cp);
}

static bool open_handle(struct checkpoint *cp)
{
	/* The pragma reads the file's header, without which there would be no log to copy. */
	return sqlite3_open_v2(sqlite3_db_filename(cp->writer, "main"), &cp->handle,
		       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
	       sqlite3_exec(cp->handle, "PRAGMA synchronous = FULL", NULL, NULL, NULL) == SQLITE_OK;
}

struct checkpoint *checkpoint_new(sqlite3 *writer)
{
	struct checkpoint *cp = calloc(1, sizeof(*cp));

	if (cp == NULL)
		return NULL;
	cp->writer = writer;
	cp->next = LOG_LONG;
	/* At once, not when it is needed: by then another file may have the name. */
	if (!open_handle(cp)) {
		sqlite3_close(cp->handle);
		free(cp);
		return NULL;
	}
	queue_init(&cp->asked, 0);
	sqlite3_wal_hook(writer, on_commit, cp);
	return cp;
}

void checkpoint_free(struct checkpoint *cp)
{
	if (cp == NULL)
		return;
	sqlite3_wal_hook(cp->writer, NULL, NULL);
	queue_close(&cp->asked);
	if (cp->running)
		pthread_join(cp->thread, NULL);
	queue_release(&cp->asked);
	sqlite3_close(cp->handle);
	/* Whoever closes a database last does this anyway, but another program may have it open. */
	(void)sqlite3_busy_timeout(cp->writer, END_WAIT_MS);
	(void)sqlite3_wal_checkpoint_v2(cp->writer, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	free(cp);
}
