#ifndef CHATCTL_PAGES_H
#define CHATCTL_PAGES_H

#include "call.h"

struct output;

/* The way through a list that the server gives in pages, in the order of its ids: a history by its
 * messages, members and bans by their users. Set the first three; after is where it begins. */
struct pages {
	const struct endpoint *endpoint;
	struct call *call; /* its limit and its cursor are set for each page */
	int64_t left;      /* rows that are wanted yet; negative: all */
	int64_t after;     /* the last row's id; 0: before the first */
};

/* True for a list that has pages. */
bool pages_has(const struct endpoint *endpoint);

/* What the pages are numbered by, of the last of the rows. */
int64_t pages_last_id(const struct endpoint *endpoint, const void *items, size_t count);

/* The next page, in the arena; *more: there may be another one. In a dry run the request is shown,
 * and nothing is left. */
enum chat_err pages_next(
	struct ctl *ctl, struct pages *pages, void **items, size_t *count, bool *more);

/* Prints all that is left, each page's memory gone when it is printed. */
enum chat_err pages_print(struct ctl *ctl, struct pages *pages, struct output *out);

/* Takes rows that are in the arena. */
typedef void pages_visit(void *context, const void *items, size_t count);

/*
 * The newest messages, at most `limit`, in rising order; with the call's skip or before the newest
 * of those. All pages are held until the last one is there. *sent: false in a dry run, which shows
 * the first request.
 */
enum chat_err pages_newest(struct ctl *ctl, struct call *call, int64_t limit, pages_visit *visit,
	void *context, bool *sent);

#endif
