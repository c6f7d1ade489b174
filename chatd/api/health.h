#ifndef CHATD_HEALTH_H
#define CHATD_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

struct api;
struct request;

/* Something that goes the way of the requests to one kind of threads and back. */
struct probe {
	int64_t sent_at;   /* ms, monotonic; 0: none is under way */
	const char *fault; /* why the latest failed, or NULL; static */
};

/* What the loop knows of the machine behind it: GET /health says it from memory. */
struct health {
	struct probe writer, reader;
	int64_t next_at;       /* ms, monotonic: when to send them again */
	int64_t watched_until; /* till then somebody may ask again */
	bool is_bad;           /* as it was logged last */
};

/* The loop's, about every quarter of a second. */
void health_tick(struct api *api);

/* Takes note of a probe that came back; any other request is nothing. */
void health_done(struct api *api, const struct request *request);

#endif
