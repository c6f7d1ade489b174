#ifndef CHATD_API_H
#define CHATD_API_H

#include <stdbool.h>
#include <stdint.h>
#include "api/request.h"

struct config;
struct metrics;
struct presence;
struct scope;

/* What chatd does, apart from the network: takes requests, answers them, on its own threads. */
struct api;

/*
 * Opens the stores and starts the threads. wake(context) is called from any of them when answers
 * wait. wanted(context, request) is called on the loop's thread when the turn of a read comes that
 * had to wait: whether whoever is to get its answer is still there. On an error why is one line for
 * a person.
 */
enum chat_err api_new(struct api **api, const struct config *config, struct metrics *metrics,
	struct presence *presence, void (*wake)(void *context),
	bool (*wanted)(void *context, const struct request *request), void *context,
	struct buf *why);

/* Answers what waits for the hasher with BUSY: it takes longer than the end of chatd may. The
 * loop's thread. */
void api_drain(struct api *api);

/* Waits for what the workers have, then stops them. What was not collected is freed. */
void api_free(struct api *api);

/*
 * Takes a request over: true when it is answered at once (look at its reply; it is the caller's
 * again), false when it will come back through api_collect(). The loop's thread.
 */
bool api_submit(struct api *api, struct request *request);

/* Hands over the frames that were submitted to be written: as one batch, with one wake of the
 * writer. To be called at the end of each turn of the loop at the latest. */
void api_flush(struct api *api);

/*
 * A frame of a session that is a request: message, typing, read or presence; on a channel socket,
 * channel_id names the channel and only message is one. As api_submit() of the endpoint that it
 * stands for. BAD_FRAME is the answer to any other type.
 */
bool api_submit_frame(struct api *api, struct request *request, const struct principal *principal,
	int64_t channel_id, const struct frame *frame);

/* Asks whether a session may go live: on a channel socket in its channel, on the gateway
 * (channel_id 0) at all. What the store knows is then in req.prepared, a struct admission. */
bool api_submit_open(struct api *api, struct request *request, const struct principal *principal,
	int64_t server_id, int64_t channel_id);

/* Asks for a page of a server's changes; the answer is in req.prepared, a struct replay, a struct
 * replay. */
bool api_submit_replay(struct api *api, struct request *request, const struct principal *principal,
	const struct scope *scope);

/* Lets go of the packets that an answer to one of the last two still has. */
void api_release_answer(struct request *request);

/* Whether chatd is to end since the database's file was removed or replaced: the process was sent
 * SIGTERM for that. */
bool api_is_lost(const struct api *api);

/* Names the database; lives as long as the api. */
const char *api_epoch(const struct api *api);

/* Answered requests, oldest first, linked by their nodes; NULL when there are none. */
struct request *api_collect(struct api *api);

/* Whose token this is; BAD_TOKEN. Only the signature and the times are checked. */
enum chat_err api_verify_token(
	struct api *api, const char *text, size_t n, struct principal *principal);

/* Upkeep: call about every quarter of a second. The loop's thread. */
void api_tick(struct api *api);

/* Takes the opening of a socket from its bucket: 0 when it may go on, else the milliseconds until
 * it could, for RATE_LIMITED. address: as in struct request. The loop's thread. */
int64_t api_limit_open(struct api *api, const struct principal *principal, uint64_t address);

#endif
