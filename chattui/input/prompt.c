#include <stdio.h>
#include "actions/app.h"

#define TEXT_MAX 512

void prompt_open(struct app *app, const char *label, void (*done)(struct app *, const char *))
{
	struct prompt *prompt = &app->prompt;

	prompt_close(app);
	snprintf(prompt->label, sizeof(prompt->label), "%s", label);
	edit_init(&prompt->edit, TEXT_MAX);
	prompt->done = done;
	app_layout(app);
}

void prompt_ask(struct app *app, const char *question, void (*done)(struct app *, const char *))
{
	prompt_open(app, question, done);
	app->prompt.is_question = true;
}

void prompt_close(struct app *app)
{
	if (!prompt_is_open(app))
		return;
	edit_release(&app->prompt.edit);
	app->prompt = (struct prompt){.label = ""};
	app_layout(app);
}

bool prompt_is_open(const struct app *app)
{
	return app->prompt.label[0] != '\0';
}
