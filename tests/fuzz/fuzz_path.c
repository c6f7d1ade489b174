#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <chat/buf.h>
#include <chat/endpoint.h>
#include <chat/text.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A path that is found, built again and decoded, is found with the same parameters. */
static void round_trip(const struct endpoint *endpoint, const struct path_params *params)
{
	const struct endpoint *found;
	struct path_params again;
	const char *bad_param;
	char decoded[1024];
	unsigned allowed;
	struct buf path;
	long n;

	buf_init(&path, sizeof(decoded) - 1);
	if (!endpoint_path(&path, endpoint->id, params))
		abort();
	n = text_percent_decode(path.data, path.len, false, decoded);
	if (n < 0 || endpoint_match(endpoint->method, decoded, (size_t)n, &found, &again, &allowed,
			     &bad_param) != MATCH_FOUND)
		abort();
	if (found != endpoint || memcmp(params, &again, sizeof(again)) != 0)
		abort();
	buf_release(&path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct endpoint *endpoint;
	struct path_params params;
	const char *bad_param;
	unsigned allowed;

	for (unsigned method = 0; method <= METHOD_COUNT; method++) {
		enum match match = endpoint_match((enum method)method, (const char *)data, size,
			&endpoint, &params, &allowed, &bad_param);

		if ((match == MATCH_BAD_PARAM) != (bad_param != NULL) ||
			(match == MATCH_NO_PATH) != (allowed == 0))
			abort();
		if (match == MATCH_FOUND)
			round_trip(endpoint, &params);
	}
	return 0;
}
