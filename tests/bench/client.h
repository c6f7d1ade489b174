#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>

/*
 * What the load generators share. They use libc alone, so that what they cost is the kernel's and
 * theirs. A fault of the set-up ends the program with one line; there is nothing to save.
 */
_Noreturn void client_die(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for a system call, with what errno says. */
_Noreturn void client_fail(const char *call);

/* A number within min..max from a command line's argument. */
long client_number(const char *text, long min, long max);

/* "127.0.0.1:8000"; IPv4 only. */
struct sockaddr_in client_address(const char *text);

/* A connected socket with TCP_NODELAY, blocking. i: which of many connections this is; each 20,000
 * of them take another address of 127.0.0.0/8, since one has no more ports. */
int client_connect(const struct sockaddr_in *address, size_t i);

/* An epoll instance's event for i, edges not wanted. */
void client_watch(int epoll, int fd, uint32_t i);

void client_send(int fd, const void *bytes, size_t n);

/* Opens a WebSocket on a new connection; dies unless the server upgrades. Blocking. */
int client_upgrade(const struct sockaddr_in *address, const char *path, size_t i);

/* Microseconds of the monotonic clock, and of this process's CPU time. */
int64_t client_now(void);
int64_t client_cpu(void);

/* The open files that are allowed, as many as can be had. */
void client_raise_limits(void);

/* Durations, in microseconds. */
struct samples {
	uint32_t *list;
	size_t count, capacity;
};

void samples_add(struct samples *samples, int64_t us);
/* The value below which this share (0..1) of the samples is; sorts them. 0 without any. */
uint32_t samples_quantile(struct samples *samples, double share);

#endif
