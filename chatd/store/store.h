#ifndef CHATD_STORE_H
#define CHATD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <chat/err.h>
#include <chat/object.h>
#include <chat/endpoint.h>
#include <chat/frame.h>

struct arena;
struct buf;
struct store;

/*
 * What chatd keeps, as functions. One store a thread. Objects that come out have their texts in the
 * given arena. Every function may also return CHAT_ERR_UNAVAILABLE or CHAT_ERR_INTERNAL (see
 * store_why() for the log); those that change something are called in a transaction.
 *
 * Users that come out carry an email only where the comment says "self", and as status their choice
 * (STATUS_NONE if they made none), or STATUS_OFFLINE if `viewer` is another user who shares no
 * server with them. Whether they are connected is not the store's to know: api/reply.c adds that.
 *
 * Each change takes the next rev of its server, which comes out in *rev; 0 when what was asked for
 * is so already, and nothing changed.
 */

enum store_mode { STORE_WRITER, STORE_READER };

enum chat_err store_open(
	struct store **store, const char *url, enum store_mode mode, struct buf *why);
void store_close(struct store *store);
const char *store_why(const struct store *store);

/* The writer's batch: begin; savepoint, changes, release or undo, for each request; commit. After
 * a failure that ended the whole transaction store_is_open() is false. store_changes() counts
 * changed rows: where it is what it was before a request, there is nothing to undo. */
enum chat_err store_begin(struct store *store);
enum chat_err store_commit(struct store *store);
void store_rollback(struct store *store);
enum chat_err store_savepoint(struct store *store);
enum chat_err store_release(struct store *store);
enum chat_err store_undo(struct store *store);
bool store_is_open(const struct store *store);
int64_t store_changes(const struct store *store);

/* What kind of failure store_why() tells of: static. */
const char *store_fault(const struct store *store);
/* Whether a commit found that the store is no longer where it was opened; then each one fails. */
bool store_is_lost(const struct store *store);

/* CHAT_OK when the store answers. */
enum chat_err store_check(struct store *store);
/* Gives up to max pages back that purging has left, when there are many; *given: 0 when it is done.
 */
enum chat_err store_shrink(struct store *store, int64_t max, int64_t *given);
/* Makes a transaction in which nothing changes one that writes, so that its commit proves that the
 * store can be written. */
enum chat_err store_touch(struct store *store);

/* --- sessions --- */

/* Whose token a request carries, as its signature says. */
struct principal {
	int64_t user_id;
	char session_id[33]; /* "" for a token of the original, which has no session */
	int64_t issued_at;   /* ms, 0 if it does not say */
	int64_t expires_at;  /* ms */
};

/* Whether that token still holds: its user exists, its session is live (or, without one, it was
 * issued after the user's last logout of such tokens). *self: the user (self). BAD_TOKEN if not. */
enum chat_err store_authenticate(struct store *store, const struct principal *principal,
	int64_t now, struct arena *arena, struct chat_user *self);

/* Beyond LIMIT_SESSIONS_PER_USER the oldest session ends; its id is then in ended (33 bytes). */
enum chat_err store_session_create(struct store *store, int64_t user_id,
	const struct chat_session *session, int64_t expires_at, char ended[33]);
/* Live sessions, newest first; `current` by principal. */
enum chat_err store_session_list(struct store *store, const struct principal *principal,
	int64_t now, struct arena *arena, struct chat_session **list, size_t *count);
/* SESSION_NOT_FOUND when it is not a session of that user. */
enum chat_err store_session_delete(struct store *store, int64_t user_id, const char *session_id);
/* Ends every session of the user but `keep` ("" for none), and tokens without a session that were
 * issued before now. */
enum chat_err store_session_delete_others(
	struct store *store, int64_t user_id, const char *keep, int64_t now);
/* Ends tokens without a session that were issued before now or do not say when. */
enum chat_err store_tokens_expire(struct store *store, int64_t user_id, int64_t now);
enum chat_err store_session_touch(struct store *store, const char *session_id, int64_t now);

/* --- users --- */

/* What a login needs. */
struct credentials {
	int64_t user_id; /* 0: there is no such user */
	const char *username;
	const char *password_hash;
};

/* By the exact name, else by its case-folding if that is one user's alone; not an error if nobody.
 */
enum chat_err store_credentials(
	struct store *store, const char *username, struct arena *arena, struct credentials *out);
enum chat_err store_credentials_by_id(
	struct store *store, int64_t user_id, struct arena *arena, struct credentials *out);
/* *out: self. USERNAME_REGISTERED, EMAIL_REGISTERED. */
enum chat_err store_user_create(struct store *store, const struct chat_register *in,
	const char *password_hash, int64_t now, struct arena *arena, struct chat_user *out);
