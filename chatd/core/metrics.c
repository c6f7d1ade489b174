#include <stdio.h>
#include <unistd.h>
#include <chat/buf.h>
#include <chat/time.h>
#include "core/metrics.h"

static void header(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void counter(struct buf *out, const char *name, atomic_ullong *value, const char *help)
{
	header(out, name, "counter", help);
	buf_printf(out, "%s %llu\n", name, atomic_load_explicit(value, memory_order_relaxed));
}

static void gauge(struct buf *out, const char *name, long long value, const char *help)
{
	header(out, name, "gauge", help);
	buf_printf(out, "%s %lld\n", name, value);
}

static long long resident_bytes(void)
{
	long long size, resident = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file == NULL)
		return 0;
	if (fscanf(file, "%lld %lld", &size, &resident) != 2)
		resident = 0;
	fclose(file);
	return resident * sysconf(_SC_PAGESIZE);
}

static void requests(struct metrics *metrics, struct buf *out)
{
	header(out, "chatd_requests_total", "counter",
		"Requests answered, by endpoint and status.");
	for (unsigned id = 0; id < EP_COUNT; id++) {
		for (unsigned class = 1; class < 6; class ++) {
			unsigned long long n = atomic_load_explicit(
				&metrics->requests[id][class], memory_order_relaxed);

			if (n > 0)
				buf_printf(out,
					"chatd_requests_total{endpoint=\"%s\",status=\"%uxx\"} "
					"%llu\n",
					endpoint_info(id)->name, class, n);
		}
	}
}

void metrics_write(struct metrics *metrics, struct buf *out)
{
	requests(metrics, out);
	counter(out, "chatd_requests_unmatched_total", &metrics->unmatched,
		"Requests that no endpoint took.");
	counter(out, "chatd_rate_limited_total", &metrics->limited,
		"Requests and frames refused by a rate limit.");
	counter(out, "chatd_busy_total", &metrics->refused,
		"Requests refused because too many were waiting.");
	counter(out, "chatd_reads_dropped_total", &metrics->dropped,
		"Reads that were not done because their connection was gone.");
	counter(out, "chatd_logins_failed_total", &metrics->logins_failed,
		"Logins with a wrong name or password.");
	counter(out, "chatd_commits_total", &metrics->commits, "Transactions committed.");
	counter(out, "chatd_committed_requests_total", &metrics->committed,
		"Requests in committed transactions.");
	counter(out, "chatd_commit_microseconds_total", &metrics->commit_us,
		"Time spent in commits, the fsync included.");
	counter(out, "chatd_rollbacks_total", &metrics->rolled_back,
		"Transactions that the store could not commit.");
	counter(out, "chatd_admissions_total", &metrics->admissions,
		"Times the store was asked whether a socket may go live.");
	counter(out, "chatd_events_total", &metrics->events, "Events published.");
	counter(out, "chatd_packets_total", &metrics->packets, "Frames handed to sockets.");
	counter(out, "chatd_socket_overflows_total", &metrics->overflows,
		"Sockets closed because their reader was too slow.");
	gauge(out, "chatd_connections", atomic_load(&metrics->connections),
		"Open connections, HTTP and WebSocket.");
	gauge(out, "chatd_sockets", atomic_load(&metrics->sockets), "Open WebSockets.");
	gauge(out, "chatd_reads_waiting", atomic_load(&metrics->reads_waiting),
		"Reads that wait for a reader.");
	gauge(out, "chatd_passwords_waiting", atomic_load(&metrics->hashes_waiting),
		"Logins and the like that wait for the hasher.");
	gauge(out, "chatd_uptime_seconds", (time_mono_ms() - metrics->started_at) / 1000,
		"Seconds since the start.");
	gauge(out, "process_resident_memory_bytes", resident_bytes(), "Resident memory.");
}
