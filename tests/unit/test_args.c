#include "args.h"

#include <chat/buf.h>
#include "test.h"

#define WORDS_MAX 16

static struct invocation in;
static struct buf why;
static const char *list[WORDS_MAX];

/* Takes a command line apart at its spaces. */
static bool parse(const char *line)
{
	static char text[256];
	char *argv[WORDS_MAX];
	int argc = 0;

	snprintf(text, sizeof(text), "%s", line);
	for (char *word = text, *end; *word; word = end) {
		end = word + strcspn(word, " ");
		if (*end)
			*end++ = '\0';
		argv[argc++] = word;
	}
	buf_reset(&why);
	return args_parse(&in, argc, argv, list, &why);
}

/* The words are no command line, and the complaint has `part` in it. */
static void refused(const char *line, const char *part)
{
	if (!CHECK(!parse(line)) || !CHECK(strstr(buf_str(&why), part)))
		fprintf(stderr, "  %s: %s\n", line, buf_str(&why));
}

static void finds_commands(void)
{
	CHECK(parse("whoami"));
	CHECK_STR(in.command.words, "whoami");
	CHECK(parse("server create acme"));
	CHECK_STR(in.command.words, "server create");
	CHECK(parse("-o json server --verbose list"));
	CHECK_STR(in.command.words, "server list");
	CHECK_STR(in.globals[GLOBAL_OUTPUT], "json");
	CHECK(in.globals[GLOBAL_VERBOSE] != NULL);
	CHECK(parse(""));
	CHECK(in.command.words == NULL);
}

static void every_endpoint_has_a_command(void)
{
	struct command command;
	int seen[EP_COUNT] = {0};

	for (size_t i = 0; command_at(i, &command); i++) {
		CHECK(command.run != NULL);
		CHECK(command.summary != NULL);
		CHECK(command.n_args <= ARGS_MAX);
		if (command.endpoint)
			seen[command.endpoint->id]++;
	}
	for (int i = 0; i < EP_COUNT; i++)
		CHECK_INT(seen[i], 1);
}

static void no_command_begins_another(void)
{
	struct command one, other;

	for (size_t i = 0; command_at(i, &one); i++) {
		for (size_t j = 0; command_at(j, &other); j++) {
			size_t n = strlen(one.words);

			CHECK(i == j || strncmp(one.words, other.words, n) != 0 ||
				(other.words[n] && other.words[n] != ' '));
		}
	}
}

static void takes_arguments(void)
{
	CHECK(parse("member role acme @bob admin"));
	CHECK_STR(invocation_value(&in, "server_id"), "acme");
	CHECK_STR(invocation_value(&in, "user_id"), "@bob");
	CHECK_STR(invocation_value(&in, "role"), "admin");
	CHECK(parse("send #general hello to --nonce=n1 all"));
	CHECK_INT(in.n_list, 3);
	CHECK_STR(in.list[0], "hello");
	CHECK_STR(in.list[2], "all");
	CHECK_STR(invocation_value(&in, "nonce"), "n1");
	CHECK(parse("send 1 -- -v --lines"));
	CHECK_INT(in.n_list, 2);
	CHECK(invocation_value(&in, "lines") == NULL);
	CHECK(parse("send 1 -"));
	CHECK_STR(in.list[0], "-");
}

static void takes_flags(void)
{
	CHECK(parse("history 1 -n20 --before 7"));
	CHECK_STR(invocation_value(&in, "limit"), "20");
	CHECK_STR(invocation_value(&in, "before"), "7");
	CHECK(parse("history 1 -vn 20"));
	CHECK_STR(invocation_value(&in, "limit"), "20");
	CHECK(in.globals[GLOBAL_VERBOSE] != NULL);
	CHECK(parse("invite create 1 --max-uses 3 --expires_in=60"));
	CHECK_STR(invocation_value(&in, "max_uses"), "3");
	CHECK_STR(invocation_value(&in, "expires_in"), "60");
	/* A command's own letter goes before the global one. */
	CHECK(parse("api POST /servers -f name=x -f description=y"));
	CHECK_INT(in.n_list, 2);
	CHECK(in.globals[GLOBAL_FILE] == NULL);
	CHECK(parse("-f script"));
	CHECK_STR(in.globals[GLOBAL_FILE], "script");
}

