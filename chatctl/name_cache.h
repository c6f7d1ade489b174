#ifndef CHATCTL_NAME_CACHE_H
#define CHATCTL_NAME_CACHE_H

#include "ctl.h"

#define NAME_CACHE_MAX ((size_t)16 << 20) /* bytes */

/*
 * Appends the names that the account sees, as command lines spell them, for completion: lines of a
 * kind ('s' server, 'c' channel, 'n' channel without its server, 'u' user) and a name, each once.
 *
 * They come from a file in the user's cache. When that has got old, a process in the background
 * asks the server and writes it anew; this waits for it only a moment, so that nobody who types
 * waits for a slow server: then the old names are given, or none. Connects if need be. Faults are
 * silent.
 */
void name_cache_read(struct ctl *ctl, struct buf *out);

#endif
