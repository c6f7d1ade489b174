#ifndef CHAT_MULTIPART_H
#define CHAT_MULTIPART_H

#include <stddef.h>
#include <chat/err.h>

#ifdef __cplusplus
extern "C" {
#endif

struct buf;

/*
 * Appends the fields of a multipart/form-data body (RFC 7578), as browsers' FormData and curl -F
 * send it, as application/x-www-form-urlencoded. content_type is the whole header's value, with the
 * boundary. CHAT_ERR_INVALID for what is no such body; CHAT_ERR_NO_MEMORY where out fails. Any
 * thread.
 */
enum chat_err chat_multipart_form(
	const char *content_type, const char *body, size_t n, struct buf *out);

#ifdef __cplusplus
}
#endif

#endif
