#include "core/memory.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>
#include <chat/log.h>

#define LOOK_MS 10000
/* Less is not worth faulting it in anew with the next burst. */
#define SPARE_BYTES ((size_t)32 << 20)

/* What this process alone keeps resident; 0 if the kernel does not say. */
static size_t private_bytes(void)
{
	unsigned long long size, resident = 0, shared = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file == NULL)
		return 0;
	if (fscanf(file, "%llu %llu %llu", &size, &resident, &shared) != 3 || shared > resident)
		resident = shared = 0;
	fclose(file);
	return (size_t)(resident - shared) * (size_t)sysconf(_SC_PAGESIZE);
}

/* What is resident and not in use. (What malloc() calls free includes what was given back.) */
static size_t spare_bytes(void)
{
	struct mallinfo2 info = mallinfo2();
	size_t used = info.uordblks + info.hblkhd, resident = private_bytes();

	return resident > used ? resident - used : 0;
}

/* What was spare at two looks in a row is idle: a burst would have taken some of it. */
void memory_tick(struct memory *memory, int64_t now)
{
	size_t before = memory->spare;

	if (now < memory->next_at)
		return;
	memory->next_at = now + LOOK_MS;
	memory->spare = spare_bytes();
	if (memory->spare < memory->kept)
		memory->kept = memory->spare;
	if (memory->spare < before)
		before = memory->spare;
	if (before < memory->kept + SPARE_BYTES)
		return;
	malloc_trim(0);
	memory->kept = memory->spare = spare_bytes();
	log_debug("memory given back", LOG_INT("bytes", (int64_t)(before - memory->kept)));
}
