#ifndef CHATD_API_STATE_H
#define CHATD_API_STATE_H

#include <pthread.h>
#include "api/api.h"
#include "core/map.h"

struct ratelimit;
struct token;

/* Requests that wait for argon2id, beyond which the answer is 503: about five seconds of work. */
#define HASHES_WAITING_MAX 64
/* Of these from one address, so that one guesser cannot lock everybody out. */
#define HASHES_PER_ADDRESS 4

/* What the parts of api/ share. What a worker needs is set before it starts; the rest is the
 * loop's. */
struct api {
	const struct config *config;
	struct metrics *metrics;
	struct presence *presence;
	struct token *token;
	struct arena arena; /* what lives as long as the api */
	const char *epoch;

	struct queue reads, writes, hashes, done;
	struct worker *workers;
	size_t n_workers;
	void (*wake)(void *context);
	void *wake_context;

	/* The loop's alone. */
	struct queue_node *turn_first, *turn_last; /* this turn's writes, for api_flush() */
	size_t n_turn;
	struct ratelimit *limits;
	struct map hashing;   /* address → struct hashing */
	struct map seen;      /* sessions used since the last upkeep */
	struct seen *leaving; /* those of before that are still to be written */
	int64_t upkeep_at;
	bool upkeep_runs;
};

/* router.c: finds the endpoint, checks and decodes what came with the request. */
enum chat_err router_route(struct api *api, struct request *request);
/* Gives the request the row of an endpoint and its handlers. */
void router_bind(struct request *request, enum endpoint_id id);

/* worker.c */
enum chat_err workers_start(struct api *api, struct buf *why);
void workers_stop(struct api *api);
/* Runs a LOOP row's handler at once. */
void worker_run_inline(struct api *api, struct request *request);

/* api.c: hands a routed request to the thread that its row names; true when it was answered
 * instead. */
bool api_dispatch(struct api *api, struct request *request);
bool api_refuse(struct request *request, enum chat_err err);

/* upkeep.c */
void upkeep_seen(struct api *api, const struct principal *principal, int64_t now);
void upkeep_tick(struct api *api, int64_t now);
/* A step of it came back. */
void upkeep_done(struct api *api, const struct request *request);
/* The last step, at the end. */
void upkeep_end(struct api *api);

#endif
