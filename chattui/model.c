#include "model.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <chat/time.h>
#include "mention.h"

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

static void pending_free(struct pending *pending)
{
	free(pending->content);
	free(pending->error);
	free(pending);
}

void model_release(struct model *model)
{
	for (size_t i = 0; i < model->n_servers; i++)
		server_free(model->servers[i]);
	free(model->servers);
	while (model->pending) {
		struct pending *next = model->pending->next;

		pending_free(model->pending);
		model->pending = next;
	}
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
static bool set_text(char **text, const char *to)
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
		set_text(&person->name, name ? name : "?");
	} else if (name && set_text(&person->name, name)) {
		model->changes |= CHANGE_MESSAGES | CHANGE_MEMBERS;
	}
	return person;
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

/* --- people --- */

static struct person *take_user(struct model *model, const struct chat_user *user)
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

static void sort_members(struct server *server)
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
static void put_member(struct model *model, struct server *server, const struct chat_member *from)
{
	struct person *person = from->user ? take_user(model, from->user)
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

static void remove_member(struct server *server, int64_t user_id)
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
		put_member(model, server, &items[i]);
	sort_members(server);
	server->members_load = LOAD_DONE;
	model->changes |= CHANGE_MEMBERS;
}

static void set_presence(struct model *model, const struct chat_presence *presence)
{
	struct person *person = map_get(&model->people, presence->user_id);

	if (!person || person->status == presence->status)
		return;
	person->status = presence->status;
	for (size_t i = 0; i < model->n_servers; i++)
		if (find_member(model->servers[i], person->id))
			sort_members(model->servers[i]);
	model->changes |= CHANGE_MEMBERS;
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

/* Takes a channel out of everything but its server's list. */
static void forget_channel(struct model *model, struct channel *channel)
{
	map_remove(&model->by_channel, channel->id);
	if (model->open == channel) {
		model->open = NULL;
		model->changes |= CHANGE_OPEN | CHANGE_MESSAGES;
	}
}

static void remove_channel(struct model *model, struct channel *channel)
{
	struct server *server = channel->server;
	size_t i = 0;

	while (server->channels[i] != channel)
		i++;
	server->n_channels--;
	memmove(server->channels + i, server->channels + i + 1,
		(server->n_channels - i) * sizeof(*server->channels));
	forget_channel(model, channel);
	channel_free(channel);
	model->changes |= CHANGE_TREE;
}

static void remove_server(struct model *model, struct server *server, const char *reason)
{
	size_t i = 0;

	if (model->on_server_gone)
		model->on_server_gone(model->context, server, reason);
	while (model->servers[i] != server)
		i++;
	model->n_servers--;
	memmove(model->servers + i, model->servers + i + 1,
		(model->n_servers - i) * sizeof(*model->servers));
	for (i = 0; i < server->n_channels; i++)
		forget_channel(model, server->channels[i]);
	server_free(server);
	model->changes |= CHANGE_TREE;
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
	channel = calloc(1, sizeof(*channel));
	if (!channel || !map_put(&model->by_channel, id, channel)) {
		free(channel);
		return NULL;
	}
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
	set_text(&channel->name, from->name);
	set_text(&channel->topic, from->description);
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
	set_text(&server->name, from->name);
	if (role)
		server->role = role;
	model->changes |= CHANGE_TREE;
	return server;
}

static void put_state(struct model *model, const struct chat_server_state *from)
{
	struct chat_server plain = {.id = from->id, .name = from->name};
	struct server *server = model_put_server(model, &plain, from->role);

	if (!server)
		return;
	server->rev = from->rev;
	server->is_kept = true;
	for (size_t i = 0; i < server->n_channels; i++)
		server->channels[i]->is_kept = false;
	for (size_t i = 0; i < from->channels.count; i++)
		model_put_channel(model, &from->channels.items[i]);
	for (size_t i = server->n_channels; i-- > 0;)
		if (!server->channels[i]->is_kept)
			remove_channel(model, server->channels[i]);
}

void model_set_read(struct model *model, int64_t channel_id, int64_t last_read, int64_t unread,
	int64_t mentions)
{
	struct channel *channel = model_channel(model, channel_id);

	if (!channel)
		return;
	channel->last_read = last_read;
	channel->unread = unread;
	channel->mentions = mentions;
	model->changes |= CHANGE_TREE;
}

void model_ready(struct model *model, const struct chat_ready *ready)
{
	model->self = ready->user ? take_user(model, ready->user) : model->self;
	for (size_t i = 0; i < model->n_servers; i++)
		model->servers[i]->is_kept = false;
	for (size_t i = 0; i < ready->servers.count; i++)
		put_state(model, &ready->servers.items[i]);
	for (size_t i = model->n_servers; i-- > 0;)
		if (!model->servers[i]->is_kept)
			remove_server(model, model->servers[i], "gone");
	for (size_t i = 0; i < model->n_servers; i++) {
		/* Presence is not replayed. */
		if (model->servers[i]->members_load == LOAD_DONE)
			model->servers[i]->members_load = LOAD_NONE;
	}
	for (size_t i = 0; i < ready->unread.count; i++) {
		const struct chat_unread *unread = &ready->unread.items[i];

		model_set_read(model, unread->channel_id, unread->last_read_id, unread->unread,
			unread->mentions);
	}
	model->changes |= CHANGE_ALL & ~(unsigned)CHANGE_OPEN;
}

/* --- messages --- */

static bool is_gone(const struct model *model, int64_t id)
{
	for (size_t i = 0; i < GONE_MAX; i++)
		if (model->gone[i] == id)
			return true;
	return false;
}

static void mark_messages(struct model *model, const struct channel *channel)
{
	if (channel == model->open)
		model->changes |= CHANGE_MESSAGES;
}

static struct message *put_message(
	struct model *model, struct channel *channel, const struct chat_message *from)
{
	struct person *author = from->user ? take_user(model, from->user)
					   : model_person(model, from->user_id, NULL);

	if (!author || is_gone(model, from->id))
		return NULL;
	if (from->id > channel->last_id)
		channel->last_id = from->id;
	mark_messages(model, channel);
	return history_put(&channel->history, from, author);
}

void model_put_message(struct model *model, const struct chat_message *from)
{
	struct channel *channel = model_channel(model, from->channel_id);

	if (channel && history_find(&channel->history, from->id))
		put_message(model, channel, from);
}

void model_page(struct model *model, int64_t channel_id, int64_t before,
	const struct chat_message *items, size_t count, size_t limit)
{
	struct channel *channel = model_channel(model, channel_id);

	if (!channel)
		return;
	for (size_t i = 0; i < count; i++)
		put_message(model, channel, &items[i]);
	history_page(&channel->history, before, items, count, limit);
	mark_messages(model, channel);
}

void model_cached(
	struct model *model, int64_t channel_id, const struct chat_message *items, size_t count)
{
	struct channel *channel = model_channel(model, channel_id);

	if (!channel)
		return;
	for (size_t i = 0; i < count; i++) {
		struct message *message = history_find(&channel->history, items[i].id)
						  ? NULL
						  : put_message(model, channel, &items[i]);

		if (message)
			message->is_stale = true;
	}
}

void model_remove_message(struct model *model, int64_t channel_id, int64_t id)
{
	struct channel *channel = model_channel(model, channel_id);

	model->gone[model->n_gone++ % GONE_MAX] = id;
	if (!channel)
		return;
	history_remove(&channel->history, id);
	mark_messages(model, channel);
}

/* A person who has sent a message is not typing it any more. */
static void end_typing(struct model *model, int64_t channel_id, int64_t user_id)
{
	for (size_t i = 0; i < model->n_typists; i++) {
		const struct typist *typist = &model->typists[i];

		if (typist->channel_id != channel_id || typist->person->id != user_id)
			continue;
		model->typists[i] = model->typists[--model->n_typists];
		model->changes |= CHANGE_TYPING;
		return;
	}
}

static void new_message(struct model *model, const struct gateway_item *item)
{
	const struct chat_message *from = item->data;
	struct channel *channel = model_channel(model, from->channel_id);
	bool known = channel && history_find(&channel->history, from->id);
	struct message *message = channel ? put_message(model, channel, from) : NULL;
	bool mention;

	if (!message)
		return;
	if (from->nonce)
		model_forget(model, from->nonce);
	end_typing(model, from->channel_id, from->user_id);
	model->n_arrived++;
	/* A replayed one is counted in the snapshot already. */
	if (known || message->author == model->self || item->rev <= channel->server->rev)
		return;
	mention = model->self && mention_of(message->content, model->self->name);
	if (message->id > channel->last_read) {
		channel->unread++;
		channel->mentions += mention;
		model->changes |= CHANGE_TREE;
	}
	if (model->on_message)
		model->on_message(model->context, channel, message, mention);
}

/* --- typing --- */

static void add_typist(struct model *model, const struct chat_channel_user *from, int64_t now_ms)
{
	struct person *person = model_person(model, from->user_id, from->username);

	end_typing(model, from->channel_id, from->user_id);
	if (!person || person == model->self || model->n_typists == TYPISTS_MAX)
		return;
	model->typists[model->n_typists++] =
		(struct typist){from->channel_id, person, now_ms + TYPING_MS};
	model->changes |= CHANGE_TYPING;
}

size_t model_typing(struct model *model, int64_t channel_id, int64_t now_ms,
	const struct person *out[TYPISTS_MAX], int64_t *next)
{
	size_t count = 0;

	*next = 0;
	for (size_t i = 0; i < model->n_typists;) {
		struct typist *typist = &model->typists[i];

		if (typist->until <= now_ms) {
			*typist = model->typists[--model->n_typists];
			continue;
		}
		if (typist->channel_id == channel_id) {
			out[count++] = typist->person;
			if (!*next || typist->until < *next)
				*next = typist->until;
		}
		i++;
	}
	return count;
}

/* --- the outbox --- */

void model_send(struct model *model, int64_t channel_id, const char *content, const char *nonce,
	int64_t now_ms)
{
	struct pending *pending = calloc(1, sizeof(*pending));
	struct pending **end = &model->pending;

	if (!pending || !(pending->content = strdup(content))) {
		free(pending);
		return;
	}
	pending->channel_id = channel_id;
	pending->at = now_ms;
	memccpy(pending->nonce, nonce, 0, sizeof(pending->nonce) - 1);
	while (*end)
		end = &(*end)->next;
	*end = pending;
	model->changes |= CHANGE_MESSAGES;
}

void model_forget(struct model *model, const char *nonce)
{
	for (struct pending **at = &model->pending; *at; at = &(*at)->next) {
		struct pending *pending = *at;

		if (strcmp(pending->nonce, nonce) != 0)
			continue;
		*at = pending->next;
		pending_free(pending);
		model->changes |= CHANGE_MESSAGES;
		return;
	}
}

static void fail_pending(struct model *model, const struct gateway_item *item)
{
	for (struct pending *pending = model->pending; pending; pending = pending->next)
		if (item->nonce && strcmp(pending->nonce, item->nonce) == 0)
			set_text(&pending->error,
				item->error ? item->error : err_info(item->err)->detail);
	model->changes |= CHANGE_MESSAGES;
}

/* --- events --- */

static void doubt_server(struct model *model, struct server *server)
{
	for (size_t i = 0; i < server->n_channels; i++)
		history_doubt(&server->channels[i]->history);
	server->members_load = LOAD_NONE;
	model->changes |= CHANGE_MESSAGES | CHANGE_MEMBERS;
}

static void change_members(struct model *model, const struct gateway_item *item)
{
	const struct chat_member *member = item->data;
	const struct chat_member_ref *gone = item->data;
	bool leaves = item->event == EVENT_member_leave;
	struct server *server = model_server(model, leaves ? gone->server_id : member->server_id);

	if (!server)
		return;
	if (leaves)
		remove_member(server, gone->user_id);
	else
		put_member(model, server, member);
	sort_members(server);
	model->changes |= CHANGE_MEMBERS;
}

static void apply_server(struct model *model, const struct gateway_item *item)
{
	const struct chat_server_gone *gone = item->data;
	const struct chat_resync *resync = item->data;
	struct server *server;

	switch (item->event) {
	case EVENT_server_create:
		put_state(model, item->data);
		break;
	case EVENT_server_update:
		model_put_server(model, item->data, ROLE_NONE);
		break;
	case EVENT_server_delete:
		server = model_server(model, gone->id);
		if (server)
			remove_server(model, server, gone->reason);
		break;
	case EVENT_resync:
		server = model_server(model, scope_server(resync->scope));
		if (server)
			doubt_server(model, server);
		break;
	default:
		break;
	}
}

static void apply_event(struct model *model, const struct gateway_item *item, int64_t now_ms)
{
	const struct chat_message_ref *ref = item->data;
	const struct chat_channel_ref *channel_ref = item->data;
	const struct chat_read *read = item->data;
	struct channel *channel;

	switch (item->event) {
	case EVENT_ready:
		model_ready(model, item->data);
		break;
	case EVENT_message:
		new_message(model, item);
		break;
	case EVENT_message_update:
		model_put_message(model, item->data);
		break;
	case EVENT_message_delete:
		model_remove_message(model, ref->channel_id, ref->id);
		break;
	case EVENT_channel_create:
	case EVENT_channel_update:
		model_put_channel(model, item->data);
		break;
	case EVENT_channel_delete:
		channel = model_channel(model, channel_ref->id);
		if (channel)
			remove_channel(model, channel);
		break;
	case EVENT_member_join:
	case EVENT_member_update:
	case EVENT_member_leave:
		change_members(model, item);
		break;
	case EVENT_presence:
		set_presence(model, item->data);
		break;
	case EVENT_typing:
		add_typist(model, item->data, now_ms);
		break;
	case EVENT_read:
		model_set_read(
			model, read->channel_id, read->last_read_id, read->unread, read->mentions);
		break;
	default:
		apply_server(model, item);
		break;
	}
}

void model_apply(struct model *model, const struct gateway_item *item, int64_t now_ms)
{
	const struct chat_message *sent = item->data;
	struct channel *channel;

	switch (item->kind) {
	case GATEWAY_STATE:
		model->state = item->state;
		model->retry_at = item->retry_ms > 0 ? time_now_ms() + item->retry_ms : 0;
		free(model->state_why);
		model->state_why = item->error ? strdup(item->error) : NULL;
		model->changes |= CHANGE_STATUS;
		break;
	case GATEWAY_EVENT:
		apply_event(model, item, now_ms);
		break;
	case GATEWAY_SENT:
		channel = model_channel(model, sent->channel_id);
		if (channel)
			put_message(model, channel, sent);
		model_forget(model, item->nonce);
		break;
	case GATEWAY_FAILED:
		fail_pending(model, item);
		break;
	}
}

/* --- the open channel --- */

void model_open(struct model *model, struct channel *channel, int64_t now_ms)
{
	if (model->open)
		model->open->new_after = 0;
	model->open = channel;
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
