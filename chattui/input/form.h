#ifndef CHATTUI_FORM_H
#define CHATTUI_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <chat/buf.h>
#include "input/edit.h"

struct app;

#define FORM_FIELDS 6

/* Questions laid over the panes, to be answered together. */
struct form {
	char *title; /* NULL: there is no form */
	struct form_field {
		const char *label; /* static */
		struct edit edit;
		bool secret; /* shown as stars */
	} fields[FORM_FIELDS];
	size_t count, current;
	struct buf message; /* what was wrong with the answers */
	bool busy;          /* they are on their way */
	void (*submit)(struct app *app, struct form *form);
	void (*other)(struct app *app); /* F2: the form to fill in instead, or NULL */
	int subject;                    /* the maker's */
	const char *hint;               /* static, or NULL */
};

void form_open(
	struct form *form, const char *title, void (*submit)(struct app *app, struct form *form));
void form_close(struct form *form);
bool form_is_open(const struct form *form);

/* label is static; value may be NULL. */
void form_add(struct form *form, const char *label, const char *value, bool secret);

const char *form_value(const struct form *form, size_t i);
void form_move(struct form *form, int by);

/* Says what was wrong, so that the answers can be changed. */
void form_fail(struct form *form, const char *why);

#endif
