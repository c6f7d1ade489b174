#include <chat/time.h>

#include <time.h>

#include "test.h"

static void formats(void)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{0, "1970-01-01T00:00:00.000Z"},
		{1, "1970-01-01T00:00:00.001Z"},
		{999, "1970-01-01T00:00:00.999Z"},
		{86399999, "1970-01-01T23:59:59.999Z"},
		{951782400000, "2000-02-29T00:00:00.000Z"},
		{951868800000, "2000-03-01T00:00:00.000Z"},
		{1769860800123, "2026-01-31T12:00:00.123Z"},
		{4107542399999, "2100-02-28T23:59:59.999Z"},
		{4107542400000, "2100-03-01T00:00:00.000Z"},
		{253402300799999, "9999-12-31T23:59:59.999Z"},
		{253402300800000, "9999-12-31T23:59:59.999Z"},
		{INT64_MAX, "9999-12-31T23:59:59.999Z"},
		{-1, "1970-01-01T00:00:00.000Z"},
		{INT64_MIN, "1970-01-01T00:00:00.000Z"},
	};
	char text[TIME_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		time_format(cases[i].ms, text);
		CHECK_STR(text, cases[i].text);
	}
}

/* Every day from 1970 to 2400 as the C library has it, and back. */
static void agrees_with_libc(void)
{
	int wrong = 0;

	for (int64_t day = 0; day < 157000; day++) {
		int64_t ms = day * 86400000 + day * 61 % 86400000, back;
		time_t seconds = (time_t)(ms / 1000);
		char text[TIME_TEXT_SIZE], want[64];
		struct tm tm;
		size_t n;

		gmtime_r(&seconds, &tm);
		n = strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S", &tm);
		snprintf(want + n, sizeof(want) - n, ".%03dZ", (int)(ms % 1000));
		time_format(ms, text);
		if (strcmp(text, want) != 0 && wrong++ < 5)
			CHECK_STR(text, want);
		if ((!time_parse(text, strlen(text), &back) || back != ms) && wrong++ < 5)
			CHECK_INT(back, ms);
	}
	CHECK_INT(wrong, 0);
}

static void parses(void)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{"2026-01-31T12:00:00.123Z", 1769860800123},
		{"2026-01-31T12:00:00Z", 1769860800000},
		{"2026-01-31T12:00:00", 1769860800000},
		{"2026-01-31 12:00:00", 1769860800000},
		{"2024-05-01 12:00:00.123456", 1714564800123},
		{"2024-05-01T12:00:00.123456+00:00", 1714564800123},
		{"2024-05-01T12:00:00.999999999Z", 1714564800999},
		{"2024-05-01T12:00:00.1", 1714564800100},
		{"2024-05-01T12:00:00.12", 1714564800120},
		{"2024-05-01T12:00:00.0009", 1714564800000},
		{"2024-05-01T14:30:00+02:30", 1714564800000},
		{"2024-05-01T09:00:00-03:00", 1714564800000},
		{"2024-05-01T12:00:00-00:00", 1714564800000},
		{"2024-05-02T00:00:00+23:59", 1714521660000},
		{"1970-01-01T00:00:00Z", 0},
		{"1970-01-01T00:00:00.000+00:01", -60000},
		{"1969-12-31T23:59:59.999Z", -1},
		{"2000-02-29T00:00:00Z", 951782400000},
		{"0000-01-01T00:00:00Z", -62167219200000},
		{"0000-02-29T00:00:00Z", -62162121600000},
		{"0001-01-01T00:00:00Z", -62135596800000},
		{"9999-12-31T23:59:59.999Z", 253402300799999},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = -12345;

		if (!CHECK(time_parse(cases[i].text, strlen(cases[i].text), &ms)) ||
			!CHECK_INT(ms, cases[i].ms))
			fprintf(stderr, "  in %s\n", cases[i].text);
	}
}

static void refuses(void)
{
	static const char *const cases[] = {
		"",
		"2024",
		"2024-05-01",
		"2024-05-01T12:00",
		"2024-05-01T12:00Z",
		"2024-05-01t12:00:00",
		"2024-05-01T12:00:00z",
		"2024-05-01_12:00:00",
		"2024-05-01T12:00:00.",
		"2024-05-01T12:00:00.Z",
		"2024-05-01T12:00:00.1234567890",
		"2024-05-01T12:00:00,5",
		"2024-05-01T12:00:00ZZ",
		"2024-05-01T12:00:00 Z",
		"2024-05-01T12:00:00Z ",
		" 2024-05-01T12:00:00Z",
		"2024-05-01T12:00:00+0200",
		"2024-05-01T12:00:00+02",
		"2024-05-01T12:00:00+2:00",
		"2024-05-01T12:00:00+02:60",
		"2024-05-01T12:00:00+24:00",
		"2024-05-01T12:00:00Z+02:00",
		"2024-05-01T12:00:00*02:00",
		"2024-00-01T12:00:00",
		"2024-13-01T12:00:00",
		"2024-01-00T12:00:00",
		"2024-01-32T12:00:00",
		"2024-04-31T12:00:00",
		"2023-02-29T12:00:00",
		"1900-02-29T12:00:00",
		"2024-05-01T24:00:00",
		"2024-05-01T12:60:00",
		"2024-05-01T12:00:60",
		"2024-05-01T-1:00:00",
		"2024-05-01T+1:00:00",
		"+024-05-01T12:00:00",
		"-024-05-01T12:00:00",
		"2O24-05-01T12:00:00",
		"2024/05/01T12:00:00",
		"2024-5-1T12:00:00.00",
		"2024-05-01T12-00-00",
		"12024-05-01T12:00:00",
		"20240501T120000Z00000",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = 77;

		if (!CHECK(!time_parse(cases[i], strlen(cases[i]), &ms)))
			fprintf(stderr, "  in %s\n", cases[i]);
	}
}

/* n is the end, whatever follows; and a NUL inside is no end. */
static void length_rules(void)
{
	int64_t ms = 0;

	CHECK(time_parse("2024-05-01T12:00:00Zrest", 20, &ms));
	CHECK_INT(ms, 1714564800000);
	CHECK(time_parse("2024-05-01T12:00:00.123Z", 21, &ms));
	CHECK_INT(ms, 1714564800100);
	CHECK(!time_parse("2024-05-01T12:00:00Z", 18, &ms));
	CHECK(!time_parse("2024-05-01T12:00:00\0Z", 20, &ms));
}

static void clocks(void)
{
	int64_t mono = time_mono_us();
	int64_t now = time_now_ms();

	CHECK(now / 1000 >= (int64_t)time(NULL) - 60 && now / 1000 <= (int64_t)time(NULL) + 60);
	for (int i = 0; i < 1000; i++) {
		int64_t next = time_mono_us();

		if (next < mono)
			CHECK_INT(next, mono);
		mono = next;
	}
}

int main(void)
{
	RUN(formats);
	RUN(agrees_with_libc);
	RUN(parses);
	RUN(refuses);
	RUN(length_rules);
	RUN(clocks);
	return test_end();
}
