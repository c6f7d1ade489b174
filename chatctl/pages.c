#include "pages.h"

#include <stdio.h>
#include "output.h"
#include "progress.h"

/* Where a page's limit and cursors are in the query. */
static size_t query_field(const struct endpoint *endpoint, const char *name)
{
	return call_field(endpoint->query, name);
}

static const char *number(struct ctl *ctl, int64_t value)
{
	const char *text = arena_printf(&ctl->arena, "%lld", (long long)value);

	return text ? text : "";
}

static int64_t page_size(int64_t left)
{
	return left < 0 || left > LIMIT_PAGE_MAX ? LIMIT_PAGE_MAX : left;
}

bool pages_has(const struct endpoint *endpoint)
{
	return endpoint && endpoint->shape == SHAPE_LIST &&
	       (endpoint->query == OBJECT_page_query || endpoint->query == OBJECT_history_query);
}

int64_t pages_last_id(const struct endpoint *endpoint, const void *items, size_t count)
{
	switch (endpoint->response) {
	case OBJECT_message:
		return ((const struct chat_message *)items)[count - 1].id;
	case OBJECT_member:
		return ((const struct chat_member *)items)[count - 1].user_id;
	case OBJECT_ban:
		return ((const struct chat_ban *)items)[count - 1].user_id;
	default:
		return 0;
	}
}

enum chat_err pages_next(
	struct ctl *ctl, struct pages *pages, void **items, size_t *count, bool *more)
{
	const struct endpoint *endpoint = pages->endpoint;
	struct call call = *pages->call;
	int64_t size = page_size(pages->left);
	/* A cursor is an id, so nothing is above 0: message 1 has a page of its own. */
	bool first = pages->after == 0 && endpoint->query == OBJECT_history_query;
	bool sent;
	enum chat_err err;

	call.query[query_field(endpoint, "limit")] = number(ctl, size);
	if (first)
		call.query[query_field(endpoint, "before")] = "2";
	else if (pages->after)
		call.query[query_field(endpoint, "after")] = number(ctl, pages->after);
	*more = false;
	err = call_send(ctl, endpoint, &call, &sent, items, count);
	if (err || !sent)
		return err;
	if (*count)
		pages->after = pages_last_id(endpoint, *items, *count);
	else if (first)
		pages->after = 1;
	if (pages->left > 0)
		pages->left -= (int64_t)*count;
	*more = pages->left != 0 && (first || *count == (size_t)size);
	return CHAT_OK;
}

enum chat_err pages_print(struct ctl *ctl, struct pages *pages, struct output *out)
{
	struct arena whole = ctl->arena;
	struct progress progress;
	enum chat_err err = CHAT_OK;
	bool more = true;

	progress_init(&progress, ctl, 0);
	while (!err && more && !ferror(stdout)) {
		void *items;
		size_t count;

		arena_init(&ctl->arena, 0);
		err = pages_next(ctl, pages, &items, &count, &more);
		if (!err)
			output_rows(out, items, count);
		progress_show(&progress, 0, out->rows);
		arena_release(&ctl->arena);
	}
	progress_clear(&progress);
	ctl->arena = whole;
	return err;
}

/* A page of the newest, which is shown after the ones before it. */
struct page {
	const struct chat_message *messages;
	size_t count;
	struct page *newer;
};

enum chat_err pages_newest(struct ctl *ctl, struct call *call, int64_t limit, pages_visit *visit,
	void *context, bool *sent)
{
	const struct endpoint *endpoint = endpoint_info(EP_message_list);
	size_t before = query_field(endpoint, "before"), skip = query_field(endpoint, "skip");
	struct call next = *call;
	struct page *oldest = NULL;

	for (*sent = true; limit > 0;) {
		int64_t size = page_size(limit);
		struct page *page = arena_alloc(&ctl->arena, sizeof(*page));
		void *items;
		enum chat_err err;

		if (!page)
			return CHAT_ERR_NO_MEMORY;
		next.query[query_field(endpoint, "limit")] = number(ctl, size);
		err = call_send(ctl, endpoint, &next, sent, &items, &page->count);
		if (err || !*sent)
			return err;
		page->messages = items;
		page->newer = oldest;
		oldest = page;
		limit -= (int64_t)page->count;
		if (page->count < (size_t)size)
			break;
		next.query[skip] = NULL;
		next.query[before] = number(ctl, page->messages[0].id);
	}
	for (; oldest; oldest = oldest->newer)
		visit(context, oldest->messages, oldest->count);
	return CHAT_OK;
}
