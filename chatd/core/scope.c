#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "core/scope.h"

/* From a row's state to a column's. */
static const bool moves[4][4] = {
	[SCOPE_LIVE] = {[SCOPE_LIVE] = true, [SCOPE_REPLAY] = true},
	[SCOPE_HELD] = {[SCOPE_LIVE] = true, [SCOPE_REPLAY] = true},
	[SCOPE_REPLAY] = {[SCOPE_LIVE] = true, [SCOPE_REPLAY] = true, [SCOPE_REFUSED] = true},
	[SCOPE_REFUSED] = {false},
};

void scope_set_state(struct scope *scope, enum scope_state state)
{
	assert(moves[scope->state][state]);
	scope->state = state;
}

/* Where the server's scope is or would be. */
static size_t place_of(const struct scopes *scopes, int64_t server_id)
{
	size_t low = 0, high = scopes->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (scopes->items[middle].server_id < server_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct scope *scopes_find(const struct scopes *scopes, int64_t server_id)
{
	size_t at = place_of(scopes, server_id);

	if (at == scopes->count || scopes->items[at].server_id != server_id)
		return NULL;
	return &scopes->items[at];
}

struct scope *scopes_add(struct scopes *scopes, int64_t server_id, int64_t rev)
{
	size_t at = place_of(scopes, server_id);
	struct scope *items = realloc(scopes->items, (scopes->count + 1) * sizeof(*items));

	if (items == NULL)
		return NULL;
	scopes->items = items;
	memmove(items + at + 1, items + at, (scopes->count - at) * sizeof(*items));
	scopes->count++;
	items[at] = (struct scope){.server_id = server_id, .sent = rev, .state = SCOPE_LIVE};
	return &items[at];
}

void scopes_remove(struct scopes *scopes, int64_t server_id)
{
	struct scope *scope = scopes_find(scopes, server_id);
	size_t after;

	if (scope == NULL)
		return;
	after = scopes->count - (size_t)(scope - scopes->items) - 1;
	memmove(scope, scope + 1, after * sizeof(*scope));
	scopes->count--;
}

void scopes_release(struct scopes *scopes)
{
	free(scopes->items);
	*scopes = (struct scopes){0};
}

void scope_start(struct scope *scope, int64_t newest)
{
	scope->base = scope->sent;
	scope->goal = newest > scope->sent ? newest : scope->sent;
	scope_set_state(
		scope, scope->goal > scope->sent || scope->reads > 0 ? SCOPE_REPLAY : SCOPE_LIVE);
}

bool scope_is_resumed(const struct scope *scope)
{
	return scope->state == SCOPE_LIVE ||
	       (scope->state == SCOPE_REPLAY && scope->sent >= scope->goal);
}
