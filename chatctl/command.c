#include "command.h"

#include <stdio.h>
#include <string.h>
#include <chat/object.h>
#include "endpoint_command.h"
#include "help.h"
#include "shell.h"
#include "commands.h"

#define SPECIAL_ARGS_MAX 6

/*
 * The commands: one for each row of endpoints.def, made from the row and its objects, and those of
 * this table, which gives some rows more flags or code of their own and adds the commands that are
 * no single call.
 */
static const struct special {
	enum endpoint_id endpoint;   /* EP_COUNT: none */
	const char *words, *summary; /* NULL: the row's */
	command_run *run;
	const char *details;
	struct arg args[SPECIAL_ARGS_MAX]; /* up to the first without a name */
} specials[] = {
	{EP_login, NULL, NULL, account_login,
		"The token is kept in a context: the one that -c names, else the one of the "
		"server's URL, else a new one named default.",
		{{0}}},
	{EP_logout, NULL, NULL, account_logout, "The context forgets its token.", {{0}}},
	{EP_message_create, NULL, NULL, message_send,
		"Without TEXT, or with -, the whole of standard input is one message. Each message "
		"gets a nonce, so that a retry makes no second one. Prints the id.",
		{{.name = "lines",
			.kind = ARG_SWITCH,
			.doc = "Send each line of standard input as a message"}}},
	{EP_message_list, NULL, NULL, message_history,
		"The newest page, oldest first, unless a flag says another.",
		{{.name = "all",
			.kind = ARG_SWITCH,
			.doc = "All pages, from the oldest message or the one after --after"}}},
	{EP_COUNT, "tail", "Follow channels live", tail_run,
		"Shows the last messages and then each new one, once and in order, over lost "
		"connections too; without CHANNEL, of every channel that there is or will be, and "
		"from now on. A line a message on a terminal, else a JSON object a line, with the "
		"channel, scope and rev of its event; rev is null for what comes from the history. "
		"A command of --exec runs for one message after another, with CHATCTL_MESSAGE_ID, "
		"CHATCTL_CHANNEL_ID, CHATCTL_SERVER_ID, CHATCTL_CHANNEL, CHATCTL_USER and "
		"CHATCTL_EVENT (message, message_update or message_delete) in its environment.",
		{{.name = "channel",
			 .kind = ARG_CHANNEL,
			 .flags = ARG_POSITIONAL | ARG_LIST,
			 .doc = "SERVER:#channel, #channel or an id"},
			{.name = "limit",
				.letter = 'n',
				.kind = ARG_NUMBER,
				.argument = "N",
				.doc = "How many older messages to show first (10)"},
			{.name = "since",
				.kind = ARG_NUMBER,
				.argument = "ID",
				.doc = "Show first all messages above this id; 0 for all"},
			{.name = "edits",
				.kind = ARG_SWITCH,
				.doc = "Show edits and deletions too"},
			{.name = "exec",
				.argument = "COMMAND",
				.doc = "Run a command of the shell for each message, which is its "
				       "standard input, instead of printing it"},
			{.name = "count",
				.kind = ARG_NUMBER,
				.argument = "N",
				.doc = "End after this many messages"}}},
	{EP_COUNT, "api", "Send any request", api_run,
		"With -f and a GET the fields go into the query, else into a JSON body. A field "
		"that the API's tables do not know is sent as a number, true, false or null if it "
		"looks so, else as a text. A password is taken from a body alone.",
		{{.name = "method",
			 .flags = ARG_POSITIONAL | ARG_REQUIRED | ARG_ANY_CASE,
			 .kind = ARG_CHOICE,
			 .choices = "GET|POST|PUT|PATCH|DELETE",
			 .doc = "GET, POST, PUT, PATCH or DELETE"},
			{.name = "path",
				.flags = ARG_POSITIONAL | ARG_REQUIRED,
				.doc = "As in the API: /users/me"},
			{.name = "field",
				.letter = 'f',
				.flags = ARG_LIST,
				.argument = "KEY=VALUE",
				.doc = "A field; may be given several times"},
			{.name = "input",
				.kind = ARG_FILE,
				.argument = "FILE",
				.doc = "The body, from a file or with - from standard input"},
			{.name = "include",
				.letter = 'i',
				.kind = ARG_SWITCH,
				.doc = "Print the status line and the headers too"},
			{.name = "paginate",
				.kind = ARG_SWITCH,
				.doc = "Get all pages of a list as one"}}},
	{EP_COUNT, "auth status", "Show who you are to the server", account_status, NULL, {{0}}},
	{EP_COUNT, "context add", "Add a server under a name", context_add, NULL,
		{{.name = "name",
			 .flags = ARG_POSITIONAL | ARG_REQUIRED,
			 .kind = ARG_CONTEXT,
			 .doc = "Letters, digits, '.', '_' and '-'"},
			{.name = "server_url",
				.argument = "URL",
				.flags = ARG_POSITIONAL | ARG_REQUIRED,
				.doc = "Like http://host:port"}}},
	{EP_COUNT, "context list", "List the contexts", context_list, NULL, {{0}}},
	{EP_COUNT, "context use", "Make a context the current one", context_use, NULL,
		{{.name = "name",
			.flags = ARG_POSITIONAL | ARG_REQUIRED,
			.kind = ARG_CONTEXT,
			.doc = "Its name"}}},
	{EP_COUNT, "context remove", "Forget a context and its token", context_remove, NULL,
		{{.name = "name",
			.flags = ARG_POSITIONAL | ARG_REQUIRED,
			.kind = ARG_CONTEXT,
			.doc = "Its name"}}},
	{EP_COUNT, "shell", "Type commands one after another", shell_run,
		"Lines are commands without chatctl before them. Tab completes commands, flags, "
		"servers, channels and users.",
		{{0}}},
	{EP_COUNT, "help", "Show help", help_run, "With -o json: all commands as data.",
		{{.name = "command",
			.flags = ARG_POSITIONAL | ARG_LIST,
			.doc = "A command's words"}}},
	{EP_COUNT, "complete", "Print what can complete a command line", complete_run,
		"For shells: the words of the line so far, the last one unfinished or empty. A tab "
		"alone stands for the names of files.",
		{{.name = "word", .flags = ARG_POSITIONAL | ARG_LIST, .doc = "The words"},
			{.name = "describe",
				.kind = ARG_SWITCH,
				.doc = "After a tab, say what each is"}}},
};

