#ifndef CHAT_PROTO_FIELD_H
#define CHAT_PROTO_FIELD_H

#include <string.h>
#include <chat/object.h>

/* What a LIST field is in every struct (OBJECT_FIELD_LIST), whatever its items are. */
struct field_list {
	const void *items;
	size_t count;
};

/*
 * The value of a field in a struct that is known only by its table. memcpy, because a pointer to
 * one kind of struct may not be read as a pointer to another (C11, 6.5).
 */
#define FIELD_GET(object, field, value)                                                            \
	memcpy((value), (const char *)(object) + (field)->offset, sizeof(*(value)))
#define FIELD_SET(object, field, value)                                                            \
	memcpy((char *)(object) + (field)->offset, (value), sizeof(*(value)))

/* Notes a problem, unless problems is NULL or full. All texts as struct problem says. */
void problem_add(struct problems *problems, const char *in, const char *field, const char *type,
	const char *msg);

#endif
