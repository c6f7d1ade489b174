#include <stdlib.h>
#include "net/budget.h"

struct budget_owner {
	int64_t key;
	size_t bytes;
	struct budget_link own;
	struct budget_link over; /* of the budget; next NULL: not in */
};

#define ENTRY_OF(link, member)                                                                     \
	((struct budget_entry *)((char *)(link)-offsetof(struct budget_entry, member)))
#define OWNER_OF(link) ((struct budget_owner *)((char *)(link)-offsetof(struct budget_owner, over)))

static void link_init(struct budget_link *head)
{
	head->next = head->prev = head;
}

static void link_append(struct budget_link *head, struct budget_link *link)
{
	link->prev = head->prev;
	link->next = head;
	head->prev->next = link;
	head->prev = link;
}

static void link_remove(struct budget_link *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
}

void budget_init(struct budget *budget, size_t max)
{
	map_init(&budget->owners);
	link_init(&budget->all);
	link_init(&budget->over);
	budget->bytes = 0;
	budget->max = max;
}

void budget_release(struct budget *budget)
{
	struct budget_owner *owner;
	size_t at = 0;

	while ((owner = map_next(&budget->owners, &at)) != NULL)
		free(owner);
	map_release(&budget->owners);
}

static struct budget_owner *find_owner(struct budget *budget, int64_t key)
{
	struct budget_owner *owner = map_get(&budget->owners, key);

	if (owner != NULL)
		return owner;
	owner = calloc(1, sizeof(*owner));
	if (owner == NULL || !map_put(&budget->owners, key, owner)) {
		free(owner);
		return NULL;
	}
	owner->key = key;
	link_init(&owner->own);
	return owner;
}

static void enter(struct budget *budget, struct budget_entry *entry, int64_t key, int64_t now)
{
	struct budget_owner *owner = find_owner(budget, key);

	if (owner == NULL)
		return; /* without memory it is not counted this time */
	entry->owner = owner;
	entry->read_at = now;
	link_append(&budget->all, &entry->all);
	link_append(&owner->own, &entry->own);
}

static void leave(struct budget *budget, struct budget_entry *entry)
{
	struct budget_owner *owner = entry->owner;

	link_remove(&entry->all);
	link_remove(&entry->own);
	if (owner->own.next == &owner->own)
		free(map_remove(&budget->owners, owner->key));
	*entry = (struct budget_entry){0};
}

/* It has read: it is now the last of those that could be closed. */
static void move_last(struct budget *budget, struct budget_entry *entry, int64_t now)
{
	entry->read_at = now;
	link_remove(&entry->all);
	link_append(&budget->all, &entry->all);
	link_remove(&entry->own);
	link_append(&entry->owner->own, &entry->own);
}

/* Whether the owner has more than is its own. */
static void note_over(struct budget *budget, struct budget_owner *owner)
{
	bool over = owner->bytes > BUDGET_OWNER_BYTES, is_in = owner->over.next != NULL;

	if (over && !is_in) {
		link_append(&budget->over, &owner->over);
	} else if (!over && is_in) {
		link_remove(&owner->over);
		owner->over.next = NULL;
	}
}

void budget_set(
	struct budget *budget, struct budget_entry *entry, int64_t owner, size_t bytes, int64_t now)
{
	if (bytes == entry->bytes)
		return;
	if (entry->owner == NULL)
		enter(budget, entry, owner, now);
	else if (bytes < entry->bytes)
		move_last(budget, entry, now);
	if (entry->owner == NULL)
		return;
	budget->bytes = budget->bytes - entry->bytes + bytes;
	entry->owner->bytes = entry->owner->bytes - entry->bytes + bytes;
	entry->bytes = bytes;
	note_over(budget, entry->owner);
	if (bytes == 0)
		leave(budget, entry);
}

static bool is_stalled(const struct budget_entry *entry, int64_t now)
{
	return now - entry->read_at >= BUDGET_PATIENCE_MS;
}

/* Of an owner that has too much; one answer may be larger than that, and is its reader's alone. */
static struct budget_entry *oldest_of(const struct budget_owner *owner, int64_t now)
{
	struct budget_entry *oldest = ENTRY_OF(owner->own.next, own);

	return oldest->own.next == &owner->own || !is_stalled(oldest, now) ? NULL : oldest;
}

struct budget_entry *budget_excess(
	struct budget *budget, const struct budget_entry *entry, size_t shared, int64_t now)
{
	const struct budget_owner *owner = entry->owner;
	struct budget_entry *oldest;

	if (budget->bytes + shared > budget->max && budget->all.next != &budget->all) {
		oldest = ENTRY_OF(budget->all.next, all);
		/* For what is shared nobody is to blame who keeps up. */
		if (budget->bytes > budget->max || is_stalled(oldest, now))
			return oldest;
	}
	return owner == NULL || owner->over.next == NULL ? NULL : oldest_of(owner, now);
}

struct budget_entry *budget_overdue(struct budget *budget, int64_t now)
{
	struct budget_entry *oldest = NULL;
	struct budget_link *link = budget->over.next;

	for (; oldest == NULL && link != &budget->over; link = link->next)
		oldest = oldest_of(OWNER_OF(link), now);
	return oldest;
}
