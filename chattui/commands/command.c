#include "commands/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "config/action.h"
#include "model/model.h"
#include "commands/words.h"

#define LINE_BYTES ((size_t)16 << 10)

static const struct {
	const char *word, *meaning;
} aliases[] = {
#define ALIAS(word_, meaning_) {word_, meaning_},
#include "commands/aliases.def"
#undef ALIAS
};

#define N_ALIASES (sizeof(aliases) / sizeof(aliases[0]))

/* Commands that answer with text for programs are none of these. */
static bool is_offered(const struct endpoint *endpoint)
{
	return endpoint->shape != SHAPE_TEXT;
}

/* The summary of what an alias stands for. */
static const char *alias_summary(size_t i)
{
	const char *meaning = aliases[i].meaning;

	for (enum endpoint_id id = 0; id < EP_COUNT; id++) {
		const struct endpoint *endpoint = endpoint_info(id);
		size_t n = strlen(endpoint->words);

		if (strncmp(meaning, endpoint->words, n) == 0 && (meaning[n] == ' ' || !meaning[n]))
			return endpoint->summary;
	}
	return "";
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
	if (i < N_ALIASES) {
		*summary = alias_summary(i);
		return aliases[i].word;
	}
	i -= N_ALIASES;
	for (enum action action = 0; action < ACTION_COUNT; action++) {
		const struct action_info *info = action_info(action);

		if (info->mode != ACTION_MAIN || i-- != 0)
			continue;
		*summary = info->doc;
		return info->name;
	}
	return NULL;
}

/* --- finding the command --- */