static void secrets_are_no_arguments(void)
{
	refused("login alice hunter22", "no more arguments");
	refused("login alice --password hunter22", "there is no option --password");
	refused("passwd old new", "no more arguments");
	CHECK(parse("login alice --password-stdin"));
	CHECK(invocation_value(&in, "password_stdin") != NULL);
}

static void refuses(void)
{
	refused("sevrer list", "did you mean server?");
	refused("wohami", "did you mean whoami?");
	refused("server crate x", "did you mean server create?");
	refused("xyzzy", "there is no command xyzzy");
	refused("server", "needs a verb: create, list");
	refused("send 1 x --linse", "did you mean --lines?");
	refused("whoami --verbos", "did you mean --verbose?");
	refused("whoami -q", "there is no option -q");
	refused("send", "send needs CHANNEL");
	refused("register alice", "register needs --email");
	refused("member role 1 2 king", "ROLE must be");
	refused("status asleep", "online or offline or away or dnd");
	refused("whoami -o xml", "table or json");
	refused("whoami --retry x", "whole number");
	refused("whoami --retry -1", "whole number");
	refused("whoami --timeout 0", "seconds above 0");
	refused("whoami --timeout", "needs a value");
	refused("whoami --verbose=1", "takes no value");
	refused("whoami now", "no more arguments: now");
	refused("history 1 -n ten", "whole number");
	refused("message show 1e3", "whole number");
}

static void help_forgives(void)
{
	CHECK(parse("send --help"));
	CHECK_STR(in.command.words, "send");
	CHECK(parse("server -h"));
	CHECK_STR(in.noun, "server");
	CHECK(parse("--help"));
	CHECK(in.noun == NULL && !in.command.words);
}

static void numbers(void)
{
	int64_t n;

	CHECK(arg_number("0", 0, 10, &n) && n == 0);
	CHECK(arg_number("10", 0, 10, &n) && n == 10);
	CHECK(!arg_number("11", 0, 10, &n));
	CHECK(!arg_number("", 0, 10, &n));
	CHECK(!arg_number("+1", 0, 10, &n));
	CHECK(!arg_number("1 ", 0, 10, &n));
	CHECK(!arg_number("99999999999999999999", 0, INT64_MAX, &n));
	CHECK(arg_seconds("1.5", &n) && n == 1500);
	CHECK(arg_seconds("0.001", &n) && n == 1);
	CHECK(arg_seconds("86400", &n));
	CHECK(!arg_seconds("86401", &n));
	CHECK(!arg_seconds(".5", &n));
	CHECK(!arg_seconds("1.", &n));
	CHECK(!arg_seconds("1e3", &n));
}

static void walk(char *const *words, size_t n, struct args_state *state)
{
	args_walk(state, words, n);
}

static void walks_what_is_unfinished(void)
{
	char server[] = "server", show[] = "show", send[] = "send", channel[] = "1", o[] = "-o";
	char nonce[] = "--nonce", dashes[] = "--", empty[] = "";
	struct args_state state;

	walk((char *[]){server, empty}, 1, &state);
	CHECK_STR(state.first, "server");
	CHECK(!state.command.words);
	walk((char *[]){server, show, empty}, 2, &state);
	CHECK_STR(state.command.words, "server show");
	CHECK_INT(state.positionals, 0);
	walk((char *[]){send, channel, nonce, empty}, 3, &state);
	CHECK_INT(state.positionals, 1);
	CHECK(state.flag && !strcmp(state.flag->name, "nonce"));
	walk((char *[]){o, empty}, 1, &state);
	CHECK(state.flag && !strcmp(state.flag->name, "output"));
	walk((char *[]){send, dashes, o, empty}, 3, &state);
	CHECK(!state.flag && state.only_arguments);
	CHECK_INT(state.positionals, 1);
}

int main(void)
{
	buf_init(&why, 4096);
	RUN(finds_commands);
	RUN(every_endpoint_has_a_command);
	RUN(no_command_begins_another);
	RUN(takes_arguments);
	RUN(takes_flags);
	RUN(secrets_are_no_arguments);
	RUN(refuses);
	RUN(help_forgives);
	RUN(numbers);
	RUN(walks_what_is_unfinished);
	buf_release(&why);
	return test_end();
}
