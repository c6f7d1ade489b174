#include "request.h"

#include <stdio.h>

bool request_is_dry(const struct ctl *ctl)
{
	return ctl->options.globals[GLOBAL_DRY_RUN] || ctl->options.globals[GLOBAL_CURL];
}

bool request_dry_run(struct ctl *ctl, const struct rest_request *request)
{
	struct buf text;

	if (!request_is_dry(ctl))
		return false;
	buf_init(&text, 1 << 28);
	if (ctl->options.globals[GLOBAL_CURL])
		rest_render_curl(ctl->rest, request, &text);
	else
		rest_render(ctl->rest, request, &text);
	fwrite(buf_str(&text), 1, text.len, stdout);
	buf_release(&text);
	return true;
}

enum chat_err request_dry_path(struct ctl *ctl, const char *path)
{
	struct rest_request request;
	enum chat_err err;

	rest_request_init(&request);
	err = rest_request_raw(&request, METHOD_GET, path, NULL, NULL, 0, &ctl->why);
	if (!err)
		request_dry_run(ctl, &request);
	rest_request_release(&request);
	return err;
}

enum chat_err request_call(struct ctl *ctl, enum endpoint_id id, const struct path_params *params,
	const char *const *query, const char *const *body, struct rest_reply *reply)
{
	const struct path_params none = {0};
	struct rest_request request;
	enum chat_err err = ctl_connect(ctl);

	if (err)
		return err;
	if (endpoint_info(id)->access != ACCESS_ALL && !ctl->account.token)
		return CHAT_ERR_NOT_LOGGED_IN;
	rest_request_init(&request);
	err = rest_request_endpoint(&request, id, params ? params : &none, query, body, &ctl->why);
	if (!err)
		err = rest_send(ctl->rest, &request, reply, &ctl->why);
	rest_request_release(&request);
	return err;
}

enum chat_err request_decode(struct ctl *ctl, const struct endpoint *endpoint,
	const struct rest_reply *reply, void **items, size_t *count)
{
	const char *json = buf_str(&reply->body);
	size_t n = reply->body.len;
	struct problems problems = {0};
	enum chat_err err;

	*count = 1;
	if (endpoint->shape == SHAPE_LIST) {
		err = object_decode_list(
			endpoint->response, json, n, &ctl->arena, items, count, &problems);
	} else {
		*items = arena_alloc(&ctl->arena, object_info(endpoint->response)->size);
		err = !*items ? CHAT_ERR_NO_MEMORY
			      : object_decode(endpoint->response, json, n, &ctl->arena, *items,
					&problems);
	}
	if (err && err != CHAT_ERR_NO_MEMORY) {
		buf_printf(&ctl->why,
			"the answer of %s is not one of this protocol: is the URL right?",
			ctl->account.url);
		return CHAT_ERR_BAD_REPLY;
	}
	return err;
}

enum chat_err request_get(struct ctl *ctl, enum endpoint_id id, const struct path_params *params,
	const char *const *query, void **items, size_t *count)
{
	struct rest_reply reply;
	enum chat_err err;

	rest_reply_init(&reply);
	err = request_call(ctl, id, params, query, NULL, &reply);
	if (!err)
		err = request_decode(ctl, endpoint_info(id), &reply, items, count);
	rest_reply_release(&reply);
	return err;
}
