/* The /commands: from a line to a request. */
#include "test.h"

#include <stdlib.h>
#include "commands/command.h"
#include "model/model.h"
#include "commands/words.h"

/* A model of alice in the servers 10 "acme" (open: #general) and 11 "our place"; bob is a member of
 * acme, and carol was one. */
static void begin(struct model *model)
{
	static const struct chat_channel acme[] = {{.id = 100, .server_id = 10, .name = "general"},
		{.id = 101, .server_id = 10, .name = "dev"}};
	static const struct chat_channel place[] = {{.id = 110, .server_id = 11, .name = "dev"}};
	static const struct chat_server_state servers[] = {
		{.id = 10, .name = "acme", .role = ROLE_OWNER, .channels = {acme, 2}},
		{.id = 11, .name = "our place", .role = ROLE_OWNER, .channels = {place, 1}}};
	static const struct chat_user alice = {.id = 1, .username = "alice"};
	static const struct chat_user bob = {.id = 2, .username = "bob"};
	static const struct chat_member members[] = {
		{.server_id = 10, .user_id = 2, .role = ROLE_MEMBER, .user = &bob}};
	struct chat_ready ready = {.user = &alice, .servers = {servers, 2}};

	model_init(model);
	model_ready(model, &ready);
	model_members(model, 10, members, 1, true);
	model_person(model, 3, "carol");
	model_open(model, model_channel(model, 100), 1);
}

/* What the line asks for, as "name server channel user field=value …", or "?why". */
static const char *asked(const char *line)
{
	static char out[1024];
	struct model model;
	struct buf text;
	enum endpoint_id secret;
	struct job *job;

	begin(&model);
	buf_init(&text, sizeof(out) - 2);
	job = command_job(&model, line, &secret, &text);
	if (job) {
		const struct endpoint *endpoint = endpoint_info(job->endpoint);
		const struct object *objects[] = {
			object_info(endpoint->query), object_info(endpoint->request)};
		const char **values[] = {job->query, job->body};

		buf_printf(&text, "%s %lld %lld %lld", endpoint->name,
			(long long)job->params.server_id, (long long)job->params.channel_id,
			(long long)job->params.user_id);
		for (size_t i = 0; i < 2; i++)
			for (size_t j = 0; j < objects[i]->n_fields; j++)
				if (values[i][j])
					buf_printf(&text, " %s=%s", objects[i]->fields[j].name,
						values[i][j]);
		job_free(job);
	}
	snprintf(out, sizeof(out), "%s%s", job ? "" : "?", buf_str(&text));
	buf_release(&text);
	model_release(&model);
	return out;
}

static void places(void)
{
	CHECK_STR(asked("channel show"), "channel_show 0 100 0");
	CHECK_STR(asked("channel show dev"), "channel_show 0 101 0");
	CHECK_STR(asked("channel show #DEV"), "channel_show 0 101 0");
	CHECK_STR(asked("channel show \"our place:#dev\""), "channel_show 0 110 0");
	CHECK_STR(asked("channel show --channel 7"), "channel_show 0 7 0");
	CHECK_STR(asked("channel show none"), "?channel none is not known here: try its id");
	CHECK_STR(asked("server show"), "server_show 10 0 0");
	CHECK_STR(asked("server show \"Our place\""), "server_show 11 0 0");
	CHECK_STR(asked("member list --server acme"), "member_list 10 0 0");
	CHECK_STR(asked("member remove @bob"), "member_delete 10 0 2");
	CHECK_STR(asked("member remove acme bob"), "member_delete 10 0 2");
	CHECK_STR(asked("member remove carol"), "member_delete 10 0 3");
	CHECK_STR(asked("member remove me"), "member_delete 10 0 -1");
	CHECK_STR(asked("member role bob admin"), "member_update 10 0 2 role=admin");
	CHECK_STR(asked("member role 11 77 owner"), "member_update 11 0 77 role=owner");
}

static void values(void)
{
	CHECK_STR(asked("send hello  there"), "message_create 0 100 0 content=hello  there");
	CHECK_STR(asked("send #dev dev, hello"), "message_create 0 101 0 content=dev, hello");
	CHECK_STR(asked("send it's \"quoted\""), "message_create 0 100 0 content=it's \"quoted\"");
	CHECK_STR(asked("channel create two words --description \"some \\\"more\\\"\""),
		"channel_create 10 0 0 name=two words description=some \"more\"");
	CHECK_STR(asked("channel create --description x \"two words\""),
		"channel_create 10 0 0 name=two words description=x");
	CHECK_STR(asked("invite create --max-uses 3"), "invite_create 10 0 0 max_uses=3");
	CHECK_STR(asked("history --limit 5"), "message_list 0 100 0 limit=5");
	CHECK_STR(asked("send"), "?the content is missing");
	CHECK_STR(asked("whoami now"), "?now is too much");
	CHECK_STR(asked("nonsense"), "?there is no command /nonsense; see /help");
	CHECK_STR(asked("\"send hello"), "?there is no command /\"send hello; see /help");
	CHECK_STR(asked(""), "?there is no command /; see /help");
}

static void short_words(void)
{
	CHECK_STR(asked("kick bob"), "member_delete 10 0 2");
	CHECK_STR(asked("leave"), "member_delete 10 0 -1");
	CHECK_STR(asked("ban bob"), "ban_create 10 0 2");
	CHECK_STR(asked("ban list"), "ban_list 10 0 0");
	CHECK_STR(asked("topic all \"new\" things"),
		"channel_update 0 100 0 description=all \"new\" things");
	CHECK_STR(asked("topic"), "?--description is no flag here, or lacks its value");
}

/* Every endpoint with an answer for people can be asked for, with what its row wants. */
static void every_endpoint(void)
{
	struct model model;
	const char *summary;

	begin(&model);
	for (enum endpoint_id id = 0; id < EP_COUNT; id++) {
		const struct endpoint *endpoint = endpoint_info(id);
		const struct path_param *param;
		const struct object *request = object_info(endpoint->request);
		const struct object *query = object_info(endpoint->query);
		enum endpoint_id secret = EP_COUNT;
		struct buf line, why;
		struct job *job;
		size_t at = 0;

		if (endpoint->shape == SHAPE_TEXT)
			continue;
		buf_init(&line, 1024);
		buf_init(&why, 1024);
		buf_puts(&line, endpoint->words);
		for (size_t i = 0; (param = endpoint_param(id, i)) != NULL; i++)
			if (strcmp(param->name, "server_id") != 0 &&
				strcmp(param->name, "channel_id") != 0)
				buf_puts(&line, " 5");
		for (size_t i = 0; i < query->n_fields; i++)
			if (query->fields[i].flags & FIELD_REQUIRED)
				buf_puts(&line, " away");
		for (size_t i = 0; i < request->n_fields; i++)
			if (request->fields[i].flags & FIELD_REQUIRED)
				buf_puts(&line, " 6");
		job = command_job(&model, buf_str(&line), &secret, &why);
		CHECK((job && job->endpoint == id) || secret == id);
		while (command_at(at, &summary) &&
			strcmp(command_at(at, &summary), endpoint->words) != 0)
			at++;
		CHECK(command_at(at, &summary) != NULL);
		if (job)
			job_free(job);
		buf_release(&line);
		buf_release(&why);
	}
	model_release(&model);
}

int main(void)
{
	RUN(places);
	RUN(values);
	RUN(short_words);
	RUN(every_endpoint);
	return test_end();
}
