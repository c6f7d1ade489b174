#include <chat/log.h>
#include <chat/text.h>
#include <chat/time.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test.h"

/* A socket that keeps the bounds of writes: one read gives what one write wrote. */
static int reader;
static FILE *writer;

static char line[65536];

/* The next line that was written, without its line feed; "" if there is none. */
static const char *next(void)
{
	ssize_t n = recv(reader, line, sizeof(line) - 1, MSG_DONTWAIT);

	line[n > 0 ? n : 0] = '\0';
	if (n > 0) {
		CHECK(line[n - 1] == '\n');
		line[n - 1] = '\0';
	}
	CHECK(strchr(line, '\n') == NULL);
	CHECK(text_is_utf8(line, strlen(line)));
	return line;
}

/* The same without the time, which must be one. */
static const char *next_text(void)
{
	int64_t ms;
	const char *got = next();

	if (!CHECK(strlen(got) > 25 && time_parse(got, 24, &ms) && got[24] == ' '))
		return got;
	CHECK(llabs(time_now_ms() - ms) < 600000);
	return got + 25;
}

static void text_lines(void)
{
	const char *none = NULL;
	char array[8] = "value";

	log_init(LOG_LEVEL_INFO, LOG_FORMAT_TEXT, writer);
	log_info("listening", LOG_TEXT("host", "127.0.0.1"), LOG_INT("port", 8000));
	CHECK_STR(next_text(), "info listening host=127.0.0.1 port=8000");
	log_error("it is broken");
	CHECK_STR(next_text(), "error it is broken");
	log_warn("odd", LOG_TEXT("none", none), LOG_TEXT("empty", ""), LOG_TEXT("array", array));
	CHECK_STR(next_text(), "warn odd none=\"\" empty=\"\" array=value");
	log_info("n", LOG_INT("low", INT64_MIN), LOG_INT("high", INT64_MAX), LOG_INT("zero", 0));
	CHECK_STR(next_text(), "info n low=-9223372036854775808 high=9223372036854775807 zero=0");
}

static void text_quotes(void)
{
	static const char *const cases[][2] = {
		{"plain-text/1.0;x:y", "plain-text/1.0;x:y"},
		{"two words", "\"two words\""},
		{"a=b", "\"a=b\""},
		{"say \"hi\"", "\"say \\\"hi\\\"\""},
		{"back\\slash", "\"back\\\\slash\""},
		{"new\nline", "\"new\\nline\""},
		{"\r\t\x1b[31m", "\"\\u000d\\u0009\\u001b[31m\""},
		{"\x7f", "\"\\u007f\""},
		{"caf\xc3\xa9", "\"caf\xc3\xa9\""},
		{"\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
		{"\xe6\xbc\xa2", "\"\xe6\xbc\xa2\""},
		{"csi\xc2\x9b"
		 "2J",
			"\"csi\\u009b2J\""}, /* a control sequence in one character */
		{"\xc2\xa0", "\"\xc2\xa0\""},
		{"bad\xff\xc3", "\"bad\\u00ff\\u00c3\""},
	};

	log_init(LOG_LEVEL_INFO, LOG_FORMAT_TEXT, writer);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char want[128];

		snprintf(want, sizeof(want), "info m v=%s", cases[i][1]);
		log_info("m", LOG_TEXT("v", cases[i][0]));
		CHECK_STR(next_text(), want);
	}
	log_info("forged\n2026-01-31T12:00:00.123Z error x\x1b[2J \"q\"");
	CHECK_STR(next_text(), "info forged\\n2026-01-31T12:00:00.123Z error x\\u001b[2J \"q\"");
}

static void json_lines(void)
{
	const char *got;

	log_init(LOG_LEVEL_DEBUG, LOG_FORMAT_JSON, writer);
	log_debug("a \"b\"\n", LOG_TEXT("host", "h"), LOG_INT("port", -1), LOG_TEXT("x", "\\\xff"));
	got = next();
	CHECK(strncmp(got, "{\"time\":\"", 9) == 0 && strlen(got) > 33);
	CHECK_STR(got + 33,
		"\",\"level\":\"debug\",\"message\":\"a \\\"b\\\"\\n\",\"host\":\"h\",\"port\":-1,"
		"\"x\":\"\\\\\\u00ff\"}");
	log_debug("alone");
	got = next();
	CHECK(strlen(got) > 33);
	CHECK_STR(got + 33, "\",\"level\":\"debug\",\"message\":\"alone\"}");
}

