#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <chat/time.h>
#include "action.h"
#include "model.h"

#define WORDS_MAX 64
#define LINE_MAX_BYTES 8192

/* Commands that answer with text for programs. */
static bool is_offered(const struct endpoint *endpoint)
{
	return endpoint->shape != SHAPE_TEXT;
}

const char *command_at(size_t i, const char **summary)
{
	for (enum endpoint_id id = 0; id < EP_COUNT; id++) {
		const struct endpoint *endpoint = endpoint_info(id);

		if (!is_offered(endpoint) || i-- != 0)
			continue;
		*summary = endpoint->summary;
		return endpoint->words;
	}
	for (enum action action = 0; action < ACTION_COUNT; action++) {
		const struct action_info *info = action_info(action);

		if (info->mode != ACTION_MAIN || i-- != 0)
			continue;
		*summary = info->doc;
		return info->name;
	}
	return NULL;
}

/* --- taking a line apart --- */

/* A line's words, in a copy of it; where each begins in the line itself. */
struct words {
	char *copy;
	const char *line;
	char *at[WORDS_MAX];
	size_t start[WORDS_MAX];
	size_t count, next;
};

static bool split(struct words *words, const char *line)
{
	size_t i = 0;

	*words = (struct words){.line = line, .copy = strdup(line)};
	if (!words->copy || strlen(line) > LINE_MAX_BYTES)
		return false;
	while (words->count < WORDS_MAX) {
		i += strspn(line + i, " \t\n");
		if (!line[i])
			break;
		words->start[words->count] = i;
		words->at[words->count++] = words->copy + i;
		i += strcspn(line + i, " \t\n");
		if (line[i])
			words->copy[i++] = '\0';
	}
	return true;
}

/* Takes --name VALUE out of the words; NULL if it is not there. */
static const char *take_flag(struct words *words, const char *name)
{
	for (size_t i = words->next; i + 1 < words->count; i++) {
		const char *value = words->at[i + 1];

		if (strncmp(words->at[i], "--", 2) != 0 || strcmp(words->at[i] + 2, name) != 0)
			continue;
		words->count -= 2;
		memmove(words->at + i, words->at + i + 2, (words->count - i) * sizeof(*words->at));
		memmove(words->start + i, words->start + i + 2,
			(words->count - i) * sizeof(*words->start));
		return value;
	}
	return NULL;
}

/* max_uses as a flag: max-uses. */
static const char *take_field(struct words *words, const char *field)
{
	char name[64];
	size_t i;

	for (i = 0; field[i] && i < sizeof(name) - 1; i++)
		name[i] = field[i] == '_' ? '-' : field[i];
	name[i] = '\0';
	return take_flag(words, name);
}

/* How many of the words are the endpoint's; 0 if it is not that command. */
static size_t match(const struct words *words, const char *command)
{
	size_t count = 0;

	while (*command) {
		size_t n = strcspn(command, " ");

		if (count == words->count || strlen(words->at[count]) != n ||
			strncmp(words->at[count], command, n) != 0)
			return 0;
		count++;
		command += n + (command[n] == ' ');
	}
	return count;
}

static const struct endpoint *find_endpoint(struct words *words)
{
	const struct endpoint *found = NULL;

	for (enum endpoint_id id = 0; id < EP_COUNT; id++) {
		const struct endpoint *endpoint = endpoint_info(id);
		size_t n = is_offered(endpoint) ? match(words, endpoint->words) : 0;

		if (n > words->next) {
			words->next = n;
			found = endpoint;
		}
	}
	return found;
}

/* --- parameters --- */

static const char *next_word(struct words *words)
{
	return words->next < words->count ? words->at[words->next++] : NULL;
}

static int64_t parse_id(const char *text)
{
	int64_t id;

	return text && object_parse_int(text, strlen(text), &id) && id > 0 ? id : 0;
}