/* How many of the words are the command's; 0 if it is not that command. */
static size_t match(const struct words *words, const char *command)
{
	size_t count = 0;

	while (*command) {
		size_t n = strcspn(command, " ");

		if (count == words->count || strlen(words->at[count].text) != n ||
			strncmp(words->at[count].text, command, n) != 0)
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

/* The line with its alias spelled out; false if it begins with none. */
static bool spell_out(const char *line, struct buf *out)
{
	size_t n = strcspn(line, " \t\n"), i = 0;
	const char *rest = line + n + strspn(line + n, " \t\n"), *last;

	while (i < N_ALIASES &&
		(strlen(aliases[i].word) != n || strncmp(line, aliases[i].word, n) != 0))
		i++;
	if (i == N_ALIASES)
		return false;
	buf_printf(out, "%s ", aliases[i].meaning);
	last = strrchr(aliases[i].meaning, ' ');
	if (!*rest || !last || strncmp(last, " --", 3) != 0) {
		buf_puts(out, rest);
		return true;
	}
	buf_putc(out, '"');
	for (; *rest; rest++) {
		if (*rest == '"' || *rest == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *rest);
	}
	buf_putc(out, '"');
	return true;
}

/* --- parameters --- */

static int64_t parse_id(const char *text)
{
	int64_t id;

	return text && object_parse_int(text, strlen(text), &id) && id > 0 ? id : 0;
}

static const struct server *server_named(const struct model *model, const char *name, size_t n)
{
	for (size_t i = 0; i < model->n_servers; i++)
		if (strlen(model->servers[i]->name) == n &&
			strncasecmp(model->servers[i]->name, name, n) == 0)
			return model->servers[i];
	return NULL;
}

static int64_t server_param(const struct model *model, const char *named)
{
	const struct server *server;

	if (!named)
		return model->open ? model->open->server->id : 0;
	server = server_named(model, named, strlen(named));
	return server ? server->id : parse_id(named);
}

/* "dev", "#dev", "SERVER:#dev" or an id; without a server the open one's goes first. */
static int64_t channel_param(const struct model *model, const char *named)
{
	const struct server *server = model->open ? model->open->server : NULL;
	const struct channel *channel;
	const char *colon = named ? strstr(named, ":#") : NULL;

	if (!named)
		return model->open ? model->open->id : 0;
	if (colon) {
		server = server_named(model, named, (size_t)(colon - named));
		channel = server ? model_channel_named(model, server, colon + 1) : NULL;
		return channel ? channel->id : 0;
	}
	channel = model_channel_named(model, server, named);
	if (!channel)
		channel = model_channel_named(model, NULL, named);
	return channel ? channel->id : parse_id(named);
}

/* A member of that server, or whoever else is known by the name: who is banned is no member. */
static int64_t user_param(const struct model *model, int64_t server_id, const char *named)
{
	const struct member *member;
	const struct person *person;

	if (!named)
		return 0;
	if (strcmp(named, "me") == 0)
		return PATH_ME;
	member = model_member_named(model_server(model, server_id), named);
	person = member ? member->person : model_person_named(model, named);
	return person ? person->id : parse_id(named);
}

/* The required fields of a request, and whether the last one is text, which takes what is left. */
static size_t count_required(enum object_id id, bool *is_text)
{
	const struct object *object = object_info(id);
	size_t count = 0;

	for (size_t i = 0; i < object->n_fields; i++) {
		if (!(object->fields[i].flags & FIELD_REQUIRED))
			continue;
		*is_text = object->fields[i].type == FIELD_TEXT;
		count++;
	}
	return count;
}

/*
 * True if the next word is the server or channel: one that is written as a channel is, or one word
 * more than everything else takes. Before a text, which may have any number of words, only the
 * former.
 */
static bool has_place(const struct endpoint *endpoint, const struct words *words, bool channel)
{
	const char *word = words_peek(words);
	const struct path_param *param;
	bool is_text = false;
	size_t wanted = count_required(endpoint->query, &is_text) +
			count_required(endpoint->request, &is_text);

	if (word && strncmp(word, "--", 2) == 0)
		return false;
	if (word && channel && (*word == '#' || strstr(word, ":#")))
		return true;
	for (size_t i = 1; (param = endpoint_param(endpoint->id, i)) != NULL; i++)
		wanted++;
	return !is_text && words_left(words) > wanted;
}

/* Fills one parameter of the path; false, with why, if it is missing or not known. */
static bool take_param(const struct model *model, const struct endpoint *endpoint,
	const struct path_param *param, struct words *words, struct path_params *params,
	struct buf *why)
{
	bool server = strcmp(param->name, "server_id") == 0;
	bool channel = strcmp(param->name, "channel_id") == 0;
	char *place = (char *)params + param->offset;
	const char *word = NULL;
	int64_t id;

	if (server || channel)
		word = words_flag(words, server ? "server" : "channel");
	if (!word && (!(server || channel) || has_place(endpoint, words, channel)))
		word = words_take(words);
	if (param->kind == PARAM_TEXT) {
		if (!word || strlen(word) >= PATH_TEXT_MAX) {
			buf_printf(why, "the %s is missing", param->name);
			return false;
		}
		memcpy(place, word, strlen(word) + 1);
		return true;
	}
	id = server                      ? server_param(model, word)
	     : channel                   ? channel_param(model, word)
	     : param->kind == PARAM_USER ? user_param(model, params->server_id, word)
					 : parse_id(word);
	if (!id) {
		buf_printf(why,
			word ? "%.*s %s is not known here: try its id" : "the %.*s is missing",
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

		if (!(field->flags & FIELD_REQUIRED))
			continue;
		if (!words_left(words)) {
			buf_printf(why, "the %s is missing", field->name);
			return false;
		}
		job_set(job, field->name, i == last ? words_rest(words) : words_take(words));
	}
	return true;
}

/* What is not required is given by flags. */
static void take_flags(struct job *job, enum object_id id, struct words *words)
{
	const struct object *object = object_info(id);

	for (size_t i = 0; i < object->n_fields; i++) {
		const char *value = object->fields[i].flags & FIELD_REQUIRED
					    ? NULL
					    : words_flag(words, object->fields[i].name);

		if (value)
			job_set(job, object->fields[i].name, value);
	}
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

	take_flags(job, endpoint->query, words);
	take_flags(job, endpoint->request, words);
	for (size_t i = 0; (param = endpoint_param(endpoint->id, i)) != NULL; i++)
		if (!take_param(model, endpoint, param, words, &job->params, why))
			return false;
	if (!take_required(job, object_info(endpoint->query), words, why) ||
		!take_required(job, object_info(endpoint->request), words, why))
		return false;
	if (words_left(words)) {
		buf_printf(why,
			strncmp(words_peek(words), "--", 2) == 0
				? "%s is no flag here, or lacks its value"
				: "%s is too much",
			words_peek(words));
		return false;
	}
	return true;
}

static struct job *make_job(
	const struct model *model, struct words *words, enum endpoint_id *secret, struct buf *why)
{
	const struct endpoint *endpoint = find_endpoint(words);
	struct job *job;

	if (!endpoint)
		return NULL;
	*secret = endpoint->id;
	if (has_secrets(endpoint))
		return NULL;
	*secret = EP_COUNT;
	job = job_new(endpoint->id, NULL, NULL);
	if (fill(model, endpoint, words, job, why))
		return job;
	job_free(job);
	return NULL;
}

struct job *command_job(
	const struct model *model, const char *line, enum endpoint_id *secret, struct buf *why)
{
	struct words words;
	struct buf spelled;
	struct job *job = NULL;

	*secret = EP_COUNT;
	buf_init(&spelled, LINE_BYTES);
	if (words_init(&words, line))
		job = make_job(model, &words, secret, why);
	if (!job && *secret == EP_COUNT && !why->len && spell_out(line, &spelled)) {
		words_release(&words);
		if (words_init(&words, buf_str(&spelled)))
			job = make_job(model, &words, secret, why);
	}
	if (!job && *secret == EP_COUNT && !why->len)
		buf_printf(why, "there is no command /%s; see /help", line);
	words_release(&words);
	buf_release(&spelled);
	return job;
}

bool command_is_secret(const char *line)
{
	struct words words;
	const struct endpoint *endpoint = NULL;

	if (words_init(&words, line))
		endpoint = find_endpoint(&words);
	words_release(&words);
	return (endpoint && has_secrets(endpoint)) || strncmp(line, "passwd", 6) == 0;
}

/* --- asking first --- */

bool command_asks(const struct job *job)
{
	return endpoint_info(job->endpoint)->method == METHOD_DELETE ||
	       job->endpoint == EP_ban_create;
}

void command_put(const struct model *model, const struct job *job, struct buf *out)
{
	const struct path_params *params = &job->params;
	const struct channel *channel = model_channel(model, params->channel_id);
	const struct server *server = model_server(model, params->server_id);
	const struct person *person = map_get(&model->people, params->user_id);

	buf_printf(out, "/%s", endpoint_info(job->endpoint)->words);
	if (channel)
		buf_printf(out, " %s:#%s", channel->server->name, channel->name);
	if (server)
		buf_printf(out, " %s", server->name);
	if (person)
		buf_printf(out, " @%s", person->name);
	else if (params->user_id == PATH_ME)
		buf_puts(out, " me");
	else if (params->user_id)
		buf_printf(out, " %lld", (long long)params->user_id);
	if (params->message_id)
		buf_printf(out, " %lld", (long long)params->message_id);
	buf_printf(out, "%s%s%s%s", *params->code ? " " : "", params->code,
		*params->session_id ? " " : "", params->session_id);
}
