#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/conf.h>

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

enum { FORMAT_TEXT, FORMAT_JSON };

struct target {
	const char *host;
	long port;
	int format;
	const char *secret;
	const char *origins;
	const char *quoted;
};

static const struct conf_option options[] = {
	{"HOST", CONF_TEXT, "127.0.0.1", 0, 0, NULL, offsetof(struct target, host), "ADDRESS",
		"The address to listen on"},
	{"PORT", CONF_NUMBER, "8000", 1, 65535, NULL, offsetof(struct target, port), "PORT",
		"The port to listen on"},
	{"LOG_FORMAT", CONF_CHOICE, "json", 0, 0, "text|json", offsetof(struct target, format),
		NULL, "How log lines look"},
	{"SECRET_KEY", CONF_SECRET, NULL, 0, 0, NULL, offsetof(struct target, secret), "KEY",
		"The key that signs tokens"},
	{"ALLOWED_ORIGINS", CONF_TEXT, "http://localhost:*,http://127.0.0.1:*", 0, 0, NULL,
		offsetof(struct target, origins), "ORIGINS",
		"The web origins that may use the API, separated by commas, where a star stands "
		"for any port"},
	{"QUOTED", CONF_TEXT, "a \"b\" $c\\d # e\tf\n'g'", 0, 0, NULL,
		offsetof(struct target, quoted), NULL, "A default that needs quotes"},
};

static const struct conf_table table = {options, sizeof(options) / sizeof(options[0])};

static struct arena arena;
static struct buf why;
static struct target t;
static char path[] = "/tmp/test_conf.XXXXXX";

/* Everything at its default, no error text. */
static void start(void)
{
	arena_reset(&arena);
	buf_reset(&why);
	t = (struct target){0};
	CHECK_INT(conf_defaults(&table, &t, &why), CHAT_OK);
}

static void write_file(const void *bytes, size_t n)
{
	FILE *file = fopen(path, "w");

	CHECK(file && fwrite(bytes, 1, n, file) == n);
	CHECK(file && fclose(file) == 0);
}

static enum chat_err read_text(const char *text)
{
	start();
	write_file(text, strlen(text));
	return conf_file(&table, &t, path, true, &arena, &why);
}

/* The error text without the temporary file's name. */
static const char *reason(void)
{
	const char *at = strstr(buf_str(&why), path);

	return at ? at + strlen(path) : buf_str(&why);
}

static void defaults(void)
{
	static const struct conf_option wrong = {
		.name = "WRONG", .type = CONF_NUMBER, .fallback = "x", .max = 1};
	struct target untouched = {.secret = "kept"};

	start();
	CHECK_STR(t.host, "127.0.0.1");
	CHECK_INT(t.port, 8000);
	CHECK_INT(t.format, FORMAT_JSON);
	CHECK_STR(t.secret, NULL);
	CHECK_INT(conf_defaults(&table, &untouched, &why), CHAT_OK);
	CHECK_STR(untouched.secret, "kept");
	CHECK_INT(conf_defaults(&(struct conf_table){&wrong, 1}, &t, &why), CHAT_ERR_CONFIG);
	CHECK_STR(buf_str(&why), "WRONG: \"x\" is not a number from 0 to 1");
}

static void numbers(void)
{
	static const char *const bad[] = {"", " ", "0", "65536", "-1", "80x", "x", " 80", "80 ",
		"+80", "0x50", "8e3", "80.0", "99999999999999999999", "-", "\x01", "\xd9\xa3"};
	static const struct conf_option any = {
		.name = "ANY", .type = CONF_NUMBER, .min = -5, .max = 5};
	static const struct conf_option huge = {
		.name = "HUGE", .type = CONF_NUMBER, .min = 0, .max = LONG_MAX};
	long number = 9;

	start();
	CHECK_INT(conf_set(&options[1], &t, "1", "PORT", &arena, &why), CHAT_OK);
	CHECK_INT(t.port, 1);
	CHECK_INT(conf_set(&options[1], &t, "65535", "PORT", &arena, &why), CHAT_OK);
	CHECK_INT(t.port, 65535);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		buf_reset(&why);
		CHECK_INT(conf_set(&options[1], &t, bad[i], "PORT", &arena, &why), CHAT_ERR_CONFIG);
		CHECK(strstr(buf_str(&why), "is not a number from 1 to 65535") != NULL);
	}
	CHECK_INT(t.port, 65535);
	CHECK_INT(conf_set(&any, &number, "-5", "ANY", &arena, &why), CHAT_OK);
	CHECK_INT(number, -5);
	CHECK_INT(conf_set(&huge, &number, "9223372036854775807", "HUGE", &arena, &why), CHAT_OK);
	CHECK_INT(conf_set(&huge, &number, "9223372036854775808", "HUGE", &arena, &why),
		CHAT_ERR_CONFIG);
	CHECK_INT(number, LONG_MAX);
	CHECK_INT(conf_set(&any, &number, "-6", "ANY", &arena, &why), CHAT_ERR_CONFIG);
}

