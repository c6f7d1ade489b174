#include <chat/endpoint.h>

#include <pthread.h>
#include <string.h>
#include <chat/buf.h>
#include <chat/text.h>

/* The most segments that a path of the table has. */
#define SEGMENTS_MAX 6

static const struct endpoint endpoints[EP_COUNT] = {
#define EP(name_, method_, path_, access_, rate_, where_, query_, request_, shape_, response_,     \
	status_, words_, summary_)                                                                 \
	[EP_##name_] = {                                                                           \
		.id = EP_##name_,                                                                  \
		.name = #name_,                                                                    \
		.method = METHOD_##method_,                                                        \
		.path = (path_),                                                                   \
		.access = ACCESS_##access_,                                                        \
		.rate = RATE_##rate_,                                                              \
		.where = WHERE_##where_,                                                           \
		.query = OBJECT_##query_,                                                          \
		.request = OBJECT_##request_,                                                      \
		.shape = SHAPE_##shape_,                                                           \
		.response = OBJECT_##response_,                                                    \
		.status = (status_),                                                               \
		.words = (words_),                                                                 \
		.summary = (summary_),                                                             \
	},
#define ALIAS(name_, path_)
#define FORM(name_) [EP_##name_].takes_form = true,
#include <chat/endpoints.def>
#undef EP
#undef ALIAS
#undef FORM
};

