#ifndef CHAT_ENDPOINT_H
#define CHAT_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <chat/err.h>
#include <chat/object.h>

struct buf;

enum method { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE, METHOD_COUNT };

/* "GET" and so on; METHOD_COUNT for a word that is none of them. */
const char *method_name(enum method method);
enum method method_by_name(const char *name);

/* Who may call: from MEMBER on, the role in the server that the path leads to, or a higher one. */
enum access {
	ACCESS_ALL,
	ACCESS_USER,
	ACCESS_MEMBER,
	ACCESS_MODERATOR,
	ACCESS_ADMIN,
	ACCESS_OWNER,
};

/* "all", "user", and from ACCESS_MEMBER on the role's word. */
const char *access_name(enum access access);

enum rate {
	RATE_NONE,
#define LIMIT(name, value, meaning)
#define RATE(name, burst, per_minute, by) RATE_##name,
#include <chat/limits.def>
#undef LIMIT
#undef RATE
	RATE_COUNT
};

enum where { WHERE_LOOP, WHERE_READ, WHERE_WRITE, WHERE_HASH };

enum shape { SHAPE_ONE, SHAPE_LIST, SHAPE_TEXT, SHAPE_EMPTY };

enum endpoint_id {
#define EP(name, ...) EP_##name,
#define ALIAS(name, path)
#define FORM(name)
#include <chat/endpoints.def>
#undef EP
#undef ALIAS
#undef FORM
	EP_COUNT
};

struct endpoint {
	enum endpoint_id id;
	const char *name;
	enum method method;
	const char *path; /* "/channels/{channel_id}/messages" */
	enum access access;
	enum rate rate;
	enum where where;
	enum object_id query, request;
	bool takes_form; /* the body may also be a form: a FORM row */
	enum shape shape;
	enum object_id response;
	int status; /* of success */
	const char *words;
	const char *summary;
};

/* The table's row; never NULL for a valid id. */
const struct endpoint *endpoint_info(enum endpoint_id id);

/* The i-th path that is an alias, and its endpoint in *id; NULL past the last. */
const char *endpoint_alias(size_t i, enum endpoint_id *id);

#define PATH_TEXT_MAX 64

/* A path's parameters; what the path does not have is 0 or "". */
struct path_params {
	int64_t server_id, channel_id, message_id;
	int64_t user_id;          /* PATH_ME where the path says "me" */
	char code[PATH_TEXT_MAX]; /* of an invite */
	char session_id[PATH_TEXT_MAX];
};

#define PATH_ME (-1)

enum param_kind {
	PARAM_ID,
	PARAM_USER, /* an id, or "me" */
	PARAM_TEXT,
};

/* What stands between braces in a path. */
struct path_param {
	const char *name;
	enum param_kind kind;
	size_t offset; /* in struct path_params: an int64_t, or PATH_TEXT_MAX bytes of PARAM_TEXT */
	const char *doc;
};

/* The i-th parameter of the endpoint's path; NULL past the last. Any thread. */
const struct path_param *endpoint_param(enum endpoint_id id, size_t i);

enum match {
	MATCH_FOUND,
	MATCH_NO_PATH,   /* 404 */
	MATCH_NO_METHOD, /* 405: *allowed has a bit (1 << method) for each method of that path */
	MATCH_BAD_PARAM, /* 422: *endpoint and *bad_param say which; it is not an id */
};

/*
 * Finds the endpoint of a method and a path (decoded, without the query; one trailing slash is
 * taken). A literal segment goes before a parameter. Out parameters may not be NULL.
 */
enum match endpoint_match(enum method method, const char *path, size_t n,
	const struct endpoint **endpoint, struct path_params *params, unsigned *allowed,
	const char **bad_param);

/* Appends the endpoint's path with its parameters filled in, percent-encoded. */
bool endpoint_path(struct buf *out, enum endpoint_id id, const struct path_params *params);

#endif
