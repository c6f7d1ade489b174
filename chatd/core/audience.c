#include <assert.h>
#include <stdlib.h>
#include "core/audience.h"
#include "core/user.h"

void audiences_init(struct audiences *audiences)
{
	*audiences = (struct audiences){0};
}

void audiences_release(struct audiences *audiences)
{
	assert(audiences->by_server.count == 0);
	map_release(&audiences->by_server);
}

struct audience *audiences_get(const struct audiences *audiences, int64_t server_id)
{
	return map_get(&audiences->by_server, server_id);
}

static struct audience *get_or_add(struct audiences *audiences, int64_t server_id)
{
	struct audience *audience = audiences_get(audiences, server_id);

	if (audience != NULL)
		return audience;
	audience = calloc(1, sizeof(*audience));
	if (audience == NULL || !map_put(&audiences->by_server, server_id, audience)) {
		free(audience);
		return NULL;
	}
	audience->server_id = server_id;
	LIST_INIT(&audience->checking);
	return audience;
}

void audiences_prune(struct audiences *audiences, int64_t server_id)
{
	struct audience *audience = audiences_get(audiences, server_id);

	if (audience == NULL || audience->count > 0 || !LIST_EMPTY(&audience->checking))
		return;
	map_remove(&audiences->by_server, server_id);
	free(audience->members);
	free(audience->changed);
	free(audience);
}

/* The list with room for one more item of so many bytes; NULL without memory, and it is as it was.
 */
static void *grow(void *list, size_t count, size_t *capacity, size_t size)
{
	size_t more = *capacity == 0 ? 4 : *capacity * 2;
	void *grown;

	if (count < *capacity)
		return list;
	grown = realloc(list, more * size);
	if (grown != NULL)
		*capacity = more;
	return grown;
}

static bool reserve(struct audience *audience, struct user *user)
{
	void *members = grow(audience->members, audience->count, &audience->capacity,
		sizeof(*audience->members));
	void *memberships = grow(user->memberships, user->n_memberships,
		&user->memberships_capacity, sizeof(*user->memberships));

	if (members != NULL)
		audience->members = members;
	if (memberships != NULL)
		user->memberships = memberships;
	return members != NULL && memberships != NULL;
}

bool audience_join(struct audiences *audiences, struct user *user, int64_t server_id)
{
	struct audience *audience = get_or_add(audiences, server_id);

	if (audience == NULL)
		return false;
	if (!reserve(audience, user)) {
		audiences_prune(audiences, server_id);
		return false;
	}
	user->memberships[user->n_memberships] = (struct membership){audience, audience->count};
	audience->members[audience->count++] =
		(struct audience_member){user, user->n_memberships++};
	return true;
}

void audience_part(struct audiences *audiences, struct user *user, size_t membership)
{
	struct membership *left = &user->memberships[membership];
	struct audience *audience = left->audience;
	struct audience_member *hole = &audience->members[left->place];

	/* The last of each list goes where the one was that is gone. */
	*hole = audience->members[--audience->count];
	hole->user->memberships[hole->membership].place = (size_t)(hole - audience->members);
	*left = user->memberships[--user->n_memberships];
	if (membership < user->n_memberships)
		left->audience->members[left->place].membership = membership;
	audiences_prune(audiences, audience->server_id);
}

bool audience_enter(struct audiences *audiences, struct session *session)
{
	struct audience *audience = get_or_add(audiences, session->server_id);

	if (audience == NULL)
		return false;
	LIST_INSERT_HEAD(&audience->checking, session, of_audience);
	return true;
}

void audience_leave(struct session *session)
{
	LIST_REMOVE(session, of_audience);
}

/* --- walking --- */

void audience_walk_start(struct audiences *audiences, struct audience_walk *walk, struct user *of)
{
	*walk = (struct audience_walk){.of = of};
	of->walk = ++audiences->walks;
}

struct user *audience_walk_next(struct audiences *audiences, struct audience_walk *walk)
{
	if (!walk->met_self) {
		walk->met_self = true;
		return walk->of;
	}
	for (; walk->membership < walk->of->n_memberships; walk->membership++, walk->member = 0) {
		const struct audience *audience = walk->of->memberships[walk->membership].audience;

		while (walk->member < audience->count) {
			struct user *user = audience->members[walk->member++].user;

			if (user->walk != audiences->walks) {
				user->walk = audiences->walks;
				return user;
			}
		}
	}
	return NULL;
}

/* --- many at once --- */

void audiences_note(struct audiences *audiences, struct user *user)
{
	for (size_t i = 0; i < user->n_memberships; i++) {
		struct audience *audience = user->memberships[i].audience;
		struct user **changed = grow(audience->changed, audience->n_changed,
			&audience->changed_capacity, sizeof(struct user *));

		if (changed == NULL)
			return;
		audience->changed = changed;
		if (audience->n_changed == 0) {
			audience->next_changed = audiences->changed;
			audiences->changed = audience;
		}
		audience->changed[audience->n_changed++] = user;
	}
}

struct audience *audiences_take_noted(struct audiences *audiences, size_t *n)
{
	struct audience *audience = audiences->changed;

	if (audience == NULL)
		return NULL;
	audiences->changed = audience->next_changed;
	*n = audience->n_changed;
	audience->n_changed = 0;
	return audience;
}