static void levels(void)
{
	static const enum log_level all[] = {
		LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG};

	for (int set = 0; set < 4; set++) {
		log_init(all[set], LOG_FORMAT_TEXT, writer);
		for (int level = 0; level < 4; level++) {
			log_write(all[level], "m", (struct log_field[]){{0}});
			if (level <= set)
				CHECK(strstr(next_text(), "m") != NULL);
			else
				CHECK_STR(next(), "");
		}
	}
}

/* Longer than a line can be: cut within PIPE_BUF, still one write, valid UTF-8, and it shows. */
static void long_lines(void)
{
	static char text[20000];
	static const char *const parts[] = {
		"x", "\xc3\xa9", "\xe6\xbc\xa2", "\xf0\x9f\x98\x80", "\n"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		for (size_t shift = 0; shift < 8; shift++) {
			size_t n = shift;

			memset(text, 'y', n);
			while (n < 10000) {
				memcpy(text + n, parts[i], strlen(parts[i]));
				n += strlen(parts[i]);
			}
			text[n] = '\0';

			log_init(LOG_LEVEL_INFO, LOG_FORMAT_TEXT, writer);
			log_info("m", LOG_TEXT("v", text), LOG_INT("after", 1));
			CHECK(strlen(next_text()) < PIPE_BUF);
			CHECK(strlen(line) > PIPE_BUF - 100);
			CHECK(strstr(line, "\xe2\x80\xa6") != NULL && !strstr(line, "after"));
			log_info(text, LOG_INT("after", 1));
			CHECK(strlen(next_text()) < PIPE_BUF);
			CHECK(strstr(line, "\xe2\x80\xa6") != NULL);

			log_init(LOG_LEVEL_INFO, LOG_FORMAT_JSON, writer);
			log_info("m", LOG_TEXT("v", text), LOG_INT("after", 1));
			CHECK(strlen(next()) < PIPE_BUF);
			CHECK(strstr(line, "\xe2\x80\xa6\",\"cut\":true}") != NULL);
			log_info(text);
			CHECK(strlen(next()) < PIPE_BUF);
			CHECK(strstr(line, "\xe2\x80\xa6\"}") != NULL);
		}
	}
}

/* Every length around the limit, with a field behind it. */
static void near_the_limit(void)
{
	static char text[PIPE_BUF + 1];

	log_init(LOG_LEVEL_INFO, LOG_FORMAT_JSON, writer);
	for (size_t n = PIPE_BUF - 220; n < PIPE_BUF; n++) {
		size_t end;

		memset(text, 'x', n);
		text[n] = '\0';
		log_info("m", LOG_TEXT("v", text), LOG_INT("number", INT64_MIN));
		end = strlen(next());
		CHECK(end < PIPE_BUF && line[end - 1] == '}');
		CHECK(strstr(line, "-9223372036854775808}") || strstr(line, "\"cut\":true}"));
	}
}

/* Also when the log cannot be written, which must not end the program. */
static void keeps_errno(void)
{
	FILE *unwritable = fopen("/dev/null", "r");

	log_init(LOG_LEVEL_INFO, LOG_FORMAT_TEXT, writer);
	errno = ENOTTY;
	log_info("m");
	CHECK_INT(errno, ENOTTY);
	next_text();
	if (CHECK(unwritable != NULL)) {
		log_init(LOG_LEVEL_INFO, LOG_FORMAT_TEXT, unwritable);
		log_info("m");
		CHECK_INT(errno, ENOTTY);
		fclose(unwritable);
	}
}

int main(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
		return 1;
	reader = pair[0];
	writer = fdopen(pair[1], "w");
	if (!writer)
		return 1;
	RUN(text_lines);
	RUN(text_quotes);
	RUN(json_lines);
	RUN(levels);
	RUN(long_lines);
	RUN(near_the_limit);
	RUN(keeps_errno);
	fclose(writer);
	close(reader);
	return test_end();
}
