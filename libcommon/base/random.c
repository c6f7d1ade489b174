#include <chat/random.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *out, size_t n)
{
	unsigned char *at = out;

	while (n > 0) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0) {
			if (errno == EINTR)
				continue;
			abort();
		}
		at += got;
		n -= (size_t)got;
	}
}

void random_hex(char *out, size_t bits)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = bits / 8;
	unsigned char *bytes = (unsigned char *)out + n;

	/* The bytes wait in the second half of out; byte i goes to 2i and 2i + 1, and both are
	 * never beyond n + i, where it is read from. */
	random_bytes(bytes, n);
	for (size_t i = 0; i < n; i++) {
		unsigned char byte = bytes[i];

		out[2 * i] = digits[byte >> 4];
		out[2 * i + 1] = digits[byte & 15];
	}
	out[2 * n] = '\0';
}

uint64_t random_below(uint64_t bound)
{
	/* 2^64 mod bound: dropping so many of the lowest values leaves a multiple of bound. */
	uint64_t excess = (0 - bound) % bound;
	uint64_t value;

	do
		random_bytes(&value, sizeof(value));
	while (value < excess);
	return value % bound;
}
