/*
 * A disk that fails while a test wants it to, for chatd under LD_PRELOAD. The file BADDISK says
 * how, for the database and its log: "eio", writes and syncs fail; "copy", writes into the
 * database fail, those into its log do not; "hang", syncs do not return till it says something
 * else. Empty or missing: the disk works.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Whether it is one of the files whose names begin so. */
static bool is_file(int fd, const char *name)
{
	char link[64], path[4096];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n < 0 ? 0 : n] = '\0';
	return strstr(path, name) != NULL;
}

static bool is_database(int fd)
{
	return is_file(fd, "/chat.db");
}

static bool says(const char *fault)
{
	char text[8] = "";
	int fd = open(getenv("BADDISK"), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (read(fd, text, sizeof(text) - 1) < 0)
		abort();
	close(fd);
	return strcmp(text, fault) == 0;
}

#define REAL(name)                                                                                 \
	static __typeof__(&name) real;                                                             \
	if (real == NULL) {                                                                        \
		void *symbol = dlsym(RTLD_NEXT, #name);                                            \
		memcpy(&real, &symbol, sizeof(real));                                              \
	}

__attribute__((visibility("default"))) ssize_t pwrite64(
	int fd, const void *bytes, size_t n, off64_t offset)
{
	REAL(pwrite64)
	if (is_database(fd) && (says("eio") || (!is_file(fd, "/chat.db-") && says("copy")))) {
		errno = EIO;
		return -1;
	}
	return real(fd, bytes, n, offset);
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
	static const struct timespec moment = {.tv_nsec = 10000000};

	REAL(fdatasync)
	while (is_database(fd) && says("hang"))
		nanosleep(&moment, NULL);
	if (is_database(fd) && says("eio")) {
		errno = EIO;
		return -1;
	}
	return real(fd);
}
