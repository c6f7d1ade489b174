#include "input/form.h"

#include <stdlib.h>
#include <string.h>

#define VALUE_MAX 2048
#define MESSAGE_MAX 512

void form_open(
	struct form *form, const char *title, void (*submit)(struct app *app, struct form *form))
{
	form_close(form);
	*form = (struct form){.title = strdup(title), .submit = submit};
	buf_init(&form->message, MESSAGE_MAX);
}

void form_close(struct form *form)
{
	if (!form->title)
		return;
	for (size_t i = 0; i < form->count; i++)
		edit_release(&form->fields[i].edit);
	free(form->title);
	buf_release(&form->message);
	*form = (struct form){0};
}

bool form_is_open(const struct form *form)
{
	return form->title != NULL;
}

void form_add(struct form *form, const char *label, const char *value, bool secret)
{
	struct form_field *field = &form->fields[form->count];

	if (form->count == FORM_FIELDS)
		return;
	form->count++;
	*field = (struct form_field){.label = label, .secret = secret};
	edit_init(&field->edit, VALUE_MAX);
	edit_set(&field->edit, value ? value : "");
	/* The first question without an answer is the one to begin with. */
	if (form->current + 1 == form->count - 1 &&
		!edit_is_empty(&form->fields[form->current].edit))
		form->current++;
}

const char *form_value(const struct form *form, size_t i)
{
	return edit_text(&form->fields[i].edit);
}

void form_move(struct form *form, int by)
{
	size_t n = form->count;

	form->current = (form->current + n + (size_t)(by + (int)n)) % n;
}

void form_fail(struct form *form, const char *why)
{
	buf_reset(&form->message);
	buf_puts(&form->message, why);
	form->busy = false;
}
