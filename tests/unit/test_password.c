#include <stdint.h>
#include <time.h>
#include <sys/resource.h>
#include <unistd.h>
#include <chat/arena.h>
#include "core/password.h"
#include "test.h"

/* By Python's bcrypt, of "pässword", at the lowest cost. */
static const char old_hash[] = "$2b$04$A4ox8NTxwHa0X5sl2dLove5iKRjkXtJaReV/lqtHOYCiFcOcGO4MO";

static bool is_right(const char *hash, const char *password)
{
	bool right;

	CHECK_INT(password_verify(hash, password, &right), CHAT_OK);
	return right;
}

static void argon2(void)
{
	struct arena arena;
	char *one, *two;

	arena_init(&arena, 0);
	one = password_hash("pässword", &arena);
	two = password_hash("pässword", &arena);
	CHECK(is_right(one, "pässword"));
	CHECK(!is_right(one, "passwort"));
	CHECK(!is_right(one, ""));
	CHECK(password_is_known(one));
	CHECK(!password_is_old(one));
	CHECK(strcmp(one, two) != 0);
	arena_release(&arena);
}

static void bcrypt(void)
{
	CHECK(password_is_old(old_hash));
	CHECK(password_is_known(old_hash));
	CHECK(is_right(old_hash, "pässword"));
	CHECK(!is_right(old_hash, "passwort"));
	CHECK(!is_right(old_hash, ""));
}

/* Nanoseconds of CPU that a refusal takes. */
static int64_t cost(const char *hash)
{
	struct timespec start, end;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
	CHECK(!is_right(hash, "passwort"));
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	return (end.tv_sec - start.tv_sec) * INT64_C(1000000000) + end.tv_nsec - start.tv_nsec;
}

/* A name that nobody has costs the work of a wrong password, not that of no hash at all. */
static void unknown(void)
{
	struct arena arena;

	arena_init(&arena, 0);
	CHECK(cost(NULL) > cost(password_hash("pässword", &arena)) / 4);
	arena_release(&arena);
}

/* With old hashes about, nothing else becomes right or wrong by it. */
static void expected(void)
{
	struct arena arena;
	char *hash;

	arena_init(&arena, 0);
	hash = password_hash("another", &arena);
	password_expect(NULL);
	password_expect(hash);
	password_expect(old_hash);
	CHECK(!is_right(NULL, "pässword"));
	CHECK(!is_right(hash, "pässword"));
	CHECK(is_right(hash, "another"));
	CHECK(is_right(old_hash, "pässword"));
	arena_release(&arena);
}

static void rehash(void)
{
	struct arena arena;
	char *one, *two, *other;

	arena_init(&arena, 0);
	one = password_rehash(old_hash, "pässword", &arena);
	two = password_rehash(old_hash, "pässword", &arena);
	other = password_rehash("another", "pässword", &arena);
	CHECK_STR(one, two);
	CHECK(strcmp(one, other) != 0);
	CHECK(!password_is_old(one));
	CHECK(is_right(one, "pässword"));
	CHECK(!is_right(one, "passwort"));
	arena_release(&arena);
}

static void neither(void)
{
	static const char *const hashes[] = {"", "x", "secret123", "$2b$12$short",
		"$5$salt$Gcm6FsVtF/Qa77ZKD.iwsJlCVPY0XSMgLJL0Hnww/c1",
		"$2x$04$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"pbkdf2:sha256:260000$salt$hash"};

	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		CHECK(!password_is_known(hashes[i]));
		CHECK(!password_is_old(hashes[i]));
		CHECK(!is_right(hashes[i], hashes[i]));
	}
}

/* The bytes of address space that this process has taken. */
static rlim_t taken(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	CHECK(file != NULL && fscanf(file, "%lu", &pages) == 1);
	if (file != NULL)
		fclose(file);
	return pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* Without room for argon2id's 64 MiB nothing is known of a password. */
static void starved(void)
{
	struct rlimit before, little;
	struct arena arena;
	bool right = true, wrong = true, unknown = true;
	enum chat_err errs[3];
	const char *hash, *none;

	arena_init(&arena, 0);
	hash = password_hash("pässword", &arena);
	getrlimit(RLIMIT_AS, &before);
	little = before;
	little.rlim_cur = taken() + (16u << 20);
	setrlimit(RLIMIT_AS, &little);
	errs[0] = password_verify(hash, "pässword", &right);
	errs[1] = password_verify(hash, "passwort", &wrong);
	errs[2] = password_verify(NULL, "pässword", &unknown);
	none = password_hash("another", &arena);
	setrlimit(RLIMIT_AS, &before);
	for (int i = 0; i < 3; i++)
		CHECK_INT(errs[i], CHAT_ERR_BUSY);
	CHECK(!right && !wrong && !unknown);
	CHECK(none == NULL);
	CHECK(is_right(hash, "pässword"));
	arena_release(&arena);
}

int main(void)
{
	CHECK_INT(password_init(), CHAT_OK);
	RUN(argon2);
	RUN(bcrypt);
	RUN(unknown);
	RUN(expected);
	RUN(rehash);
	RUN(neither);
	RUN(starved);
	return test_end();
}