static int64_t server_param(const struct model *model, const char *named)
{
	if (parse_id(named))
		return parse_id(named);
	for (size_t i = 0; named && i < model->n_servers; i++)
		if (strcasecmp(model->servers[i]->name, named) == 0)
			return model->servers[i]->id;
	return !named && model->open ? model->open->server->id : 0;
}

static int64_t channel_param(const struct model *model, const char *named)
{
	const struct server *server = model->open ? model->open->server : NULL;
	const struct channel *channel;

	if (parse_id(named))
		return parse_id(named);
	if (!named)
		return model->open ? model->open->id : 0;
	channel = model_channel_named(model, server, named);
	if (!channel)
		channel = model_channel_named(model, NULL, named);
	return channel ? channel->id : 0;
}

static int64_t user_param(const struct model *model, const char *named)
{
	const struct member *member;

	if (named && strcmp(named, "me") == 0)
		return PATH_ME;
	if (parse_id(named))
		return parse_id(named);
	member = named && model->open ? model_member_named(model->open->server, named) : NULL;
	return member ? member->person->id : 0;
}

/* Fills one parameter of the path; false, with why, if it is missing or not known. */
static bool take_param(const struct model *model, const struct path_param *param,
	struct words *words, struct path_params *params, struct buf *why)
{
	char *place = (char *)params + param->offset;
	const char *word;
	int64_t id;

	if (strcmp(param->name, "server_id") == 0) {
		word = take_flag(words, "server");
		id = server_param(model, word);
	} else if (strcmp(param->name, "channel_id") == 0) {
		word = take_flag(words, "channel");
		id = channel_param(model, word);
	} else {
		word = next_word(words);
		id = param->kind == PARAM_USER ? user_param(model, word) : parse_id(word);
	}
	if (param->kind == PARAM_TEXT) {
		if (!word || strlen(word) >= PATH_TEXT_MAX) {
			buf_printf(why, "the %s is missing", param->name);
			return false;
		}
		memcpy(place, word, strlen(word) + 1);
		return true;
	}
	if (!id) {
		buf_printf(why, word ? "%.*s %s is not known here" : "the %.*s is missing",
			(int)strcspn(param->name, "_"), param->name, word);
		return false;
	}
	memcpy(place, &id, sizeof(id));
	return true;
}

/* Required fields in their order, the last one being the rest of the line. */
static bool take_required(
	struct job *job, const struct object *object, struct words *words, struct buf *why)
{
	size_t last = object->n_fields;

	for (size_t i = 0; i < object->n_fields; i++)
		if (object->fields[i].flags & FIELD_REQUIRED)
			last = i;
	for (size_t i = 0; i < object->n_fields; i++) {
		const struct field *field = &object->fields[i];
		const char *value;

		if (!(field->flags & FIELD_REQUIRED))
			continue;
		if (words->next == words->count) {
			buf_printf(why, "the %s is missing", field->name);
			return false;
		}
		value = i == last ? words->line + words->start[words->next] : next_word(words);
		if (i == last)
			words->next = words->count;
		job_set(job, field->name, value);
	}
	return true;
}

static bool take_fields(struct job *job, enum object_id id, struct words *words, struct buf *why)
{
	const struct object *object = object_info(id);

	for (size_t i = 0; i < object->n_fields; i++) {
		const char *value = object->fields[i].flags & FIELD_REQUIRED
					    ? NULL
					    : take_field(words, object->fields[i].name);

		if (value)
			job_set(job, object->fields[i].name, value);
	}
	return take_required(job, object, words, why);
}

static bool has_secrets(const struct endpoint *endpoint)
{
	const struct object *object = object_info(endpoint->request);

	for (size_t i = 0; i < object->n_fields; i++)
		if (object->fields[i].flags & FIELD_SECRET)
			return true;
	return false;
}

static bool fill(const struct model *model, const struct endpoint *endpoint, struct words *words,
	struct job *job, struct buf *why)
{
	const struct path_param *param;

