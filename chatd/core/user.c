#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/presence.h"
#include "core/user.h"

void users_init(struct users *users, struct presence *presence)
{
	*users = (struct users){.presence = presence};
	audiences_init(&users->audiences);
	TAILQ_INIT(&users->leaving);
}

void users_release(struct users *users)
{
	struct user *user;
	size_t at = 0;

	while (at = 0, (user = map_next(&users->by_id, &at)) != NULL)
		users_remove(users, user);
	audiences_release(&users->audiences);
	map_release(&users->by_id);
}

struct user *users_get(const struct users *users, int64_t id)
{
	return map_get(&users->by_id, id);
}

/* --- servers --- */

/* The index of the user's membership; n_memberships if there is none. */
static size_t membership_of(const struct user *user, int64_t server_id)
{
	size_t i = 0;

	while (i < user->n_memberships && user->memberships[i].audience->server_id != server_id)
		i++;
	return i;
}

static bool add_membership(struct users *users, struct user *user, int64_t server_id)
{
	if (membership_of(user, server_id) < user->n_memberships)
		return true;
	if (!audience_join(&users->audiences, user, server_id))
		return false;
	if (user->counted)
		presence_count(users->presence, server_id, 1);
	return true;
}

static void remove_membership(struct users *users, struct user *user, size_t i)
{
	if (user->counted)
		presence_count(users->presence, user->memberships[i].audience->server_id, -1);
	audience_part(&users->audiences, user, i);
}

static void clear_memberships(struct users *users, struct user *user)
{
	while (user->n_memberships > 0)
		remove_membership(users, user, user->n_memberships - 1);
}

bool users_join(struct users *users, struct user *user, int64_t server_id)
{
	return !user->known || add_membership(users, user, server_id);
}

void users_part(struct users *users, struct user *user, int64_t server_id)
{
	size_t i = membership_of(user, server_id);

	if (i < user->n_memberships)
		remove_membership(users, user, i);
}

/* --- coming and going --- */

static void stay(struct users *users, struct user *user)
{
	if (user->leaving)
		TAILQ_REMOVE(&users->leaving, user, next_leaving);
	user->leaving = false;
}

struct user *users_open(struct users *users, int64_t id)
{
	struct user *user = users_get(users, id);

	if (user == NULL) {
		user = calloc(1, sizeof(*user));
		if (user == NULL || !map_put(&users->by_id, id, user)) {
			free(user);
			return NULL;
		}
		user->id = id;
		user->broadcast = STATUS_OFFLINE;
		LIST_INIT(&user->sessions);
	}
	stay(users, user);
	return user;
}

void users_unlearn(struct users *users, struct user *user)
{
	clear_memberships(users, user);
	user->known = false;
}

bool users_learn(struct users *users, struct user *user, const char *username,
	enum chat_status choice, const int64_t *servers, size_t n_servers)
{
	for (size_t i = 0; i < n_servers; i++) {
		if (!add_membership(users, user, servers[i])) {
			users_unlearn(users, user);
			return false;
		}
	}
	if (user->username[0] == '\0') {
		user_rename(user, username);
		user->choice = choice;
	}
	user->known = true;
	return true;
}

void users_connect(struct users *users, struct user *user)
{
	if (user->connected)
		return;
	user->connected = true;
	presence_set(users->presence, user->id, true);
}

void users_leave(struct users *users, struct user *user, int64_t now)
{
	if (user->connected) {
		user->left_at = now;
		user->leaving = true;
		TAILQ_INSERT_TAIL(&users->leaving, user, next_leaving);
	} else if (!user->queued) {
		users_remove(users, user);
	}
}

struct user *users_expired(struct users *users, int64_t then)
{
	struct user *first = TAILQ_FIRST(&users->leaving);

	return first != NULL && first->left_at <= then ? first : NULL;
}

void users_disconnect(struct users *users, struct user *user)
{
	stay(users, user);
	user->connected = false;
	presence_set(users->presence, user->id, false);
}

void users_remove(struct users *users, struct user *user)
{
	if (user->connected)
		users_disconnect(users, user);
	clear_memberships(users, user);
	map_remove(&users->by_id, user->id);
	free(user->memberships);
	free(user);
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
	for (size_t i = 0; i < user->n_memberships; i++)
		presence_count(
			users->presence, user->memberships[i].audience->server_id, online ? 1 : -1);
}

enum chat_status user_status(const struct user *user)
{
	return presence_others_see(user->choice, user->connected);
}
