#ifndef CHATD_USER_H
#define CHATD_USER_H

#include <stdbool.h>
#include <stdint.h>
#include <chat/limits.h>
#include <chat/object.h>
#include "core/map.h"

struct presence;
struct session;

/* Bytes of the longest username: four a code point, and a NUL. */
#define USERNAME_SIZE (4 * LIMIT_USERNAME_MAX + 1)

/* A user with a socket, or whose last one closed a moment ago. */
struct user {
	int64_t id;
	char username[USERNAME_SIZE];
	enum chat_status choice;
	enum chat_status told; /* what the others were last told */
	bool connected;
	bool counted; /* as online, in its servers */
	struct session *sessions;
	int64_t *servers; /* unordered */
	size_t n_servers, servers_capacity;
	uint64_t walk;   /* the last walk that met it */
	int64_t left_at; /* when its last socket closed */
	struct user *left_next, **left_link;
	struct user *queue_next; /* in a users_queue */
	bool queued;
};

/* The users, by id and by server; and, in order of time, those who are leaving. */
struct users {
	struct map by_id;
	struct map by_server; /* server id → struct crowd */
	struct user *left, **left_tail;
	struct crowd *noted;
	struct presence *presence;
	uint64_t walks;
};

void users_init(struct users *users, struct presence *presence);
void users_release(struct users *users);

/* The user of an id, or NULL. */
struct user *users_get(struct users *users, int64_t id);

/* A socket of this user went live: makes the user if it is not there; what is given replaces what
 * was known. NULL without memory. */
struct user *users_connect(struct users *users, int64_t id, const char *username,
	enum chat_status choice, const int64_t *servers, size_t n_servers);

/* The user's last socket is gone: it stays for the grace time. */
void users_leave(struct users *users, struct user *user, int64_t now);

/* The user that left longest ago, if that was before `then`; else NULL. */
struct user *users_expired(struct users *users, int64_t then);

/* The user is offline now, but still known, and no longer among those that left. */
void users_disconnect(struct users *users, struct user *user);

/* Forgets the user, who has no sockets. */
void users_remove(struct users *users, struct user *user);

/* A connected user became a member of a server, or is no longer one. */
void users_join(struct users *users, int64_t user_id, int64_t server_id);
void users_part(struct users *users, int64_t user_id, int64_t server_id);

/* Walks the users who share a server with one, itself included, each once. */
struct users_walk {
	struct user *of;
	bool met_self;
	size_t server, member;
};
void users_walk_start(struct users *users, struct users_walk *walk, struct user *of);
struct user *users_walk_next(struct users *users, struct users_walk *walk);

bool user_is_in(const struct user *user, int64_t server_id);
void user_rename(struct user *user, const char *username);

/* The members of a server who are known. */
struct crowd {
	int64_t server_id;
	struct user **members;
	size_t count, capacity;
	struct crowd *next_changed;
	struct user **changed; /* those of them that users_note() noted */
	size_t n_changed, changed_capacity;
};

/* Notes a user in each of its servers' crowds; without memory not in all. */
void users_note(struct users *users, struct user *user);
/* The next crowd where somebody is noted, which it then no longer is: the list lasts until the next
 * users_note(). NULL when there is none. */
struct crowd *users_take_noted(struct users *users, size_t *n);

/* Walks the connected members of a server, whose number may not change meanwhile. */
struct users_crowd_walk {
	struct crowd *crowd;
	size_t member;
};
void users_crowd_start(struct users *users, struct users_crowd_walk *walk, int64_t server_id);
struct user *users_crowd_next(struct users_crowd_walk *walk);

/* Users in a row, each once. */
struct users_queue {
	struct user *head, *tail;
};
void users_queue_add(struct users_queue *queue, struct user *user);
struct user *users_queue_take(struct users_queue *queue);

/* Counts the user among its servers' online members, or no longer, as its status says. */
void users_count_online(struct users *users, struct user *user);

/* What others see of the user. */
enum chat_status user_status(const struct user *user);

#endif
