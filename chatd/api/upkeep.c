#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <chat/log.h>
#include <chat/time.h>
#include "api/state.h"
#include "core/metrics.h"

#define UPKEEP_MS 60000
/* Rows that one step removes, and sessions that it touches: a few milliseconds of the writer's
 * time. What that leaves is the next turn's of the loop's ticks, while others write. When nobody
 * has for a while, step follows step, each as long as others could bear if they came now. */
#define STEP_ROWS 500
#define ALONE_US 1000000
#define STEP_SHORT_US 8000
#define STEP_LONG_US 16000
/* Of what a step may do, that one page which is given back counts for. */
#define PAGE_ROWS 4
#define STEP_PAGES (STEP_ROWS / PAGE_ROWS)

/* A session that was used. */
struct seen {
	struct seen *next; /* once it is to be written */
	struct principal principal;
	int64_t at;
};

/* What one step has to write, and whether it leaves something to do. */
struct upkeep {
	struct seen *seen; /* the arena's */
	int64_t rows;      /* to remove at most */
	bool more;
	bool yields; /* to somebody who came */
};

static int64_t seen_key(const struct principal *principal)
{
	uint64_t words[2];
	int64_t key;

	/* 64 of the id's random bits, as hex digits. */
	memcpy(words, principal->session_id, sizeof(words));
	key = (int64_t)map_hash(words[0] ^ map_hash(words[1]));
	return key == 0 ? 1 : key;
}

void upkeep_seen(struct api *api, const struct principal *principal, int64_t now)
{
	struct seen *seen;
	int64_t key;

	if (principal->session_id[0] == '\0')
		return;
	key = seen_key(principal);
	seen = map_get(&api->seen, key);
	if (seen == NULL) {
		seen = calloc(1, sizeof(*seen));
		if (seen == NULL || !map_put(&api->seen, key, seen)) {
			free(seen);
			return;
		}
		seen->principal = *principal;
	}
	seen->at = now;
}

/* Removes rows in small pieces until there are none, the step is full, or somebody waits. */
static enum chat_err purge(struct req *req, struct upkeep *upkeep)
{
	int64_t removed = 0, piece = STEP_ROWS;
	enum chat_err err = CHAT_OK;

	for (; err == CHAT_OK && piece == STEP_ROWS && removed < upkeep->rows && !upkeep->yields;
		removed += piece) {
		err = store_purge(req->store, req->now, STEP_ROWS, &piece);
		upkeep->yields = queue_length(&req->api->writes) > 0;
	}
	upkeep->more = piece == STEP_ROWS;
	upkeep->rows -= removed;
	if (removed > 0)
		log_debug("purged", LOG_INT("rows", removed));
	return err;
}

/* The same with the pages that this has left; one piece in any case. */
static enum chat_err shrink(struct req *req, struct upkeep *upkeep)
{
	int64_t given = 0, piece = STEP_PAGES;
	enum chat_err err = CHAT_OK;

	do {
		err = store_shrink(req->store, STEP_PAGES, &piece);
		upkeep->yields |= queue_length(&req->api->writes) > 0;
		given += piece;
	} while (err == CHAT_OK && piece == STEP_PAGES && given * PAGE_ROWS < upkeep->rows &&
		 !upkeep->yields);
	upkeep->more = given > 0;
	if (given > 0)
		log_debug("shrunk", LOG_INT("pages", given));
	return err;
}

/* Runs on the writer: when sessions were last used, and what is no longer needed. */
static enum chat_err handle_upkeep(struct req *req, struct reply *reply)
{
	struct upkeep *upkeep = req->prepared;
	const struct seen *seen = upkeep->seen;
	enum chat_err err = CHAT_OK;

	for (; seen != NULL && err == CHAT_OK; seen = seen->next)
		err = store_session_touch(req->store, seen->principal.session_id, seen->at);
	if (err == CHAT_OK)
		err = purge(req, upkeep);
	if (err == CHAT_OK && !upkeep->more)
		err = shrink(req, upkeep);
	return err == CHAT_OK ? reply_empty(reply) : err;
}

static const struct endpoint upkeep_endpoint = {
	.id = EP_COUNT,
	.name = "upkeep",
	.access = ACCESS_ALL,
	.where = WHERE_WRITE,
};

/* Makes a list of the sessions that were used: they leave in steps. */
static void take_seen(struct api *api)
{
	struct seen *seen;
	size_t at = 0;

	while ((seen = map_next(&api->seen, &at)) != NULL) {
		seen->next = api->leaving;
		api->leaving = seen;
	}
	map_release(&api->seen);
}

/* Moves up to max sessions from the list into a step. */
static struct upkeep *fill_step(struct api *api, struct arena *arena, size_t max)
{
	struct upkeep *upkeep = arena_alloc(arena, sizeof(*upkeep));
	struct seen *seen, *copy;

	for (; upkeep != NULL && (seen = api->leaving) != NULL && max > 0; max--) {
		copy = arena_alloc(arena, sizeof(*copy));
		if (copy == NULL)
			break;
		*copy = *seen;
		copy->next = upkeep->seen;
		upkeep->seen = copy;
		api->leaving = seen->next;
		free(seen);
	}
	if (upkeep != NULL)
		upkeep->rows = api->upkeep_rows;
	return upkeep;
}

/* False without memory. */
static bool submit_step(struct api *api, size_t max)
{
	struct request *request = request_new(ORIGIN_NONE, 0);

	if (request == NULL)
		return false;
	request->req.endpoint = &upkeep_endpoint;
	request->handle = handle_upkeep;
	request->req.prepared = fill_step(api, &request->arena, max);
	if (request->req.prepared != NULL &&
		queue_push(&api->writes, &request->node) != QUEUE_REFUSED)
		return true;
	request_free(request);
	return false;
}

void upkeep_tick(struct api *api, int64_t now)
{
	if (api->upkeep_runs || now < api->upkeep_at)
		return;
	if (api->leaving == NULL)
		take_seen(api);
	api->upkeep_at = now + UPKEEP_MS;
	api->upkeep_rows = STEP_ROWS;
	api->upkeep_runs = submit_step(api, STEP_ROWS);
}

/* Whether nobody else has written for a while. */
static bool is_alone(struct api *api)
{
	unsigned long long committed = atomic_load(&api->metrics->committed);
	int64_t now = time_mono_us();

	if (committed != api->upkeep_saw)
		api->alone_at = now + ALONE_US;
	api->upkeep_saw = committed;
	return now >= api->alone_at;
}

/* took: microseconds from the making of the step to its end, the commit included. */
static void adapt(struct api *api, int64_t took)
{
	if (took < STEP_SHORT_US)
		api->upkeep_rows *= 2;
	else if (took > STEP_LONG_US && api->upkeep_rows > STEP_ROWS)
		api->upkeep_rows /= 2;
}

void upkeep_done(struct api *api, const struct request *request)
{
	const struct upkeep *upkeep = request->req.prepared;

	if (request->req.endpoint != &upkeep_endpoint)
		return;
	api->upkeep_runs = false;
	if (request->reply.err != CHAT_OK || (!upkeep->more && api->leaving == NULL))
		return;
	api->upkeep_at = 0;
	if (!is_alone(api))
		return;
	adapt(api, time_mono_us() - request->started);
	api->upkeep_runs = submit_step(api, STEP_ROWS);
}

void upkeep_end(struct api *api)
{
	take_seen(api);
	if (api->leaving != NULL)
		(void)submit_step(api, SIZE_MAX);
	while (api->leaving != NULL) {
		struct seen *seen = api->leaving;

		api->leaving = seen->next;
		free(seen);
	}
}
