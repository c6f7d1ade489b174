#ifndef CHATTUI_WORKER_H
#define CHATTUI_WORKER_H

#include <stdint.h>
#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/endpoint.h>
#include <chat/err.h>
#include <chat/queue.h>

/*
 * The thread that makes REST requests, one after another, so that who asks never waits. All
 * functions are called by one thread, the owner's.
 */
struct worker;
struct job;

/* Called on the owner's thread when the answer is there; the job is freed after it. */
typedef void job_done(struct job *job);

struct job {
	struct queue_node node;
	enum endpoint_id endpoint;
	struct path_params params;
	const char *query[OBJECT_FIELDS_MAX], *body[OBJECT_FIELDS_MAX]; /* the arena's */
	struct arena arena;
	job_done *done;
	void *context; /* the caller's, like the two below */
	int64_t a, b;
	const char *text; /* the caller's, in the arena; or NULL */

	enum chat_err err;
	struct buf why; /* one line, if err */
	void *items;    /* the endpoint's object, or an array of them; NULL for none */
	size_t count;
	struct worker *worker;
};

/* url and token are copied; token may be NULL. NULL without memory or threads. */
struct worker *worker_new(const char *url, const char *token);

/* Ends the request under way; what waits is never answered. */
void worker_free(struct worker *worker);

/* To be polled for reading; then call worker_collect, which calls done for each answer. */
int worker_fd(const struct worker *worker);
void worker_collect(struct worker *worker);

/* A request to be filled in and submitted. */
struct job *job_new(enum endpoint_id endpoint, job_done *done, void *context);

/* Sets a field of the endpoint's query or body, by its name; false if it has none. */
bool job_set(struct job *job, const char *field, const char *value);
bool job_set_int(struct job *job, const char *field, int64_t value);

/* A field of the body as it was set; NULL if it was not. */
const char *job_get(const struct job *job, const char *field);
void job_free(struct job *job);

/* Hands the job over. */
void worker_submit(struct worker *worker, struct job *job);

#endif
