#ifndef CHATTUI_PROMPT_H
#define CHATTUI_PROMPT_H

#include <stdbool.h>
#include "input/edit.h"

struct app;

#define PROMPT_SIZE 512 /* bytes of a label */

/* A NULL answer: no, or nothing. */
typedef void prompt_done(struct app *app, const char *answer);

/* A line of input in place of the message: a search, a question. */
struct prompt {
	char label[PROMPT_SIZE]; /* empty: there is no prompt */
	struct edit edit;
	bool is_question; /* answered by one key: y, or anything else */
	void (*changed)(struct app *app, const char *text); /* or NULL */
	prompt_done *done;
};

void prompt_open(struct prompt *prompt, const char *label, prompt_done *done);
void prompt_close(struct prompt *prompt);
bool prompt_is_open(const struct prompt *prompt);

#endif
