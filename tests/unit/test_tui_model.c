/* The model: what the gateway tells and REST answers, in whatever order it comes. */
#include "test.h"

#include <stdlib.h>
#include "input/list.h"
#include "model/map.h"
#include "model/model.h"

static struct chat_user alice = {.id = 1, .username = "alice", .status = STATUS_ONLINE};
static struct chat_user bob = {.id = 2, .username = "bob", .status = STATUS_OFFLINE};

/* A model of alice in server 10 with the channels 100 and 101, which were read to message 5. */
static void begin(struct model *model)
{
	static const struct chat_channel channels[] = {
		{.id = 100, .server_id = 10, .name = "general", .last_message_id = 5},
		{.id = 101, .server_id = 10, .name = "dev"},
	};
	static const struct chat_server_state server = {
		.id = 10, .name = "acme", .rev = 50, .role = ROLE_OWNER, .channels = {channels, 2}};
	static const struct chat_unread unread[] = {
		{.channel_id = 100, .server_id = 10, .last_read_id = 5}};
	struct chat_ready ready = {.user = &alice, .servers = {&server, 1}, .unread = {unread, 1}};

	model_init(model);
	model_ready(model, &ready);
}

static struct chat_message message(int64_t id, const char *content)
{
	return (struct chat_message){.id = id,
		.channel_id = 100,
		.user_id = 2,
		.user = &bob,
		.content = content,
		.created_at = id * 1000,
		.updated_at = id * 1000};
}

static void event(struct model *model, enum event_id id, int64_t rev, const void *data)
{
	struct gateway_item item = {
		.kind = GATEWAY_EVENT, .event = id, .server_id = 10, .rev = rev, .data = data};

	model_apply(model, &item, 0);
}

static void arrive(struct model *model, int64_t rev, int64_t id, const char *content)
{
	struct chat_message from = message(id, content);

	event(model, EVENT_message, rev, &from);
}

/* The channel's messages as "1 2? 3", stale ones with a question mark. */
static const char *ids(const struct model *model)
{
	static char out[1024];
	const struct history *history = &model_channel(model, 100)->history;
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < history->count; i++)
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%s%lld%s", i ? " " : "",
			(long long)history->items[i].id, history->items[i].is_stale ? "?" : "");
	return out;
}

/* Gives a page of messages first..last below `before`, with a limit of 3. */
static void page(struct model *model, int64_t before, int64_t first, int64_t last)
{
	struct chat_message items[16];
	size_t count = 0;

	for (int64_t id = first; id <= last; id++)
		items[count++] = message(id, "page");
	model_page(model, 100, before, items, count, 3);
}

static void snapshots_replace(void)
{
	static const struct chat_channel channels[] = {{.id = 101, .server_id = 10, .name = "new"}};
	static const struct chat_server_state server = {
		.id = 10, .name = "acme", .role = ROLE_OWNER, .channels = {channels, 1}};
	struct chat_ready ready = {.user = &alice, .servers = {&server, 1}};
	struct chat_ready none = {.user = &alice};
	struct model model;

	begin(&model);
	model_open(&model, model_channel(&model, 100), 1);
	CHECK_INT(model.servers[0]->n_channels, 2);
	model.changes = 0;
	model_ready(&model, &ready);
	CHECK_INT(model.servers[0]->n_channels, 1);
	CHECK_STR(model_channel(&model, 101)->name, "new");
	CHECK(!model_channel(&model, 100));
	/* What is open stays to be read, until something else is opened. */
	CHECK(model.open && model.open->id == 100 && (model.changes & CHANGE_OPEN));
	CHECK_STR(model.open->gone_why, "was deleted");
	model_ready(&model, &none);
	CHECK_INT(model.n_servers, 0);
	CHECK_STR(model.open->server->name, "acme");
	model_open(&model, NULL, 2);
	CHECK(!model.open && !model.gone_channel && !model.gone_server);
	model_release(&model);
}