static void choices(void)
{
	static const char *const bad[] = {"", "tex", "texts", "text|json", "|", "xml"};
	static const struct conf_option three = {
		.name = "L", .type = CONF_CHOICE, .values = "error|warn|info"};
	int level = 9;

	start();
	CHECK_INT(conf_set(&options[2], &t, "TEXT", "--log-format", &arena, &why), CHAT_OK);
	CHECK_INT(t.format, FORMAT_TEXT);
	CHECK_INT(conf_set(&options[2], &t, "json", "--log-format", &arena, &why), CHAT_OK);
	CHECK_INT(t.format, FORMAT_JSON);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(conf_set(&options[2], &t, bad[i], "x", &arena, &why), CHAT_ERR_CONFIG);
	CHECK_INT(t.format, FORMAT_JSON);
	buf_reset(&why);
	CHECK_INT(conf_set(&three, &level, "loud", "--l", &arena, &why), CHAT_ERR_CONFIG);
	CHECK_STR(buf_str(&why), "--l: \"loud\" is not error, warn or info");
	CHECK_INT(conf_set(&three, &level, "info", "--l", &arena, &why), CHAT_OK);
	CHECK_INT(level, 2);
}

/* Bad values are shown so that they can neither hide the error nor play tricks on a terminal. */
static void shown_values(void)
{
	char value[300];

	start();
	CHECK_INT(conf_set(&options[1], &t, "\x1b[2J", "P", &arena, &why), CHAT_ERR_CONFIG);
	CHECK_STR(buf_str(&why), "P: \"\\u001b[2J\" is not a number from 1 to 65535");
	buf_reset(&why);
	CHECK_INT(conf_set(&options[1], &t, "\xff", "P", &arena, &why), CHAT_ERR_CONFIG);
	CHECK_STR(buf_str(&why), "P: a value that is not UTF-8 is not a number from 1 to 65535");
	for (size_t i = 0; i < 298; i += 2)
		memcpy(value + i, "\xc3\xa9", 3);
	buf_reset(&why);
	CHECK_INT(conf_set(&options[1], &t, value, "P", &arena, &why), CHAT_ERR_CONFIG);
	CHECK_INT(why.len, strlen("P: \"\"... is not a number from 1 to 65535") + 62);
}

static void texts_are_copied(void)
{
	char value[] = "0.0.0.0";
	struct arena small;

	start();
	CHECK_INT(conf_set(&options[0], &t, value, "HOST", &arena, &why), CHAT_OK);
	memset(value, 'x', sizeof(value) - 1);
	CHECK_STR(t.host, "0.0.0.0");
	CHECK_INT(conf_set(&options[0], &t, value, "HOST", NULL, &why), CHAT_OK);
	CHECK(t.host == value);

	arena_init(&small, 4);
	CHECK_INT(conf_set(&options[0], &t, "too long", "HOST", &small, &why), CHAT_ERR_NO_MEMORY);
	CHECK_STR(buf_str(&why), "Out of memory");
	CHECK(t.host == value);
	arena_release(&small);
}

