#ifndef CHATD_API_H
#define CHATD_API_H

#include <stdbool.h>
#include <stdint.h>
#include "api/request.h"

struct config;
struct metrics;
struct presence;

/* What chatd does, apart from the network: takes requests, answers them, on its own threads. */
struct api;

/* Opens the stores and starts the threads. wake(context) is called from any of them when answers
 * wait. On an error why is one line for a person. */
enum chat_err api_new(struct api **api, const struct config *config, struct metrics *metrics,
	struct presence *presence, void (*wake)(void *context), void *context, struct buf *why);

/* Waits for what the workers have, then stops them. What was not collected is freed. */
void api_free(struct api *api);

/*
 * Takes a request over: true when it is answered at once (look at its reply; it is the caller's
 * again), false when it will come back through api_collect(). The loop's thread.
 */
bool api_submit(struct api *api, struct request *request);

/* Hands over what was submitted to be written. To be called at the end of each turn of the loop:
 * what came in one turn is then one transaction, with one wake of the writer. */
void api_flush(struct api *api);

/* A message frame of a session: as api_submit() of POST to the session's channel. data: the
 * frame's data, a JSON object. */
bool api_submit_frame(struct api *api, struct request *request, const struct principal *principal,
	int64_t channel_id, const struct json_t *data);

/* Asks whether a session may go live in its channel; what the store knows of its user is then in
 * req.prepared, a struct admission. */
bool api_submit_open(struct api *api, struct request *request, const struct principal *principal,
	int64_t server_id, int64_t channel_id);

/* Answered requests, oldest first, linked by their nodes; NULL when there are none. */
struct request *api_collect(struct api *api);

/* Whose token this is; BAD_TOKEN. Only the signature and the times are checked. */
enum chat_err api_verify_token(
	struct api *api, const char *text, size_t n, struct principal *principal);

/* Upkeep: call about once a second. */
void api_tick(struct api *api, int64_t now);

#endif
