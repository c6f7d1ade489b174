#ifndef CHATCTL_SANITIZE_H
#define CHATCTL_SANITIZE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * Appends text so that a terminal only shows it: control characters (C0 but those in keep, DEL,
 * C1), line separators, and the marks that turn the direction of writing are written as \u001b,
 * which is also how JSON writes them. So are bytes that are not UTF-8.
 */
bool sanitize_put(struct buf *out, const char *text, size_t n, const char *keep);

/* The columns that a line of inert text takes on a terminal. */
size_t sanitize_width(const char *text, size_t n);

#endif
