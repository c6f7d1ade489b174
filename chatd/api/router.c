#include <string.h>
#include <strings.h>
#include <chat/multipart.h>
#include "api/state.h"
#include "core/token.h"

static handler_fn *const handlers[EP_COUNT] = {
#define EP(name, ...) [EP_##name] = handle_##name,
#define ALIAS(name, path)
#define FORM(name)
#include <chat/endpoints.def>
#undef EP
#undef ALIAS
#undef FORM
};

/* What the HASH rows have besides. */
static const struct {
	handler_fn *prepare;
	account_fn *account;
} preparations[EP_COUNT] = {
	[EP_register] = {prepare_register, account_register},
	[EP_login] = {prepare_login, account_login},
	[EP_password_change] = {prepare_password_change, account_password_change},
};

void router_bind(struct request *request, enum endpoint_id id)
{
	request->req.endpoint = endpoint_info(id);
	request->prepare = preparations[id].prepare;
	request->handle = handlers[id];
}

uint64_t router_account(const struct request *request)
{
	return preparations[request->req.endpoint->id].account(&request->req);
}

/* --- which endpoint --- */

static enum chat_err bad_param(struct request *request, const char *name)
{
	enum endpoint_id id = request->req.endpoint->id;
	const struct path_param *param;
	size_t i = 0;

	while ((param = endpoint_param(id, i)) != NULL && strcmp(param->name, name) != 0)
		i++;
	if (param != NULL && param->kind == PARAM_TEXT)
		return reply_problem(&request->reply, "path", name, "string_type",
			"This is no text, or longer than any that there is");
	return reply_problem(&request->reply, "path", name, "int_parsing",
		"This is an id: a whole number from 1 to 2^53 - 1");
}

static enum chat_err match(struct request *request)
{
	struct req *req = &request->req;
	const char *param = NULL;

	switch (endpoint_match(request->method, request->path, strlen(request->path),
		&req->endpoint, &req->path, &request->reply.allowed, &param)) {
	case MATCH_FOUND:
		router_bind(request, req->endpoint->id);
		return CHAT_OK;
	case MATCH_NO_METHOD:
		return CHAT_ERR_METHOD_NOT_ALLOWED;
	case MATCH_BAD_PARAM:
		return bad_param(request, param);
	case MATCH_NO_PATH:
		break;
	}
	return CHAT_ERR_NOT_FOUND;
}

/* --- whose request --- */

/* RFC 6750, section 2.1: the scheme's name in any case, then the token. */
static const char *bearer(const char *authorization)
{
	if (authorization == NULL || strncasecmp(authorization, "Bearer ", 7) != 0)
		return NULL;
	authorization += 7;
	return authorization + strspn(authorization, " ");
}

static enum chat_err authenticate(struct api *api, struct request *request)
{
	struct req *req = &request->req;

	req->bearer = bearer(request->authorization);
	if (req->endpoint->access == ACCESS_ALL)
		return CHAT_OK;
	if (req->bearer == NULL)
		return CHAT_ERR_NOT_LOGGED_IN;
	return api_verify_token(api, req->bearer, strlen(req->bearer), &req->principal);
}

static enum chat_err limit(struct api *api, struct request *request)
{
	request->reply.retry_ms = api_limit(
		api, request->req.endpoint->rate, request->req.principal.user_id, request->address);
	return request->reply.retry_ms == 0 ? CHAT_OK : CHAT_ERR_RATE_LIMITED;
}

/* --- what came with it --- */

static enum chat_err decode_query(struct request *request)
{
	enum object_id id = request->req.endpoint->query;
	void *out;

	if (id == OBJECT_none)
		return CHAT_OK;
	out = arena_alloc(&request->arena, object_info(id)->size);
	if (out == NULL)
		return CHAT_ERR_NO_MEMORY;
	request->req.query = out;
	return object_decode_form(id, "query", request->query, strlen(request->query),
		&request->arena, out, &request->reply.problems);
}

/* Whether the type is this one, parameters such as a charset aside. */
static bool is_type(const char *content_type, const char *type)
{
	size_t n = strlen(type);

	return strncasecmp(content_type, type, n) == 0 &&
	       strchr("; \t", content_type[n]) != NULL; /* the end counts too */
}

/* A form as browsers and curl -F send it, which is one in another encoding. */
static enum chat_err decode_multipart(struct request *request, void *out)
{
	struct buf form;
	enum chat_err err;

	buf_init(&form, 4 * request->body.len + 1);
	err = chat_multipart_form(
		request->content_type, buf_str(&request->body), request->body.len, &form);
	if (err == CHAT_ERR_INVALID)
		reply_problem(&request->reply, "body", NULL, "value_error",
			"The body is not multipart/form-data as its type says");
	if (err == CHAT_OK)
		err = object_decode_form(request->req.endpoint->request, "body", buf_str(&form),
			form.len, &request->arena, out, &request->reply.problems);
	if (form.data != NULL)
		explicit_bzero(form.data, form.len);
	buf_release(&form);
	return err;
}

static enum chat_err decode_body(struct request *request)
{
	const struct endpoint *endpoint = request->req.endpoint;
	const char *type = request->content_type;
	bool may_form = type != NULL && endpoint->takes_form;
	bool form = may_form && is_type(type, "application/x-www-form-urlencoded");
	bool multipart = may_form && is_type(type, "multipart/form-data");
	void *out;

	if (endpoint->request == OBJECT_none)
		return CHAT_OK;
	if (type != NULL && request->body.len > 0 && !is_type(type, "application/json") && !form &&
		!multipart)
		return CHAT_ERR_UNSUPPORTED_MEDIA_TYPE;
	out = arena_alloc(&request->arena, object_info(endpoint->request)->size);
	if (out == NULL)
		return CHAT_ERR_NO_MEMORY;
	request->req.body = out;
	if (multipart)
		return decode_multipart(request, out);
	if (form)
		return object_decode_form(endpoint->request, "body", buf_str(&request->body),
			request->body.len, &request->arena, out, &request->reply.problems);
	return object_decode(endpoint->request, buf_str(&request->body), request->body.len,
		&request->arena, out, &request->reply.problems);
}

enum chat_err router_route(struct api *api, struct request *request)
{
	enum chat_err err = match(request);

	if (err == CHAT_OK)
		err = authenticate(api, request);
	if (err == CHAT_OK)
		err = limit(api, request);
	if (err == CHAT_OK)
		err = decode_query(request);
	if (err == CHAT_OK)
		err = decode_body(request);
	if (err == CHAT_OK)
		upkeep_seen(api, &request->req.principal, request->req.now);
	return err;
}
