#include <stddef.h>
#include "api/state.h"
#include "config.h"
#include "core/metrics.h"

/*
 * Who runs a request, and when. Reads and passwords wait on the loop, in lines in which whoever
 * asks for much waits behind itself. The mailboxes of the threads that serve them hold one request
 * for each thread, so that none has to wait for the loop: what is in there is past all fairness.
 */

/* Reads of one user that may wait. Only those over HTTP count: a socket opens once and asks for one
 * page of its replay at a time, so that the bound on sockets bounds these. */
#define READS_WAITING_MAX 32

void dispatch_init(struct api *api)
{
	queue_init(&api->reads, 0);
	queue_init(&api->writes, 0);
	queue_init(&api->hashes, 0);
	queue_init(&api->done, 0);
	fair_queue_init(&api->asked);
	fair_queue_init(&api->opened);
}

static struct request *of_line(struct fair_node *node)
{
	return (struct request *)((char *)node - offsetof(struct request, line));
}

static struct request *of_hash(struct hash_node *node)
{
	return (struct request *)((char *)node - offsetof(struct request, hash));
}

static void release_lines(struct fair_queue *lines)
{
	struct fair_node *node;

	while ((node = fair_queue_first(lines)) != NULL) {
		fair_queue_pop(lines);
		request_free(of_line(node));
	}
	fair_queue_release(lines);
}

void dispatch_release(struct api *api)
{
	struct queue_node *done = queue_take_all(&api->done, false), *next;

	for (; done != NULL; done = next) {
		next = done->next;
		request_free((struct request *)done);
	}
	release_lines(&api->asked);
	release_lines(&api->opened);
	queue_release(&api->reads);
	queue_release(&api->writes);
	queue_release(&api->hashes);
	queue_release(&api->done);
}

/* --- reads --- */

/* Each user has a line; who is not logged in waits in one of the address. Ids are positive. */
static int64_t line_key(const struct request *request)
{
	int64_t user_id = request->req.principal.user_id;

	return user_id != 0 ? user_id : (int64_t)(request->address | UINT64_C(1) << 63);
}

/* A read that nobody waits for need not be done; what changes something, or tells others, must. */
static bool is_wanted(const struct api *api, const struct request *request)
{
	const struct endpoint *endpoint = request->req.endpoint;

	return endpoint->where != WHERE_READ || endpoint->method != METHOD_GET ||
	       api->wanted(api->context, request);
}

/* Where a reader's next request comes from. What a crowd of sockets has to be sent and what people
 * ask for take turns: somebody who turns a page does not wait for thousands who come back. */
static struct fair_queue *next_lines(struct api *api)
{
	struct fair_queue *first = api->asked_last ? &api->opened : &api->asked;

	if (fair_queue_first(first) == NULL)
		first = first == &api->asked ? &api->opened : &api->asked;
	api->asked_last = first == &api->asked;
	return first;
}

static void feed_readers(struct api *api)
{
	size_t readers = (size_t)api->config->workers;

	while (api->asked.length + api->opened.length > 0 && queue_length(&api->reads) < readers) {
		struct fair_queue *lines = next_lines(api);
		struct request *request = of_line(fair_queue_first(lines));

		if (is_wanted(api, request)) {
			fair_queue_pop(lines);
			queue_push(&api->reads, &request->node);
		} else {
			fair_queue_discard(lines);
			reply_error(&request->reply, CHAT_ERR_BUSY);
			worker_return(api, request);
			metrics_add(&api->metrics->dropped, 1);
		}
	}
	metrics_set(
		&api->metrics->reads_waiting, (long long)(api->asked.length + api->opened.length));
}

/* False when it must not wait. */
static bool push_read(struct api *api, struct request *request)
{
	bool of_socket = request->origin == ORIGIN_OPEN || request->origin == ORIGIN_REPLAY;
	struct fair_queue *lines = of_socket ? &api->opened : &api->asked;
	bool counted = request->origin == ORIGIN_HTTP;
	int64_t key = line_key(request);

	if (counted && fair_queue_counted(lines, key) >= READS_WAITING_MAX)
		return false;
	if (!fair_queue_push(lines, &request->line, key, counted))
		return false;
	feed_readers(api);
	return true;
}

/* --- passwords --- */

static void feed_hasher(struct api *api)
{
	struct hash_node *node;

	while (queue_length(&api->hashes) == 0 && (node = hash_queue_pop(&api->hash_line)) != NULL)
		queue_push(&api->hashes, &of_hash(node)->node);
	metrics_set(&api->metrics->hashes_waiting, (long long)api->hash_line.length);
}

/* False when it must not wait. */
static bool push_hash(struct api *api, struct request *request)
{
	struct hash_node *displaced;

	request->hash.address = request->address;
	request->hash.account = router_account(request);
	displaced = hash_queue_push(&api->hash_line, &request->hash);
	feed_hasher(api);
	if (displaced == NULL)
		return true;
	if (displaced == &request->hash)
		return false;
	metrics_add(&api->metrics->refused, 1);
	reply_error(&of_hash(displaced)->reply, CHAT_ERR_BUSY);
	worker_return(api, of_hash(displaced));
	return true;
}

void api_drain(struct api *api)
{
	struct queue_node *list = queue_take_all(&api->hashes, false), *next;
	struct hash_node *node;

	for (; list != NULL; list = next) {
		next = list->next;
		reply_error(&((struct request *)list)->reply, CHAT_ERR_BUSY);
		worker_return(api, (struct request *)list);
	}
	while ((node = hash_queue_pop(&api->hash_line)) != NULL) {
		reply_error(&of_hash(node)->reply, CHAT_ERR_BUSY);
		worker_return(api, of_hash(node));
	}
}

/* --- writes --- */

/* Frames come in bursts and are told to many at once, so that what the loop reads until
 * api_flush() is handed over as one batch: each recipient is then written to once. */
static void add_to_turn(struct api *api, struct request *request)
{
	if (api->n_turn++ == 0)
		api->turn_first = &request->node;
	else
		api->turn_last->next = &request->node;
	api->turn_last = &request->node;
}

void api_flush(struct api *api)
{
	/* It has no bound, and is closed after the last call: nothing is refused. */
	if (api->n_turn > 0)
		queue_push_list(&api->writes, api->turn_first, api->turn_last, api->n_turn);
	api->n_turn = 0;
}

/* --- all of them --- */

bool api_refuse(struct request *request, enum chat_err err)
{
	reply_error(&request->reply, err);
	return true;
}

bool dispatch_request(struct api *api, struct request *request)
{
	bool taken = true;

	switch (request->req.endpoint->where) {
	case WHERE_LOOP:
		worker_run_inline(api, request);
		return true;
	case WHERE_READ:
		taken = push_read(api, request);
		break;
	case WHERE_WRITE:
		if (request->origin == ORIGIN_FRAME)
			add_to_turn(api, request);
		else /* the writer begins while the loop still reads the next */
			queue_push(&api->writes, &request->node);
		break;
	case WHERE_HASH:
		taken = push_hash(api, request);
		break;
	}
	if (taken)
		return false;
	metrics_add(&api->metrics->refused, 1);
	return api_refuse(request, CHAT_ERR_BUSY);
}

struct request *api_collect(struct api *api)
{
	struct queue_node *list;

	feed_readers(api);
	feed_hasher(api);
	list = queue_take_all(&api->done, false);
	for (struct queue_node *node = list; node != NULL; node = node->next) {
		struct request *request = (struct request *)node;

		if (request->origin == ORIGIN_NONE) {
			upkeep_done(api, request);
			health_done(api, request);
		}
	}
	return (struct request *)list;
}
