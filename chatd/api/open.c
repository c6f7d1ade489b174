#include "api/state.h"
#include "core/hub.h"

/* Asked by the channel socket once it is open: may this user hear that channel? */
enum chat_err handle_channel_open(struct req *req, struct reply *reply)
{
	struct admission *admission = arena_alloc(req->arena, sizeof(*admission));
	int64_t *servers;
	enum chat_err err;

	if (admission == NULL)
		return CHAT_ERR_NO_MEMORY;
	if (req->place.server_id != req->path.server_id)
		return CHAT_ERR_NOT_MEMBER;
	err = store_user_servers(
		req->store, req->principal.user_id, req->arena, &servers, &admission->n_servers);
	if (err != CHAT_OK)
		return err;
	admission->servers = servers;
	admission->username = req->self.username;
	admission->choice = req->self.status;
	req->prepared = admission;
	return reply_empty(reply);
}
