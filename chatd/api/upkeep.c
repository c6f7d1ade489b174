#include <stdlib.h>
#include <string.h>
#include <chat/log.h>
#include "api/state.h"

#define UPKEEP_MS 60000
/* Rows that one step removes: a few milliseconds of the writer's time. */
#define PURGE_ROWS 500

/* A session that was used. */
struct seen {
	struct principal principal;
	int64_t at;
};

/* What one upkeep has to write. */
struct upkeep {
	struct seen *seen;
	size_t count;
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

/* Runs on the writer: when sessions were last used, and what is no longer needed. */
static enum chat_err handle_upkeep(struct req *req, struct reply *reply)
{
	const struct upkeep *upkeep = req->prepared;
	int64_t removed = 0;
	enum chat_err err = CHAT_OK;

	for (size_t i = 0; i < upkeep->count && err == CHAT_OK; i++)
		err = store_session_touch(
			req->store, upkeep->seen[i].principal.session_id, upkeep->seen[i].at);
	if (err == CHAT_OK)
		err = store_purge(req->store, req->now, PURGE_ROWS, &removed);
	if (err != CHAT_OK)
		return err;
	if (removed > 0)
		log_debug("purged", LOG_INT("rows", removed));
	return reply_empty(reply);
}

static const struct endpoint upkeep_endpoint = {
	.id = EP_COUNT,
	.name = "upkeep",
	.access = ACCESS_ALL,
	.where = WHERE_WRITE,
};

/* Moves what was seen into the request. */
static struct upkeep *collect(struct api *api, struct arena *arena)
{
	struct upkeep *upkeep = arena_alloc(arena, sizeof(*upkeep));
	struct seen *seen;
	size_t at = 0;

	if (upkeep == NULL)
		return NULL;
	upkeep->seen = arena_array(arena, api->seen.count + 1, sizeof(*upkeep->seen));
	if (upkeep->seen == NULL)
		return NULL;
	while ((seen = map_next(&api->seen, &at)) != NULL)
		upkeep->seen[upkeep->count++] = *seen;
	upkeep_release(api);
	return upkeep;
}

void upkeep_tick(struct api *api, int64_t now)
{
	struct request *request;

	if (now < api->upkeep_at)
		return;
	api->upkeep_at = now + UPKEEP_MS;
	request = request_new(ORIGIN_NONE, 0);
	if (request == NULL)
		return;
	request->req.endpoint = &upkeep_endpoint;
	request->handle = handle_upkeep;
	request->req.prepared = collect(api, &request->arena);
	if (request->req.prepared == NULL ||
		queue_push(&api->writes, &request->node) == QUEUE_REFUSED)
		request_free(request);
}

void upkeep_release(struct api *api)
{
	struct seen *seen;
	size_t at = 0;

	while ((seen = map_next(&api->seen, &at)) != NULL)
		free(seen);
	map_release(&api->seen);
}
