#ifndef CHATCTL_VALUE_H
#define CHATCTL_VALUE_H

#include <stdbool.h>
#include <chat/object.h>

struct buf;

/* Appends a field of an object as plain text; a user is its name, what is absent is nothing. local:
 * times as a person reads them, in the time zone that is set. */
void value_put_text(struct buf *to, const struct field *field, const void *object, bool local);

/* The same as JSON; what is absent is null. */
void value_put_json(struct buf *to, const struct field *field, const void *object);

#endif
