#include <string.h>
#include <chat/hash.h>
#include "store/rows.h"

/* The server of a whole page, so that it is looked up once and not for each row. */
#define SERVER_OF_CHANNEL "(SELECT c.server_id FROM channels c WHERE c.id = $2)"

void message_read(
	struct store *store, struct db_stmt *stmt, struct arena *arena, struct chat_message *out)
{
	out->id = db_int(stmt, 0);
	out->channel_id = db_int(stmt, 1);
	out->user_id = db_int(stmt, 2);
	out->content = store_text(store, arena, stmt, 3);
	out->created_at = db_int(stmt, 4);
	out->updated_at = db_int(stmt, 5);
	out->is_edited = db_int(stmt, 6) != 0;
	out->nonce = store_text(store, arena, stmt, 7);
	out->user = user_read_new(store, stmt, MESSAGE_N, arena);
}

/* --- sending --- */

/* Tells the text that a nonce was used with from another after an edit. */
static int64_t text_hash(const char *text)
{
	return (int64_t)chat_fnv1a(CHAT_FNV1A_BASIS, text, strlen(text));
}

/* Whether the row (deleted, content, is_edited, sent_hash from column 1 on) was sent with this
 * text. */
static enum chat_err compare_sent(struct db_stmt *st, const char *content)
{
	bool same;

	if (db_int(st, 1))
		return CHAT_ERR_MESSAGE_GONE;
	same = db_int(st, 3) ? db_int(st, 4) == text_hash(content)
			     : strcmp(db_text(st, 2), content) == 0;
	return same ? CHAT_OK : CHAT_ERR_NONCE_REUSED;
}

/* The author used this nonce here before. */
static enum chat_err message_repeat(struct store *store, const struct place *place,
	const struct chat_user *author, const struct chat_message_create *in, struct arena *arena,
	struct chat_message *out)
{
	enum chat_err err = CHAT_ERR_INTERNAL;
	int64_t id = 0;
	struct db_stmt *st = db_query(store->db,
		"SELECT id, deleted, content, is_edited, sent_hash FROM messages"
		" WHERE channel_id = $1 AND user_id = $2 AND nonce = $3",
		DB_INT(place->channel_id), DB_INT(author->id), DB_TEXT(in->nonce));
	if (db_step(st)) {
		id = db_int(st, 0);
		err = compare_sent(st, in->content);
	}
	db_end(st);
	err = store_end(store, err);
	return err ? err : store_message_show(store, id, author->id, arena, out);
}

enum chat_err store_message_create(struct store *store, const struct place *place,
	const struct chat_user *author, const struct chat_message_create *in, int64_t now,
	struct arena *arena, struct chat_message *out, bool *repeat, int64_t *rev)
{
	struct chat_user *user = store_alloc(store, arena, 1, sizeof(*user));

	memset(out, 0, sizeof(*out));
	*repeat = false;
	*rev = store_rev_ahead(store, place->server_id);
	out->id = db_insert(store->db,
		"INSERT INTO messages (server_id, channel_id, user_id, content, nonce,"
		" created_at, updated_at, created_rev, rev)"
		" VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $7)"
		" ON CONFLICT (channel_id, user_id, nonce) DO NOTHING",
		DB_INT(place->server_id), DB_INT(place->channel_id), DB_INT(author->id),
		DB_TEXT(in->content), DB_TEXT(in->nonce), DB_INT(now), DB_INT(*rev));
	if (out->id == 0 && !db_status(store->db)) {
		*repeat = true;
		*rev = 0;
		return message_repeat(store, place, author, in, arena, out);
	}
	store_take_rev(store, place->server_id, *rev);
	if (user == NULL)
		return store_end(store, CHAT_ERR_UNAVAILABLE);
	mentions_add(store, place, out->id, author->id, in->content, arena);
	/* For everybody: without the author's address. */
	user->id = author->id;
	user->username = store_copy(store, arena, author->username);
	user->status = author->status;
	user->created_at = author->created_at;
	out->channel_id = place->channel_id;
	out->user_id = author->id;
	out->content = store_copy(store, arena, in->content);
	out->created_at = now;
	out->updated_at = now;
	out->user = user;
	out->nonce = store_copy(store, arena, in->nonce);
	return store_end(store, CHAT_OK);
}

/* --- history --- */

/* Reads up to n messages below the id `below`, passing over the newest `skip` of them; they end at
 * `end`. Returns how many. */
