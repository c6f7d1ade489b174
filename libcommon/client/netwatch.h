#ifndef CLIENT_NETWATCH_H
#define CLIENT_NETWATCH_H

#include <stdbool.h>

/* Watches what the kernel says of the network. */

/* A descriptor to be polled for reading, and closed by the caller; -1 where the kernel tells
 * nothing. */
int netwatch_open(void);

/* Takes what has come, without waiting. True if there is an address or a route that was not there
 * before, so that a server may now be reached. */
bool netwatch_take(int fd);

#endif