static const struct alias {
	enum endpoint_id id;
	const char *path;
} aliases[] = {
#define EP(...)
#define ALIAS(name_, path_) {EP_##name_, (path_)},
#define FORM(name_)
#include <chat/endpoints.def>
#undef EP
#undef ALIAS
#undef FORM
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define PARAM(name_, kind_, doc_)                                                                  \
	{                                                                                          \
		.name = #name_, .kind = (kind_), .offset = offsetof(struct path_params, name_),    \
		.doc = (doc_)                                                                      \
	}

static const struct path_param params_known[] = {
	PARAM(server_id, PARAM_ID, "The server's id"),
	PARAM(channel_id, PARAM_ID, "The channel's id"),
	PARAM(message_id, PARAM_ID, "The message's id"),
	PARAM(user_id, PARAM_USER, "The user's id, or me"),
	PARAM(code, PARAM_TEXT, "The invite's code"),
	PARAM(session_id, PARAM_TEXT, "The session's id"),
};

/* A path's text between two slashes: of the table, or of a request. */
struct segment {
	const char *text;
	size_t len;
	const struct path_param *param; /* NULL for a literal */
};

/* A path of the table, cut once so that a request is compared segment by segment. */
struct route {
	const struct endpoint *endpoint;
	size_t n_segments;
	unsigned params; /* a bit for each segment that is a parameter, the first one highest */
	struct segment segments[SEGMENTS_MAX];
};

static struct route routes[EP_COUNT + COUNT(aliases)];
static pthread_once_t routes_once = PTHREAD_ONCE_INIT;

static const char *const method_names[METHOD_COUNT] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

const char *method_name(enum method method)
{
	return method_names[method];
}

enum method method_by_name(const char *name)
{
	unsigned method = 0;

	while (method < METHOD_COUNT && strcmp(method_names[method], name) != 0)
		method++;
	return (enum method)method;
}

const char *access_name(enum access access)
{
	switch (access) {
	case ACCESS_ALL:
		return "all";
	case ACCESS_USER:
		return "user";
	case ACCESS_MEMBER:
		return role_name(ROLE_MEMBER);
	case ACCESS_MODERATOR:
		return role_name(ROLE_MODERATOR);
	case ACCESS_ADMIN:
		return role_name(ROLE_ADMIN);
	case ACCESS_OWNER:
		return role_name(ROLE_OWNER);
	}
	return NULL;
}

const struct endpoint *endpoint_info(enum endpoint_id id)
{
	return &endpoints[id];
}

const char *endpoint_alias(size_t i, enum endpoint_id *id)
{
	if (i >= COUNT(aliases))
		return NULL;
	*id = aliases[i].id;
	return aliases[i].path;
}

/*
 * Cuts a path at its slashes. One slash may follow the last segment. SEGMENTS_MAX + 1 for a path
 * that no route can have: without its first slash, with an empty segment, or with too many.
 */
static size_t path_cut(const char *path, size_t n, struct segment segments[SEGMENTS_MAX])
{
	const char *end = path + n;
	size_t count = 0;

	if (n == 0 || *path != '/')
		return SEGMENTS_MAX + 1;
	path++;
	while (path < end) {
		const char *slash = memchr(path, '/', (size_t)(end - path));
		const char *stop = slash ? slash : end;

		if (stop == path || count == SEGMENTS_MAX)
			return SEGMENTS_MAX + 1;
		segments[count++] = (struct segment){path, (size_t)(stop - path), NULL};
		path = slash ? slash + 1 : end;
	}
	return count;
}

/* The parameter whose name stands in braces in a segment of the table; NULL for a literal. */
static const struct path_param *segment_param(const struct segment *segment)
{
	if (segment->text[0] != '{')
		return NULL;
	for (size_t i = 0; i < COUNT(params_known); i++) {
		const char *name = params_known[i].name;

		if (strlen(name) == segment->len - 2 &&
			!memcmp(name, segment->text + 1, segment->len - 2))
			return &params_known[i];
	}
	return NULL;
}

static void route_init(struct route *route, enum endpoint_id id, const char *path)
{
	route->endpoint = &endpoints[id];
	route->n_segments = path_cut(path, strlen(path), route->segments);
	for (size_t i = 0; i < route->n_segments; i++) {
		route->segments[i].param = segment_param(&route->segments[i]);
		if (route->segments[i].param)
			route->params |= 1u << (SEGMENTS_MAX - i);
	}
}

static void routes_init(void)
{
	for (unsigned i = 0; i < EP_COUNT; i++)
		route_init(&routes[i], (enum endpoint_id)i, endpoints[i].path);
	for (size_t i = 0; i < COUNT(aliases); i++)
		route_init(&routes[EP_COUNT + i], aliases[i].id, aliases[i].path);
}

static bool route_fits(const struct route *route, const struct segment *segments, size_t count)
{
	if (route->n_segments != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct segment *mine = &route->segments[i];

		if (!mine->param && (mine->len != segments[i].len ||
					    memcmp(mine->text, segments[i].text, mine->len) != 0))
			return false;
	}
	return true;
}

/* Puts a segment's text where its parameter goes; false if it cannot be that parameter. */
static bool param_take(
	const struct path_param *param, const struct segment *segment, struct path_params *params)
{
	char *at = (char *)params + param->offset;
	int64_t id;

	if (param->kind == PARAM_TEXT) {
		if (segment->len >= PATH_TEXT_MAX || memchr(segment->text, '\0', segment->len) ||
			!text_is_utf8(segment->text, segment->len))
			return false;
		memcpy(at, segment->text, segment->len);
		at[segment->len] = '\0';
		return true;
	}
	if (param->kind == PARAM_USER && segment->len == 2 && !memcmp(segment->text, "me", 2))
		id = PATH_ME;
	else if (!object_parse_int(segment->text, segment->len, &id) || id < 1 || id > LIMIT_ID_MAX)
		return false;
	memcpy(at, &id, sizeof(id));
	return true;
}

const struct path_param *endpoint_param(enum endpoint_id id, size_t i)
{
	pthread_once(&routes_once, routes_init);
	for (size_t k = 0; k < routes[id].n_segments; k++) {
		if (routes[id].segments[k].param && i-- == 0)
			return routes[id].segments[k].param;
	}
	return NULL;
}

enum match endpoint_match(enum method method, const char *path, size_t n,
	const struct endpoint **endpoint, struct path_params *params, unsigned *allowed,
	const char **bad_param)
{
	struct segment segments[SEGMENTS_MAX];
	const struct route *best = NULL;
	size_t count = path_cut(path, n, segments);

	pthread_once(&routes_once, routes_init);
	*endpoint = NULL;
	*params = (struct path_params){0};
	*allowed = 0;
	*bad_param = NULL;
	for (size_t i = 0; i < COUNT(routes); i++) {
		const struct route *route = &routes[i];

		if (!route_fits(route, segments, count))
			continue;
		*allowed |= 1u << route->endpoint->method;
		if (route->endpoint->method == method && (!best || route->params < best->params))
			best = route;
	}
	if (!best)
		return *allowed ? MATCH_NO_METHOD : MATCH_NO_PATH;
	*endpoint = best->endpoint;
	for (size_t i = 0; i < count; i++) {
		const struct path_param *param = best->segments[i].param;

		if (param && !param_take(param, &segments[i], params)) {
			*bad_param = param->name;
			return MATCH_BAD_PARAM;
		}
	}
	return MATCH_FOUND;
}

bool endpoint_path(struct buf *out, enum endpoint_id id, const struct path_params *params)
{
	const struct route *route = &routes[id];

	pthread_once(&routes_once, routes_init);
	if (route->n_segments == 0)
		buf_putc(out, '/');
	for (size_t i = 0; i < route->n_segments; i++) {
		const struct segment *segment = &route->segments[i];
		const struct path_param *param = segment->param;
		const char *at = param ? (const char *)params + param->offset : segment->text;
		int64_t value;

		buf_putc(out, '/');
		if (!param) {
			buf_append(out, at, segment->len);
		} else if (param->kind == PARAM_TEXT) {
			text_percent_encode(out, at);
		} else {
			memcpy(&value, at, sizeof(value));
			if (value == PATH_ME)
				buf_puts(out, "me");
			else
				buf_put_int(out, value);
		}
	}
	return buf_ok(out);
}
