#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <chat/log.h>
#include <chat/time.h>
#include "api/state.h"
#include "config.h"
#include "core/metrics.h"
#include "core/password.h"

/* How many requests one transaction takes at most, so that the first of them need not wait long. */
#define BATCH_MAX 512

/* A thread with a store of its own. */
struct worker {
	pthread_t thread;
	struct api *api;
	struct store *store;
	const struct req *last; /* the writer's: the message before, nothing else lying between */
	bool started;
};

/* --- one request --- */

/* Whether the same token writes to the same channel. */
static bool is_like(const struct req *req, const struct req *last)
{
	return req->path.channel_id == last->path.channel_id &&
	       req->principal.user_id == last->principal.user_id &&
	       req->principal.issued_at == last->principal.issued_at &&
	       strcmp(req->principal.session_id, last->principal.session_id) == 0;
}

/* The rights that its row asks for; on the writer inside the transaction, so that they still hold
 * when the change is made. Whoever sends many messages in a row is looked up once: messages change
 * nobody's rights. last: the message before in this transaction, or NULL. */
static enum chat_err check(struct req *req, const struct req *last)
{
	static const enum chat_role lowest[] = {
		[ACCESS_MEMBER] = ROLE_MEMBER,
		[ACCESS_MODERATOR] = ROLE_MODERATOR,
		[ACCESS_ADMIN] = ROLE_ADMIN,
		[ACCESS_OWNER] = ROLE_OWNER,
	};
	enum access access = req->endpoint->access;
	enum chat_err err;

	if (access == ACCESS_ALL)
		return CHAT_OK;
	if (last != NULL && is_like(req, last)) {
		req->self = last->self;
		req->place = last->place;
		return CHAT_OK;
	}
	err = store_authenticate(req->store, &req->principal, req->now, req->arena, &req->self);
	if (err != CHAT_OK || access == ACCESS_USER)
		return err;
	err = store_place(req->store, &req->path, req->principal.user_id, &req->place);
	if (err != CHAT_OK)
		return err;
	return req->place.role < lowest[access] ? CHAT_ERR_RANK_TOO_LOW : CHAT_OK;
}

void worker_return(struct api *api, struct request *request)
{
	if (queue_push(&api->done, &request->node) == QUEUE_FIRST)
		api->wake(api->context);
}

static enum chat_err run(struct worker *worker, struct request *request, handler_fn *handler)
{
	struct req *req = &request->req;
	struct reply *reply = &request->reply;
	enum chat_err err;

	req->api = worker->api;
	req->store = worker->store;
	req->now = time_now_ms();
	reply->presence = worker->api->presence;
	reply->viewer = req->principal.user_id;
	err = check(req, worker->last);
	if (err == CHAT_OK)
		err = handler(req, reply);
	if (err == CHAT_OK && reply->no_memory)
		err = CHAT_ERR_NO_MEMORY;
	if (err != CHAT_OK) {
		if (req->store != NULL && (err == CHAT_ERR_UNAVAILABLE || err == CHAT_ERR_INTERNAL))
			log_error("the store failed", LOG_TEXT("why", store_why(req->store)),
				LOG_TEXT("request", request->id));
		if (req->store != NULL)
			reply->fault = store_fault(req->store);
		reply_error(reply, err);
	}
	return err;
}

void worker_run_inline(struct api *api, struct request *request)
{
	struct worker loop = {.api = api};

	run(&loop, request, request->handle);
}

/* --- readers --- */

static void *reader(void *arg)
{
	struct worker *worker = arg;
	struct queue_node *node;

	while ((node = queue_take(&worker->api->reads, true)) != NULL) {
		struct request *request = (struct request *)node;

		run(worker, request, request->handle);
		worker_return(worker->api, request);
	}
	return NULL;
}

/* --- the hasher: argon2id before the writer sees the request --- */

