#include "progress.h"

#include <stdio.h>
#include <chat/time.h>
#include "ctl.h"

#define FIRST_US 500000
#define INTERVAL_US 100000
#define BAR_COLUMNS 40

void progress_init(struct progress *progress, const struct ctl *ctl, int64_t total)
{
	*progress = (struct progress){
		.on = ctl->err_tty && !ctl->out_tty,
		.total = total,
		.due = time_mono_us() + FIRST_US,
	};
}

void progress_show(struct progress *progress, int64_t done, size_t count)
{
	static const char full[] = "########################################";
	int64_t total = progress->total, now;

	if (!progress->on || (now = time_mono_us()) < progress->due)
		return;
	progress->due = now + INTERVAL_US;
	progress->drawn = true;
	fputc('\r', stderr);
	if (total > 0 && done <= total)
		fprintf(stderr, "[%-*.*s] %3d%%  ", BAR_COLUMNS, (int)(done * BAR_COLUMNS / total),
			full, (int)(done * 100 / total));
	fprintf(stderr, "%zu messages", count);
}

void progress_clear(struct progress *progress)
{
	if (progress->drawn)
		fputs("\r\033[K", stderr);
	progress->drawn = false;
}
