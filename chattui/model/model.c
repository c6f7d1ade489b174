#include "model/model_part.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void model_init(struct model *model)
{
	*model = (struct model){0};
}

static void channel_free(struct channel *channel)
{
	history_release(&channel->history);
	free(channel->name);
	free(channel->topic);
	free(channel->draft);
	free(channel);
}

static void server_free(struct server *server)
{
	for (size_t i = 0; i < server->n_channels; i++)
		channel_free(server->channels[i]);
	free(server->channels);
	free(server->members);
	free(server->name);
	free(server);
}

static void free_gone(struct model *model)
{
	if (model->gone_channel)
		channel_free(model->gone_channel);
	if (model->gone_server)
		server_free(model->gone_server);
	model->gone_channel = NULL;
	model->gone_server = NULL;
}

void model_release(struct model *model)
{
	for (size_t i = 0; i < model->n_servers; i++)
		server_free(model->servers[i]);
	free(model->servers);
	free_gone(model);
	while (model->pending)
		model_forget(model, model->pending->nonce);
	for (size_t i = 0; i < model->people.cap; i++) {
		struct person *person = model->people.slots[i].value;

		if (person)
			free(person->name);
		free(person);
	}
	map_release(&model->people);
	map_release(&model->by_channel);
	free(model->state_why);
	*model = (struct model){0};
}

/* Makes *text a copy of the other; keeps the old one without memory. True if it changed. */
bool model_set_text(char **text, const char *to)
{
	char *copy;

	if (*text && strcmp(*text, to ? to : "") == 0)
		return false;
	copy = strdup(to ? to : "");
	if (!copy)
		return false;
	free(*text);
	*text = copy;
	return true;
}

/* --- looking up --- */

struct channel *model_channel(const struct model *model, int64_t id)
{
	return map_get(&model->by_channel, id);
}

struct server *model_server(const struct model *model, int64_t id)
{
	for (size_t i = 0; i < model->n_servers; i++)
		if (model->servers[i]->id == id)
			return model->servers[i];
	return NULL;
}

struct person *model_person(struct model *model, int64_t id, const char *name)
{
	struct person *person = map_get(&model->people, id);

	if (!person) {
		person = calloc(1, sizeof(*person));
		if (!person || !map_put(&model->people, id, person)) {
			free(person);
			return NULL;
		}
		person->id = id;
		model_set_text(&person->name, name ? name : "?");
	} else if (name && model_set_text(&person->name, name)) {
		model->changes |= CHANGE_MESSAGES | CHANGE_MEMBERS;
	}
	return person;
}

size_t model_n_channels(const struct model *model)
{
	size_t count = 0;

	for (size_t i = 0; i < model->n_servers; i++)
		count += model->servers[i]->n_channels;
	return count;
}

struct channel *model_nth_channel(const struct model *model, size_t n)
{
	for (size_t i = 0; i < model->n_servers; i++) {
		if (n < model->servers[i]->n_channels)
			return model->servers[i]->channels[n];
		n -= model->servers[i]->n_channels;
	}
	return NULL;
}

struct channel *model_latest_channel(const struct model *model)
{
	struct channel *best = NULL, *channel;

	for (size_t i = 0; (channel = model_nth_channel(model, i)) != NULL; i++)
		if (!best || channel->opened_at > best->opened_at)
			best = channel;
	return best;
}

struct channel *model_channel_named(
	const struct model *model, const struct server *server, const char *name)
{
	name += *name == '#';
	for (size_t i = 0; i < model->n_servers; i++) {
		const struct server *other = model->servers[i];

		for (size_t j = 0; (!server || other == server) && j < other->n_channels; j++)
			if (strcasecmp(other->channels[j]->name, name) == 0)
				return other->channels[j];
	}
	return NULL;
}

const struct member *model_member_named(const struct server *server, const char *name)
{
	name += *name == '@';
	for (size_t i = 0; server && i < server->n_members; i++)
		if (strcasecmp(server->members[i].person->name, name) == 0)
			return &server->members[i];
	return NULL;
}

const struct person *model_person_named(const struct model *model, const char *name)
{
	name += *name == '@';
	for (size_t i = 0; i < model->people.cap; i++) {
		const struct person *person = model->people.slots[i].value;

		if (person && strcasecmp(person->name, name) == 0)
			return person;
	}
	return NULL;
}

/* --- people --- */

struct person *model_take_user(struct model *model, const struct chat_user *user)
{
	struct person *person = model_person(model, user->id, user->username);