static void file_values(void)
{
	static const struct {
		const char *text, *host;
	} cases[] = {
		{"HOST=a", "a"},
		{"HOST=a\n", "a"},
		{"HOST=a\r\n", "a"},
		{"\n\n  HOST = a b  \t\n", "a b"},
		{"export HOST=a", "a"},
		{"export\tHOST=a", "a"},
		{"exportHOST=a", "127.0.0.1"},
		{"export=1\nHOST=a", "a"},
		{"\xef\xbb\xbfHOST=a", "a"},
		{"# c\nHOST=a # comment", "a"},
		{"HOST=a#b", "a#b"},
		{"HOST=#b", "#b"},
		{"HOST= # none", "127.0.0.1"},
		{"HOST=a\t#b\n", "a"},
		{"HOST=a=b", "a=b"},
		{"HOST=a\\nb\"c'", "a\\nb\"c'"},
		{"HOST=", "127.0.0.1"},
		{"HOST=\"\"", "127.0.0.1"},
		{"HOST=''", "127.0.0.1"},
		{"#HOST=a", "127.0.0.1"},
		{"host=a", "127.0.0.1"},
		{"HOSTS=a\nHOS=b\n", "127.0.0.1"},
		{"HOST=a\nHOST=b\n", "b"},
		{"HOST='a # b'", "a # b"},
		{"HOST=' a '", " a "},
		{"HOST='a\\n\"$b\\'", "a\\n\"$b\\"},
		{"HOST=\" a \"  # c", " a "},
		{"HOST=\"a\" \r\n", "a"},
		{"HOST=\"\\n\\r\\t\\\"\\\\\\$\\x\"", "\n\r\t\"\\$\\x"},
		{"HOST=\"a\nb\"", "a\nb"},
		{"HOST='a\nb'\nPORT=1", "a\nb"},
		{"HOST='a\\\nb'", "a\\\nb"},
		{"HOST=\"caf\xc3\xa9\"", "caf\xc3\xa9"},
		{"other.name-1='x\ny'\nHOST=a", "a"},
		{"OTHER=${HOME}\nHOST=${HOME}", "${HOME}"},
		{"", "127.0.0.1"},
		{"\n \r\n\t\n#", "127.0.0.1"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!CHECK_INT(read_text(cases[i].text), CHAT_OK) ||
			!CHECK_STR(t.host, cases[i].host))
			fprintf(stderr, "  in <%s>: %s\n", cases[i].text, buf_str(&why));
}

static void file_types(void)
{
	CHECK_INT(read_text("PORT=9\nLOG_FORMAT=text\nSECRET_KEY='s e'\nOTHER=x\n"), CHAT_OK);
	CHECK_INT(t.port, 9);
	CHECK_INT(t.format, FORMAT_TEXT);
	CHECK_STR(t.secret, "s e");
}

static void file_errors(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"PORT=x", ", line 1: \"x\" is not a number from 1 to 65535"},
		{"A='1\n2\n3'\nPORT=x", ", line 4: \"x\" is not a number from 1 to 65535"},
		{"\n\nhunter2\nPORT=1", ", line 3: this is not NAME=value"},
		{"SECRET_KEY hunter2", ", line 1: this is not NAME=value"},
		{"SECRET_KEY: hunter2", ", line 1: this is not NAME=value"},
		{"=hunter2", ", line 1: this is not NAME=value"},
		{"export", ", line 1: this is not NAME=value"},
		{"\nSECRET_KEY=\"hunter2\n\n", ", line 2: the quote is not closed"},
		{"SECRET_KEY='hunter2", ", line 1: the quote is not closed"},
		{"SECRET_KEY=\"hunter2\\\"", ", line 1: the quote is not closed"},
		{"SECRET_KEY=\"hunter2\\", ", line 1: the quote is not closed"},
		{"SECRET_KEY='hun'ter2", ", line 1: something follows the closing quote"},
		{"SECRET_KEY='hun\n'ter2", ", line 2: something follows the closing quote"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK_INT(read_text(cases[i].text), CHAT_ERR_CONFIG);
		CHECK_STR(reason(), cases[i].want);
		CHECK(!strstr(buf_str(&why), "ter2"));
	}
	/* What came before the bad line is set; the name is in the error. */
	CHECK_INT(read_text("HOST=a\nPORT=x"), CHAT_ERR_CONFIG);
	CHECK_STR(t.host, "a");
	CHECK(strncmp(buf_str(&why), "PORT in /tmp/", 13) == 0);
}

static void odd_files(void)
{
	static char big[65537];

	start();
	write_file("HOST=a\0b", 8);
	CHECK_INT(conf_file(&table, &t, path, false, &arena, &why), CHAT_ERR_CONFIG);
	CHECK_STR(reason(), " is not a .env file: it has a NUL byte");

	memset(big, '#', sizeof(big));
	start();
	write_file(big, sizeof(big) - 1);
	CHECK_INT(conf_file(&table, &t, path, false, &arena, &why), CHAT_OK);
	write_file(big, sizeof(big));
	CHECK_INT(conf_file(&table, &t, path, false, &arena, &why), CHAT_ERR_CONFIG);
	CHECK_STR(reason(), " is not a .env file: it is larger than 64 KiB");

	memcpy(big, "HOST=", 5);
	start();
	write_file(big, sizeof(big) - 1);
	CHECK_INT(conf_file(&table, &t, path, false, &arena, &why), CHAT_OK);
	CHECK_INT(strlen(t.host), 65531);

	start();
	buf_puts(&why, "earlier");
	CHECK_INT(conf_file(&table, &t, "/nowhere/.env", false, &arena, &why), CHAT_OK);
	CHECK_STR(buf_str(&why), "earlier");
	buf_reset(&why);
	CHECK_INT(conf_file(&table, &t, "/nowhere/.env", true, &arena, &why), CHAT_ERR_IO);
	CHECK_STR(buf_str(&why), "cannot read /nowhere/.env: No such file or directory");
	buf_reset(&why);
	CHECK_INT(conf_file(&table, &t, "/tmp", false, &arena, &why), CHAT_ERR_IO);
	CHECK_STR(buf_str(&why), "cannot read /tmp: Is a directory");
}

