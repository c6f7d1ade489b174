#ifndef CHAT_FILE_H
#define CHAT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct buf;

/* Appends what is left of a file, through interruptions. False with errno: of read(2), EFBIG for
 * more than out takes, or ENOMEM. */
bool chat_read_all(int fd, struct buf *out);

/* Writes n bytes, through interruptions and short writes. False with errno of write(2). */
bool chat_write_all(int fd, const void *bytes, size_t n);

/*
 * Opens /dev/null in the place of standard input, output and error where they are closed: the next
 * file or socket would get their number, and what is printed would go there. Output is opened for
 * reading and input for writing, so that what is done with them fails as it does on a closed
 * descriptor. The first call of a main(). False with errno where that cannot be.
 */
bool chat_open_standard_streams(void);

#ifdef __cplusplus
}
#endif

#endif
