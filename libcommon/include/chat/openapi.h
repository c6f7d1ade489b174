#ifndef CHAT_OPENAPI_H
#define CHAT_OPENAPI_H

#include <stdbool.h>

struct buf;

/*
 * Appends the API's description, an OpenAPI 3.1 document in JSON of some 64 KiB, made from the
 * tables. version: chatd's. Fails only as the buffer does. Any thread.
 */
bool openapi_write(struct buf *out, const char *version);

#endif
