#ifndef CHATD_HUB_STATE_H
#define CHATD_HUB_STATE_H

#include "core/channel.h"
#include "core/hub.h"
#include "core/map.h"
#include "core/tombstone.h"
#include "core/user.h"

/*
 * What the parts of the hub share. From the lowest to the highest, each calling only those before:
 * outbound (a session's queue and closing), broadcast (to channel sockets, and what may be late:
 * presence and typing), gateway (to gateways), admission, hub (what is published).
 */
struct hub {
	struct map sessions; /* by id */
	struct map revs;     /* server id → the last rev that was published, as a number */
	struct channels channels;
	struct users users;
	struct tombstones tombstones;
	TAILQ_HEAD(, session) dirty;
	/* User and channel → when it last typed, as a number: since typing_since, and the interval
	 * before. */
	struct map typing, typing_before;
	int64_t typing_since;
	STAILQ_HEAD(, user) changed; /* whose presence update is due at the next tick */
	int64_t presence_budget;     /* presence frames that may go out until the next tick */
	int64_t last_id;
	struct presence *presence;
	struct metrics *metrics;
	const char *epoch;
};

#endif
