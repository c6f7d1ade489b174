#ifndef HEADREAD_H
#define HEADREAD_H

/* What a parser has read of a head as one line, as heads.def spells it. */

#include <stdio.h>
#include "net/head.h"

static inline void headread_print(FILE *out, const struct head *head)
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
