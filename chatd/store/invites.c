#include <string.h>
#include "store/rows.h"

#define INVITE_COLUMNS                                                                             \
	"i.code, i.server_id, s.name, i.creator_id, i.uses, i.max_uses, i.expires_at, "            \
	"i.created_at"

/* One that can still be used: 0 is no bound, or no end. */
#define IS_ALIVE(now)                                                                              \
	"(i.expires_at = 0 OR i.expires_at > " now ") AND (i.max_uses = 0 OR i.uses < i.max_uses)"

static void invite_read(
	struct store *store, struct db_stmt *stmt, struct arena *arena, struct chat_invite *out)
{
	out->code = store_text(store, arena, stmt, 0);
	out->server_id = db_int(stmt, 1);
	out->server_name = store_text(store, arena, stmt, 2);
	out->creator_id = db_int(stmt, 3);
	out->uses = db_int(stmt, 4);
	out->max_uses = db_int(stmt, 5);
	out->expires_at = db_int(stmt, 6);
	out->created_at = db_int(stmt, 7);
}

enum chat_err store_invite_create(struct store *store, int64_t server_id, int64_t creator_id,
	const char *code, const struct chat_invite_create *in, int64_t now, struct arena *arena,
	struct chat_invite *out)
{
	int64_t alive = store_number(db_query(store->db,
		"SELECT count(*) FROM invites i WHERE i.server_id = $1 AND " IS_ALIVE("$2"),
		DB_INT(server_id), DB_INT(now)));

	if (alive >= LIMIT_INVITES_PER_SERVER)
		return store_end(store, CHAT_ERR_LIMIT_REACHED);
	db_run(store->db,
		"INSERT INTO invites (code, server_id, creator_id, max_uses, expires_at, "
		"created_at)"
		" VALUES ($1, $2, $3, $4, $5, $6)",
		DB_TEXT(code), DB_INT(server_id), DB_INT(creator_id), DB_INT(in->max_uses),
		DB_INT(in->expires_in ? now + in->expires_in * 1000 : 0), DB_INT(now));
	return store_invite_show(store, code, now, arena, out);
}

enum chat_err store_invite_list(struct store *store, int64_t server_id, int64_t now,
	struct arena *arena, struct chat_invite **list, size_t *count)
{
	struct rows rows = {.size = sizeof(struct chat_invite)};
	struct chat_invite *invite;
	struct db_stmt *st = db_query(store->db,
		"SELECT " INVITE_COLUMNS " FROM invites i JOIN servers s ON s.id = i.server_id"
		" WHERE i.server_id = $1 AND " IS_ALIVE(
			"$2") " ORDER BY i.created_at, i.code LIMIT $3",
		DB_INT(server_id), DB_INT(now), DB_INT(LIMIT_INVITES_PER_SERVER));

	while (db_step(st) && (invite = rows_add(store, arena, &rows)) != NULL)
		invite_read(store, st, arena, invite);
	db_end(st);
	*list = rows.items;
	*count = rows.count;
	return store_end(store, CHAT_OK);
}

enum chat_err store_invite_show(struct store *store, const char *code, int64_t now,
	struct arena *arena, struct chat_invite *out)
{
	enum chat_err err = CHAT_ERR_INVITE_NOT_FOUND;
	struct db_stmt *st = db_query(store->db,
		"SELECT " INVITE_COLUMNS " FROM invites i JOIN servers s ON s.id = i.server_id"
		" WHERE i.code = $1 AND s.deleted_at IS NULL AND " IS_ALIVE("$2"),
		DB_TEXT(code), DB_INT(now));

	memset(out, 0, sizeof(*out));
	if (db_step(st)) {
		invite_read(store, st, arena, out);
		err = CHAT_OK;
	}
	db_end(st);
	return store_end(store, err);
}

static bool is_banned(struct store *store, int64_t server_id, int64_t user_id)
{
	return store_number(db_query(store->db,
		       "SELECT user_id FROM bans WHERE server_id = $1 AND user_id = $2",
		       DB_INT(server_id), DB_INT(user_id))) != 0;
}

/* Counts a use; the last one ends the invite. */
static void invite_use(struct store *store, const struct chat_invite *invite)
{
	if (invite->max_uses != 0 && invite->uses + 1 >= invite->max_uses)
		store_invite_delete(store, invite->code);
	else
		db_run(store->db, "UPDATE invites SET uses = uses + 1 WHERE code = $1",
			DB_TEXT(invite->code));
}

/* Whoever was a member before gets the same row back, as a new membership. */
static int64_t member_add(struct store *store, int64_t server_id, int64_t user_id, int64_t now)
{
	int64_t rev = store_next_rev(store, server_id);

	db_run(store->db,
		"INSERT INTO members (server_id, user_id, role, joined_at, created_rev, rev,"
		" read_floor)"
		" VALUES ($1, $2, $3, $4, $5, $5, coalesce((SELECT max(id) FROM messages), 0))"
		" ON CONFLICT (server_id, user_id) DO UPDATE"
		" SET role = excluded.role, joined_at = excluded.joined_at, left_at = NULL,"
		" read_floor = excluded.read_floor, created_rev = excluded.created_rev, rev = "
		"excluded.rev",
		DB_INT(server_id), DB_INT(user_id), DB_INT(ROLE_MEMBER), DB_INT(now), DB_INT(rev));
	return rev;
}

enum chat_err store_invite_accept(struct store *store, const char *code, int64_t user_id,
	int64_t now, struct arena *arena, struct chat_server *out, struct chat_member *member,
	bool *joined, int64_t *rev)
{
	struct chat_invite invite;
	enum chat_err err;

	*joined = false;
	*rev = 0;
	err = store_invite_show(store, code, now, arena, &invite);
	if (err)
		return err;
	err = store_member_show(store, invite.server_id, user_id, user_id, arena, member);
	if (err == CHAT_ERR_MEMBER_NOT_FOUND) {
		if (is_banned(store, invite.server_id, user_id))
			return store_end(store, CHAT_ERR_BANNED);
		if (user_is_full(store, user_id))
			return store_end(store, CHAT_ERR_LIMIT_REACHED);
		invite_use(store, &invite);
		*rev = member_add(store, invite.server_id, user_id, now);
		*joined = true;
		err = store_member_show(store, invite.server_id, user_id, user_id, arena, member);
	}
	if (err)
		return err;
	return store_server_show(store, invite.server_id, arena, out);
}

enum chat_err store_invite_delete(struct store *store, const char *code)
{
	int64_t n = db_run(store->db, "DELETE FROM invites WHERE code = $1", DB_TEXT(code));

	return store_end(store, n > 0 ? CHAT_OK : CHAT_ERR_INVITE_NOT_FOUND);
}
