#include "store/rows.h"

void user_read(struct store *store, struct db_stmt *stmt, int column, struct arena *arena,
	struct chat_user *out)
{
	out->id = db_int(stmt, column);
	out->username = store_text(store, arena, stmt, column + 1);
	out->email = NULL;
	out->status = (enum chat_status)db_int(stmt, column + 2);
	out->created_at = db_int(stmt, column + 3);
}

const struct chat_user *user_read_new(
	struct store *store, struct db_stmt *stmt, int column, struct arena *arena)
{
	struct chat_user *user = store_alloc(store, arena, 1, sizeof(*user));

	if (user != NULL)
		user_read(store, stmt, column, arena, user);
	return user;
}
