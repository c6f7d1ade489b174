#ifndef CHATTUI_PROMPT_H
#define CHATTUI_PROMPT_H

#include <stdbool.h>
#include <stdint.h>
#include "input/edit.h"

struct app;
struct prompt;

#define PROMPT_SIZE 512 /* bytes of a label */

/* Called once, when the prompt is closed already and about to be released. A NULL answer: no. */
typedef void prompt_done(struct app *app, const struct prompt *prompt, const char *answer);

/* A line of input in place of the message: a search, a question. */
struct prompt {
	char label[PROMPT_SIZE]; /* empty: there is no prompt */
	struct edit edit;
	bool is_question; /* answered by one key: y, or anything else */
	void (*changed)(struct app *app, const char *text); /* or NULL */
	prompt_done *done;
	/* What a question is about, as it was when it was asked: the asker's. */
	struct prompt_subject {
		int64_t channel, message;
		char nonce[33];
		char *text; /* freed with the prompt; or NULL */
	} subject;
};

/* The prompt is closed before, and closed when it was answered. */
void prompt_open(struct prompt *prompt, const char *label, prompt_done *done);
void prompt_close(struct prompt *prompt);
bool prompt_is_open(const struct prompt *prompt);

#endif
