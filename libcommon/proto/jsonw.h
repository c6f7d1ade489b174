#ifndef CHAT_PROTO_JSONW_H
#define CHAT_PROTO_JSONW_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

/*
 * Writes JSON of any shape straight into a buffer. A comma is due before every name and element but
 * the first, which the buffer's last byte tells, so no state is kept.
 */

/* The comma, where one is due, before something that the caller writes itself. */
void jsonw_comma(struct buf *out);

void jsonw_string(struct buf *out, const char *text);
void jsonw_key(struct buf *out, const char *name);

/* As an element, or as the value of the key before. */
void jsonw_object(struct buf *out);
void jsonw_array(struct buf *out);
void jsonw_end_object(struct buf *out);
void jsonw_end_array(struct buf *out);

/* A name with its value. raw: JSON as it stands. */
void jsonw_member_object(struct buf *out, const char *name);
void jsonw_member_array(struct buf *out, const char *name);
void jsonw_member_string(struct buf *out, const char *name, const char *text);
void jsonw_member_int(struct buf *out, const char *name, int64_t number);
void jsonw_member_bool(struct buf *out, const char *name, bool truth);
void jsonw_member_raw(struct buf *out, const char *name, const char *raw);

#endif
