#ifndef CHATD_IMPORT_REPORT_H
#define CHATD_IMPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include "import/source.h"

/* What became of a table's rows. */
struct counts {
	int64_t read;
	int64_t imported;
	int64_t merged;   /* memberships that their user had already */
	int64_t left_out; /* did not fit */
	int64_t added;    /* memberships of owners who had none */
};

/* What the person at the terminal is told. */
struct report {
	bool terminal; /* a progress bar is drawn on standard error */
	bool drawn;
	int64_t done, total; /* rows */
	int64_t drawn_at;    /* as time_mono_us() */
};

void report_init(struct report *report, int64_t total);
/* One more row was read. */
void report_progress(struct report *report, const struct row *row);
/* Ends the progress bar. */
void report_clear(struct report *report);

/* A line about a row: what does not fit (its fault), or how it was made to fit. */
void report_fault(struct report *report, const struct row *row);
void report_note(struct report *report, enum source_table table, int64_t id, const char *format,
	...) __attribute__((format(printf, 4, 5)));

/* The table of counts, on standard output. */
void report_counts(const struct counts counts[SOURCE_TABLES]);

#endif
