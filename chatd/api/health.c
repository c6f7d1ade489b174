#include "api/health.h"

#include <chat/arena.h>
#include <chat/log.h>
#include <chat/time.h>
#include "api/state.h"

#define PROBE_MS 3000
/* Beyond this a probe, and what waits with it, is late: SQLite gives up on a lock a little sooner.
 */
#define LATE_MS 6000
/* How long after a question the writer's probe still writes: a monitor asks each minute or more
 * often, and where none does, an idle machine's disk may sleep. */
#define WATCHED_MS 120000

/* --- the probes --- */

/* It commits with whatever else is written now, and by that says whether anything can be. */
static enum chat_err handle_probe_write(struct req *req, struct reply *reply)
{
	const bool *write = req->prepared;
	enum chat_err err = *write ? store_touch(req->store) : CHAT_OK;

	return err == CHAT_OK ? reply_empty(reply) : err;
}

static enum chat_err handle_probe_read(struct req *req, struct reply *reply)
{
	enum chat_err err = store_check(req->store);

	return err == CHAT_OK ? reply_empty(reply) : err;
}

static const struct endpoint write_endpoint = {
	.id = EP_COUNT,
	.name = "probe_write",
	.access = ACCESS_ALL,
	.where = WHERE_WRITE,
};
static const struct endpoint read_endpoint = {
	.id = EP_COUNT,
	.name = "probe_read",
	.access = ACCESS_ALL,
	.where = WHERE_READ,
};

static void send(struct probe *probe, const struct endpoint *endpoint, handler_fn *handle,
	struct queue *queue, bool write)
{
	struct request *request;
	bool *prepared;

	if (probe->sent_at != 0)
		return;
	request = request_new(ORIGIN_NONE, 0);
	if (request == NULL)
		return;
	request->req.endpoint = endpoint;
	request->handle = handle;
	prepared = arena_alloc(&request->arena, sizeof(*prepared));
	if (prepared == NULL)
		goto failed;
	*prepared = write;
	request->req.prepared = prepared;
	probe->sent_at = time_mono_ms();
	if (queue_push(queue, &request->node) != QUEUE_REFUSED)
		return;
	probe->sent_at = 0;
failed:
	request_free(request);
}

void health_done(struct api *api, const struct request *request)
{
	struct health *health = &api->health;
	struct probe *probe;

	if (request->req.endpoint == &write_endpoint)
		probe = &health->writer;
	else if (request->req.endpoint == &read_endpoint)
		probe = &health->reader;
	else
		return;
	probe->sent_at = 0;
	probe->fault = NULL;
	if (request->reply.err != CHAT_OK)
		probe->fault = request->reply.fault != NULL ? request->reply.fault : "no memory";
}

/* --- the verdict --- */

static const char *judge_probe(
	const struct probe *probe, const char *verb, int64_t now, struct arena *arena)
{
	int64_t late = probe->sent_at == 0 ? 0 : now - probe->sent_at;
	const char *text = NULL;

	if (late < LATE_MS && probe->fault == NULL)
		return NULL;
	if (late >= LATE_MS)
		text = arena_printf(
			arena, "Nothing has been %s for %d seconds", verb, (int)(late / 1000));
	else
		text = arena_printf(arena, "The database cannot be %s: %s", verb, probe->fault);
	return text == NULL ? "Out of memory" : text;
}

/* What is wrong, as a sentence in the arena; NULL if nothing is. */
static const char *judge(const struct health *health, struct arena *arena)
{
	int64_t now = time_mono_ms();
	const char *text = judge_probe(&health->writer, "written", now, arena);

	return text != NULL ? text : judge_probe(&health->reader, "read", now, arena);
}

enum chat_err handle_health(struct req *req, struct reply *reply)
{
	struct health *health = &req->api->health;
	struct chat_health healthy = {.status = "healthy", .timestamp = req->now};

	health->watched_until = time_mono_ms() + WATCHED_MS;
	reply->detail = judge(health, req->arena);
	if (reply->detail != NULL)
		return CHAT_ERR_UNAVAILABLE;
	return reply_object(reply, 200, OBJECT_health, &healthy);
}

static void log_change(struct health *health)
{
	struct arena arena;
	const char *why;

	arena_init(&arena, 0);
	why = judge(health, &arena);
	if (why != NULL && !health->is_bad)
		log_error("unhealthy", LOG_TEXT("why", why));
	else if (why == NULL && health->is_bad)
		log_info("healthy again");
	health->is_bad = why != NULL;
	arena_release(&arena);
}

void health_tick(struct api *api)
{
	struct health *health = &api->health;
	int64_t now = time_mono_ms();

	log_change(health);
	if (now < health->next_at)
		return;
	health->next_at = now + PROBE_MS;
	send(&health->writer, &write_endpoint, handle_probe_write, &api->writes,
		now < health->watched_until);
	/* Past the lines in which reads wait: it is for the threads themselves. */
	send(&health->reader, &read_endpoint, handle_probe_read, &api->reads, false);
}