enum chat_err store_password_set(struct store *store, int64_t user_id, const char *password_hash);
/* One of the bcrypt hashes that are left from an import; NULL if there is none. */
enum chat_err store_password_old(struct store *store, struct arena *arena, const char **hash);
/* USER_NOT_FOUND. self when viewer is the user. */
enum chat_err store_user_show(struct store *store, int64_t user_id, int64_t viewer,
	struct arena *arena, struct chat_user *out);

/* A rename shows in every server of the user: each takes a rev. */
struct member_change {
	struct chat_member member;
	int64_t rev;
};
/* Changes what is given. *out: self. USERNAME_TAKEN, EMAIL_TAKEN. *changes: after a rename one for
 * each server of the user. */
enum chat_err store_user_update(struct store *store, int64_t user_id,
	const struct chat_user_update *in, struct arena *arena, struct chat_user *out,
	struct member_change **changes, size_t *count);
/* The ids of the servers that a user is in, ascending. */
enum chat_err store_user_servers(
	struct store *store, int64_t user_id, struct arena *arena, int64_t **ids, size_t *count);

/* --- places: where a request goes and what its user is there --- */

struct place {
	int64_t server_id;
	int64_t channel_id; /* 0 for a server */
	int64_t message_id; /* 0 unless of a message */
	int64_t author_id;  /* the message's */
	enum chat_role role;
};

/* The place that a path names by its message_id, channel_id or server_id, the first that is set.
 * SERVER_NOT_FOUND, CHANNEL_NOT_FOUND, MESSAGE_NOT_FOUND, NOT_MEMBER; *out is then all zero. */
enum chat_err store_place(
	struct store *store, const struct path_params *path, int64_t user_id, struct place *out);

/* --- servers --- */

/* Also makes the owner's membership and the channel "general". LIMIT_REACHED. */
enum chat_err store_server_create(struct store *store, int64_t user_id,
	const struct chat_server_create *in, int64_t now, struct arena *arena,
	struct chat_server *out, int64_t *rev);
enum chat_err store_server_list(struct store *store, int64_t user_id, struct arena *arena,
	struct chat_server **list, size_t *count);
enum chat_err store_server_show(
	struct store *store, int64_t server_id, struct arena *arena, struct chat_server *out);
enum chat_err store_server_update(struct store *store, int64_t server_id,
	const struct chat_server_update *in, struct arena *arena, struct chat_server *out,
	int64_t *rev);
enum chat_err store_server_delete(
	struct store *store, int64_t server_id, int64_t now, int64_t *rev);

/* --- members and bans --- */

/* Members above user id `after`, ascending by user id, each with its user. */
enum chat_err store_member_list(struct store *store, int64_t server_id, int64_t viewer,
	const struct chat_page_query *page, struct arena *arena, struct chat_member **list,
	size_t *count);
/* MEMBER_NOT_FOUND. */
enum chat_err store_member_show(struct store *store, int64_t server_id, int64_t user_id,
	int64_t viewer, struct arena *arena, struct chat_member *out);
enum chat_err store_member_set_role(
	struct store *store, int64_t server_id, int64_t user_id, enum chat_role role, int64_t *rev);
enum chat_err store_server_set_owner(
	struct store *store, int64_t server_id, int64_t user_id, int64_t *rev);
/* Takes the user out, and ends the invites it made. */
enum chat_err store_member_remove(
	struct store *store, int64_t server_id, int64_t user_id, int64_t now, int64_t *rev);
enum chat_err store_ban_list(struct store *store, int64_t server_id, int64_t viewer,
	const struct chat_page_query *page, struct arena *arena, struct chat_ban **list,
	size_t *count);
/* BAN_NOT_FOUND. */
enum chat_err store_ban_show(struct store *store, int64_t server_id, int64_t user_id,
	int64_t viewer, struct arena *arena, struct chat_ban *out);
/* Banning twice changes nothing. USER_NOT_FOUND. */
enum chat_err store_ban_create(
	struct store *store, int64_t server_id, int64_t user_id, int64_t creator_id, int64_t now);
/* BAN_NOT_FOUND. */
enum chat_err store_ban_delete(struct store *store, int64_t server_id, int64_t user_id);

/* --- invites --- */

/* LIMIT_REACHED. */
enum chat_err store_invite_create(struct store *store, int64_t server_id, int64_t creator_id,
	const char *code, const struct chat_invite_create *in, int64_t now, struct arena *arena,
	struct chat_invite *out);
enum chat_err store_invite_list(struct store *store, int64_t server_id, int64_t now,
	struct arena *arena, struct chat_invite **list, size_t *count);
/* INVITE_NOT_FOUND for one that is used up, expired, taken back, or of a deleted server. */
enum chat_err store_invite_show(struct store *store, const char *code, int64_t now,
	struct arena *arena, struct chat_invite *out);
