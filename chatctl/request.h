#ifndef CHATCTL_REQUEST_H
#define CHATCTL_REQUEST_H

#include <chat/endpoint.h>
#include "ctl.h"

/* True if the request was to be shown only, and was. The caller has connected. */
bool request_dry_run(struct ctl *ctl, const struct rest_request *request);
bool request_is_dry(const struct ctl *ctl);

/* In a dry run: shows a GET of that path. The caller has connected. */
enum chat_err request_dry_path(struct ctl *ctl, const char *path);

/* Sends a request of an endpoint, with ctl->why told; CHAT_ERR_NOT_LOGGED_IN without asking where
 * there is no token. reply as in rest_send. */
enum chat_err request_call(struct ctl *ctl, enum endpoint_id id, const struct path_params *params,
	const char *const *query, const char *const *body, struct rest_reply *reply);

/* Gets an endpoint's object, or list of objects, into the arena. */
enum chat_err request_get(struct ctl *ctl, enum endpoint_id id, const struct path_params *params,
	const char *const *query, void **items, size_t *count);

/* Decodes an answer of the endpoint into the arena; one object counts as a list of one. */
enum chat_err request_decode(struct ctl *ctl, const struct endpoint *endpoint,
	const struct rest_reply *reply, void **items, size_t *count);

#endif
