#ifndef CHATTUI_LIST_H
#define CHATTUI_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "input/edit.h"

struct app;

struct list_item {
	char *label;
	char *detail; /* shown behind it, or NULL */
	char *key;    /* the maker's text, freed with the item, or NULL */
	int64_t id;   /* the maker's, like kind */
	int64_t kind;
	int64_t rank; /* larger ones come first where the filter likes several as well */
};

typedef void list_chosen(struct app *app, const struct list_item *item);
typedef void list_fill(struct app *app);

/* A list laid over the panes: to choose from, narrowed down by typing, or only to read. */
struct list {
	char *title; /* NULL: there is no list */
	struct list_item *items;
	size_t count, cap;
	size_t *shown; /* indices of those that the filter leaves, best first */
	size_t n_shown;
	size_t current, top; /* of those shown */
	bool reads;          /* nothing is chosen: keys scroll */
	struct edit filter;
	list_chosen *chosen;
	list_fill *fill; /* adds the items, once more when the model has others; or NULL */
};

void list_open(struct list *list, const char *title, list_chosen *chosen);
void list_close(struct list *list);
bool list_is_open(const struct list *list);

/* The item is there until the next one is added; NULL without memory. detail may be NULL. */
struct list_item *list_add(struct list *list, const char *label, const char *detail, int64_t id);

/* Brings what is shown into line with items and filter. */
void list_update(struct list *list);

/* Lets the maker add the items anew; the choice stays with its item, if that is still shown. */
void list_refill(struct list *list, struct app *app);

/* Moves the choice, or what is read, by so many rows of `rows` visible ones. */
void list_move(struct list *list, int by, int rows);

/* What would be chosen; NULL for nothing. */
const struct list_item *list_current(const struct list *list);

/*
 * How well the pattern's characters are found in the text, in order and in any case: 0 not at all,
 * more the better (at the start of words, next to each other). An empty pattern fits all alike.
 */
int list_score(const char *pattern, const char *text);

#endif
