#ifndef CHAT_OBJECT_H
#define CHAT_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <chat/err.h>
#include <chat/limits.h>

struct arena;
struct buf;
struct value;

/* In a struct 0 means that no status or role is named. */
enum chat_status { STATUS_NONE, STATUS_ONLINE, STATUS_OFFLINE, STATUS_AWAY, STATUS_DND };
enum chat_role { ROLE_NONE, ROLE_MEMBER, ROLE_MODERATOR, ROLE_ADMIN, ROLE_OWNER };

/* The wire's words ("away"); NULL for a value out of range. */
const char *status_name(enum chat_status status);
const char *role_name(enum chat_role role);
/* The value of a word, STATUS_NONE or ROLE_NONE if it is not one. */
enum chat_status status_by_name(const char *name);
enum chat_role role_by_name(const char *name);

/* OBJECT_none, OBJECT_user, …: one for each object of objects.def. */
enum object_id {
	OBJECT_none,
#define OBJECT(name, doc) OBJECT_##name,
#define F(object, field, type, flags, min, max, doc)
#define R(object, field, type, flags, ref, doc)
#define END(object)
#include <chat/objects.def>
#undef OBJECT
#undef F
#undef R
#undef END
	OBJECT_COUNT
};

/* The C type of each field type. */
typedef int64_t object_ID;
typedef int64_t object_INT;
typedef int64_t object_TIME;
typedef const char *object_TEXT;
typedef bool object_BOOL;
typedef enum chat_status object_STATUS;
typedef enum chat_role object_ROLE;

#define OBJECT_FIELD_REF(ref, field) const struct chat_##ref *field;
#define OBJECT_FIELD_LIST(ref, field)                                                              \
	struct {                                                                                   \
		const struct chat_##ref *items;                                                    \
		size_t count;                                                                      \
	} field;

/* struct chat_user, struct chat_message, …: what an object is in C. Texts and references are
 * somebody else's memory, mostly an arena's. */
#define OBJECT(name, doc) struct chat_##name {
#define F(object, field, type, flags, min, max, doc) object_##type field;
#define R(object, field, type, flags, ref, doc) OBJECT_FIELD_##type(ref, field)
#define END(object)                                                                                \
	}                                                                                          \
	;
#include <chat/objects.def>
#undef OBJECT
#undef F
#undef R
#undef END

enum field_type {
	FIELD_ID,
	FIELD_INT,
	FIELD_TEXT,
	FIELD_TIME,
	FIELD_BOOL,
	FIELD_STATUS,
	FIELD_ROLE,
	FIELD_REF,
	FIELD_LIST,
};

enum field_flag {
	FIELD_REQUIRED = 1 << 0,
	FIELD_NULLABLE = 1 << 1,
	FIELD_OMIT = 1 << 2,
	FIELD_SECRET = 1 << 3,
	FIELD_USERNAME = 1 << 4,
	FIELD_EMAIL = 1 << 5,
	FIELD_OPTION = 1 << 6,
	FIELD_VISIBLE = 1 << 7,
};

struct field {
	const char *name;
	enum field_type type;
	unsigned flags; /* of enum field_flag */
	int64_t min, max;
	size_t offset;      /* in the struct */
	enum object_id ref; /* of FIELD_REF and FIELD_LIST */
	const char *doc;
	const char *key; /* as the encoder writes it: ,"name": */
	size_t key_len;
};

/* The most fields that an object of objects.def has. */
#define OBJECT_FIELDS_MAX 16

struct object {
	const char *name;
	const char *doc;
	size_t size; /* of the struct, in bytes */
	const struct field *fields;
	size_t n_fields;
};

/* The table's row of an object; never NULL for a valid id. */
const struct object *object_info(enum object_id id);

/* One thing that does not fit: which field, what is wrong, and the kind of fault. */
struct problem {
	const char *in;    /* "body" or "query"; static */
	const char *field; /* static, or NULL for the whole */
	const char *type;  /* "missing", "string_too_long", …; static */
	const char *msg;   /* a sentence; static or the arena's */
};

#define PROBLEMS_MAX 16

/* What does not fit a request; those beyond the maximum are left out. */
struct problems {
	struct problem list[PROBLEMS_MAX];
	size_t count;
};

/*
 * Decoders. All check types, ranges, lengths and required fields, fill the struct `out` (of the
 * object's size; zeroed first), ignore unknown fields and take null for an absent optional one.
 * Texts are copied to the arena. CHAT_ERR_BAD_JSON: not JSON (or a doubled key, or deeper than
 * JSON_DEPTH_MAX); CHAT_ERR_INVALID: problems says what does not fit, in the table's order;
 * CHAT_ERR_BLANK: the same, where all that does not fit are texts that show nothing. They
 * add to problems, which the caller zeroes before the first of a request.
 */

/* From JSON bytes. No bytes at all count as {}. */
enum chat_err object_decode(enum object_id id, const char *json, size_t n, struct arena *arena,
	void *out, struct problems *problems);

/* From application/x-www-form-urlencoded bytes: a form's body, or a query string. in: "body" or
 * "query". Numbers are as object_parse_int takes them. A name given twice is CHAT_ERR_INVALID. */
enum chat_err object_decode_form(enum object_id id, const char *in, const char *text, size_t n,
	struct arena *arena, void *out, struct problems *problems);

/* From a JSON value that is already parsed (a frame's data); a non-object is CHAT_ERR_INVALID. */
enum chat_err object_decode_value(enum object_id id, const struct value *value, struct arena *arena,
	void *out, struct problems *problems);

/* From a JSON array of objects to an array of structs in the arena: for clients. */
enum chat_err object_decode_list(enum object_id id, const char *json, size_t n, struct arena *arena,
	void **items, size_t *count, struct problems *problems);

/*
 * An integer in a path or a form: decimal digits with an optional '-' before and an optional
 * fraction of zeros after them (7.0 is 7, as in JSON). What does not fit an int64_t becomes the
 * nearest that does. False if it is not one.
 */
bool object_parse_int(const char *text, size_t n, int64_t *value);

/* Encoders: append JSON. They fail only as the buffer does. */
bool object_encode(struct buf *out, enum object_id id, const void *object);
/* The members without the braces, for a caller that adds members of its own. */
bool object_encode_members(struct buf *out, enum object_id id, const void *object);
/* An array of `count` structs that lie one after another. */
bool object_encode_list(struct buf *out, enum object_id id, const void *items, size_t count);

/*
 * Calls visit for every object of kind `kind` that is in `object` of kind `id`, itself included,
 * as deep as they go. visit may change what it gets.
 */
void object_visit(enum object_id id, void *object, enum object_id kind,
	void (*visit)(void *found, void *context), void *context);

#endif
