#include <chat/time.h>

#include <string.h>
#include <time.h>

#define MS_PER_DAY INT64_C(86400000)
#define MS_LAST INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

int64_t time_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t time_mono_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t time_mono_ms(void)
{
	return time_mono_us() / 1000;
}

/*
 * The two conversions between days and dates count in years that begin in March, so that the leap
 * day is the last, and in eras of 400 years, which all have 146097 days: Howard Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms".
 */
#define ERA_DAYS 146097
#define EPOCH_DAY 719468 /* 1970-01-01, from 0000-03-01 */

static int64_t days_from_date(int year, int month, int day)
{
	int y = month <= 2 ? year + 399 : year + 400; /* one era on, so that nothing is negative */
	int year_of_era = y % 400;
	int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return (int64_t)(y / 400 - 1) * ERA_DAYS + day_of_era - EPOCH_DAY;
}

/* days: since 1970, not negative. */
static void date_from_days(
	unsigned int days, unsigned int *year, unsigned int *month, unsigned int *day)
{
	unsigned int era = (days + EPOCH_DAY) / ERA_DAYS;
	unsigned int doe = (days + EPOCH_DAY) % ERA_DAYS;
	unsigned int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned int m = (5 * doy + 2) / 153; /* 0 is March */

	*day = doy - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = era * 400 + yoe + (*month <= 2);
}

static void put_two(char *out, unsigned int value)
{
	out[0] = (char)('0' + value / 10);
	out[1] = (char)('0' + value % 10);
}

static void format(int64_t ms, char out[TIME_TEXT_SIZE])
{
	unsigned int year, month, day, rest;

	ms = ms < 0 ? 0 : ms > MS_LAST ? MS_LAST : ms;
	date_from_days((unsigned int)(ms / MS_PER_DAY), &year, &month, &day);
	rest = (unsigned int)(ms % MS_PER_DAY);

	put_two(out, year / 100);
	put_two(out + 2, year % 100);
	out[4] = '-';
	put_two(out + 5, month);
	out[7] = '-';
	put_two(out + 8, day);
	out[10] = 'T';
	put_two(out + 11, rest / 3600000);
	out[13] = ':';
	put_two(out + 14, rest / 60000 % 60);
	out[16] = ':';
	put_two(out + 17, rest / 1000 % 60);
	out[19] = '.';
	put_two(out + 20, rest % 1000 / 10);
	out[22] = (char)('0' + rest % 10);
	out[23] = 'Z';
	out[24] = '\0';
}

void time_format(int64_t ms, char out[TIME_TEXT_SIZE])
{
	/* What is written in a row is mostly of this moment, and of when its authors came. */
	static _Thread_local struct {
		int64_t ms;
		char text[TIME_TEXT_SIZE];
	} recent[16];
	size_t i = (uint64_t)ms % 16;

	if (recent[i].ms != ms || !*recent[i].text)
		format(ms, recent[i].text);
	recent[i].ms = ms;
	memcpy(out, recent[i].text, TIME_TEXT_SIZE);
}

/* The n digits at text as a number within low..high; -1 if they are not. */
static int parse_digits(const char *text, size_t n, int low, int high)
{
	int value = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value >= low && value <= high ? value : -1;
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

/* What may follow the seconds; *ms gets the fraction, *offset the minutes east of UTC. */
static bool parse_tail(const char *text, size_t n, int *ms, int *offset)
{
	size_t at = 0;
	int hours, minutes;

	*ms = *offset = 0;
	if (n > 0 && text[0] == '.') {
		int weight = 100;

		for (at = 1; at < n && at <= 9 && text[at] >= '0' && text[at] <= '9'; at++) {
			*ms += (text[at] - '0') * weight;
			weight /= 10;
		}
		if (at == 1)
			return false;
	}
	if (at == n || (n - at == 1 && text[at] == 'Z'))
		return true;
	if (n - at != 6 || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':')
		return false;
	hours = parse_digits(text + at + 1, 2, 0, 23);
	minutes = parse_digits(text + at + 4, 2, 0, 59);
	if (hours < 0 || minutes < 0)
		return false;
	*offset = (hours * 60 + minutes) * (text[at] == '-' ? -1 : 1);
	return true;
}

bool time_parse(const char *text, size_t n, int64_t *ms)
{
	int year, month, day, hour, minute, second, fraction, offset;

	/* yyyy-mm-ddThh:mm:ss */
	if (n < 19 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') ||
		text[13] != ':' || text[16] != ':')
		return false;
	year = parse_digits(text, 4, 0, 9999);
	month = parse_digits(text + 5, 2, 1, 12);
	if (year < 0 || month < 0)
		return false;
	day = parse_digits(text + 8, 2, 1, days_in_month(year, month));
	hour = parse_digits(text + 11, 2, 0, 23);
	minute = parse_digits(text + 14, 2, 0, 59);
	second = parse_digits(text + 17, 2, 0, 59);
	if (day < 0 || hour < 0 || minute < 0 || second < 0 ||
		!parse_tail(text + 19, n - 19, &fraction, &offset))
		return false;
	*ms = days_from_date(year, month, day) * MS_PER_DAY +
	      (hour * 3600 + (minute - offset) * 60 + second) * INT64_C(1000) + fraction;
	return true;
}
