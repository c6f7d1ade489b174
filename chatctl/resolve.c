#include "resolve.h"
#include "request.h"

#include <string.h>
#include <chat/suggest.h>
#include <chat/text.h>

/* What a name is compared with. */
struct candidate {
	int64_t id;
	const char *name;
	const char *shown; /* where it is one of several */
};

struct candidates {
	struct candidate *list;
	size_t count, room;
};

static enum chat_err add(struct ctl *ctl, struct candidates *all, struct candidate one)
{
	if (all->count == all->room) {
		size_t room = all->room ? 2 * all->room : 64;
		struct candidate *list = arena_array(&ctl->arena, room, sizeof(*list));

		if (!list)
			return CHAT_ERR_NO_MEMORY;
		if (all->count)
			memcpy(list, all->list, all->count * sizeof(*list));
		all->list = list;
		all->room = room;
	}
	all->list[all->count++] = one;
	return CHAT_OK;
}

static bool is_id(const char *text, int64_t *id)
{
	return arg_number(text, 1, LIMIT_ID_MAX, id);
}

static bool folds_to(struct ctl *ctl, const char *name, const char *folded)
{
	const char *other = text_fold(name, &ctl->arena);

	return other && !strcmp(other, folded);
}

/* Whether an earlier one that fits has the same id: a member of two servers is there twice. */
static bool is_doubled(const struct candidates *all, const bool *fits, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (fits[j] && all->list[j].id == all->list[i].id)
			return true;
	}
	return false;
}

static enum chat_err ambiguous(
	struct ctl *ctl, const struct candidates *all, const bool *fits, const char *name)
{
	const char *separator = " could be ";

	buf_printf(&ctl->why, "%s is ambiguous: it", name);
	for (size_t i = 0; i < all->count; i++) {
		const struct candidate *c = &all->list[i];

		if (!fits[i] || is_doubled(all, fits, i))
			continue;
		buf_printf(&ctl->why, "%s%s (id %lld)", separator, c->shown, (long long)c->id);
		separator = ", ";
	}
	return CHAT_ERR_INVALID;
}

/* The candidate of that name. Several rows of one id (a member of two servers) are one. */
static enum chat_err choose(struct ctl *ctl, const struct candidates *all, const char *what,
	const char *name, enum chat_err missing, int64_t *id)
{
	bool *fits = arena_array(&ctl->arena, all->count + 1, sizeof(*fits));
	struct chat_suggest nearest = {.word = name};
	const char *folded;

	if (!fits)
		return CHAT_ERR_NO_MEMORY;
	if (!text_is_utf8(name, strlen(name))) {
		buf_printf(&ctl->why, "the %s's name is not valid UTF-8", what);
		return CHAT_ERR_INVALID;
	}
	folded = text_fold(name, &ctl->arena);
	for (int any_case = 0; any_case < 2; any_case++) {
		*id = 0;
		for (size_t i = 0; i < all->count; i++) {
			const struct candidate *c = &all->list[i];

			fits[i] = any_case ? folded && folds_to(ctl, c->name, folded)
					   : !strcmp(c->name, name);
			if (fits[i])
				*id = *id == 0 || *id == c->id ? c->id : -1;
		}
		if (*id > 0)
			return CHAT_OK;
		if (*id < 0)
			return ambiguous(ctl, all, fits, name);
	}
	buf_printf(&ctl->why, "there is no %s %s that you can see", what, name);
	for (size_t i = 0; i < all->count; i++)
		chat_suggest_try(&nearest, all->list[i].name, strlen(all->list[i].name));
	if (*nearest.best)
		buf_printf(&ctl->why, "; did you mean %s?", nearest.best);
	return missing;
}

static enum chat_err my_servers(struct ctl *ctl, const struct chat_server **servers, size_t *count)
{
	void *items = NULL;
	enum chat_err err = request_get(ctl, EP_server_list, NULL, NULL, &items, count);

	*servers = items;
	return err;
}

/* A name of digits alone is an id; with a colon behind it, as before a channel, it is a name. */
enum chat_err resolve_server(struct ctl *ctl, const char *text, int64_t *id)
{
	const struct chat_server *servers;
	struct candidates all = {0};
	size_t n = strlen(text), count;
	const char *stem =
		n > 1 && text[n - 1] == ':' ? arena_strndup(&ctl->arena, text, n - 1) : NULL;
	int64_t digits;
	enum chat_err err;

	if (is_id(text, id))
		return CHAT_OK;
	if (stem && is_id(stem, &digits))
		text = stem;
	err = my_servers(ctl, &servers, &count);
	for (size_t i = 0; !err && i < count; i++)
		err = add(ctl, &all,
			(struct candidate){servers[i].id, servers[i].name, servers[i].name});
	return err ? err : choose(ctl, &all, "server", text, CHAT_ERR_SERVER_NOT_FOUND, id);
}