/* Without an answer refused logins may tell imported names from unknown ones; nothing else. */
static void expect_old_hashes(struct worker *worker)
{
	struct arena arena;
	const char *hash;

	arena_init(&arena, 0);
	if (store_password_old(worker->store, &arena, &hash) == CHAT_OK)
		password_expect(hash);
	arena_release(&arena);
}

static void *hasher(void *arg)
{
	struct worker *worker = arg;
	struct api *api = worker->api;
	struct queue_node *node;

	expect_old_hashes(worker);
	while ((node = queue_take(&api->hashes, true)) != NULL) {
		struct request *request = (struct request *)node;

		if (run(worker, request, request->prepare) != CHAT_OK)
			worker_return(api, request);
		else if (queue_push(&api->writes, &request->node) == QUEUE_REFUSED) {
			reply_error(&request->reply, CHAT_ERR_BUSY);
			worker_return(api, request);
		}
	}
	return NULL;
}

/* --- the writer: what waits becomes one transaction, and nothing is told before its fsync --- */

static bool is_message(const struct request *request)
{
	return request->req.endpoint->id == EP_message_create;
}

/* Runs one request in a savepoint of its own; false when the whole transaction is lost. */
static bool write_guarded(struct worker *worker, struct request *request)
{
	enum chat_err err = store_savepoint(worker->store);

	worker->last = NULL;
	if (err != CHAT_OK) {
		reply_error(&request->reply, err);
		return store_is_open(worker->store);
	}
	err = run(worker, request, request->handle);
	if (!store_is_open(worker->store))
		return false;
	err = err == CHAT_OK ? store_release(worker->store) : store_undo(worker->store);
	if (err != CHAT_OK)
		reply_error(&request->reply, err);
	return store_is_open(worker->store);
}

/* The same without a savepoint, whose copies of pages are a fifth of the cost of a message, and of
 * a step of upkeep megabytes. Such a request is refused before it changes anything; what fails it
 * later is want of memory or disk, and then the transaction is given up. */
static bool write_unguarded(struct worker *worker, struct request *request)
{
	int64_t before = store_changes(worker->store);
	enum chat_err err = run(worker, request, request->handle);

	worker->last = err == CHAT_OK && is_message(request) ? &request->req : NULL;
	return store_is_open(worker->store) &&
	       (err == CHAT_OK || store_changes(worker->store) == before);
}

static bool write_one(struct worker *worker, struct request *request)
{
	return is_message(request) || request->origin == ORIGIN_NONE
		       ? write_unguarded(worker, request)
		       : write_guarded(worker, request);
}

/* asked: how many requests are not chatd's own. */
static enum chat_err commit(struct worker *worker, size_t asked)
{
	struct metrics *metrics = worker->api->metrics;
	int64_t start = time_mono_us();
	enum chat_err err = store_commit(worker->store);

	if (err != CHAT_OK)
		return err;
	metrics_add(&metrics->commits, 1);
	metrics_add(&metrics->committed, asked);
	metrics_add(&metrics->commit_us, (unsigned long long)(time_mono_us() - start));
	return CHAT_OK;
}

/* What would be written goes into a file that nobody finds again, so chatd ends as if it were told
 * to; app.c gives it an exit status of its own. */
static void end_lost(struct api *api)
{
	if (atomic_exchange(&api->is_lost, true))
		return;
	log_error("the database's file was moved, removed or replaced while it was in use: nothing "
		  "was acknowledged since; start chatd again when the right file is there",
		LOG_TEXT("database", api->config->database_url));
	kill(getpid(), SIGTERM);
}

/* The transaction is lost: nothing of it may be acknowledged, all of it may be tried again. */
static void fail_batch(struct worker *worker, struct queue_node *list, size_t n)
{
	metrics_add(&worker->api->metrics->rolled_back, 1);
	log_error("a transaction was lost", LOG_TEXT("why", store_why(worker->store)),
		LOG_INT("requests", (int64_t)n));
	if (store_is_lost(worker->store))
		end_lost(worker->api);
	for (; n > 0; n--, list = list->next) {
		struct reply *reply = &((struct request *)list)->reply;

		reply_error(reply, CHAT_ERR_UNAVAILABLE);
		reply->fault = store_fault(worker->store);
	}
	store_rollback(worker->store);
}