static void environment(void)
{
	start();
	unsetenv("PORT");
	setenv("HOST", "0.0.0.0", 1);
	setenv("LOG_FORMAT", "", 1);
	setenv("SECRET_KEY", "hunter2", 1);
	CHECK_INT(conf_environment(&table, &t, &arena, &why), CHAT_OK);
	setenv("HOST", "changed", 1);
	CHECK_STR(t.host, "0.0.0.0");
	CHECK_INT(t.port, 8000);
	CHECK_INT(t.format, FORMAT_JSON);
	CHECK_STR(t.secret, "hunter2");
	setenv("PORT", "many", 1);
	CHECK_INT(conf_environment(&table, &t, &arena, &why), CHAT_ERR_CONFIG);
	CHECK_STR(
		buf_str(&why), "PORT in the environment: \"many\" is not a number from 1 to 65535");
	unsetenv("PORT");
	unsetenv("HOST");
	unsetenv("SECRET_KEY");
	unsetenv("LOG_FORMAT");
}

static enum chat_err argument(const char *first, const char *second, int *at)
{
	char one[100], two[100];
	char *argv[] = {(char[]){"chatd"}, one, two, NULL};

	start();
	snprintf(one, sizeof(one), "%s", first);
	snprintf(two, sizeof(two), "%s", second ? second : "");
	*at = 1;
	return conf_argument(&table, &t, second ? 3 : 2, argv, at, &arena, &why);
}

static void arguments(void)
{
	int at;

	CHECK_INT(argument("--port=80", "next", &at), CHAT_OK);
	CHECK_INT(t.port, 80);
	CHECK_INT(at, 2);
	CHECK_INT(argument("--port", "81", &at), CHAT_OK);
	CHECK_INT(t.port, 81);
	CHECK_INT(at, 3);
	CHECK_INT(argument("--log-format", "text", &at), CHAT_OK);
	CHECK_INT(t.format, FORMAT_TEXT);
	CHECK_INT(argument("--host=", NULL, &at), CHAT_OK);
	CHECK_STR(t.host, "");
	CHECK_INT(argument("--host", "-", &at), CHAT_OK);
	CHECK_STR(t.host, "-");
	CHECK_INT(argument("--host=--port", "1", &at), CHAT_OK);
	CHECK_STR(t.host, "--port");
	CHECK_INT(at, 2);
	CHECK_INT(argument("--secret-key=a=b", NULL, &at), CHAT_OK);
	CHECK_STR(t.secret, "a=b");
}

static void argument_errors(void)
{
	static const struct {
		const char *first, *second, *want;
	} cases[] = {
		{"--prot", "80", "unknown option --prot: did you mean --port?"},
		{"--prot=hunter2", NULL, "unknown option --prot: did you mean --port?"},
		{"--hots", "x", "unknown option --hots: did you mean --host?"},
		{"--logformat=text", NULL,
			"unknown option --logformat: did you mean --log-format?"},
		{"--allowed=x", NULL, "unknown option --allowed: did you mean --allowed-origins?"},
		{"--secret_key=hunter2", NULL,
			"unknown option --secret_key: did you mean --secret-key?"},
		{"--secret-kye", "hunter2",
			"unknown option --secret-kye: did you mean --secret-key?"},
		{"--secret-key:hunter2", NULL,
			"unknown option --secret-key: did you mean --secret-key?"},
		{"--PORT=1", NULL, "unknown option --PORT: did you mean --port?"},
		{"-port", "80", "unknown option -port: did you mean --port?"},
		{"---port=80", NULL, "unknown option ---port: did you mean --port?"},
		{"-p", "80", "unknown option -p: --help lists them"},
		{"--colour", "x", "unknown option --colour: --help lists them"},
		{"--x=1", NULL, "unknown option --x: --help lists them"},
		{"hunter2", NULL, "argument 1 is not an option: they are written --name=value"},
		{"", NULL, "argument 1 is not an option: they are written --name=value"},
		{"-", NULL, "argument 1 is not an option: they are written --name=value"},
		{"--", NULL, "argument 1 is not an option: they are written --name=value"},
		{"--=1", NULL, "argument 1 is not an option: they are written --name=value"},
		{"--port", NULL, "--port needs a value: --port=PORT"},
		{"--port", "--host=x", "--port needs a value: --port=PORT"},
		{"--log-format", NULL, "--log-format needs a value: --log-format=text|json"},
		{"--quoted", NULL, "--quoted needs a value: --quoted=VALUE"},
		{"--secret-key", "--hunter2", "--secret-key needs a value: --secret-key=KEY"},
		{"--port=", NULL, "--port: \"\" is not a number from 1 to 65535"},
		{"--port=http", NULL, "--port: \"http\" is not a number from 1 to 65535"},
		{"--log-format=xml", NULL, "--log-format: \"xml\" is not text or json"},
		{"--a-name-that-is-longer-than-any-option-could-ever-be-and-is-therefore-cut", NULL,
			"unknown option "
			"--a-name-that-is-longer-than-any-option-could-ever-be-and-is-ther"
			": --help lists them"},
	};
	int at;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK_INT(argument(cases[i].first, cases[i].second, &at), CHAT_ERR_CONFIG);
		CHECK_STR(buf_str(&why), cases[i].want);
	}
}

