#ifndef CHATCTL_PROGRESS_H
#define CHATCTL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctl;

/* How far a long command is, on standard error; only where that is a terminal and the results go
 * elsewhere, and only once it takes long enough to be asked about. */
struct progress {
	bool on, drawn;
	int64_t total; /* bytes; 0: unknown */
	int64_t due;   /* when to draw next, of time_mono_us */
};

void progress_init(struct progress *progress, const struct ctl *ctl, int64_t total);

/* done: of the total; count: messages so far. */
void progress_show(struct progress *progress, int64_t done, size_t count);

/* Takes it away, before anything else is written. */
void progress_clear(struct progress *progress);

#endif