	for (size_t i = 0; (param = endpoint_param(endpoint->id, i)) != NULL; i++)
		if (!take_param(model, param, words, &job->params, why))
			return false;
	if (!take_fields(job, endpoint->query, words, why) ||
		!take_fields(job, endpoint->request, words, why))
		return false;
	if (words->next < words->count) {
		buf_printf(why, "%s is too much", words->at[words->next]);
		return false;
	}
	return true;
}

struct job *command_job(
	const struct model *model, const char *line, enum endpoint_id *secret, struct buf *why)
{
	struct words words;
	const struct endpoint *endpoint = NULL;
	struct job *job = NULL;

	*secret = EP_COUNT;
	if (split(&words, line))
		endpoint = find_endpoint(&words);
	if (!endpoint) {
		buf_printf(why, "there is no command /%s; see /help", line);
	} else if (has_secrets(endpoint)) {
		*secret = endpoint->id;
	} else {
		job = job_new(endpoint->id, NULL, NULL);
		if (!fill(model, endpoint, &words, job, why)) {
			job_free(job);
			job = NULL;
		}
	}
	free(words.copy);
	return job;
}

/* --- answers --- */

static void put_value(struct buf *out, const struct field *field, const void *at)
{
	char time[TIME_TEXT_SIZE];
	int64_t number;
	const char *text;

	switch (field->type) {
	case FIELD_TEXT:
		memcpy(&text, at, sizeof(text));
		buf_puts(out, text);
		break;
	case FIELD_BOOL:
		buf_puts(out, *(const bool *)at ? "yes" : "no");
		break;
	case FIELD_STATUS:
		buf_puts(out, status_name(*(const enum chat_status *)at));
		break;
	case FIELD_ROLE:
		buf_puts(out, role_name(*(const enum chat_role *)at));
		break;
	default:
		memcpy(&number, at, sizeof(number));
		if (field->type == FIELD_TIME)
			time_format(number, time);
		if (field->type == FIELD_TIME)
			buf_printf(out, "%.10s %.5s", time, time + 11);
		else
			buf_put_int(out, number);
		break;
	}
}

/* True for what is 0 or NULL in the struct: absent. */
static bool is_absent(const struct field *field, const void *at)
{
	static const int64_t zero;

	switch (field->type) {
	case FIELD_BOOL:
		return false;
	case FIELD_STATUS:
	case FIELD_ROLE:
		return memcmp(at, &zero, sizeof(enum chat_role)) == 0;
	case FIELD_INT:
		return false;
	default:
		return memcmp(at, &zero, sizeof(zero)) == 0;
	}
}

/* "name value" pairs on one line; of what is within only its own name. */
static void put_object(struct buf *out, const struct object *object, const char *item)
{
	size_t before = out->len;

	for (size_t i = 0; i < object->n_fields; i++) {
		const struct field *field = &object->fields[i];
		const char *at = item + field->offset;
		const struct chat_user *user;

		if (field->type == FIELD_LIST || is_absent(field, at))
			continue;
		if (field->type == FIELD_REF && field->ref != OBJECT_user)
			continue;
		buf_puts(out, out->len > before ? "  " : "");
		if (field->type == FIELD_REF) {
			memcpy(&user, at, sizeof(user));
			buf_printf(out, "@%s", user->username);
			continue;
		}
		buf_printf(out, "%s ", field->name);
		put_value(out, field, at);
	}
	buf_putc(out, '\n');
}

void command_result(const struct job *job, struct buf *out)
{
	const struct endpoint *endpoint = endpoint_info(job->endpoint);
	const struct object *object = object_info(endpoint->response);

	if (endpoint->shape == SHAPE_EMPTY || !job->items)
		return;
	for (size_t i = 0; i < job->count; i++)
		put_object(out, object, (const char *)job->items + i * object->size);
}
