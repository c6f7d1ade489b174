#include <stdlib.h>
#include <string.h>
#include <chat/time.h>
#include "api/state.h"
#include "config.h"
#include "core/metrics.h"
#include "core/password.h"
#include "core/ratelimit.h"
#include "core/token.h"

enum chat_err api_new(struct api **out, const struct config *config, struct metrics *metrics,
	struct presence *presence, void (*wake)(void *context), void *context, struct buf *why)
{
	struct api *api = calloc(1, sizeof(*api));
	enum chat_err err = CHAT_ERR_NO_MEMORY;

	if (api == NULL)
		return err;
	api->config = config;
	api->metrics = metrics;
	api->presence = presence;
	api->wake = wake;
	api->wake_context = context;
	queue_init(&api->reads, 0);
	queue_init(&api->writes, 0);
	queue_init(&api->hashes, HASHES_WAITING_MAX);
	queue_init(&api->done, 0);
	api->token = token_new(config_algorithm(config), config->secret_key);
	api->limits = ratelimit_new(config->rate_limit != 0);
	if (api->token != NULL && api->limits != NULL)
		err = password_init();
	if (err == CHAT_OK)
		err = workers_start(api, why);
	if (err != CHAT_OK) {
		api_free(api);
		return err;
	}
	*out = api;
	return CHAT_OK;
}

static void free_list(struct queue_node *node)
{
	while (node != NULL) {
		struct queue_node *next = node->next;

		request_free((struct request *)node);
		node = next;
	}
}

void api_drain(struct api *api)
{
	struct queue_node *node = queue_take_all(&api->hashes, false), *next;

	for (; node != NULL; node = next) {
		next = node->next;
		reply_error(&((struct request *)node)->reply, CHAT_ERR_BUSY);
		if (queue_push(&api->done, node) == QUEUE_FIRST)
			api->wake(api->wake_context);
	}
}

void api_free(struct api *api)
{
	if (api == NULL)
		return;
	api_flush(api);
	api_drain(api);
	upkeep_end(api);
	workers_stop(api);
	free_list(queue_take_all(&api->done, false));
	queue_release(&api->reads);
	queue_release(&api->writes);
	queue_release(&api->hashes);
	queue_release(&api->done);
	map_release(&api->hashing);
	ratelimit_free(api->limits);
	token_free(api->token);
	arena_release(&api->arena);
	free(api);
}

const char *api_epoch(const struct api *api)
{
	return api->epoch;
}

enum chat_err api_verify_token(
	struct api *api, const char *text, size_t n, struct principal *principal)
{
	return token_verify(api->token, text, n, time_now_ms(), principal);
}

/* --- handing over --- */

/* How many of an address wait for the hasher, kept in the map as a number in the pointer. */
static uintptr_t hashing(struct api *api, const struct request *request)
{
	return (uintptr_t)map_get(&api->hashing, (int64_t)request->address);
}

/* False without memory. */
static bool set_hashing(struct api *api, const struct request *request, uintptr_t n)
{
	if (n > 0)
		return map_put(&api->hashing, (int64_t)request->address, (void *)n);
	map_remove(&api->hashing, (int64_t)request->address);
	return true;
}

static bool push_hash(struct api *api, struct request *request)
{
	uintptr_t waiting = hashing(api, request);

	if (waiting >= HASHES_PER_ADDRESS || !set_hashing(api, request, waiting + 1))
		return false;
	if (queue_push(&api->hashes, &request->node) != QUEUE_REFUSED)
		return true;
	set_hashing(api, request, waiting);
	return false;
}

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

/* Hands a routed request to the thread that its row names; true when it was answered instead. */
bool api_dispatch(struct api *api, struct request *request)
{
	bool taken = false;

	switch (request->req.endpoint->where) {
	case WHERE_LOOP:
		worker_run_inline(api, request);
		return true;
	case WHERE_READ:
		taken = queue_push(&api->reads, &request->node) != QUEUE_REFUSED;
		break;
	case WHERE_WRITE:
		if (request->origin == ORIGIN_FRAME)
			add_to_turn(api, request);
		else /* the writer begins while the loop still reads the next */
			queue_push(&api->writes, &request->node);
		taken = true;
		break;
	case WHERE_HASH:
		taken = push_hash(api, request);
		break;
	}
	if (!taken)
		reply_error(&request->reply, CHAT_ERR_BUSY);
	return !taken;
}

bool api_refuse(struct request *request, enum chat_err err)
{
	reply_error(&request->reply, err);
	return true;
}

bool api_submit(struct api *api, struct request *request)
{
	enum chat_err err;

	request->req.api = api;
	request->req.now = time_now_ms();
	err = router_route(api, request);
	return err == CHAT_OK ? api_dispatch(api, request) : api_refuse(request, err);
}

/* Whether a committed request goes on to a reader before it is answered. */
static bool begin_completion(struct api *api, struct request *request)
{
	if (request->complete == NULL || request->reply.err != CHAT_OK)
		return false;
	request->handle = request->complete;
	request->complete = NULL;
	return queue_push(&api->reads, &request->node) != QUEUE_REFUSED;
}

struct request *api_collect(struct api *api)
{
	struct queue_node *node = queue_take_all(&api->done, false), *next;
	struct queue_node *list = NULL, **tail = &list;

	for (; node != NULL; node = next) {
		struct request *request = (struct request *)node;

		next = node->next;
		if (request->req.endpoint->where == WHERE_HASH)
			set_hashing(api, request, hashing(api, request) - 1);
		if (request->origin == ORIGIN_NONE)
			upkeep_done(api, request);
		if (!begin_completion(api, request)) {
			*tail = node;
			tail = &node->next;
		}
	}
	*tail = NULL;
	return (struct request *)list;
}

void api_tick(struct api *api, int64_t now)
{
	ratelimit_sweep(api->limits, now);
	upkeep_tick(api, now);
}
