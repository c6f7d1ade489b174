#include "input/list.h"

#include <stdlib.h>
#include <string.h>

#define FILTER_MAX 256

void list_open(struct list *list, const char *title, list_chosen *chosen)
{
	list_close(list);
	*list = (struct list){.title = strdup(title), .chosen = chosen, .reads = !chosen};
	edit_init(&list->filter, FILTER_MAX);
}

static void empty(struct list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].label);
		free(list->items[i].detail);
		free(list->items[i].key);
	}
	list->count = 0;
}

void list_close(struct list *list)
{
	if (!list->title)
		return;
	empty(list);
	free(list->items);
	free(list->shown);
	free(list->title);
	edit_release(&list->filter);
	*list = (struct list){0};
}

bool list_is_open(const struct list *list)
{
	return list->title != NULL;
}

struct list_item *list_add(struct list *list, const char *label, const char *detail, int64_t id)
{
	if (list->count == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 32;
		struct list_item *items = realloc(list->items, cap * sizeof(*items));
		size_t *shown = items ? realloc(list->shown, cap * sizeof(*shown)) : NULL;

		if (items)
			list->items = items;
		if (!shown)
			return NULL;
		list->shown = shown;
		list->cap = cap;
	}
	list->items[list->count] = (struct list_item){
		.label = strdup(label), .detail = detail ? strdup(detail) : NULL, .id = id};
	if (!list->items[list->count].label)
		return NULL;
	return &list->items[list->count++];
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool is_letter(char c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
	       (unsigned char)c >= 0x80;
}

int list_score(const char *pattern, const char *text)
{
	int score = 1;
	const char *at = text, *last = NULL;

	for (; *pattern; pattern++) {
		if (*pattern == ' ')
			continue;
		while (*at && lower(*at) != lower(*pattern))
			at++;
		if (!*at)
			return 0;
		score += 1;
		if (at == text || !is_letter(at[-1]))
			score += 8;
		if (last && at == last + 1)
			score += 4;
		last = at++;
	}
	return score;
}

/* One that the filter leaves, with what decides its place. */
struct candidate {
	size_t index;
	int score;
	int64_t rank;
};

static int by_score(const void *a, const void *b)
{
	const struct candidate *p = a, *q = b;

	if (p->score != q->score)
		return p->score > q->score ? -1 : 1;
	if (p->rank != q->rank)
		return p->rank > q->rank ? -1 : 1;
	return p->index < q->index ? -1 : p->index > q->index;
}

void list_update(struct list *list)
{
	const char *pattern = edit_text(&list->filter);
	struct candidate *found = malloc((list->count + 1) * sizeof(*found));

	list->n_shown = 0;
	if (!found)
		return;
	for (size_t i = 0; i < list->count; i++) {
		const struct list_item *item = &list->items[i];
		int score = list_score(pattern, item->label);

		if (score > 0 || (list->reads && item->detail && list_score(pattern, item->detail)))
			found[list->n_shown++] =
				(struct candidate){i, list->reads ? 0 : score, item->rank};
	}
	qsort(found, list->n_shown, sizeof(*found), by_score);
	for (size_t i = 0; i < list->n_shown; i++)
		list->shown[i] = found[i].index;
	free(found);
	list->current = 0;
	list->top = 0;
}

void list_refill(struct list *list, struct app *app)
{
	const struct list_item *chosen = list_current(list);
	int64_t id = chosen ? chosen->id : 0; /* such items' are not 0 */
	int64_t kind = chosen ? chosen->kind : 0;

	empty(list);
	list->fill(app);
	list_update(list);
	for (size_t i = 0; i < list->n_shown; i++) {
		const struct list_item *item = &list->items[list->shown[i]];

		if (item->id == id && item->kind == kind)
			list->current = i;
	}
}

void list_move(struct list *list, int by, int rows)
{
	size_t *moved = list->reads ? &list->top : &list->current;
	size_t last = list->n_shown;

	if (list->reads)
		last = last > (size_t)rows ? last - (size_t)rows : 0;
	else
		last = last ? last - 1 : 0;
	if (by < 0)
		*moved = *moved > (size_t)-by ? *moved - (size_t)-by : 0;
	else
		*moved = *moved + (size_t)by < last ? *moved + (size_t)by : last;
	if (list->reads)
		return;
	if (list->current < list->top)
		list->top = list->current;
	if (list->current >= list->top + (size_t)rows)
		list->top = list->current - (size_t)rows + 1;
}

const struct list_item *list_current(const struct list *list)
{
	if (list->reads || list->current >= list->n_shown)
		return NULL;
	return &list->items[list->shown[list->current]];
}
