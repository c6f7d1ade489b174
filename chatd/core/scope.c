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

void scopes_set_state(struct scopes *scopes, struct scope *scope, enum scope_state state)
{
	assert(moves[scope->state][state]);
	scopes->replays -= scope->state == SCOPE_REPLAY;
	scopes->replays += state == SCOPE_REPLAY;
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

struct scope *scopes_add(
	struct scopes *scopes, int64_t server_id, int64_t rev, enum scope_state state)
{
	size_t at = place_of(scopes, server_id);
	struct scope *items = realloc(scopes->items, (scopes->count + 1) * sizeof(*items));

	if (items == NULL)
		return NULL;
	scopes->items = items;
	memmove(items + at + 1, items + at, (scopes->count - at) * sizeof(*items));
	scopes->count++;
	items[at] = (struct scope){.server_id = server_id, .sent = rev, .state = state};
	return &items[at];
}

void scopes_remove(struct scopes *scopes, int64_t server_id)
{
	struct scope *scope = scopes_find(scopes, server_id);
	size_t after;

	if (scope == NULL)
		return;
	scopes->replays -= scope->state == SCOPE_REPLAY;
	after = scopes->count - (size_t)(scope - scopes->items) - 1;
	memmove(scope, scope + 1, after * sizeof(*scope));
	scopes->count--;
}

void scopes_release(struct scopes *scopes)
{
	free(scopes->items);
	*scopes = (struct scopes){0};
}

struct scope *scopes_first_replay(const struct scopes *scopes)
{
	/* Asked after each write, and mostly there is none. */
	for (size_t i = 0; scopes->replays > 0 && i < scopes->count; i++) {
		if (scopes->items[i].state == SCOPE_REPLAY)
			return &scopes->items[i];
	}
	return NULL;
}

void scopes_start(struct scopes *scopes, struct scope *scope, int64_t newest)
{
	scope->base = scope->sent;
	scope->goal = newest > scope->sent ? newest : scope->sent;
	scopes_set_state(scopes, scope,
		scope->goal > scope->sent || scope->reads > 0 ? SCOPE_REPLAY : SCOPE_LIVE);
}

bool scope_is_resumed(const struct scope *scope)
{
	return scope->state == SCOPE_LIVE ||
	       (scope->state == SCOPE_REPLAY && scope->sent >= scope->goal);
}
