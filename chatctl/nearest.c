#include "nearest.h"

#include <string.h>
#include <chat/buf.h>
#include <chat/text.h>

void nearest_try(struct nearest *nearest, const char *candidate, size_t n)
{
	char copy[NEAREST_MAX + 1] = "";
	size_t distance;

	if (n > NEAREST_MAX)
		return;
	memcpy(copy, candidate, n);
	distance = text_distance(nearest->word, copy);
	/* A third of the word may be wrong; more is no misspelling of it. */
	if (distance > (strlen(nearest->word) + 2) / 3 ||
		(*nearest->best && distance >= nearest->distance))
		return;
	memcpy(nearest->best, copy, sizeof(copy));
	nearest->distance = distance;
}

void nearest_put(const struct nearest *nearest, const char *before, struct buf *why)
{
	if (*nearest->best)
		buf_printf(why, "; did you mean %s%s?", before, nearest->best);
}
