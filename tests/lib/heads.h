#ifndef HEADS_H
#define HEADS_H

/* The table of heads, for programs. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "net/head.h"

struct head_row {
	const char *name;
	enum head_result result;
	enum chat_err err;
	const char *before, *repeated, *after;
	size_t n_before, n_repeated, n_after;
	unsigned times;
	const char *read; /* NULL: too long to be spelled */
};

#define ROW(name, result, err, before, times, repeated, after, read)                               \
	{name, result, err, before, repeated, after, sizeof(before) - 1, sizeof(repeated) - 1,     \
		sizeof(after) - 1, times, read},
#define GOOD(name, bytes, read) ROW(name, HEAD_DONE, CHAT_OK, bytes, 0, "", "", read)
#define MORE(name, bytes) ROW(name, HEAD_MORE, CHAT_OK, bytes, 0, "", "", NULL)
#define BAD(name, err, bytes) ROW(name, HEAD_REFUSED, CHAT_ERR_##err, bytes, 0, "", "", NULL)
#define LONG_GOOD(name, before, times, repeated, after)                                            \
	ROW(name, HEAD_DONE, CHAT_OK, before, times, repeated, after, NULL)
#define LONG_BAD(name, err, before, times, repeated, after)                                        \
	ROW(name, HEAD_REFUSED, CHAT_ERR_##err, before, times, repeated, after, NULL)

static const struct head_row head_rows[] = {
#include "heads.def"
};

#undef ROW
#undef GOOD
#undef MORE
#undef BAD
#undef LONG_GOOD
#undef LONG_BAD

enum { N_HEAD_ROWS = sizeof(head_rows) / sizeof(head_rows[0]) };

/* The bytes of a row, as many as *n says, in memory of just this size; to be freed. */
static inline char *head_row_spell(const struct head_row *row, size_t *n)
{
	char *bytes, *at;

	*n = row->n_before + row->times * row->n_repeated + row->n_after;
	at = bytes = malloc(*n ? *n : 1);
	if (!bytes)
		abort();
	memcpy(at, row->before, row->n_before);
	at += row->n_before;
	for (unsigned i = 0; i < row->times; i++, at += row->n_repeated)
		memcpy(at, row->repeated, row->n_repeated);
	memcpy(at, row->after, row->n_after);
	return bytes;
}

/* Writes what was read of a head as heads.def spells it. */
static inline void head_print(FILE *out, const struct head *head)
{
	fprintf(out, "%.*s %.*s%s%.*s 1.%u ", (int)head->method.len, head->method.at,
		(int)head->path.len, head->path.at, head->query.len > 0 ? "?" : "",
		(int)head->query.len, head->query.at, head->minor);
	if (head->length < 0)
		fputc('-', out);
	else
		fprintf(out, "%lld", (long long)head->length);
	fprintf(out, " %s%s%s", head->keep_alive ? "keep" : "close",
		head->upgrade ? " upgrade" : "", head->expect ? " expect" : "");
	for (unsigned i = 0; i < head->n_fields; i++) {
		const struct head_field *field = &head->fields[i];

		fprintf(out, "|%.*s:%.*s", (int)field->name.len, field->name.at,
			(int)field->value.len, field->value.at);
	}
}

#endif
