#ifndef CHATD_LISTEN_H
#define CHATD_LISTEN_H

#include <chat/err.h>

struct buf;

/* Listens on a TCP port of a host's first address; port 0 takes a free one. *fd is the caller's,
 * and does not block. On an error why is one line for a person. */
enum chat_err listen_tcp(const char *host, long port, int *fd, struct buf *why);

/* The port of a socket that listens. */
int listen_port(int fd);

#endif
