#include <chat/file.h>
#include <chat/buf.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define CHUNK 65536 /* bytes to read at once */

bool chat_read_all(int fd, struct buf *out)
{
	char one;

	for (;;) {
		size_t room = out->max - out->len < CHUNK ? out->max - out->len : CHUNK;
		/* Where nothing more fits, the end is still to be seen. */
		char *to = room > 0 ? buf_reserve(out, room) : &one;
		ssize_t n;

		if (!to) {
			errno = ENOMEM;
			return false;
		}
		n = read(fd, to, room > 0 ? room : 1);
		if (n == 0)
			return true;
		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0 && room == 0)
			errno = EFBIG;
		if (n < 0 || room == 0)
			return false;
		buf_truncate(out, out->len + (size_t)n);
	}
}

bool chat_write_all(int fd, const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n > 0) {
		ssize_t written = write(fd, at, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		at += written;
		n -= (size_t)written;
	}
	return true;
}

bool chat_open_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int mode = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		/* The lowest free number, which is this one. */
		if (open("/dev/null", mode) != fd)
			return false;
	}
	return true;
}