	if (person && user->status && person->status != user->status) {
		person->status = user->status;
		model->changes |= CHANGE_MEMBERS;
	}
	return person;
}

static int by_presence_and_name(const void *a, const void *b)
{
	const struct person *p = ((const struct member *)a)->person;
	const struct person *q = ((const struct member *)b)->person;
	bool p_off = p->status == STATUS_OFFLINE || !p->status;
	bool q_off = q->status == STATUS_OFFLINE || !q->status;

	if (p_off != q_off)
		return p_off - q_off;
	return strcasecmp(p->name, q->name);
}

void model_sort_members(struct server *server)
{
	if (server->n_members)
		qsort(server->members, server->n_members, sizeof(*server->members),
			by_presence_and_name);
}

static struct member *find_member(struct server *server, int64_t user_id)
{
	for (size_t i = 0; i < server->n_members; i++)
		if (server->members[i].person->id == user_id)
			return &server->members[i];
	return NULL;
}

/* Without order: the caller sorts. */
void model_put_member(struct model *model, struct server *server, const struct chat_member *from)
{
	struct person *person = from->user ? model_take_user(model, from->user)
					   : model_person(model, from->user_id, NULL);
	struct member *member = person ? find_member(server, person->id) : NULL;
	struct member *grown;

	if (person && person == model->self)
		server->role = from->role;
	if (person && !member) {
		grown = realloc(server->members, (server->n_members + 1) * sizeof(*grown));
		if (!grown)
			return;
		server->members = grown;
		member = &grown[server->n_members++];
	}
	if (member)
		*member = (struct member){person, from->role};
}

void model_remove_member(struct server *server, int64_t user_id)
{
	struct member *member = find_member(server, user_id);

	if (!member)
		return;
	server->n_members--;
	memmove(member, member + 1,
		(size_t)(server->members + server->n_members - member) * sizeof(*member));
}

void model_members(struct model *model, int64_t server_id, const struct chat_member *items,
	size_t count, bool first)
{
	struct server *server = model_server(model, server_id);

	if (!server)
		return;
	if (first)
		server->n_members = 0;
	for (size_t i = 0; i < count; i++)
		model_put_member(model, server, &items[i]);
	model_sort_members(server);
	server->members_load = LOAD_DONE;
	model->changes |= CHANGE_MEMBERS;
}

static void set_status(struct model *model, int64_t user_id, enum chat_status status)
{
	struct person *person = map_get(&model->people, user_id);

	if (!person || person->status == status)
		return;
	person->status = status;
	for (size_t i = 0; i < model->n_servers; i++)
		if (find_member(model->servers[i], person->id))
			model_sort_members(model->servers[i]);
	model->changes |= CHANGE_MEMBERS;
}

void model_set_presence(struct model *model, const struct chat_presence *presence)
{
	set_status(model, presence->user_id, presence->status);
	for (size_t i = 0; i < presence->others.count; i++)
		set_status(
			model, presence->others.items[i].user_id, presence->others.items[i].status);
}

/* --- servers and channels --- */

static struct server *add_server(struct model *model, int64_t id)
{
	struct server *server = model_server(model, id);
	struct server **grown;