static void help(void)
{
	struct buf out;
	const char *at;

	buf_init(&out, 10000);
	conf_help(&table, &out);
	CHECK(buf_ok(&out));
	CHECK(strncmp(buf_str(&out),
		      "  --host ADDRESS\n      The address to listen on (default: 127.0.0.1)\n"
		      "  --port PORT\n      The port to listen on (default: 8000)\n"
		      "  --log-format text|json\n      How log lines look (default: json)\n"
		      "  --secret-key KEY\n      The key that signs tokens\n"
		      "  --allowed-origins ORIGINS\n      The web origins that may use",
		      270) == 0);
	for (at = buf_str(&out); *at; at += strcspn(at, "\n") + 1) {
		CHECK(strcspn(at, "\n") <= 80);
		CHECK(strncmp(at, "  ", 2) == 0);
	}
	CHECK(strstr(buf_str(&out),
		"\n      stands for any port (default: http://localhost:*,http://127.0.0.1:*)\n"));
	buf_release(&out);

	buf_init(&out, 100);
	conf_help(&table, &out);
	CHECK(!buf_ok(&out));
	buf_release(&out);
}

/* The example, read back, is the defaults. */
static void example(void)
{
	static const char start_of[] = "# The address to listen on\nHOST=127.0.0.1\n\n"
				       "# The port to listen on (1 to 65535)\nPORT=8000\n\n"
				       "# How log lines look (text or json)\nLOG_FORMAT=json\n\n"
				       "# The key that signs tokens\nSECRET_KEY=\n\n";
	struct target read = {0};
	struct buf out;

	start();
	buf_init(&out, 10000);
	conf_example(&table, &out);
	CHECK(strncmp(buf_str(&out), start_of, strlen(start_of)) == 0);
	write_file(out.data, out.len);
	CHECK_INT(conf_file(&table, &read, path, true, &arena, &why), CHAT_OK);
	CHECK_STR(buf_str(&why), "");
	CHECK_STR(read.host, t.host);
	CHECK_INT(read.port, t.port);
	CHECK_INT(read.format, t.format);
	CHECK_STR(read.secret, NULL);
	CHECK_STR(read.origins, t.origins);
	CHECK_STR(read.quoted, t.quoted);
	buf_release(&out);
}

/* A default of a secret is in no output. */
static void secret_default(void)
{
	static const struct conf_option secret = {
		.name = "S", .type = CONF_SECRET, .fallback = "hunter2", .help = "A secret"};
	struct buf out;

	buf_init(&out, 1000);
	conf_help(&(struct conf_table){&secret, 1}, &out);
	CHECK_STR(buf_str(&out), "  --s VALUE\n      A secret\n");
	buf_reset(&out);
	conf_example(&(struct conf_table){&secret, 1}, &out);
	CHECK_STR(buf_str(&out), "# A secret\nS=\n");
	buf_release(&out);
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	arena_init(&arena, 0);
	buf_init(&why, 1000);
	RUN(defaults);
	RUN(numbers);
	RUN(choices);
	RUN(shown_values);
	RUN(texts_are_copied);
	RUN(file_values);
	RUN(file_types);
	RUN(file_errors);
	RUN(odd_files);
	RUN(environment);
	RUN(arguments);
	RUN(argument_errors);
	RUN(help);
	RUN(example);
	RUN(secret_default);
	unlink(path);
	buf_release(&why);
	arena_release(&arena);
	return test_end();
}
