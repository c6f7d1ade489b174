#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/presence.h"
#include "core/session.h"
#include "core/user.h"

void users_init(struct users *users, struct presence *presence)
{
	*users = (struct users){.presence = presence};
	users->left_tail = &users->left;
}

void users_release(struct users *users)
{
	struct user *user;
	size_t at = 0;

	while (at = 0, (user = map_next(&users->by_id, &at)) != NULL)
		users_remove(users, user);
	map_release(&users->by_server);
	map_release(&users->by_id);
}

struct user *users_get(struct users *users, int64_t id)
{
	return map_get(&users->by_id, id);
}

/* --- servers --- */

static bool list_add(struct user ***list, size_t *count, size_t *capacity, struct user *user)
{
	if (*count == *capacity) {
		size_t more = *capacity == 0 ? 4 : *capacity * 2;
		struct user **grown = realloc(*list, more * sizeof(struct user *));

		if (grown == NULL)
			return false;
		*list = grown;
		*capacity = more;
	}
	(*list)[(*count)++] = user;
	return true;
}

static bool crowd_add(struct users *users, int64_t server_id, struct user *user)
{
	struct crowd *crowd = map_get(&users->by_server, server_id);

	if (crowd == NULL) {
		crowd = calloc(1, sizeof(*crowd));
		if (crowd == NULL || !map_put(&users->by_server, server_id, crowd)) {
			free(crowd);
			return false;
		}
		crowd->server_id = server_id;
	}
	return list_add(&crowd->members, &crowd->count, &crowd->capacity, user);
}

static void crowd_remove(struct users *users, int64_t server_id, const struct user *user)
{
	struct crowd *crowd = map_get(&users->by_server, server_id);

	if (crowd == NULL)
		return;
	for (size_t i = 0; i < crowd->count; i++) {
		if (crowd->members[i] == user) {
			crowd->members[i] = crowd->members[--crowd->count];
			break;
		}
	}
	if (crowd->count == 0) {
		map_remove(&users->by_server, server_id);
		free(crowd->members);
		free(crowd->changed);
		free(crowd);
	}
}

bool user_is_in(const struct user *user, int64_t server_id)
{
	for (size_t i = 0; i < user->n_servers; i++) {
		if (user->servers[i] == server_id)
			return true;
	}
	return false;
}

static bool user_add_server(struct users *users, struct user *user, int64_t server_id)
{
	if (user_is_in(user, server_id))
		return true;
	if (user->n_servers == user->servers_capacity) {
		size_t capacity = user->servers_capacity == 0 ? 4 : user->servers_capacity * 2;
		int64_t *servers = realloc(user->servers, capacity * sizeof(int64_t));

		if (servers == NULL)
			return false;
		user->servers = servers;
		user->servers_capacity = capacity;
	}
	if (!crowd_add(users, server_id, user))
		return false;
	user->servers[user->n_servers++] = server_id;
	if (user->counted)
		presence_count(users->presence, server_id, 1);
	return true;
}

static void user_remove_server(struct users *users, struct user *user, size_t i)
{
	if (user->counted)
		presence_count(users->presence, user->servers[i], -1);
	crowd_remove(users, user->servers[i], user);
	user->servers[i] = user->servers[--user->n_servers];
}

static void user_clear_servers(struct users *users, struct user *user)
{
	while (user->n_servers > 0)
		user_remove_server(users, user, user->n_servers - 1);
}

void users_join(struct users *users, int64_t user_id, int64_t server_id)
{
	struct user *user = users_get(users, user_id);

	if (user != NULL)
		user_add_server(users, user, server_id);
}

void users_part(struct users *users, int64_t user_id, int64_t server_id)
{
	struct user *user = users_get(users, user_id);

	for (size_t i = 0; user != NULL && i < user->n_servers; i++) {
		if (user->servers[i] == server_id) {
			user_remove_server(users, user, i);
			return;
		}
	}
}

/* --- coming and going --- */

static void unlink_left(struct users *users, struct user *user)
{
	if (user->left_link == NULL)
		return;
	*user->left_link = user->left_next;
	if (user->left_next != NULL)
		user->left_next->left_link = user->left_link;
	else
		users->left_tail = user->left_link;
	user->left_link = NULL;
	user->left_next = NULL;
}

struct user *users_connect(struct users *users, int64_t id, const char *username,
	enum chat_status choice, const int64_t *servers, size_t n_servers)
{
	struct user *user = users_get(users, id);