	if (server)
		return server;
	grown = realloc(model->servers, (model->n_servers + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	model->servers = grown;
	server = calloc(1, sizeof(*server));
	if (!server)
		return NULL;
	server->id = id;
	model->servers[model->n_servers++] = server;
	return server;
}

/* Takes a channel out of its server. The open one stays, to be read. */
static void drop_channel(struct model *model, struct channel *channel, const char *why)
{
	struct server *server = channel->server;
	size_t i = 0;

	while (server->channels[i] != channel)
		i++;
	server->n_channels--;
	memmove(server->channels + i, server->channels + i + 1,
		(server->n_channels - i) * sizeof(*server->channels));
	map_remove(&model->by_channel, channel->id);
	model->changes |= CHANGE_TREE;
	if (model->open != channel) {
		channel_free(channel);
		return;
	}
	channel->gone_why = why;
	channel->unread = channel->mentions = 0;
	model->gone_channel = channel;
	model->changes |= CHANGE_OPEN | CHANGE_MESSAGES;
}

void model_remove_channel(struct model *model, struct channel *channel)
{
	drop_channel(model, channel, "was deleted");
}

/* Why a server's channels are gone, behind "#name". */
static const char *gone_why(const char *reason)
{
	static const struct {
		const char *reason, *why;
	} whys[] = {
		{"deleted", "was deleted with its server"},
		{"kicked", "is gone: you were kicked"},
		{"banned", "is gone: you were banned"},
		{"left", "is gone: you left the server"},
	};

	for (size_t i = 0; i < sizeof(whys) / sizeof(whys[0]); i++)
		if (strcmp(whys[i].reason, reason) == 0)
			return whys[i].why;
	return "is gone";
}

void model_remove_server(struct model *model, struct server *server, const char *reason)
{
	size_t i = 0;

	if (model->on_server_gone)
		model->on_server_gone(model->context, server, reason);
	while (model->servers[i] != server)
		i++;
	model->n_servers--;
	memmove(model->servers + i, model->servers + i + 1,
		(model->n_servers - i) * sizeof(*model->servers));
	while (server->n_channels)
		drop_channel(model, server->channels[server->n_channels - 1], gone_why(reason));
	model->changes |= CHANGE_TREE;
	if (model->gone_channel && model->gone_channel->server == server)
		model->gone_server = server;
	else
		server_free(server);
}

/* The open channel is there again, after it was gone: by an invite, or a snapshot that has it. */
static void revive(struct model *model, struct server *server)
{
	struct channel *channel = model->gone_channel;

	if (model->gone_server && model->gone_server != server)
		server_free(model->gone_server);
	model->gone_channel = NULL;
	model->gone_server = NULL;
	channel->gone_why = NULL;
	channel->server = server;
	history_doubt(&channel->history);
	model->changes |= CHANGE_OPEN | CHANGE_MESSAGES;
}

static struct channel *add_channel(struct model *model, struct server *server, int64_t id)
{
	struct channel *channel = model_channel(model, id);
	struct channel **grown;

	if (channel)
		return channel;
	grown = realloc(server->channels, (server->n_channels + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	server->channels = grown;
	channel = model->gone_channel && model->gone_channel->id == id
			  ? model->gone_channel
			  : calloc(1, sizeof(*channel));
	if (!channel || !map_put(&model->by_channel, id, channel)) {
		if (channel != model->gone_channel)
			free(channel);
		return NULL;
	}
	if (channel == model->gone_channel)
		revive(model, server);
	channel->id = id;
	channel->server = server;
	server->channels[server->n_channels++] = channel;
	return channel;
}

struct channel *model_put_channel(struct model *model, const struct chat_channel *from)
{
	struct server *server = model_server(model, from->server_id);
	struct channel *channel = server ? add_channel(model, server, from->id) : NULL;

	if (!channel)
		return NULL;
	model_set_text(&channel->name, from->name);
	model_set_text(&channel->topic, from->description);
	if (from->last_message_id > channel->last_id)
		channel->last_id = from->last_message_id;
	channel->is_kept = true;
	model->changes |= CHANGE_TREE | (channel == model->open ? CHANGE_MESSAGES : 0);
	return channel;
}

struct server *model_put_server(
	struct model *model, const struct chat_server *from, enum chat_role role)
{
	struct server *server = add_server(model, from->id);

	if (!server)
		return NULL;
	model_set_text(&server->name, from->name);
	if (role)
		server->role = role;
	model->changes |= CHANGE_TREE;
	return server;
}

void model_set_read(struct model *model, int64_t channel_id, int64_t last_read, int64_t unread,
	int64_t mentions, bool more)
{
	struct channel *channel = model_channel(model, channel_id);

	if (!channel)
		return;
	channel->last_read = last_read;
	channel->miscounted = false;
	channel->unread = unread;
	channel->mentions = mentions;
	channel->more = more;
	model->changes |= CHANGE_TREE;
}

/* --- the open channel --- */

void model_open(struct model *model, struct channel *channel, int64_t now_ms)
{
	if (model->open)
		model->open->new_after = 0;
	model->open = channel;
	free_gone(model);
	if (channel) {
		channel->new_after = channel->unread > 0 ? channel->last_read : 0;
		/* Nothing was read yet, and everything is new: the line goes above the first. */
		if (channel->unread > 0 && !channel->new_after)
			channel->new_after = -1;
		channel->opened_at = now_ms;
	}
	model->changes |= CHANGE_ALL & ~(unsigned)CHANGE_OPEN;
}

size_t model_count(const struct model *model, bool mentions)
{
	size_t count = 0;

	for (size_t i = 0; i < model->n_servers; i++) {
		const struct server *server = model->servers[i];

		for (size_t j = 0; j < server->n_channels; j++) {
			const struct channel *channel = server->channels[j];

			if (mentions)
				count += (size_t)channel->mentions;
			else
				count += channel->unread > 0;
		}
	}
	return count;
}
