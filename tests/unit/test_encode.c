#include <chat/object.h>

#include <stddef.h>
#include <chat/arena.h>
#include <chat/buf.h>
#include "test.h"

#define T0 INT64_C(1769860800123)
#define T0_TEXT "\"2026-01-31T12:00:00.123Z\""

static struct chat_user user = {
	.id = 7, .username = "alice", .status = STATUS_AWAY, .created_at = T0};

static struct chat_message message = {
	.id = 9007199254740991,
	.channel_id = 3,
	.user_id = 7,
	.content = "say \"hi\"\n\xf0\x9f\x98\x80",
	.created_at = T0,
	.updated_at = T0,
	.is_edited = true,
	.user = &user,
	.nonce = "n-1",
};

#define USER_JSON "{\"id\":7,\"username\":\"alice\",\"status\":\"away\",\"created_at\":" T0_TEXT "}"

static void check_encoded(enum object_id id, const void *object, const char *want)
{
	struct buf out;

	buf_init(&out, 4096);
	CHECK(object_encode(&out, id, object));
	CHECK_STR(buf_str(&out), want);
	buf_release(&out);
}

static void test_message(void)
{
	check_encoded(OBJECT_message, &message,
		"{\"id\":9007199254740991,\"channel_id\":3,\"user_id\":7,"
		"\"content\":\"say \\\"hi\\\"\\n\xf0\x9f\x98\x80\",\"created_at\":" T0_TEXT
		",\"updated_at\":" T0_TEXT ",\"is_edited\":true,\"user\":" USER_JSON
		",\"nonce\":\"n-1\"}");
}

/* What stands for no value: null, nothing, or the value as it is, as the flags say. */
static void test_absent(void)
{
	struct chat_user self = user;
	struct chat_channel channel = {.id = 1, .server_id = 2, .name = "general"};
	struct chat_invite invite = {.code = "c", .server_id = 2, .server_name = "s"};
	struct chat_member member = {.id = 1, .role = ROLE_MODERATOR};

	check_encoded(OBJECT_user, &user, USER_JSON);
	self.email = "a@b";
	check_encoded(OBJECT_user, &self,
		"{\"id\":7,\"username\":\"alice\",\"email\":\"a@b\",\"status\":\"away\","
		"\"created_at\":" T0_TEXT "}");
	check_encoded(OBJECT_channel, &channel,
		"{\"id\":1,\"server_id\":2,\"name\":\"general\",\"description\":null,"
		"\"created_at\":\"1970-01-01T00:00:00.000Z\",\"last_message_id\":null}");
	channel.name = NULL;
	channel.description = "";
	channel.last_message_id = 5;
	channel.created_at = T0;
	check_encoded(OBJECT_channel, &channel,
		"{\"id\":1,\"server_id\":2,\"name\":\"\",\"description\":\"\","
		"\"created_at\":" T0_TEXT ",\"last_message_id\":5}");
	check_encoded(OBJECT_invite, &invite,
		"{\"code\":\"c\",\"server_id\":2,\"server_name\":\"s\",\"creator_id\":0,\"uses\":0,"
		"\"max_uses\":null,\"expires_at\":null,"
		"\"created_at\":\"1970-01-01T00:00:00.000Z\"}");
	check_encoded(OBJECT_member, &member,
		"{\"id\":1,\"server_id\":0,\"user_id\":0,\"role\":\"moderator\","
		"\"joined_at\":\"1970-01-01T00:00:00.000Z\",\"user\":null}");
}

/* A request has what its caller named, and no more. */
static void test_request(void)
{
	struct chat_user_update update = {.email = "a@b"};
	struct chat_invite_create invite = {0};

	check_encoded(OBJECT_user_update, &update, "{\"email\":\"a@b\"}");
	check_encoded(OBJECT_invite_create, &invite, "{}");
	invite.expires_in = 60;
	check_encoded(OBJECT_invite_create, &invite, "{\"expires_in\":60}");
}

static void test_list(void)
{
	struct chat_message_ref refs[] = {{1, 2}, {3, 4}};
	struct buf out;

	buf_init(&out, 4096);
	CHECK(object_encode_list(&out, OBJECT_message_ref, NULL, 0));
	CHECK(object_encode_list(&out, OBJECT_message_ref, refs, 2));
	CHECK(object_encode_members(&out, OBJECT_message_ref, refs));
	CHECK_STR(buf_str(&out), "[][{\"id\":1,\"channel_id\":2},{\"id\":3,\"channel_id\":4}]"
				 "\"id\":1,\"channel_id\":2");
	buf_release(&out);
}

