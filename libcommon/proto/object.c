#include <chat/object.h>

#include <stddef.h>
#include "field.h"

/* The flags as objects.def spells them. */
enum {
	REQUIRED = FIELD_REQUIRED,
	NULLABLE = FIELD_NULLABLE,
	OMIT = FIELD_OMIT,
	SECRET = FIELD_SECRET,
	USERNAME = FIELD_USERNAME,
	EMAIL = FIELD_EMAIL,
	OPTION = FIELD_OPTION,
	VISIBLE = FIELD_VISIBLE,
};

#define FIELD_ROW(object_, field_, type_, flags_, min_, max_, ref_, doc_)                          \
	{                                                                                          \
		.name = #field_,                                                                   \
		.type = FIELD_##type_,                                                             \
		.flags = (flags_),                                                                 \
		.min = (min_),                                                                     \
		.max = (max_),                                                                     \
		.offset = offsetof(struct chat_##object_, field_),                                 \
		.ref = OBJECT_##ref_,                                                              \
		.doc = (doc_),                                                                     \
		.key = ",\"" #field_ "\":",                                                        \
		.key_len = sizeof(",\"" #field_ "\":") - 1,                                        \
	},

#define OBJECT(name_, doc_) static const struct field name_##_fields[] = {
#define F(object_, field_, type_, flags_, min_, max_, doc_)                                        \
	FIELD_ROW(object_, field_, type_, flags_, min_, max_, none, doc_)
#define R(object_, field_, type_, flags_, ref_, doc_)                                              \
	FIELD_ROW(object_, field_, type_, flags_, 0, 0, ref_, doc_)
#define END(name_)                                                                                 \
	}                                                                                          \
	;                                                                                          \
	_Static_assert(sizeof(name_##_fields) / sizeof(name_##_fields[0]) <= OBJECT_FIELDS_MAX,    \
		"OBJECT_FIELDS_MAX is too small for " #name_);
#include <chat/objects.def>
#undef OBJECT
#undef F
#undef R
#undef END

static const struct object objects[OBJECT_COUNT] = {
	[OBJECT_none] = {.name = "none", .doc = ""},
#define OBJECT(name_, doc_)                                                                        \
	[OBJECT_##name_] = {                                                                       \
		.name = #name_,                                                                    \
		.doc = (doc_),                                                                     \
		.size = sizeof(struct chat_##name_),                                               \
		.fields = name_##_fields,                                                          \
		.n_fields = sizeof(name_##_fields) / sizeof(name_##_fields[0]),                    \
	},
#define F(object_, field_, type_, flags_, min_, max_, doc_)
#define R(object_, field_, type_, flags_, ref_, doc_)
#define END(name_)
#include <chat/objects.def>
#undef OBJECT
#undef F
#undef R
#undef END
};

static const char *const status_names[] = {
	[STATUS_ONLINE] = "online",
	[STATUS_OFFLINE] = "offline",
	[STATUS_AWAY] = "away",
	[STATUS_DND] = "dnd",
};

static const char *const role_names[] = {
	[ROLE_MEMBER] = "member",
	[ROLE_MODERATOR] = "moderator",
	[ROLE_ADMIN] = "admin",
	[ROLE_OWNER] = "owner",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct object *object_info(enum object_id id)
{
	return &objects[id];
}

const char *status_name(enum chat_status status)
{
	return (size_t)status < COUNT(status_names) ? status_names[status] : NULL;
}

const char *role_name(enum chat_role role)
{
	return (size_t)role < COUNT(role_names) ? role_names[role] : NULL;
}

/* The index of a word; 0, which no word has, if it is not there. */
static unsigned word_index(const char *const *words, unsigned count, const char *word)
{
	for (unsigned i = 1; i < count; i++) {
		if (!strcmp(words[i], word))
			return i;
	}
	return 0;
}

enum chat_status status_by_name(const char *name)
{
	return (enum chat_status)word_index(status_names, COUNT(status_names), name);
}

enum chat_role role_by_name(const char *name)
{
	return (enum chat_role)word_index(role_names, COUNT(role_names), name);
}

void problem_add(struct problems *problems, const char *in, const char *field, const char *type,
	const char *msg)
{
	if (problems && problems->count < PROBLEMS_MAX)
		problems->list[problems->count++] = (struct problem){in, field, type, msg};
}

void object_visit(enum object_id id, void *object, enum object_id kind,
	void (*visit)(void *found, void *context), void *context)
{
	const struct object *info = &objects[id];

	if (id == kind)
		visit(object, context);
	for (size_t i = 0; i < info->n_fields; i++) {
		const struct field *field = &info->fields[i];
		struct field_list list = {0};

		if (field->type == FIELD_REF) {
			FIELD_GET(object, field, &list.items);
			list.count = list.items != NULL;
		} else if (field->type == FIELD_LIST) {
			FIELD_GET(object, field, &list);
		}
		for (size_t k = 0; k < list.count; k++)
			object_visit(field->ref, (char *)list.items + k * objects[field->ref].size,
				kind, visit, context);
	}
}
