#ifndef CHATCTL_RESOLVE_H
#define CHATCTL_RESOLVE_H

#include <stdint.h>
#include "ctl.h"

/*
 * From what people write to ids. Digits are an id, unchecked, and cost no request. A name is looked
 * up among what the user can see: first as it is spelled, then in any case. Errors:
 * CHAT_ERR_…_NOT_FOUND; CHAT_ERR_INVALID for a name that fits several, with ctl->why listing them;
 * those of request_get.
 */

/* SERVER */
enum chat_err resolve_server(struct ctl *ctl, const char *text, int64_t *id);

/* SERVER:#channel, or #channel alone, which is looked for in every server of the user. */
enum chat_err resolve_channel(struct ctl *ctl, const char *text, int64_t *id);

/* @user, among the members of the server, or of all the user's servers for server_id 0; "me" is
 * PATH_ME. */
enum chat_err resolve_user(struct ctl *ctl, const char *text, int64_t server_id, int64_t *id);

#endif
