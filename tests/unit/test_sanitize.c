#include "sanitize.h"

#include <chat/buf.h>
#include "test.h"

static void is_inert(const char *text, size_t n, const char *want)
{
	struct buf got;

	buf_init(&got, 4096);
	CHECK(sanitize_put(&got, text, n, "\n\t"));
	CHECK_STR(buf_str(&got), want);
	buf_release(&got);
}

#define INERT(text, want) is_inert(text, sizeof(text) - 1, want)

static void texts(void)
{
	INERT("", "");
	INERT("a\tb\nc", "a\tb\nc");
	INERT("\033[31mred\007", "\\u001b[31mred\\u0007");
	INERT("\r\b\177\0x", "\\u000d\\u0008\\u007f\\u0000x");
	INERT("\xc2\x9b"
	      "31m \xc2\x85",
		"\\u009b31m \\u0085");
	INERT("\xe2\x80\xae"
	      "abc\xe2\x81\xa6",
		"\\u202eabc\\u2066");
	INERT("\xe2\x80\xa8", "\\u2028");
	INERT("gr\xc3\xbc\xc3\x9f \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7",
		"gr\xc3\xbc\xc3\x9f \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7");
	/* Not UTF-8: single bytes, a cut sequence, a surrogate. */
	INERT("\x9b"
	      "31m",
		"\\u009b31m");
	INERT("a\xe2\x80", "a\\u00e2\\u0080");
	INERT("\xed\xa0\x80", "\\u00ed\\u00a0\\u0080");
}

int main(void)
{
	RUN(texts);
	return test_end();
}