static void gone_and_back(void)
{
	static const struct chat_channel channels[] = {{.id = 101, .server_id = 10, .name = "new"},
		{.id = 100, .server_id = 10, .name = "x"}};
	static const struct chat_server_state server = {
		.id = 10, .name = "acme", .role = ROLE_OWNER, .channels = {channels, 2}};
	struct chat_ready ready = {.user = &alice, .servers = {&server, 1}};
	struct chat_ready none = {.user = &alice};
	struct model model;

	begin(&model);
	model_open(&model, model_channel(&model, 100), 1);
	model_ready(&model, &none);
	CHECK(model.gone_channel && model.gone_server && !model_nth_channel(&model, 0));
	model_ready(&model, &ready);
	CHECK(!model.gone_channel && !model.gone_server && !model.open->gone_why);
	CHECK(model.open == model_channel(&model, 100) && model.open->server == model.servers[0]);
	CHECK(model_nth_channel(&model, 1) == model.open);
	model_ready(&model, &none);
	model_release(&model);
}

static void messages_in_order(void)
{
	struct model model;
	struct chat_message edit = message(7, "edited");
	struct chat_message_ref gone = {.id = 6, .channel_id = 100};

	begin(&model);
	arrive(&model, 51, 7, "b");
	arrive(&model, 52, 6, "a");
	arrive(&model, 53, 7, "b");
	CHECK_STR(ids(&model), "6 7");
	edit.updated_at += 5;
	edit.is_edited = true;
	event(&model, EVENT_message_update, 54, &edit);
	CHECK_STR(history_find(&model_channel(&model, 100)->history, 7)->content, "edited");
	edit.id = 99;
	event(&model, EVENT_message_update, 55, &edit);
	event(&model, EVENT_message_delete, 56, &gone);
	event(&model, EVENT_message_delete, 56, &gone);
	CHECK_STR(ids(&model), "7");
	model_release(&model);
}

static void old_pages_do_not_undo(void)
{
	struct model model;
	struct chat_message edit = message(7, "edited");
	struct chat_message_ref gone = {.id = 6, .channel_id = 100};

	begin(&model);
	arrive(&model, 51, 7, "b");
	edit.updated_at += 5;
	event(&model, EVENT_message_update, 54, &edit);
	event(&model, EVENT_message_delete, 55, &gone);
	arrive(&model, 56, 9, "newer than the page");
	page(&model, 0, 6, 8);
	CHECK_STR(ids(&model), "7 8 9");
	CHECK_STR(history_find(&model_channel(&model, 100)->history, 7)->content, "edited");
	model_release(&model);
}

static void unread_counts(void)
{
	struct model model;
	struct chat_message own = message(8, "mine @alice");
	struct chat_read read = {.channel_id = 100, .last_read_id = 8};
	const struct channel *channel;

	begin(&model);
	channel = model_channel(&model, 100);
	arrive(&model, 40, 6, "replayed @alice");
	CHECK_INT(channel->unread, 0);
	arrive(&model, 51, 7, "new @alice");
	arrive(&model, 51, 7, "new @alice");
	CHECK_INT(channel->unread, 1);
	CHECK_INT(channel->mentions, 1);
	own.user_id = 1;
	own.user = &alice;
	event(&model, EVENT_message, 52, &own);
	CHECK_INT(channel->unread, 1);
	CHECK_INT(model_count(&model, true), 1);
	event(&model, EVENT_read, 0, &read);
	CHECK_INT(channel->unread, 0);
	CHECK_INT(model_count(&model, false), 0);
	model_release(&model);
}

/* What is deleted or edited before it was read is counted as it is now. */
/* Beyond the bound of the counts there is no counting on, nor down. */
static void unread_beyond_its_bound(void)
{
	struct model model;
	struct chat_message_ref gone = {.id = 200, .channel_id = 100};
	struct chat_read read = {
		.channel_id = 100, .last_read_id = 8, .unread = 97, .mentions = 3, .more = true};
	const struct channel *channel;

	begin(&model);
	channel = model_channel(&model, 100);
	event(&model, EVENT_read, 0, &read);
	arrive(&model, 51, 200, "one more @alice");
	CHECK(channel->more);
	CHECK_INT(channel->unread, 97);
	CHECK_INT(channel->mentions, 4);
	event(&model, EVENT_message_delete, 55, &gone);
	CHECK_INT(channel->unread, 97);
	CHECK(model.miscounted);
	model_release(&model);
}

