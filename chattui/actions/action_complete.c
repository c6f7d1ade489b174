#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "actions/app.h"
#include "commands/complete.h"

static bool is_word_char(unsigned char c)
{
	return c >= 0x80 || isalnum(c) || c == '_' || c == '.' || c == '-';
}

/* Where the word before the cursor begins: behind white space; or, where a mention or a channel may
 * stand (as in "(@al"), with its mark. */
static size_t word_start(const struct edit *edit)
{
	const char *text = edit_text(edit);
	size_t at = edit->cursor, name = at;

	while (at > 0 && !strchr(" \n\t", text[at - 1]))
		at--;
	while (name > at && is_word_char((unsigned char)text[name - 1]))
		name--;
	if (name > at && strchr("@#", text[name - 1]) &&
		(name - 1 == at || !is_word_char((unsigned char)text[name - 2])))
		return name - 1;
	return at;
}

/* A /command may have spaces; what follows one are words, of which those without a mark are people.
 */
static void begin(struct app *app)
{
	struct completion *completion = &app->compose.completion;
	const struct edit *edit = &app->compose.edit;
	const char *text = edit_text(edit);
	char out[COMPLETE_SIZE];
	size_t from = word_start(edit);
	bool command = *text == '/' && from > 0;
	char *prefix = strndup(text, edit->cursor);
	const char *colon = prefix && !command ? strrchr(prefix + from, ':') : NULL;

	/* An emoji may follow something without a space. */
	if (colon && colon[1] && !strchr("@#:/", prefix[from]))
		from = (size_t)(colon - prefix);
	free(completion->prefix);
	*completion = (struct completion){.prefix = prefix};
	if (!prefix || (command && complete_nth(&app->session.model, prefix, true, 0, out)))
		return;
	completion->from = from;
	completion->prefix = NULL;
	if (asprintf(&completion->prefix, "%s%s",
		    command && !strchr("@#:/", prefix[from]) ? "@" : "", prefix + from) < 0)
		completion->prefix = NULL;
	free(prefix);
}

/* Each Tab in a row shows the next candidate, and after the last one the first. */
void action_complete(struct app *app)
{
	const struct model *model = &app->session.model;
	struct completion *completion = &app->compose.completion;
	struct edit *edit = &app->compose.edit;
	char out[COMPLETE_SIZE];
	bool at_start;

	if (completion->end != edit->cursor || !completion->prefix)
		begin(app);
	if (!completion->prefix)
		return;
	at_start = completion->from == 0;
	if (!complete_nth(model, completion->prefix, at_start, completion->next, out)) {
		completion->next = 0;
		if (!complete_nth(model, completion->prefix, at_start, 0, out))
			return;
	}
	edit_replace(edit, completion->from, out);
	completion->next++;
	app_edited(app);
	completion->end = edit->cursor;
}
