#ifndef CHAT_PROTO_SCHEMA_H
#define CHAT_PROTO_SCHEMA_H

#include <chat/object.h>

struct buf;

/* Appends the schema of a value that is there, as a parameter has it: never null. */
void schema_parameter(struct buf *out, const struct field *field);

/* Appends a schema that refers to the object's: {"$ref": "#/components/schemas/ServerCreate"}. */
void schema_ref(struct buf *out, enum object_id id);

/* Appends "schemas": {…}: every object, the errors' bodies among them. */
void schemas_write(struct buf *out);

#endif
