#ifndef CHATD_USER_H
#define CHATD_USER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <chat/limits.h>
#include <chat/object.h>
#include "core/audience.h"
#include "core/map.h"
#include "core/session.h"

struct presence;

/* Bytes of the longest username: four a code point, and a NUL. */
#define USERNAME_SIZE (4 * LIMIT_USERNAME_MAX + 1)

/* A server that the user is in, with its own place among the members there. */
struct membership {
	struct audience *audience;
	size_t place;
};

/* A user with a socket, or whose last one closed a moment ago. It is known, in its servers and by
 * its name, from the first socket that is admitted; after that it changes by events alone. */
struct user {
	int64_t id;
	char username[USERNAME_SIZE]; /* "" while nothing is known of it */
	enum chat_status choice;
	enum chat_status broadcast; /* the status that the others were sent last */
	bool known;
	bool connected;
	bool counted; /* as online, in its servers */
	bool leaving; /* in the list of those in their grace time */
	bool queued;  /* in the queue of those whose presence update is due */
	struct session_list sessions;
	struct membership *memberships; /* unordered */
	size_t n_memberships, memberships_capacity;
	uint64_t walk;   /* the last walk that met it */
	int64_t left_at; /* when its last socket closed */
	TAILQ_ENTRY(user) next_leaving;
	STAILQ_ENTRY(user) next_queued;
};

/* The users by id and by server; and, in order of time, those who are leaving. */
struct users {
	struct map by_id;
	struct audiences audiences;
	TAILQ_HEAD(, user) leaving;
	struct presence *presence;
};

void users_init(struct users *users, struct presence *presence);
void users_release(struct users *users);

/* The user of an id, or NULL. */
struct user *users_get(const struct users *users, int64_t id);

/* A socket of this user is opened: makes the user if it is not there. NULL without memory. */
struct user *users_open(struct users *users, int64_t id);

/* What the store knows of a user of whom nothing is known yet; a name and choice of status that
 * came by an event stay. False without memory. */
bool users_learn(struct users *users, struct user *user, const char *username,
	enum chat_status choice, const int64_t *servers, size_t n_servers);

/* Forgets its servers, when memory was too short for all of them: nothing is known of it until the
 * next socket is admitted. */
void users_unlearn(struct users *users, struct user *user);

/* A socket of the user was admitted. */
void users_connect(struct users *users, struct user *user);

/* The user's last socket is gone: if it was connected it stays for the grace time. */
void users_leave(struct users *users, struct user *user, int64_t now);

/* The user that left longest ago, if that was before `then`; else NULL. */
struct user *users_expired(struct users *users, int64_t then);

/* The user is offline now, but still known, and no longer among those that are leaving. */
void users_disconnect(struct users *users, struct user *user);

/* Forgets the user, who has no sockets. */
void users_remove(struct users *users, struct user *user);

/* The user became a member of a server, or is no longer one; nothing while it is not known. The
 * first is false without memory. */
bool users_join(struct users *users, struct user *user, int64_t server_id);
void users_part(struct users *users, struct user *user, int64_t server_id);

void user_rename(struct user *user, const char *username);

/* Counts the user among its servers' online members, or no longer, as its status says. */
void users_count_online(struct users *users, struct user *user);

/* What others see of the user. */
enum chat_status user_status(const struct user *user);

#endif
