#ifndef CHATD_METRICS_H
#define CHATD_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <chat/endpoint.h>

struct buf;

/* What chatd counts. Any thread adds with metrics_add(); nothing here names a person. */
struct metrics {
	int64_t started_at; /* ms, monotonic */
	/* By endpoint and the first digit of the status. */
	atomic_ullong requests[EP_COUNT][6];
	atomic_ullong unmatched; /* requests that no endpoint took */
	atomic_ullong commits;
	atomic_ullong committed; /* requests in those commits */
	atomic_ullong rolled_back;
	atomic_ullong commit_us;
	atomic_ullong logins_failed;
	atomic_ullong limited;
	atomic_ullong refused;    /* because too many waited */
	atomic_ullong dropped;    /* reads whose connection was gone */
	atomic_ullong admissions; /* times the store was asked whether a socket may go live */
	atomic_ullong events;     /* that were committed */
	atomic_ullong packets;    /* that went to sockets */
	atomic_ullong overflows;  /* sockets closed for being slow */
	atomic_llong connections, sockets;
	atomic_llong reads_waiting, hashes_waiting;
};

static inline void metrics_add(atomic_ullong *counter, unsigned long long n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static inline void metrics_gauge(atomic_llong *gauge, long long change)
{
	atomic_fetch_add_explicit(gauge, change, memory_order_relaxed);
}

static inline void metrics_set(atomic_llong *gauge, long long value)
{
	atomic_store_explicit(gauge, value, memory_order_relaxed);
}

/* Appends all in Prometheus' text format (version 0.0.4). Any thread. */
void metrics_write(struct metrics *metrics, struct buf *out);

#endif