/* A buffer that is too small fails whatever the place it ends at. */
static void test_full(void)
{
	struct buf out;

	buf_init(&out, 4096);
	CHECK(object_encode(&out, OBJECT_message, &message));
	for (size_t max = 0, n = out.len; max < n; max++) {
		struct buf small;

		buf_init(&small, max);
		CHECK(!object_encode(&small, OBJECT_message, &message));
		CHECK(!buf_ok(&small));
		buf_release(&small);
	}
	buf_release(&out);
}

/* What was encoded decodes to the same and encodes to the same. */
static void test_round_trip(void)
{
	struct arena arena;
	struct problems problems = {0};
	struct chat_message back;
	struct buf out;

	arena_init(&arena, 0);
	buf_init(&out, 4096);
	object_encode(&out, OBJECT_message, &message);
	CHECK_INT(object_decode(OBJECT_message, out.data, out.len, &arena, &back, &problems),
		CHAT_OK);
	CHECK_INT(back.id, message.id);
	CHECK_STR(back.content, message.content);
	CHECK_INT(back.updated_at, T0);
	CHECK(back.is_edited);
	CHECK_STR(back.nonce, "n-1");
	if (CHECK(back.user != NULL)) {
		CHECK_STR(back.user->username, "alice");
		CHECK(!back.user->email);
		CHECK_INT(back.user->status, STATUS_AWAY);
	}
	check_encoded(OBJECT_message, &back, buf_str(&out));
	buf_release(&out);
	arena_release(&arena);
}

static void hide(void *found, void *context)
{
	struct chat_user *it = found;

	it->status = STATUS_OFFLINE;
	++*(int *)context;
}

static void test_visit(void)
{
	struct chat_user one = user, two = user;
	struct chat_message of_one = message;
	struct chat_ban nobody = {0};
	int count = 0;

	of_one.user = &one;
	object_visit(OBJECT_message, &of_one, OBJECT_user, hide, &count);
	CHECK_INT(count, 1);
	CHECK_INT(one.status, STATUS_OFFLINE);
	object_visit(OBJECT_user, &two, OBJECT_user, hide, &count);
	CHECK_INT(count, 2);
	CHECK_INT(two.status, STATUS_OFFLINE);
	object_visit(OBJECT_ban, &nobody, OBJECT_user, hide, &count);
	object_visit(OBJECT_user, &two, OBJECT_message, hide, &count);
	CHECK_INT(count, 2);
}

static void test_words(void)
{
	for (unsigned i = STATUS_ONLINE; i <= STATUS_DND; i++)
		CHECK_INT(status_by_name(status_name((enum chat_status)i)), (int)i);
	for (unsigned i = ROLE_MEMBER; i <= ROLE_OWNER; i++)
		CHECK_INT(role_by_name(role_name((enum chat_role)i)), (int)i);
	CHECK_STR(status_name(STATUS_DND), "dnd");
	CHECK_STR(role_name(ROLE_ADMIN), "admin");
	CHECK(!status_name(STATUS_NONE) && !role_name(ROLE_NONE));
	CHECK(!status_name((enum chat_status)(STATUS_DND + 1)));
	CHECK(!role_name((enum chat_role)(ROLE_OWNER + 1)));
	CHECK_INT(status_by_name("owner"), STATUS_NONE);
	CHECK_INT(role_by_name(""), ROLE_NONE);
}

static void test_table(void)
{
	const struct object *info = object_info(OBJECT_message);

	CHECK_STR(info->name, "message");
	CHECK_INT((long long)info->size, (long long)sizeof(struct chat_message));
	CHECK_INT((long long)info->n_fields, 9);
	CHECK_STR(info->fields[7].name, "user");
	CHECK_STR(info->fields[7].key, ",\"user\":");
	CHECK_INT(info->fields[7].ref, OBJECT_user);
	CHECK_INT(
		(long long)info->fields[7].offset, (long long)offsetof(struct chat_message, user));
	CHECK_INT((long long)object_info(OBJECT_none)->n_fields, 0);
}

int main(void)
{
	RUN(test_message);
	RUN(test_absent);
	RUN(test_request);
	RUN(test_list);
	RUN(test_full);
	RUN(test_round_trip);
	RUN(test_visit);
	RUN(test_words);
	RUN(test_table);
	return test_end();
}
