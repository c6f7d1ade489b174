#include <chat/buf.h>
#include <chat/file.h>
#include <chat/hash.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test.h"

static void all(void)
{
	const size_t size = 200000;
	char *bytes = malloc(size);
	FILE *file = tmpfile();
	struct buf text;
	int fd;

	if (!CHECK(bytes && file))
		return;
	fd = fileno(file);
	memset(bytes, 'x', size);
	CHECK(chat_write_all(fd, bytes, size));
	CHECK(chat_write_all(fd, bytes, 0));
	for (size_t max = size - 1; max <= size + 1; max++) {
		CHECK_INT(lseek(fd, 0, SEEK_SET), 0);
		buf_init(&text, max);
		CHECK(chat_read_all(fd, &text) == (max >= size));
		if (max < size)
			CHECK_INT(errno, EFBIG);
		else
			CHECK_INT(text.len, size);
		buf_release(&text);
	}
	buf_init(&text, 10);
	CHECK(!chat_read_all(-1, &text));
	CHECK_INT(errno, EBADF);
	CHECK(!chat_write_all(-1, bytes, 1));
	CHECK_INT(errno, EBADF);
	buf_release(&text);
	fclose(file);
	free(bytes);
}

/* In a child: what is closed is taken, fails as before, and nothing else gets its number. */
static int closed_streams(void)
{
	char c;

	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	if (!chat_open_standard_streams())
		return 1;
	if (read(STDIN_FILENO, &c, 1) != -1 || errno != EBADF)
		return 2;
	if (write(STDOUT_FILENO, &c, 1) != -1 || errno != EBADF)
		return 3;
	return dup(STDERR_FILENO) > STDERR_FILENO ? 0 : 4;
}

static void streams(void)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0)
		_exit(closed_streams());
	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	CHECK_INT(WEXITSTATUS(status), 0);
}

/* The reference's values. */
static void fnv1a(void)
{
	CHECK(chat_fnv1a(CHAT_FNV1A_BASIS, "", 0) == UINT64_C(0xcbf29ce484222325));
	CHECK(chat_fnv1a(CHAT_FNV1A_BASIS, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
	CHECK(chat_fnv1a(chat_fnv1a(CHAT_FNV1A_BASIS, "foo", 3), "bar", 3) ==
		UINT64_C(0x85944171f73967e8));
}

int main(void)
{
	RUN(all);
	RUN(streams);
	RUN(fnv1a);
	return test_end();
}
