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
	struct presence *presence, void (*wake)(void *context),
	bool (*wanted)(void *context, const struct request *request), void *context,
	struct buf *why)
{
	struct api *api = calloc(1, sizeof(*api));
	enum chat_err err = CHAT_ERR_NO_MEMORY;

	if (api == NULL)
		return err;
	api->config = config;
	api->metrics = metrics;
	api->presence = presence;
	api->wake = wake;
	api->wanted = wanted;
	api->context = context;
	dispatch_init(api);
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

void api_free(struct api *api)
{
	if (api == NULL)
		return;
	api_flush(api);
	api_drain(api);
	upkeep_end(api);
	workers_stop(api);
	dispatch_release(api);
	ratelimit_free(api->limits);
	token_free(api->token);
	arena_release(&api->arena);
	free(api);
}

bool api_is_lost(const struct api *api)
{
	return atomic_load(&api->is_lost);
}

const char *api_epoch(const struct api *api)
{
	return api->epoch;
}

bool api_submit(struct api *api, struct request *request)
{
	enum chat_err err;

	request->req.api = api;
	request->req.now = time_now_ms();
	err = router_route(api, request);
	return err == CHAT_OK ? dispatch_request(api, request) : api_refuse(request, err);
}

void api_tick(struct api *api)
{
	int64_t now = time_mono_ms();

	ratelimit_sweep(api->limits, now);
	upkeep_tick(api, now);
	health_tick(api);
	memory_tick(&api->memory, now);
}