static size_t read_older(struct store *store, int64_t viewer, int64_t channel_id, int64_t below,
	int64_t n, int64_t skip, struct arena *arena, struct chat_message *end)
{
	size_t count = 0;
	struct db_stmt *st = db_query(store->db,
		"SELECT " MESSAGE_COLUMNS(
			SERVER_OF_CHANNEL) " FROM messages m JOIN users u ON u.id = m.user_id"
					   " WHERE m.channel_id = $2 AND m.deleted = 0 AND m.id < "
					   "$3"
					   " ORDER BY m.id DESC LIMIT $4 OFFSET $5",
		DB_INT(viewer), DB_INT(channel_id), DB_INT(below), DB_INT(n), DB_INT(skip));

	while (db_step(st))
		message_read(store, st, arena, end - ++count);
	db_end(st);
	return count;
}

/* Reads up to n messages above the id `above`; they start at `start`. */
static size_t read_newer(struct store *store, int64_t viewer, int64_t channel_id, int64_t above,
	int64_t n, struct arena *arena, struct chat_message *start)
{
	size_t count = 0;
	struct db_stmt *st = db_query(store->db,
		"SELECT " MESSAGE_COLUMNS(
			SERVER_OF_CHANNEL) " FROM messages m JOIN users u ON u.id = m.user_id"
					   " WHERE m.channel_id = $2 AND m.deleted = 0 AND m.id > "
					   "$3"
					   " ORDER BY m.id LIMIT $4",
		DB_INT(viewer), DB_INT(channel_id), DB_INT(above), DB_INT(n));

	while (db_step(st))
		message_read(store, st, arena, start + count++);
	db_end(st);
	return count;
}

enum chat_err store_message_list(struct store *store, int64_t channel_id, int64_t viewer,
	const struct chat_history_query *query, struct arena *arena, struct chat_message **list,
	size_t *count)
{
	int64_t limit = query->limit ? query->limit : LIMIT_PAGE_DEFAULT;
	int64_t n_older = query->after ? 0 : query->around ? limit / 2 : limit;
	int64_t below = query->around ? query->around : query->before;
	int64_t above = query->around ? query->around - 1 : query->after;
	size_t older = 0, newer = 0;
	/* The older ones lie before the middle, the newer ones from there on. */
	struct chat_message *middle =
		store_alloc(store, arena, (size_t)(n_older + limit), sizeof(*middle));

	if (middle == NULL)
		return store_end(store, CHAT_ERR_UNAVAILABLE);
	middle += n_older;
	if (n_older > 0)
		older = read_older(store, viewer, channel_id, below ? below : LIMIT_ID_MAX + 1,
			n_older, query->skip, arena, middle);
	if (query->after || query->around)
		newer = read_newer(
			store, viewer, channel_id, above, limit - (int64_t)older, arena, middle);
	*list = middle - older;
	*count = older + newer;
	return store_end(store, CHAT_OK);
}

/* --- one message --- */

enum chat_err store_message_show(struct store *store, int64_t message_id, int64_t viewer,
	struct arena *arena, struct chat_message *out)
{
	enum chat_err err = CHAT_ERR_MESSAGE_NOT_FOUND;
	struct db_stmt *st = db_query(store->db,
		"SELECT " MESSAGE_COLUMNS(
			"m.server_id") " FROM messages m JOIN users u ON u.id = m.user_id"
				       " WHERE m.id = $2 AND m.deleted = 0",
		DB_INT(viewer), DB_INT(message_id));

	memset(out, 0, sizeof(*out));
	if (db_step(st)) {
		message_read(store, st, arena, out);
		err = CHAT_OK;
	}
	db_end(st);
	return store_end(store, err);
}

enum chat_err store_message_update(struct store *store, const struct place *place, int64_t viewer,
	const struct chat_message_update *in, int64_t now, struct arena *arena,
	struct chat_message *out, int64_t *rev)
{
	enum chat_err err = store_message_show(store, place->message_id, viewer, arena, out);

	*rev = 0;
	if (err || !store_differs(in->content, out->content))
		return err;
	*rev = store_next_rev(store, place->server_id);
	db_run(store->db,
		"UPDATE messages SET content = $1, updated_at = $2, is_edited = 1, rev = $3,"
		" sent_hash = COALESCE(sent_hash, $4) WHERE id = $5",
		DB_TEXT(in->content), DB_INT(now), DB_INT(*rev), DB_INT(text_hash(out->content)),
		DB_INT(place->message_id));
	mentions_remove(store, place->message_id);
	mentions_add(store, place, place->message_id, out->user_id, in->content, arena);
	return store_message_show(store, place->message_id, viewer, arena, out);
}

enum chat_err store_message_delete(struct store *store, const struct place *place, int64_t *rev)
{
	int64_t n;

	*rev = store_next_rev(store, place->server_id);
	n = db_run(store->db,
		"UPDATE messages SET content = '', deleted = 1, rev = $1"
		" WHERE id = $2 AND deleted = 0",
		DB_INT(*rev), DB_INT(place->message_id));
	mentions_remove(store, place->message_id);
	return store_end(store, n > 0 ? CHAT_OK : CHAT_ERR_MESSAGE_NOT_FOUND);
}