#define N_SPECIALS (sizeof(specials) / sizeof(specials[0]))

static const struct special *special_of(enum endpoint_id id)
{
	for (size_t i = 0; i < N_SPECIALS; i++) {
		if (specials[i].endpoint == id)
			return &specials[i];
	}
	return NULL;
}

/* --- from the tables --- */

static struct arg *append(struct command *command, struct arg arg)
{
	command->args[command->n_args] = arg;
	return &command->args[command->n_args++];
}

static void add_path_arg(struct command *command, const struct path_param *param, size_t index)
{
	static const struct {
		const char *name, *argument;
		enum arg_kind kind;
		const char *doc; /* NULL: the path's own */
	} places[] = {
		{"server_id", "SERVER", ARG_SERVER, "The server's name or id"},
		{"channel_id", "CHANNEL", ARG_CHANNEL, "SERVER:#channel, #channel or an id"},
		{"user_id", "USER", ARG_USER, "@name, an id or me"},
		{"message_id", "ID", ARG_NUMBER, NULL},
		{"session_id", "SESSION", ARG_TEXT, NULL},
	};
	struct arg arg = {
		.name = param->name,
		.flags = ARG_POSITIONAL | ARG_REQUIRED,
		.part = PART_PATH,
		.index = index,
		.doc = param->doc,
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (strcmp(places[i].name, param->name) != 0)
			continue;
		arg.argument = places[i].argument;
		arg.kind = places[i].kind;
		if (places[i].doc)
			arg.doc = places[i].doc;
	}
	append(command, arg);
}

/* The words of a type, "online|offline|away|dnd", made once. */
static const char *choices_of(enum field_type type)
{
	static char statuses[64], roles[64];
	char *text = type == FIELD_STATUS ? statuses : roles;
	size_t n = 0;

	for (int i = 1; !*text || n; i++) {
		const char *name = type == FIELD_STATUS ? status_name((enum chat_status)i)
							: role_name((enum chat_role)i);

		if (!name)
			break;
		n += (size_t)snprintf(text + n, 64 - n, "%s%s", n ? "|" : "", name);
	}
	return text;
}

static enum arg_kind kind_of(const struct field *field)
{
	switch (field->type) {
	case FIELD_ID:
	case FIELD_INT:
		return ARG_NUMBER;
	case FIELD_STATUS:
	case FIELD_ROLE:
		return ARG_CHOICE;
	default:
		return ARG_TEXT;
	}
}

/* A field as an argument if it must be there, else as a flag. A message's text takes all the words
 * that are left, or standard input. */
static void add_field(
	struct command *command, const struct field *field, enum arg_part part, size_t index)
{
	struct arg arg = {
		.name = field->name,
		.kind = kind_of(field),
		.doc = field->doc,
		.part = part,
		.index = index,
	};

