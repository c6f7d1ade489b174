#include "message.h"

#include <chat/random.h>
#include "output.h"

enum chat_err message_send_one(struct ctl *ctl, struct call *call, struct output *out)
{
	size_t nonce = call_field(OBJECT_message_create, "nonce");
	bool given = call->body[nonce] != NULL;
	char random[33];
	bool sent;
	void *items;
	size_t count;
	enum chat_err err;

	if (!given) {
		random_hex(random, 128);
		call->body[nonce] = random;
	}
	err = call_send(ctl, endpoint_info(EP_message_create), call, &sent, &items, &count);
	if (!given)
		call->body[nonce] = NULL;
	if (!err && sent)
		output_rows(out, items, count);
	return err;
}