static void unread_follows_changes(void)
{
	struct model model;
	struct chat_message edit = message(7, "not you");
	struct chat_message_ref gone = {.id = 6, .channel_id = 100};
	struct chat_unread counts = {.channel_id = 100, .last_read_id = 5, .unread = 1};
	const struct channel *channel;

	begin(&model);
	channel = model_channel(&model, 100);
	arrive(&model, 51, 6, "one @alice");
	arrive(&model, 52, 7, "two @alice");
	arrive(&model, 53, 8, "three");
	CHECK_INT(channel->unread, 3);
	CHECK_INT(channel->mentions, 2);
	gone.id = 8; /* what the snapshot has counted */
	event(&model, EVENT_message_delete, 40, &gone);
	CHECK(!model.miscounted);
	/* What is counted of an unread message that changes is the server's to say. */
	edit.updated_at += 5;
	event(&model, EVENT_message_update, 54, &edit);
	CHECK(model.miscounted);
	counts.unread = 3;
	counts.mentions = 2;
	model_recount(&model, &counts, 1);
	CHECK_INT(channel->mentions, 2);
	gone.id = 6;
	event(&model, EVENT_message_delete, 55, &gone);
	CHECK(model.miscounted);
	counts = (struct chat_unread){.channel_id = 100, .last_read_id = 5, .unread = 1};
	model_recount(&model, &counts, 1);
	CHECK(!model.miscounted);
	CHECK_INT(channel->unread, 1);
	model_release(&model);
}

static void pages_prove(void)
{
	struct model model;
	struct chat_message cached[] = {
		message(1, "c"), message(2, "c"), message(3, "c"), message(9, "deleted since")};
	struct history *history;

	begin(&model);
	history = &model_channel(&model, 100)->history;
	model_cached(&model, 100, cached, 4);
	CHECK_STR(ids(&model), "1? 2? 3? 9?");
	CHECK(!history->is_loaded);
	page(&model, 0, 6, 8);
	CHECK_STR(ids(&model), "1? 2? 3? 6 7 8");
	CHECK(history->is_loaded && !history->is_complete);
	CHECK_INT(history_hole(history, 3), 0);
	CHECK_INT(history_hole(history, 0), 6);
	page(&model, 6, 3, 5);
	CHECK_STR(ids(&model), "1? 2? 3 4 5 6 7 8");
	CHECK_INT(history_hole(history, 0), 3);
	page(&model, 3, 2, 2);
	CHECK_STR(ids(&model), "2 3 4 5 6 7 8");
	CHECK(history->is_complete);
	CHECK_INT(history_hole(history, 0), 0);
	model_release(&model);
}

static void resync_doubts(void)
{
	struct model model;
	struct chat_resync resync = {.scope = "s10"};
	struct history *history;

	begin(&model);
	history = &model_channel(&model, 100)->history;
	page(&model, 0, 1, 2);
	CHECK(history->is_complete);
	event(&model, EVENT_resync, 0, &resync);
	CHECK_STR(ids(&model), "1? 2?");
	arrive(&model, 60, 30, "live");
	page(&model, 0, 28, 30);
	CHECK_STR(ids(&model), "1? 2? 28 29 30");
	model_release(&model);
}

static void trimming(void)
{
	struct model model;
	struct history *history;

	begin(&model);
	history = &model_channel(&model, 100)->history;
	page(&model, 0, 1, 2);
	for (int64_t id = 3; id < 20; id++)
		arrive(&model, 50 + id, id, "x");
	history_trim(history, 3);
	CHECK_STR(ids(&model), "17 18 19");
	CHECK_INT(history_hole(history, 0), 17);
	model_release(&model);
}

static void members(void)
{
	struct model model;
	struct chat_member items[] = {
		{.server_id = 10, .user_id = 2, .role = ROLE_MEMBER, .user = &bob},
		{.server_id = 10, .user_id = 1, .role = ROLE_OWNER, .user = &alice}};
	struct chat_presence away = {.user_id = 2, .status = STATUS_AWAY};
	struct chat_user renamed = bob;
	struct chat_member update = items[0];
	struct chat_member_ref gone = {.server_id = 10, .user_id = 2};
	const struct server *server;

	begin(&model);
	arrive(&model, 51, 7, "x");
	model_members(&model, 10, items, 2, true);
	server = model_server(&model, 10);
	CHECK_STR(server->members[0].person->name, "alice");
	event(&model, EVENT_presence, 0, &away);
	CHECK_INT(server->members[1].person->status, STATUS_AWAY);
	renamed.username = "robert";
	update.user = &renamed;
	event(&model, EVENT_member_update, 52, &update);
	CHECK_INT(server->n_members, 2);
	CHECK_STR(model_channel(&model, 100)->history.items[0].author->name, "robert");
	event(&model, EVENT_member_leave, 53, &gone);
	CHECK_INT(server->n_members, 1);
	model_release(&model);
}

