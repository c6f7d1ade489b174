#include <chat/endpoint.h>

#include <chat/buf.h>
#include "test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct endpoint *endpoint;
static struct path_params params;
static unsigned allowed;
static const char *bad_param;

static enum match match(enum method method, const char *path)
{
	return endpoint_match(method, path, strlen(path), &endpoint, &params, &allowed, &bad_param);
}

static const struct found_row {
	enum method method;
	const char *path;
	enum endpoint_id id;
} found_rows[] = {
	{METHOD_GET, "/", EP_about},
	{METHOD_GET, "/health", EP_health},
	{METHOD_GET, "/health/", EP_health},
	{METHOD_POST, "/auth/login/", EP_login},
	{METHOD_GET, "/users/me", EP_user_self},
	{METHOD_PATCH, "/users/me", EP_user_update},
	{METHOD_PATCH, "/users/me/status", EP_status_update},
	{METHOD_GET, "/users/12", EP_user_show},
	{METHOD_GET, "/users/12/", EP_user_show},
	{METHOD_GET, "/servers/12", EP_server_show},
	{METHOD_PUT, "/servers/12/bans/13", EP_ban_create},
	{METHOD_GET, "/servers/12/bans", EP_ban_list},
	{METHOD_POST, "/channels/5/messages", EP_message_create},
	{METHOD_GET, "/channels/5/messages/", EP_message_list},
	{METHOD_POST, "/messages/channels/5/messages", EP_message_create},
	{METHOD_GET, "/messages/channels/5/messages/", EP_message_list},
	{METHOD_DELETE, "/messages/5", EP_message_delete},
	{METHOD_DELETE, "/messages/messages/5", EP_message_delete},
	{METHOD_PATCH, "/messages/messages/5/", EP_message_update},
	{METHOD_GET, "/messages/messages/5", EP_message_show},
};

static void test_found(void)
{
	for (size_t i = 0; i < COUNT(found_rows); i++) {
		const struct found_row *row = &found_rows[i];

		if (!CHECK_INT(match(row->method, row->path), MATCH_FOUND) ||
			!CHECK_STR(endpoint->name, endpoint_info(row->id)->name))
			fprintf(stderr, "  at %s\n", row->path);
	}
}

static void test_params(void)
{
	CHECK_INT(match(METHOD_DELETE, "/servers/9007199254740991/members/7.0"), MATCH_FOUND);
	CHECK_INT(params.server_id, LIMIT_ID_MAX);
	CHECK_INT(params.user_id, 7);
	CHECK_INT(params.channel_id, 0);
	CHECK_STR(params.code, "");
	CHECK_INT(match(METHOD_DELETE, "/servers/3/members/me"), MATCH_FOUND);
	CHECK_INT(params.user_id, PATH_ME);
	CHECK_INT(match(METHOD_GET, "/invites/a-B_\xc3\xa4 9/"), MATCH_FOUND);
	CHECK_STR(params.code, "a-B_\xc3\xa4 9");
	CHECK_INT(match(METHOD_DELETE, "/auth/sessions/00ff"), MATCH_FOUND);
	CHECK_STR(params.session_id, "00ff");
}

static void test_no_path(void)
{
	static const char *const paths[] = {"", "x", "health", "//", "/x", "/health/x", "/health//",
		"//health", "/Health", "/healt", "/healthy", "/servers//members", "/servers/1/x",
		"/servers/1/members/2/3", "/a/b/c/d/e/f/g/h", "/messages/channels/1/messages/2",
		"/users/me/status/x", "/invites/", "/servers/{server_id}/x"};

	for (size_t i = 0; i < COUNT(paths); i++) {
		if (!CHECK_INT(match(METHOD_GET, paths[i]), MATCH_NO_PATH))
			fprintf(stderr, "  at %s\n", paths[i]);
		CHECK(!endpoint);
		CHECK_INT(allowed, 0);
	}
}

static void test_no_method(void)
{
	CHECK_INT(match(METHOD_PUT, "/channels/5/messages"), MATCH_NO_METHOD);
	CHECK_INT(allowed, 1 << METHOD_GET | 1 << METHOD_POST);
	CHECK_INT(match(METHOD_DELETE, "/users/me"), MATCH_NO_METHOD);
	CHECK_INT(allowed, 1 << METHOD_GET | 1 << METHOD_PATCH);
	CHECK_INT(match(METHOD_POST, "/"), MATCH_NO_METHOD);
	CHECK_INT(allowed, 1 << METHOD_GET);
	CHECK_INT(match(METHOD_COUNT, "/servers"), MATCH_NO_METHOD);
	CHECK_INT(allowed, 1 << METHOD_GET | 1 << METHOD_POST);
}