/* Joins. *joined is false for one who was a member already. BANNED, LIMIT_REACHED. */
enum chat_err store_invite_accept(struct store *store, const char *code, int64_t user_id,
	int64_t now, struct arena *arena, struct chat_server *out, struct chat_member *member,
	bool *joined, int64_t *rev);
enum chat_err store_invite_delete(struct store *store, const char *code);

/* --- channels --- */

/* LIMIT_REACHED. */
enum chat_err store_channel_create(struct store *store, int64_t server_id,
	const struct chat_channel_create *in, int64_t now, struct arena *arena,
	struct chat_channel *out, int64_t *rev);
enum chat_err store_channel_list(struct store *store, int64_t server_id, struct arena *arena,
	struct chat_channel **list, size_t *count);
enum chat_err store_channel_show(
	struct store *store, int64_t channel_id, struct arena *arena, struct chat_channel *out);
enum chat_err store_channel_update(struct store *store, const struct place *place,
	const struct chat_channel_update *in, struct arena *arena, struct chat_channel *out,
	int64_t *rev);
enum chat_err store_channel_delete(
	struct store *store, const struct place *place, int64_t now, int64_t *rev);

/* --- messages --- */

/*
 * *repeat: the author used this nonce in this channel before, with this content; *out is then that
 * message and nothing changed. NONCE_REUSED: with other content. MESSAGE_GONE: it was deleted.
 * author: becomes out->user.
 */
enum chat_err store_message_create(struct store *store, const struct place *place,
	const struct chat_user *author, const struct chat_message_create *in, int64_t now,
	struct arena *arena, struct chat_message *out, bool *repeat, int64_t *rev);
/* Ascending by id. The viewer's own messages carry their nonces. */
enum chat_err store_message_list(struct store *store, int64_t channel_id, int64_t viewer,
	const struct chat_history_query *query, struct arena *arena, struct chat_message **list,
	size_t *count);
enum chat_err store_message_show(struct store *store, int64_t message_id, int64_t viewer,
	struct arena *arena, struct chat_message *out);
enum chat_err store_message_update(struct store *store, const struct place *place, int64_t viewer,
	const struct chat_message_update *in, int64_t now, struct arena *arena,
	struct chat_message *out, int64_t *rev);
enum chat_err store_message_delete(struct store *store, const struct place *place, int64_t *rev);

/* --- unread and mentions --- */

/* One for each channel that the user may read, ascending by channel id. What is counted is among
 * the first LIMIT_UNREAD_MAX messages above the marker, whoever wrote them; `more`: there are
 * others above those. */
enum chat_err store_unread_list(struct store *store, int64_t user_id, struct arena *arena,
	struct chat_unread **list, size_t *count);
/* Those of one server, if its last change is still this rev; *same says so. */
enum chat_err store_unread_at(struct store *store, int64_t server_id, int64_t rev, int64_t user_id,
	struct arena *arena, struct chat_unread **list, size_t *count, bool *same);
/* Marks as read up to a message of this channel; never moves back. *moved: whether it did at all.
 * MESSAGE_NOT_FOUND. */
enum chat_err store_read_update(struct store *store, const struct place *place, int64_t user_id,
	int64_t message_id, struct chat_unread *out, bool *moved);

/* --- the gateway --- */

/* Names this database: made with it, the same for ever. */
enum chat_err store_epoch(struct store *store, struct arena *arena, const char **epoch);

/* One snapshot of the user (self), and of all that it is in: servers (ascending by id;
 * members_online left 0) and unread. The rest of *out is the caller's to fill. USER_NOT_FOUND. */
enum chat_err store_ready(
	struct store *store, int64_t user_id, struct arena *arena, struct chat_ready *out);

/* The same of one server. */
enum chat_err store_server_state(struct store *store, int64_t server_id, int64_t user_id,
	struct arena *arena, struct chat_server_state *out);

/* A changed row in its newest state. */
struct change {
	int64_t rev;
	enum event_id event;
	void *data; /* the struct of the event's object */
};

/*
 * The rows of a server that changed above `from`, in order of rev, at most `limit`: as created if
 * that was above `base`, else as updated or deleted. *to_rev: everything up to it is in the list;
 * *complete: nothing was above it. Read in one snapshot.
 */
enum chat_err store_replay(struct store *store, int64_t server_id, int64_t viewer, int64_t base,
	int64_t from, int64_t limit, struct arena *arena, struct change **list, size_t *count,
	int64_t *to_rev, bool *complete);

/* --- upkeep --- */

/* Removes up to `limit` rows of what is no longer needed: expired sessions, dead invites, the
 * content of deleted servers and channels. *removed: how many. */
enum chat_err store_purge(struct store *store, int64_t now, int64_t limit, int64_t *removed);

#endif
