#ifndef CHATTUI_MODEL_PART_H
#define CHATTUI_MODEL_PART_H

#include "model/model.h"

/* What the model's own files have in common. */

/* Makes *text a copy of the other ("" for NULL); keeps the old one without memory. True if it
 * changed. */
bool model_set_text(char **text, const char *to);

/* Takes what is told of a person. NULL without memory. */
struct person *model_take_user(struct model *model, const struct chat_user *user);
void model_set_presence(struct model *model, const struct chat_presence *presence);

/* Puts a member into a server, without order; then model_sort_members. */
void model_put_member(struct model *model, struct server *server, const struct chat_member *from);
void model_remove_member(struct server *server, int64_t user_id);
void model_sort_members(struct server *server);

/* These free what they remove. */
void model_remove_channel(struct model *model, struct channel *channel);
void model_remove_server(struct model *model, struct server *server, const char *reason);

/* Takes a server with its channels; others that it had are gone. */
void model_put_state(struct model *model, const struct chat_server_state *from);

/* Takes a message that is new, or an answer to one's own. */
struct message *model_take_message(
	struct model *model, struct channel *channel, const struct chat_message *from);
void model_new_message(struct model *model, const struct gateway_item *item);
void model_add_typist(struct model *model, const struct chat_channel_user *from, int64_t now_ms);
void model_fail_pending(struct model *model, const struct gateway_item *item);

#endif