static void test_bad_param(void)
{
	static const char *const ids[] = {"0", "-1", "01x", "abc", "1.5", "1.", "+1", " 1", "1e3",
		"9007199254740992", "9223372036854775808", "99999999999999999999999", "meh", "0.0",
		"{user_id}", "\xff", "0x1"};
	char path[128];

	for (size_t i = 0; i < COUNT(ids); i++) {
		snprintf(path, sizeof(path), "/users/%s", ids[i]);
		if (!CHECK_INT(match(METHOD_GET, path), MATCH_BAD_PARAM))
			fprintf(stderr, "  at %s\n", path);
		CHECK_STR(bad_param, "user_id");
		CHECK_STR(endpoint ? endpoint->name : NULL, "user_show");
	}
	CHECK_INT(match(METHOD_GET, "/servers/me"), MATCH_BAD_PARAM);
	CHECK_STR(bad_param, "server_id");
	CHECK_INT(match(METHOD_GET, "/messages/channels"), MATCH_BAD_PARAM);
	CHECK_INT(match(METHOD_GET, "/invites/\xff"), MATCH_BAD_PARAM);
	CHECK_INT(endpoint_match(METHOD_GET, "/invites/a\0b", 12, &endpoint, &params, &allowed,
			  &bad_param),
		MATCH_BAD_PARAM);
	snprintf(path, sizeof(path), "/invites/%0*d", PATH_TEXT_MAX, 0);
	CHECK_INT(match(METHOD_GET, path), MATCH_BAD_PARAM);
	CHECK_STR(bad_param, "code");
	snprintf(path, sizeof(path), "/invites/%0*d", PATH_TEXT_MAX - 1, 0);
	CHECK_INT(match(METHOD_GET, path), MATCH_FOUND);
}

/* Every row's path, filled in, leads back to the row; so does every alias. */
static void test_path(void)
{
	const struct path_params filled = {.server_id = 1,
		.channel_id = 2,
		.message_id = LIMIT_ID_MAX,
		.user_id = 4,
		.code = "a/b?%",
		.session_id = "ff"};
	struct buf path;

	buf_init(&path, 256);
	for (unsigned i = 0; i < EP_COUNT; i++) {
		const struct endpoint *row = endpoint_info((enum endpoint_id)i);

		CHECK_INT(row->id, (int)i);
		buf_reset(&path);
		CHECK(endpoint_path(&path, row->id, &filled));
		CHECK_INT(match(row->method, buf_str(&path)), MATCH_FOUND);
		CHECK_STR(endpoint ? endpoint->name : NULL, row->name);
	}
	buf_reset(&path);
	endpoint_path(&path, EP_invite_show, &filled);
	CHECK_STR(buf_str(&path), "/invites/a%2Fb%3F%25");
	buf_reset(&path);
	endpoint_path(&path, EP_member_delete,
		&(struct path_params){.server_id = 12, .user_id = PATH_ME});
	CHECK_STR(buf_str(&path), "/servers/12/members/me");
	buf_reset(&path);
	endpoint_path(&path, EP_about, &filled);
	CHECK_STR(buf_str(&path), "/");
	buf_release(&path);
}

static void test_table(void)
{
	const struct path_param *param = endpoint_param(EP_ban_create, 1);
	enum endpoint_id id = EP_COUNT;
	size_t aliases = 0;

	while (endpoint_alias(aliases, &id))
		aliases++;
	CHECK_INT((long long)aliases, 5);
	CHECK_STR(endpoint_alias(0, &id), "/messages/channels/{channel_id}/messages");
	CHECK_INT(id, EP_message_create);

	CHECK_STR(endpoint_param(EP_ban_create, 0)->name, "server_id");
	CHECK_STR(param->name, "user_id");
	CHECK_INT(param->kind, PARAM_USER);
	CHECK_INT((long long)param->offset, (long long)offsetof(struct path_params, user_id));
	CHECK(!endpoint_param(EP_ban_create, 2));
	CHECK(!endpoint_param(EP_about, 0));

	/* Every parameter that a path names is known, and every row is as the table says. */
	for (unsigned i = 0; i < EP_COUNT; i++) {
		const struct endpoint *row = endpoint_info((enum endpoint_id)i);
		size_t braces = 0, known = 0;

		for (const char *at = row->path; *at; at++)
			braces += *at == '{';
		while (endpoint_param(row->id, known))
			known++;
		CHECK_INT((long long)known, (long long)braces);
		CHECK_INT(row->shape == SHAPE_EMPTY, row->status == 204);
		CHECK_INT(row->takes_form, row->id == EP_login);
	}
	CHECK_STR(access_name(ACCESS_ALL), "all");
	CHECK_STR(access_name(ACCESS_MODERATOR), "moderator");
	CHECK_STR(access_name(ACCESS_OWNER), "owner");
}

static void test_methods(void)
{
	for (unsigned i = 0; i < METHOD_COUNT; i++)
		CHECK_INT(method_by_name(method_name((enum method)i)), (int)i);
	CHECK_INT(method_by_name("HEAD"), METHOD_COUNT);
	CHECK_INT(method_by_name("get"), METHOD_COUNT);
	CHECK_INT(method_by_name(""), METHOD_COUNT);
}

int main(void)
{
	RUN(test_found);
	RUN(test_params);
	RUN(test_no_path);
	RUN(test_no_method);
	RUN(test_bad_param);
	RUN(test_path);
	RUN(test_table);
	RUN(test_methods);
	return test_end();
}
