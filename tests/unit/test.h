#ifndef TEST_H
#define TEST_H

/*
 * A unit test is a program: functions of CHECKs, a main() that RUNs each and returns test_end().
 * A failed check prints where and what, and the rest goes on. Check on the main thread only.
 */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int test_checks, test_failures;

static inline bool test_note(bool ok, const char *file, int line)
{
	test_checks++;
	if (ok)
		return true;
	test_failures++;
	fprintf(stderr, "%s:%d: ", file, line);
	return false;
}

static inline bool test_true(bool ok, const char *what, const char *file, int line)
{
	if (!test_note(ok, file, line))
		fprintf(stderr, "failed: %s\n", what);
	return ok;
}

static inline bool test_int(
	long long got, long long want, const char *what, const char *file, int line)
{
	if (test_note(got == want, file, line))
		return true;
	fprintf(stderr, "%s is %lld, not %lld\n", what, got, want);
	return false;
}

static inline bool test_str(
	const char *got, const char *want, const char *what, const char *file, int line)
{
	if (test_note(got && want ? strcmp(got, want) == 0 : got == want, file, line))
		return true;
	fprintf(stderr, "%s is\n  <%s>, not\n  <%s>\n", what, got ? got : "(null)",
		want ? want : "(null)");
	return false;
}

static inline void test_run(void (*test)(void), const char *name)
{
	int before = test_failures;

	test();
	printf("%s %s\n", test_failures == before ? "ok    " : "FAILED", name);
	fflush(stdout);
}

static inline int test_end(void)
{
	printf("%d checks, %d failed\n", test_checks, test_failures);
	return test_failures || !test_checks ? 1 : 0;
}

/* Each is true when it holds, so that what depends on it can be left out. CHECK_INT takes any
 * integers, so of any signedness. */
#define CHECK(condition) test_true((condition), #condition, __FILE__, __LINE__)
#define CHECK_INT(got, want) test_int((long long)(got), (long long)(want), #got, __FILE__, __LINE__)
#define CHECK_STR(got, want) test_str((got), (want), #got, __FILE__, __LINE__)

#define RUN(name) test_run(name, #name)

#endif
