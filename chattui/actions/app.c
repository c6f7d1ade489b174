#include "actions/app.h"

#include <stdarg.h>
#include <stdio.h>

#define DRAFT_MS 500 /* from a key to the disk */

void app_end_notice(struct app *app)
{
	if (!*app->screen.notice)
		return;
	app->screen.dirty |= pane_notice_rows(&app->screen) > 1 ? PANE_ALL : PANE_STATUS;
	*app->screen.notice = '\0';
}

void app_notice(struct app *app, bool is_error, const char *format, ...)
{
	va_list args;

	/* A shorter one leaves rows of a longer one. */
	app_end_notice(app);
	va_start(args, format);
	vsnprintf(app->screen.notice, sizeof(app->screen.notice), format, args);
	va_end(args);
	app->screen.notice_is_error = is_error;
	app->screen.notice_at = session_now();
	app->screen.dirty |= PANE_STATUS;
}

void app_layout(struct app *app)
{
	screen_layout(&app->screen, &app->compose, &app->dialog);
}

struct edit *app_edit(struct app *app)
{
	if (form_is_open(&app->dialog.form))
		return &app->dialog.form.fields[app->dialog.form.current].edit;
	if (list_is_open(&app->dialog.list))
		return &app->dialog.list.filter;
	if (prompt_is_open(&app->dialog.prompt))
		return &app->dialog.prompt.edit;
	return &app->compose.edit;
}

void app_edited(struct app *app)
{
	app->screen.dirty |= PANE_INPUT | PANE_POPUP;
	app->compose.completion.end = 0;
	if (list_is_open(&app->dialog.list)) {
		list_update(&app->dialog.list);
		return;
	}
	if (form_is_open(&app->dialog.form))
		return;
	if (pane_input_rows(&app->compose, &app->dialog, app->screen.wanted.cols) !=
		app->screen.layout.input.rows)
		app_layout(app);
	if (prompt_is_open(&app->dialog.prompt)) {
		if (app->dialog.prompt.changed)
			app->dialog.prompt.changed(app, edit_text(&app->dialog.prompt.edit));
		return;
	}
	app->compose.is_changed = true;
	app->screen.dirty |= PANE_STATUS; /* which counts a text that is near its limit */
	if (!app->compose.draft_at)
		app->compose.draft_at = session_now() + DRAFT_MS;
	if (app->config.settings.typing && !edit_is_empty(&app->compose.edit) &&
		edit_text(&app->compose.edit)[0] != '/' && !app->compose.editing)
		session_typing(&app->session);
}

void app_answer(struct app *app, bool given)
{
	struct prompt prompt = app->dialog.prompt;

	if (!prompt_is_open(&prompt))
		return;
	/* What is done may open another one. */
	app->dialog.prompt = (struct prompt){.label = ""};
	app_layout(app);
	prompt.done(app, &prompt, given ? edit_text(&prompt.edit) : NULL);
	prompt_close(&prompt);
}

void app_prompt(struct app *app, const char *label, prompt_done *done)
{
	app_answer(app, false);
	prompt_open(&app->dialog.prompt, label, done);
	app_layout(app);
}

struct prompt_subject *app_ask(struct app *app, const char *question, prompt_done *done)
{
	app_prompt(app, question, done);
	app->dialog.prompt.is_question = true;
	return &app->dialog.prompt.subject;
}
