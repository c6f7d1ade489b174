#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/suggest.h>
#include <chat/text.h>
#include <chat/words.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test.h"

/* The words of a line, each in <>. */
static void splits(const char *line, const char *want, char open_quote)
{
	struct arena arena;
	struct chat_words words;
	struct buf got;

	arena_init(&arena, 0);
	buf_init(&got, 4096);
	CHECK(chat_words_split(&words, line, &arena));
	for (size_t i = 0; i < words.count; i++)
		buf_printf(&got, "<%s>", words.list[i]);
	CHECK_STR(buf_str(&got), want);
	CHECK_INT(words.open_quote, open_quote);
	CHECK(words.list[words.count] == NULL);
	buf_release(&got);
	arena_release(&arena);
}

static void words(void)
{
	splits("", "", 0);
	splits("  \t\n", "", 0);
	splits("a", "<a>", 0);
	splits("a b", "<a><b>", 0);
	splits(" send  1 hi \n", "<send><1><hi>", 0);
	splits("send 'My Server:#general' \"it's\"", "<send><My Server:#general><it's>", 0);
	splits("a'b'\"c\"d", "<abcd>", 0);
	splits("'' \"\"", "<><>", 0);
	splits("a\\ b \\'", "<a b><'>", 0);
	splits("'a\\b' \"a\\\"b\\n\"", "<a\\b><a\"b\\n>", 0);
	splits("# send 1 x", "", 0);
	splits("send #general x#y", "<send><#general><x#y>", 0);
	splits("a 'b c", "<a><b c>", '\'');
	splits("a \"b", "<a><b>", '"');
	splits("a b\\", "<a><b>", '\\');
}

static void places(void)
{
	static const char line[] = "  a 'b c'  \"d\"e\\ f";
	struct arena arena;
	struct chat_words words;
	char got[256] = "";
	size_t len = 0;

	arena_init(&arena, 0);
	CHECK(chat_words_split(&words, line, &arena));
	for (size_t i = 0; i < words.count; i++)
		len += (size_t)snprintf(got + len, sizeof(got) - len, "<%.*s>",
			(int)(words.places[i].end - words.places[i].start),
			line + words.places[i].start);
	CHECK_STR(got, "<a><'b c'><\"d\"e\\ f>");
	arena_release(&arena);
}

/* --- quoting --- */

static const char *const hostile[] = {"", "a", "My Server:#general", "it's", "x'y\"z", "\\", "a\\'",
	"$HOME", "`id`", "!!", "a!b", "*?[x]", "~", "~root", "#", "#x", "=ls", "{a,b}", "a b", " ",
	"\t", "-n", "--", "a;b", "a|b&c<d>e(f)", "'", "''", "\"", "\\\"", "\u00e4 \u3000\U0001f600",
	"%s%n", "x:#y", ":#", "@bob", "\\n", "a\\", "$'x'", "\"$(id)\""};

/* The first word of the line, as a shell has it; option is one more for the shell. */
static void check_shell(const char *shell, const char *option, const char *line, const char *want)
{
	char script[1024], got[1024] = "";
	int fds[2], status = -1;
	ssize_t n, len = 0;
	pid_t child;

	snprintf(script, sizeof(script), "printf '%%s' %s", line);
	if (!CHECK(!pipe(fds)))
		return;
	child = fork();
	if (child == 0) {
		dup2(fds[1], STDOUT_FILENO);
		execlp(shell, shell, option, "-c", script, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	while ((n = read(fds[0], got + len, sizeof(got) - 1 - (size_t)len)) > 0)
		len += n;
	got[len] = '\0';
	close(fds[0]);
	CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
	if (!CHECK_STR(got, want))
		fprintf(stderr, "  by %s of %s\n", shell, line);
}

static void check_quote(const char *text, char open)
{
	struct arena arena;
	struct chat_words words;
	struct buf line;

	arena_init(&arena, 0);
	buf_init(&line, 4096);
	buf_puts(&line, "x ");
	if (open)
		buf_putc(&line, open);
	CHECK(chat_words_quote(&line, text, open));
	CHECK(chat_words_split(&words, buf_str(&line), &arena));
	CHECK_INT(words.open_quote, open);
	if (open)
		buf_putc(&line, open);
	CHECK(chat_words_split(&words, buf_str(&line), &arena));
	if (CHECK_INT(words.count, 2))
		CHECK_STR(words.list[1], text);
	CHECK_INT(words.open_quote, 0);
	check_shell("sh", "-u", buf_str(&line) + 2, text);
	check_shell("bash", "--norc", buf_str(&line) + 2, text);
	check_shell("zsh", "-f", buf_str(&line) + 2, text);
	buf_release(&line);
	arena_release(&arena);
}

/* The quoter is the splitter's inverse, and a shell's. */
static void quoting(void)
{
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		check_quote(hostile[i], 0);
		check_quote(hostile[i], '\'');
		check_quote(hostile[i], '"');
	}
}

/* --- others --- */

static const char *suggest(const char *word)
{
	static const char *const all[] = {"server", "servers", "channel", "history", "port"};
	static struct chat_suggest nearest;

	nearest = (struct chat_suggest){.word = word};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		chat_suggest_try(&nearest, all[i], strlen(all[i]));
	return nearest.best;
}

static void suggestions(void)
{
	CHECK_STR(suggest("sevrer"), "server");
	CHECK_STR(suggest("serverss"), "servers");
	CHECK_STR(suggest("hist"), "history");
	CHECK_STR(suggest("prot"), "port");
	CHECK_STR(suggest("zebra"), "");
	CHECK_STR(suggest("h"), "");
	CHECK_STR(suggest(""), "");
}

static void wrapping(void)
{
	static const char row[] = "123456789 123456789 123456789 123456789 123456789 123456789";
	char text[256], want[256];
	struct buf out;

	buf_init(&out, 4096);
	snprintf(text, sizeof(text), "%s 123456789 1234567890 x  y", row);
	snprintf(want, sizeof(want), "%s 123456789 1234567890\n# x y\n", row);
	chat_text_wrap(&out, text, "# ", 0);
	CHECK_STR(buf_str(&out), want);
	buf_reset(&out);
	snprintf(want, sizeof(want), "%s 123456789\n# 1234567890 x y\n", row);
	chat_text_wrap(&out, text, "# ", 1);
	CHECK_STR(buf_str(&out), want);
	buf_reset(&out);
	chat_text_wrap(&out, "one", "  ", 90);
	chat_text_wrap(&out, "", "  ", 0);
	CHECK_STR(buf_str(&out), "one\n\n");
	buf_release(&out);
}

int main(void)
{
	RUN(words);
	RUN(places);
	RUN(quoting);
	RUN(suggestions);
	RUN(wrapping);
	return test_end();
}
