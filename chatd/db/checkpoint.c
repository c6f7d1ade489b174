#include "db/checkpoint.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Pages (of 4 KiB) that the log has before it is copied back: a longer one only makes the start
 * after a crash slower. */
#define LOG_LONG 8000
/* What the writer may be left to copy, and how often at most the thread tries to get there. */
#define REST_SHORT 1000
#define ROUNDS_MAX 4

struct checkpoint {
	sqlite3 *writer;
	char *path;
	atomic_int length; /* of the log, after the latest commit */
	atomic_bool copied;

	/* The writer's alone. */
	int next; /* the length that asks for a copy */
	bool running;
	pthread_t thread;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool wanted, ended;
};

/* --- the thread --- */

static bool has_ended(struct checkpoint *cp)
{
	bool ended;

	pthread_mutex_lock(&cp->lock);
	ended = cp->ended;
	pthread_mutex_unlock(&cp->lock);
	return ended;
}

/* Waits until there is something to copy; false at the end. */
static bool await(struct checkpoint *cp)
{
	bool ended;

	pthread_mutex_lock(&cp->lock);
	while (!cp->wanted && !cp->ended)
		pthread_cond_wait(&cp->changed, &cp->lock);
	cp->wanted = false;
	ended = cp->ended;
	pthread_mutex_unlock(&cp->lock);
	return !ended;
}

/* What fails here is tried again by the writer, who tells of it if it still fails. */
static void copy(struct checkpoint *cp, sqlite3 *handle)
{
	int copied = 0;

	for (int i = 0; i < ROUNDS_MAX && !has_ended(cp); i++) {
		if (sqlite3_wal_checkpoint_v2(
			    handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, &copied) != SQLITE_OK ||
			atomic_load(&cp->length) - copied < REST_SHORT)
			break;
	}
}

static void *run(void *arg)
{
	struct checkpoint *cp = arg;
	sqlite3 *handle = NULL;
	bool opened =
		sqlite3_open_v2(cp->path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			NULL) == SQLITE_OK &&
		sqlite3_exec(handle, "PRAGMA synchronous = FULL", NULL, NULL, NULL) == SQLITE_OK;

	while (await(cp)) {
		if (opened)
			copy(cp, handle);
		atomic_store(&cp->copied, true);
	}
	sqlite3_close(handle);
	return NULL;
}

/* --- the writer --- */

static bool ask(struct checkpoint *cp)
{
	if (!cp->running)
		cp->running = pthread_create(&cp->thread, NULL, run, cp) == 0;
	if (!cp->running)
		return false;
	pthread_mutex_lock(&cp->lock);
	cp->wanted = true;
	pthread_cond_signal(&cp->changed);
	pthread_mutex_unlock(&cp->lock);
	return true;
}

/* After each commit. The log begins anew with the next one once all of it is copied and nobody
 * reads it any more; till then it is tried again as it grows. */
static int on_commit(void *arg, sqlite3 *writer, const char *name, int length)
{
	struct checkpoint *cp = arg;

	atomic_store(&cp->length, length);
	if (length < LOG_LONG)
		cp->next = LOG_LONG;
	if (atomic_exchange(&cp->copied, false)) {
		(void)sqlite3_wal_checkpoint_v2(
			writer, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	} else if (length >= cp->next) {
		cp->next = length + REST_SHORT;
		if (!ask(cp))
			atomic_store(&cp->copied, true);
	}
	return SQLITE_OK;
}

struct checkpoint *checkpoint_new(sqlite3 *writer, const char *path)
{
	struct checkpoint *cp = calloc(1, sizeof(*cp));

	if (cp == NULL)
		return NULL;
	cp->writer = writer;
	cp->next = LOG_LONG;
	cp->path = strdup(path);
	pthread_mutex_init(&cp->lock, NULL);
	pthread_cond_init(&cp->changed, NULL);
	if (cp->path == NULL) {
		checkpoint_free(cp);
		return NULL;
	}
	sqlite3_wal_hook(writer, on_commit, cp);
	return cp;
}

void checkpoint_free(struct checkpoint *cp)
{
	if (cp == NULL)
		return;
	if (cp->running) {
		pthread_mutex_lock(&cp->lock);
		cp->ended = true;
		pthread_cond_signal(&cp->changed);
		pthread_mutex_unlock(&cp->lock);
		pthread_join(cp->thread, NULL);
	}
	sqlite3_wal_hook(cp->writer, NULL, NULL);
	pthread_cond_destroy(&cp->changed);
	pthread_mutex_destroy(&cp->lock);
	free(cp->path);
	free(cp);
}
