#ifndef CHATD_BUDGET_H
#define CHATD_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/map.h"

/*
 * Bytes that wait for clients to read them: how many there are of each owner (a user, or the
 * address of whoever is not logged in) and in all, and who has read nothing for the longest time.
 * What is shared between connections, such as an event's packet, does not count. The loop's alone.
 */

/* Of one owner; more is a fault of the reader, or of somebody who asks for too much. */
#define BUDGET_OWNER_BYTES (8u << 20)
/* Who has read something this lately is not the one to blame for its owner's bytes. */
#define BUDGET_PATIENCE_MS 1000

struct budget_link {
	struct budget_link *next, *prev;
};

/* One connection's part. */
struct budget_entry {
	struct budget_link all, own; /* from the one that read longest ago; all.next NULL: not in */
	struct budget_owner *owner;
	size_t bytes;
	int64_t read_at; /* ms, monotonic */
};

struct budget {
	struct map owners;
	struct budget_link all;
	struct budget_link over; /* owners that have more than is theirs */
	size_t bytes, max;
};

/* max: bytes of all owners together. */
void budget_init(struct budget *budget, size_t max);
void budget_release(struct budget *budget);

/* How many bytes now wait for the entry's connection; 0 takes it out. When that is less than
 * before, the connection has read. owner: not 0; kept while any bytes wait. now: ms, monotonic. */
void budget_set(struct budget *budget, struct budget_entry *entry, int64_t owner, size_t bytes,
	int64_t now);

/*
 * The connection that is to be closed, for the entry's owner or all together have too much: of the
 * owner's, or of all, the one that has read nothing for the longest time. NULL when nobody is.
 * shared: bytes that count in the whole and are nobody's own.
 */
struct budget_entry *budget_excess(
	struct budget *budget, const struct budget_entry *entry, size_t shared, int64_t now);

/* The same for an owner's bytes, whosever they are: for those to whom nothing happens any more
 * while the patience with them ends. */
struct budget_entry *budget_overdue(struct budget *budget, int64_t now);

#endif
