/*
 * A disk that forgets what was not synced, for chatd under LD_PRELOAD. Before SQLite changes the
 * database or its log, what was there goes into the file POWERLOSS_LOG; a sync empties that again.
 * After a kill -9, undoing what is in it leaves the files as a power cut may: chatlib/powerloss.py.
 *
 * A record: struct change, then `n` bytes that were there. Only chatd's writer changes the files,
 * so nothing here is locked.
 */

#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum file { DATABASE, LOG, N_FILES, OTHER = -1 };

struct change {
	int64_t file; /* enum file; the size is -1 when it was synced up to here */
	int64_t size; /* of the file before */
	int64_t offset;
	int64_t n;
};

static bool dirty[N_FILES];

static enum file file_of(int fd)
{
	static const char *const names[N_FILES] = {"chat.db", "chat.db-wal"};
	char link[64], path[4096];
	const char *name;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n < 0 ? 0 : n] = '\0';
	name = strrchr(path, '/');
	for (int i = 0; name != NULL && i < N_FILES; i++) {
		if (strcmp(name + 1, names[i]) == 0)
			return (enum file)i;
	}
	return OTHER;
}

static int undo_log(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open(getenv("POWERLOSS_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		abort();
	return fd;
}

static void note(struct change change, void *before)
{
	struct iovec parts[] = {{&change, sizeof(change)}, {before, (size_t)change.n}};
	ssize_t n = (ssize_t)(parts[0].iov_len + parts[1].iov_len);

	if (writev(undo_log(), parts, 2) != n)
		abort();
}

/* Keeps what n bytes at the offset are, as far as there are any. */
static void keep(int fd, off_t offset, size_t n)
{
	enum file file = file_of(fd);
	struct stat st;
	char *before;
	ssize_t had;

	if (file == OTHER)
		return;
	before = malloc(n + 1);
	if (before == NULL || fstat(fd, &st) != 0 || (had = pread(fd, before, n, offset)) < 0)
		abort();
	note((struct change){file, st.st_size, offset, had}, before);
	dirty[file] = true;
	free(before);
}

static void synced(int fd)
{
	enum file file = file_of(fd);

	if (file == OTHER || !dirty[file])
		return;
	dirty[file] = false;
	if (dirty[DATABASE] || dirty[LOG])
		note((struct change){file, -1, 0, 0}, NULL);
	else if (ftruncate(undo_log(), 0) != 0)
		abort();
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
	keep(fd, offset, n);
	return real(fd, bytes, n, offset);
}

__attribute__((visibility("default"))) int ftruncate64(int fd, off64_t size)
{
	struct stat st;

	REAL(ftruncate64)
	if (fstat(fd, &st) == 0 && st.st_size > size)
		keep(fd, size, (size_t)(st.st_size - size));
	return real(fd, size);
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
	int result;

	REAL(fdatasync)
	result = real(fd);
	if (result == 0)
		synced(fd);
	return result;
}
