#ifndef CHAT_RANDOM_H
#define CHAT_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills n bytes from the kernel's generator (getrandom(2)). Never fails: aborts if the kernel has
 * none to give. Any thread. */
void random_bytes(void *out, size_t n);

/* bits / 8 random bytes as lower-case hex with a NUL: out takes bits / 4 + 1 bytes. */
void random_hex(char *out, size_t bits);

/* A number below bound, without bias; bound > 0. */
uint64_t random_below(uint64_t bound);

#endif
