#ifndef CHATCTL_MANUAL_H
#define CHATCTL_MANUAL_H

struct buf;

/* Appends chatctl(1)'s sections COMMANDS and OPTIONS in mdoc(7), from the tables of commands. */
void manual_write(struct buf *out);

#endif
