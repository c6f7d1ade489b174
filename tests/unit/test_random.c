#include <chat/random.h>

#include "test.h"

/* Chances below are those of an honest generator: each check fails less than once in 10^12. */

static void bytes(void)
{
	unsigned char out[4096 + 2] = {0};
	int seen[256] = {0}, missing = 0;

	out[0] = out[sizeof(out) - 1] = 0xee;
	random_bytes(out + 1, 4096);
	CHECK(out[0] == 0xee && out[sizeof(out) - 1] == 0xee);
	for (size_t i = 1; i <= 4096; i++)
		seen[out[i]]++;
	for (int i = 0; i < 256; i++)
		missing += !seen[i];
	CHECK_INT(missing > 5, 0);
	random_bytes(NULL, 0);
}

static void hex(void)
{
	char one[33], two[33], small[4], all[1025];
	int twins = 0;

	memset(one, 'x', sizeof(one));
	memset(two, 'x', sizeof(two));
	random_hex(one, 128);
	random_hex(two, 128);
	CHECK_INT(strlen(one), 32);
	CHECK_INT(strspn(one, "0123456789abcdef"), 32);
	CHECK(strcmp(one, two) != 0);

	small[3] = '!';
	random_hex(small, 8);
	CHECK_INT(strlen(small), 2);
	CHECK(small[3] == '!');
	random_hex(small, 0);
	CHECK_STR(small, "");

	/* The digits of a byte are not the same one. */
	random_hex(all, 4096);
	for (size_t i = 0; i < 1024; i += 2)
		twins += all[i] == all[i + 1];
	CHECK(twins < 100);

	/* All digits come in even and in odd places. */
	for (size_t odd = 0; odd < 2; odd++) {
		for (const char *digit = "0123456789abcdef"; *digit; digit++) {
			bool found = false;

			for (size_t i = odd; i < 1024; i += 2)
				found = found || all[i] == *digit;
			CHECK(found);
		}
	}
}

static void below(void)
{
	int seen[6] = {0};

	for (int i = 0; i < 100; i++)
		CHECK_INT(random_below(1), 0);
	for (int i = 0; i < 6000; i++) {
		uint64_t value = random_below(6);

		if (!CHECK(value < 6))
			return;
		seen[value]++;
	}
	for (int i = 0; i < 6; i++)
		CHECK(seen[i] > 750 && seen[i] < 1250);
}

/* With this bound a plain remainder falls into the lowest third half the time. */
static void no_bias(void)
{
	uint64_t bound = UINT64_C(3) << 62; /* 3/4 of 2^64 */
	int low = 0;

	for (int i = 0; i < 6000; i++) {
		uint64_t value = random_below(bound);

		if (!CHECK(value < bound))
			return;
		low += value < bound / 3;
	}
	CHECK(low > 1700 && low < 2300);
	CHECK(random_below(UINT64_MAX) != random_below(UINT64_MAX));
}

int main(void)
{
	RUN(bytes);
	RUN(hex);
	RUN(below);
	RUN(no_bias);
	return test_end();
}
