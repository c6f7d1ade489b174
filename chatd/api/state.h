#ifndef CHATD_API_STATE_H
#define CHATD_API_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include "api/api.h"
#include "api/health.h"
#include "core/fair_queue.h"
#include "core/hash_queue.h"
#include "core/map.h"
#include "core/memory.h"

struct ratelimit;
struct token;

/* What the parts of api/ share. What a worker needs is set before it starts; the rest is the
 * loop's. */
struct api {
	const struct config *config;
	struct metrics *metrics;
	struct presence *presence;
	struct token *token;
	struct arena arena; /* what lives as long as the api */
	const char *epoch;

	struct queue reads, writes, hashes, done; /* the threads' mailboxes, and the loop's */
	struct worker *workers;
	size_t n_workers;
	void (*wake)(void *context);
	bool (*wanted)(void *context, const struct request *request);
	void *context; /* of these two */

	atomic_bool is_lost; /* the database's file is no longer where it was */

	/* The loop's alone. */
	struct health health;
	struct memory memory;
	struct queue_node *turn_first, *turn_last; /* this turn's writes, for api_flush() */
	size_t n_turn;
	struct fair_queue asked,
		opened;              /* who waits for a reader: requests; openings and replays */
	bool asked_last;             /* a request had the last turn */
	struct hash_queue hash_line; /* who waits for the hasher */
	struct ratelimit *limits;
	struct map seen;      /* sessions used since the last upkeep */
	struct seen *leaving; /* those of before that are still to be written */
	int64_t upkeep_at;    /* ms, monotonic */
	bool upkeep_runs;
	int64_t upkeep_rows;           /* of the next step */
	unsigned long long upkeep_saw; /* requests committed by the latest step */
	int64_t alone_at; /* microseconds, monotonic: when others will not have written for long */
};

/* router.c: finds the endpoint, checks and decodes what came with the request. */
enum chat_err router_route(struct api *api, struct request *request);
/* Gives the request the row of an endpoint and its handlers. */
void router_bind(struct request *request, enum endpoint_id id);
/* A hash of the account that a HASH row's request is about. */
uint64_t router_account(const struct request *request);

/* worker.c */
enum chat_err workers_start(struct api *api, struct buf *why);
void workers_stop(struct api *api);
/* Gives an answered request back to the loop. Any thread. */
void worker_return(struct api *api, struct request *request);
/* Runs a LOOP row's handler at once. */
void worker_run_inline(struct api *api, struct request *request);

/* dispatch.c */
void dispatch_init(struct api *api);
/* When the threads have ended. */
void dispatch_release(struct api *api);
/* Hands a routed request to the thread that its row names; true when it was answered instead. */
bool dispatch_request(struct api *api, struct request *request);

/* Answers with an error; true. */
bool api_refuse(struct request *request, enum chat_err err);

/* access.c: as ratelimit_take(), now; counts who is refused. */
int64_t api_limit(struct api *api, enum rate rate, int64_t user_id, uint64_t address);

/* upkeep.c */
/* now: of the wall clock, for people to read. */
void upkeep_seen(struct api *api, const struct principal *principal, int64_t now);
/* now: ms, monotonic. */
void upkeep_tick(struct api *api, int64_t now);
/* A step of it came back; any other request is nothing. */
void upkeep_done(struct api *api, const struct request *request);
/* The last step, at the end. */
void upkeep_end(struct api *api);

#endif