	if (user == NULL) {
		user = calloc(1, sizeof(*user));
		if (user == NULL || !map_put(&users->by_id, id, user)) {
			free(user);
			return NULL;
		}
		user->id = id;
		user->told = STATUS_OFFLINE;
	}
	unlink_left(users, user);
	user_rename(user, username);
	user->choice = choice;
	user_clear_servers(users, user);
	for (size_t i = 0; i < n_servers; i++) {
		if (!user_add_server(users, user, servers[i])) {
			if (user->sessions == NULL && !user->queued)
				users_remove(users, user);
			return NULL;
		}
	}
	if (!user->connected) {
		user->connected = true;
		presence_set(users->presence, id, true);
	}
	return user;
}

void users_leave(struct users *users, struct user *user, int64_t now)
{
	user->left_at = now;
	user->left_next = NULL;
	user->left_link = users->left_tail;
	*users->left_tail = user;
	users->left_tail = &user->left_next;
}

struct user *users_expired(struct users *users, int64_t then)
{
	return users->left != NULL && users->left->left_at <= then ? users->left : NULL;
}

void users_disconnect(struct users *users, struct user *user)
{
	unlink_left(users, user);
	user->connected = false;
	presence_set(users->presence, user->id, false);
}

void users_remove(struct users *users, struct user *user)
{
	if (user->connected)
		users_disconnect(users, user);
	unlink_left(users, user);
	user_clear_servers(users, user);
	map_remove(&users->by_id, user->id);
	free(user->servers);
	free(user);
}

/* --- walking --- */

void users_walk_start(struct users *users, struct users_walk *walk, struct user *of)
{
	*walk = (struct users_walk){.of = of};
	of->walk = ++users->walks;
}

struct user *users_walk_next(struct users *users, struct users_walk *walk)
{
	if (!walk->met_self) {
		walk->met_self = true;
		return walk->of;
	}
	for (; walk->server < walk->of->n_servers; walk->server++, walk->member = 0) {
		struct crowd *crowd = map_get(&users->by_server, walk->of->servers[walk->server]);

		while (crowd != NULL && walk->member < crowd->count) {
			struct user *user = crowd->members[walk->member++];

			if (user->walk != users->walks) {
				user->walk = users->walks;
				return user;
			}
		}
	}
	return NULL;
}

void users_crowd_start(struct users *users, struct users_crowd_walk *walk, int64_t server_id)
{
	*walk = (struct users_crowd_walk){.crowd = map_get(&users->by_server, server_id)};
}

struct user *users_crowd_next(struct users_crowd_walk *walk)
{
	if (walk->crowd == NULL || walk->member == walk->crowd->count)
		return NULL;
	return walk->crowd->members[walk->member++];
}

/* --- many at once --- */

void users_note(struct users *users, struct user *user)
{
	for (size_t i = 0; i < user->n_servers; i++) {
		struct crowd *crowd = map_get(&users->by_server, user->servers[i]);
		bool first = crowd->n_changed == 0;

		if (!list_add(&crowd->changed, &crowd->n_changed, &crowd->changed_capacity, user))
			return;
		if (first) {
			crowd->next_changed = users->noted;
			users->noted = crowd;
		}
	}
}

struct crowd *users_take_noted(struct users *users, size_t *n)
{
	struct crowd *crowd = users->noted;

	if (crowd == NULL)
		return NULL;
	users->noted = crowd->next_changed;
	*n = crowd->n_changed;
	crowd->n_changed = 0;
	return crowd;
}

/* --- a queue --- */

void users_queue_add(struct users_queue *queue, struct user *user)
{
	if (user->queued)
		return;
	user->queued = true;
	user->queue_next = NULL;
	if (queue->head == NULL)
		queue->head = user;
	else
		queue->tail->queue_next = user;
	queue->tail = user;
}

struct user *users_queue_take(struct users_queue *queue)
{
	struct user *user = queue->head;

	if (user == NULL)
		return NULL;
	queue->head = user->queue_next;
	user->queued = false;
	return user;
}

/* --- one user --- */

void user_rename(struct user *user, const char *username)
{
	snprintf(user->username, sizeof(user->username), "%s", username);
}

void users_count_online(struct users *users, struct user *user)
{
	bool online = user_status(user) != STATUS_OFFLINE;

	if (online == user->counted)
		return;
	user->counted = online;
	for (size_t i = 0; i < user->n_servers; i++)
		presence_count(users->presence, user->servers[i], online ? 1 : -1);
}

enum chat_status user_status(const struct user *user)
{
	return presence_others_see(user->choice, user->connected);
}
