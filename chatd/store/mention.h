#ifndef CHATD_MENTION_H
#define CHATD_MENTION_H

#include <stdbool.h>
#include <stddef.h>

/* Finds the "@username" of a message: at a word boundary, outside of code. Pure text. */
struct mention_scan {
	const char *text;
	const char *next; /* what was not looked at yet */
};

/* text: valid UTF-8; it must live as long as the scan. */
void mention_start(struct mention_scan *scan, const char *text);

/* The next run of a username's characters behind an '@': *n bytes at *name. False: no more. */
bool mention_next(struct mention_scan *scan, const char **name, size_t *n);

/* Takes a sign off the end, which a sentence may have put there ("@ada."), and says whether there
 * was one. */
bool mention_shorten(const char *name, size_t *n);

#endif
