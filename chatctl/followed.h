#ifndef CHATCTL_FOLLOWED_H
#define CHATCTL_FOLLOWED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A followed channel. The gateway hands over each new message once, over lost connections too. The
 * history is asked for only at the start and where the gateway has to give up a gap (EVENT_resync):
 * then all above `last` is shown, and what the history had is not shown again as an event.
 */
struct followed {
	int64_t id, server_id;
	char *name, *server; /* NULL: unknown */
	char *place;         /* "SERVER:#channel" of both, or NULL */
	int64_t last;        /* the newest message that was shown, or passed over on purpose */
	int64_t floor;       /* events up to this message are old */
	bool behind;         /* the history above `last` is to be asked for */
	int64_t fill_at;     /* not before this, of time_mono_us */
	unsigned failures;
};

struct followed_list {
	struct followed *items;
	size_t count;
};

struct followed *followed_find(const struct followed_list *list, int64_t id);

/* Follows a channel from its newest message on; names may be NULL. Pointers into the list end here.
 * NULL without memory. */
struct followed *followed_add(struct followed_list *list, int64_t id, int64_t server_id,
	const char *name, const char *server, int64_t newest);

/* Gives new names, where they are not NULL. */
void followed_rename(struct followed *channel, const char *name, const char *server);

/* The same for all channels of a server. */
void followed_rename_server(struct followed_list *list, int64_t server_id, const char *server);

void followed_remove(struct followed_list *list, struct followed *channel);
void followed_release(struct followed_list *list);

#endif
