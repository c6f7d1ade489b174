#ifndef CHATD_NET_TARGET_H
#define CHATD_NET_TARGET_H

#include "net/head.h"

/* Request targets and the hosts that they and Host name; for the parser of heads alone. */

/*
 * Splits head->target, which is not empty and of visible characters, into path and query: the
 * origin-form, the absolute-form, and for OPTIONS the asterisk (RFC 9112, section 3.2).
 */
enum chat_err target_read(struct head *head);

/* uri-host [ ":" port ], with a host that is not empty (RFC 9110, sections 4.2.1 and 7.2). */
bool target_is_host(struct slice text);

#endif