static void outbox(void)
{
	struct model model;
	struct chat_message sent = message(9, "hello");
	struct gateway_item item = {.kind = GATEWAY_SENT, .nonce = "n1", .data = &sent};
	struct gateway_item failed = {
		.kind = GATEWAY_FAILED, .nonce = "n2", .err = CHAT_ERR_NOT_MEMBER, .error = "no"};

	begin(&model);
	model_send(&model, 100, "hello", "n1", 1);
	model_send(&model, 100, "again", "n2", 2);
	model_apply(&model, &item, 0);
	CHECK_STR(model.pending->nonce, "n2");
	CHECK_STR(ids(&model), "9");
	event(&model, EVENT_message, 51, &sent);
	CHECK_STR(ids(&model), "9");
	model_apply(&model, &failed, 0);
	CHECK_STR(model.pending->error, "no");
	model_forget(&model, "n2");
	CHECK(!model.pending);
	model_release(&model);
}

static void typing(void)
{
	struct model model;
	struct chat_channel_user from = {.user_id = 2, .username = "bob", .channel_id = 100};
	const struct person *people[TYPISTS_MAX];
	int64_t next;

	begin(&model);
	event(&model, EVENT_typing, 0, &from);
	event(&model, EVENT_typing, 0, &from);
	CHECK_INT(model_typing(&model, 100, 10, people, &next), 1);
	CHECK_INT(next, TYPING_MS);
	CHECK_INT(model_typing(&model, 101, 10, people, &next), 0);
	CHECK_INT(model_typing(&model, 100, TYPING_MS, people, &next), 0);
	event(&model, EVENT_typing, 0, &from);
	arrive(&model, 51, 7, "sent");
	CHECK_INT(model_typing(&model, 100, 10, people, &next), 0);
	model_release(&model);
}

static void new_line(void)
{
	struct model model;
	struct channel *channel;

	begin(&model);
	channel = model_channel(&model, 100);
	model_open(&model, channel, 1);
	CHECK_INT(channel->new_after, 0);
	model_open(&model, NULL, 1);
	arrive(&model, 51, 7, "x");
	model_open(&model, channel, 1);
	CHECK_INT(channel->new_after, 5);
	model_open(&model, NULL, 1);
	CHECK_INT(channel->new_after, 0);
	model_release(&model);
}

static void maps(void)
{
	struct map map = {0};
	int value;

	for (int64_t i = 1; i <= 1000; i++)
		CHECK(map_put(&map, i * 64, &value));
	for (int64_t i = 1; i <= 1000; i += 2)
		map_remove(&map, i * 64);
	for (int64_t i = 1; i <= 1000; i++)
		CHECK((map_get(&map, i * 64) != NULL) == (i % 2 == 0));
	CHECK_INT(map.count, 500);
	map_release(&map);
}

static void fuzzy(void)
{
	CHECK(list_score("gen", "#general") > 0);
	CHECK(list_score("gnl", "#general") > 0);
	CHECK_INT(list_score("xyz", "#general"), 0);
	CHECK(list_score("dev", "#dev") > list_score("dev", "#old-events"));
	CHECK(list_score("st", "server-tests") > list_score("st", "#latest"));
	CHECK(list_score("", "x") > 0);
}

int main(void)
{
	RUN(snapshots_replace);
	RUN(gone_and_back);
	RUN(messages_in_order);
	RUN(old_pages_do_not_undo);
	RUN(unread_counts);
	RUN(unread_follows_changes);
	RUN(unread_beyond_its_bound);
	RUN(pages_prove);
	RUN(resync_doubts);
	RUN(trimming);
	RUN(members);
	RUN(outbox);
	RUN(typing);
	RUN(new_line);
	RUN(maps);
	RUN(fuzzy);
	return test_end();
}