/* Runs the requests of the list and those that come meanwhile, at most BATCH_MAX; returns the rest
 * of the list. */
static struct queue_node *write_batch(struct worker *worker, struct queue_node *list)
{
	struct api *api = worker->api;
	struct queue_node *node = list, *last = list;
	size_t n = 0, asked = 0;
	bool alive = store_begin(worker->store) == CHAT_OK;

	worker->last = NULL;
	for (; node != NULL && n < BATCH_MAX; node = node->next, n++) {
		if (alive)
			alive = write_one(worker, (struct request *)node);
		asked += ((struct request *)node)->origin != ORIGIN_NONE;
		last = node;
		if (node->next == NULL)
			node->next = queue_take_all(&api->writes, false);
	}
	if (!alive || commit(worker, asked) != CHAT_OK)
		fail_batch(worker, list, n);
	/* One wake for all of them. */
	if (queue_push_list(&api->done, list, last, n) == QUEUE_FIRST)
		api->wake(api->context);
	return node;
}

static void *writer(void *arg)
{
	struct worker *worker = arg;
	struct queue_node *list;

	while ((list = queue_take_all(&worker->api->writes, true)) != NULL) {
		while (list != NULL)
			list = write_batch(worker, list);
	}
	return NULL;
}

/* --- starting and stopping --- */

static enum chat_err worker_open(
	struct worker *worker, struct api *api, enum store_mode mode, struct buf *why)
{
	worker->api = api;
	return store_open(&worker->store, api->config->database_url, mode, why);
}

static enum chat_err worker_run(struct worker *worker, void *(*function)(void *), struct buf *why)
{
	if (pthread_create(&worker->thread, NULL, function, worker) != 0) {
		buf_puts(why, "cannot start a thread");
		return CHAT_ERR_NO_MEMORY;
	}
	worker->started = true;
	return CHAT_OK;
}

/* Opens the stores and starts the threads. The writer is first: it makes the schema that the others
 * read. */
static enum chat_err start_all(struct api *api, struct buf *why)
{
	enum chat_err err = worker_open(&api->workers[0], api, STORE_WRITER, why);

	if (err == CHAT_OK)
		err = store_epoch(api->workers[0].store, &api->arena, &api->epoch);
	if (err == CHAT_OK)
		err = worker_run(&api->workers[0], writer, why);
	for (size_t i = 1; i < api->n_workers && err == CHAT_OK; i++) {
		err = worker_open(&api->workers[i], api, STORE_READER, why);
		if (err == CHAT_OK)
			err = worker_run(&api->workers[i], i == 1 ? hasher : reader, why);
	}
	return err;
}

enum chat_err workers_start(struct api *api, struct buf *why)
{
	size_t n = (size_t)api->config->workers + 2;
	enum chat_err err;
	sigset_t all, before;

	api->workers = calloc(n, sizeof(*api->workers));
	if (api->workers == NULL)
		return CHAT_ERR_NO_MEMORY;
	api->n_workers = n;
	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = start_all(api, why);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

static void worker_join(struct worker *worker)
{
	if (worker->started)
		pthread_join(worker->thread, NULL);
}

void workers_stop(struct api *api)
{
	if (api->workers == NULL)
		return;
	/* The hasher feeds the writer, so it ends first. */
	queue_close(&api->hashes);
	worker_join(&api->workers[1]);
	queue_close(&api->writes);
	worker_join(&api->workers[0]);
	queue_close(&api->reads);
	for (size_t i = 2; i < api->n_workers; i++)
		worker_join(&api->workers[i]);
	/* The writer's store last: it leaves the database's file alone with everything in it. */
	for (size_t i = api->n_workers; i-- > 0;)
		store_close(api->workers[i].store);
	free(api->workers);
}
