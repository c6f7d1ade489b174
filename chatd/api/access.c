/* Who asks, and how often: what is known before a request has an endpoint's own checks. */

#include <chat/time.h>
#include "api/state.h"
#include "core/metrics.h"
#include "core/ratelimit.h"
#include "core/token.h"

enum chat_err api_verify_token(
	struct api *api, const char *text, size_t n, struct principal *principal)
{
	return token_verify(api->token, text, n, time_now_ms(), principal);
}

int64_t api_limit(struct api *api, enum rate rate, int64_t user_id, uint64_t address)
{
	int64_t wait = ratelimit_take(api->limits, rate, user_id, address, time_mono_ms());

	if (wait > 0)
		metrics_add(&api->metrics->limited, 1);
	return wait;
}

int64_t api_limit_open(struct api *api, const struct principal *principal, uint64_t address)
{
	return api_limit(api, RATE_READ, principal->user_id, address);
}