	if (field->flags & FIELD_REQUIRED)
		arg.flags |= ARG_REQUIRED;
	if (field->flags & FIELD_REQUIRED && !(field->flags & FIELD_OPTION))
		arg.flags |= ARG_POSITIONAL;
	if (arg.kind == ARG_CHOICE) {
		arg.choices = choices_of(field->type);
		arg.argument = field->type == FIELD_STATUS ? "STATUS" : "ROLE";
	}
	if (!strcmp(field->name, "content")) {
		arg.flags = ARG_POSITIONAL | ARG_LIST;
		arg.argument = "TEXT";
		arg.doc = "The text; - or nothing for standard input";
	}
	if (!strcmp(field->name, "limit")) {
		arg.letter = 'n';
		arg.argument = "N";
	}
	append(command, arg);
}

static void add_fields(struct command *command, enum object_id id, enum arg_part part)
{
	const struct object *object = object_info(id);
	bool secrets = false;

	for (size_t i = 0; i < object->n_fields; i++) {
		if (object->fields[i].flags & FIELD_SECRET)
			secrets = true;
		else
			add_field(command, &object->fields[i], part, i);
	}
	if (!secrets)
		return;
	append(command, (struct arg){.name = "password_stdin",
				.kind = ARG_SWITCH,
				.doc = "Read the password from standard input, a line each"});
	append(command, (struct arg){.name = "password_file",
				.kind = ARG_FILE,
				.argument = "FILE",
				.doc = "Read the password from a file, a line each"});
}

static void from_endpoint(struct command *command, const struct endpoint *endpoint)
{
	const struct special *special = special_of(endpoint->id);
	const struct path_param *param;

	*command = (struct command){
		.words = endpoint->words,
		.summary = endpoint->summary,
		.endpoint = endpoint,
		.run = special ? special->run : endpoint_command_run,
		.details = special ? special->details : NULL,
	};
	for (size_t i = 0; (param = endpoint_param(endpoint->id, i)); i++)
		add_path_arg(command, param, i);
	if (endpoint->query != OBJECT_none)
		add_fields(command, endpoint->query, PART_QUERY);
	if (endpoint->request != OBJECT_none)
		add_fields(command, endpoint->request, PART_BODY);
	for (size_t i = 0; special && i < SPECIAL_ARGS_MAX && special->args[i].name; i++)
		append(command, special->args[i]);
}

static void from_special(struct command *command, const struct special *special)
{
	*command = (struct command){
		.words = special->words,
		.summary = special->summary,
		.run = special->run,
		.details = special->details,
	};
	for (size_t i = 0; i < SPECIAL_ARGS_MAX && special->args[i].name; i++)
		append(command, special->args[i]);
}

/* --- the order of help --- */

/* An entry is an endpoint's id, or EP_COUNT and the index of a special. */
static unsigned short order[EP_COUNT + N_SPECIALS];
static size_t n_order;

static void add_to_order(size_t entry)
{
	for (size_t i = 0; i < n_order; i++) {
		if (order[i] == entry)
			return;
	}
	order[n_order++] = (unsigned short)entry;
}

/* What one does every day first, then all else. */
static void make_order(void)
{
	static const enum endpoint_id daily[] = {EP_register, EP_login, EP_logout, EP_user_self,
		EP_invite_accept, EP_message_create, EP_message_list};

	for (size_t i = 0; i < sizeof(daily) / sizeof(daily[0]); i++)
		add_to_order(daily[i]);
	for (size_t i = 0; i < N_SPECIALS; i++) {
		if (specials[i].run == tail_run)
			add_to_order(EP_COUNT + i);
	}
	for (size_t i = 0; i < EP_COUNT; i++)
		add_to_order(i);
	for (size_t i = 0; i < N_SPECIALS; i++) {
		if (specials[i].endpoint == EP_COUNT)
			add_to_order(EP_COUNT + i);
	}
}

bool command_at(size_t i, struct command *command)
{
	if (!n_order)
		make_order();
	if (i >= n_order)
		return false;
	if (order[i] < EP_COUNT)
		from_endpoint(command, endpoint_info(order[i]));
	else
		from_special(command, &specials[order[i] - EP_COUNT]);
	return true;
}

const char *command_word(const struct command *command, const char *first, size_t *n)
{
	const char *word = command->words;
	size_t skip = first ? strlen(first) : 0;

	if (first && (strncmp(word, first, skip) != 0 || word[skip] != ' '))
		return NULL;
	word += first ? skip + 1 : 0;
	*n = strcspn(word, " ");
	return word;
}
