#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <chat/time.h>
#include "import/report.h"

#define BAR_COLUMNS 40
#define BAR_INTERVAL_US 100000
/* Rows between two looks at the clock. */
#define BAR_ROWS 256

void report_init(struct report *report, int64_t total)
{
	memset(report, 0, sizeof(*report));
	report->terminal = isatty(STDERR_FILENO) == 1;
	report->total = total;
}

void report_clear(struct report *report)
{
	if (report->drawn)
		fputs("\r\033[K", stderr);
	report->drawn = false;
}

void report_progress(struct report *report, const struct row *row)
{
	static const char full[] = "########################################";
	int columns;
	int64_t now;

	if (++report->done % BAR_ROWS != 0 || !report->terminal)
		return;
	now = time_mono_us();
	if (now - report->drawn_at < BAR_INTERVAL_US)
		return;
	report->drawn_at = now;
	report->drawn = true;
	columns = (int)(report->done * BAR_COLUMNS / report->total);
	fprintf(stderr, "\r%-15s[%-*.*s] %3d%%", source_name(row->table), BAR_COLUMNS, columns,
		full, (int)(report->done * 100 / report->total));
}

void report_fault(struct report *report, const struct row *row)
{
	report_clear(report);
	if (row->id != 0)
		fprintf(stderr, "%s %lld does not fit: %s\n", source_name(row->table),
			(long long)row->id, row->fault);
	else
		fprintf(stderr, "%s: row %lld does not fit: %s\n", source_name(row->table),
			(long long)row->number, row->fault);
}

void report_note(
	struct report *report, enum source_table table, int64_t id, const char *format, ...)
{
	va_list args;

	report_clear(report);
	fprintf(stderr, "%s %lld: ", source_name(table), (long long)id);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void report_counts(const struct counts counts[SOURCE_TABLES])
{
	printf("%-14s %12s %12s %9s %9s %9s\n", "", "in the source", "imported", "merged",
		"left out", "added");
	for (enum source_table table = 0; table < SOURCE_TABLES; table++) {
		const struct counts *c = &counts[table];

		printf("%-14s %12lld %12lld %9lld %9lld %9lld\n", source_name(table),
			(long long)c->read, (long long)c->imported, (long long)c->merged,
			(long long)c->left_out, (long long)c->added);
	}
}