/* The channels of a server, each by its name behind each of the beginnings. */
static enum chat_err add_channels(struct ctl *ctl, struct candidates *all,
	const struct chat_server *server, const char *const *begins, size_t n)
{
	const struct path_params params = {.server_id = server->id};
	const struct chat_channel *channels;
	void *items = NULL;
	size_t count = 0;
	enum chat_err err = request_get(ctl, EP_channel_list, &params, NULL, &items, &count);

	channels = items;
	for (size_t i = 0; !err && i < count * n; i++) {
		const struct chat_channel *channel = &channels[i / n];
		const char *name = arena_printf(&ctl->arena, "%s%s", begins[i % n], channel->name);
		const char *shown =
			arena_printf(&ctl->arena, "%s:#%s", server->name, channel->name);

		err = name && shown ? add(ctl, all, (struct candidate){channel->id, name, shown})
				    : CHAT_ERR_NO_MEMORY;
	}
	return err;
}

/* The channels of a server that text begins with, by name or id, as SERVER:#channel or
 * SERVER:channel. They are written as text is, for both names may have ":#" in them. */
static enum chat_err add_named(
	struct ctl *ctl, struct candidates *all, const char *text, const struct chat_server *server)
{
	const char *folded = text_fold(text, &ctl->arena);
	const char *begins[4];
	size_t n = 0;

	for (size_t i = 0; i < 4; i++) {
		const char *mark = i % 2 ? ":" : ":#";
		const char *begin =
			i < 2 ? arena_printf(&ctl->arena, "%s%s", server->name, mark)
			      : arena_printf(&ctl->arena, "%lld%s", (long long)server->id, mark);
		const char *other = begin ? text_fold(begin, &ctl->arena) : NULL;

		if (!other || !folded)
			return CHAT_ERR_NO_MEMORY;
		if (strncmp(folded, other, strlen(other)) == 0)
			begins[n++] = begin;
	}
	return n ? add_channels(ctl, all, server, begins, n) : CHAT_OK;
}

enum chat_err resolve_channel(struct ctl *ctl, const char *text, int64_t *id)
{
	const struct chat_server *servers;
	struct candidates all = {0};
	static const char *const alone[] = {"", "#"};
	const char *mark = strstr(text, ":#");
	size_t count = 0;
	int64_t server_id;
	enum chat_err err;

	if (is_id(text, id))
		return CHAT_OK;
	if (!text_is_utf8(text, strlen(text)))
		return choose(ctl, &all, "channel", text, CHAT_ERR_CHANNEL_NOT_FOUND, id);
	err = my_servers(ctl, &servers, &count);
	for (size_t i = 0; !err && i < count; i++)
		err = add_named(ctl, &all, text, &servers[i]);
	if (err || all.count)
		return err ? err
			   : choose(ctl, &all, "channel", text, CHAT_ERR_CHANNEL_NOT_FOUND, id);
	/* No server is named: the channel's name alone, with or without a '#' before it. */
	for (size_t i = 0; !err && i < count; i++)
		err = add_channels(ctl, &all, &servers[i], alone, *text == '#' ? 2 : 1);
	if (!err)
		err = choose(ctl, &all, "channel", text, CHAT_ERR_CHANNEL_NOT_FOUND, id);
	if (err != CHAT_ERR_CHANNEL_NOT_FOUND || !mark || mark == text)
		return err;
	/* What is missing is rather the server. */
	buf_reset(&ctl->why);
	return resolve_server(
		       ctl, arena_strndup(&ctl->arena, text, (size_t)(mark - text)), &server_id)
		       ? CHAT_ERR_SERVER_NOT_FOUND
		       : CHAT_ERR_CHANNEL_NOT_FOUND;
}

static enum chat_err add_members(struct ctl *ctl, struct candidates *all, int64_t server_id)
{
	const struct path_params params = {.server_id = server_id};
	int64_t after = 0;

	for (;;) {
		const char *query[] = {"100", NULL}; /* limit and after, as in page_query */
		const struct chat_member *members;
		void *items = NULL;
		size_t count = 0;
		enum chat_err err;

		if (after)
			query[1] = arena_printf(&ctl->arena, "%lld", (long long)after);
		err = request_get(ctl, EP_member_list, &params, query, &items, &count);
		members = items;
		for (size_t i = 0; !err && i < count; i++) {
			err = add(ctl, all,
				(struct candidate){members[i].user_id, members[i].user->username,
					members[i].user->username});
		}
		if (err || count < LIMIT_PAGE_MAX)
			return err;
		after = members[count - 1].user_id;
	}
}

enum chat_err resolve_user(struct ctl *ctl, const char *text, int64_t server_id, int64_t *id)
{
	struct candidates all = {0};
	enum chat_err err = CHAT_OK;

	if (is_id(text, id))
		return CHAT_OK;
	if (!strcmp(text, "me")) {
		*id = PATH_ME;
		return CHAT_OK;
	}
	if (*text == '@')
		text++;
	if (server_id) {
		err = add_members(ctl, &all, server_id);
	} else {
		const struct chat_server *servers;
		size_t count = 0;

		err = my_servers(ctl, &servers, &count);
		for (size_t i = 0; !err && i < count; i++)
			err = add_members(ctl, &all, servers[i].id);
	}
	return err ? err : choose(ctl, &all, "user", text, CHAT_ERR_USER_NOT_FOUND, id);
}
