/* The /commands on the screen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "actions/app.h"
#include "commands/command.h"
#include "commands/result.h"
#include "view/term.h"

/* --- answers --- */

static void copy_key(struct app *app, const struct list_item *item)
{
	if (!item->key)
		return;
	term_copy(item->key, strlen(item->key));
	app_notice(app, false, "copied %s", item->key);
}

static void add_row(const char *text, const char *detail, const char *key, void *context)
{
	struct app *app = context;
	struct list_item *item = list_add(&app->dialog.list, text, detail, 0);

	if (item && key)
		item->key = strdup(key);
}

static void show_result(struct app *app, const struct job *job)
{
	char title[128];
	struct buf line;

	if (result_is_long(job)) {
		snprintf(title, sizeof(title), "%s (Enter copies)",
			endpoint_info(job->endpoint)->summary);
		list_open(&app->dialog.list, title, copy_key);
		result_rows(job, &app->session.model, add_row, app);
		list_update(&app->dialog.list);
		/* A heading is not what one copies. */
		if (app->dialog.list.count && !app->dialog.list.items[0].key)
			list_move(&app->dialog.list, 1,
				pane_list_rows(&app->screen, &app->dialog.list));
		app->screen.dirty |= PANE_ALL;
		return;
	}
	buf_init(&line, NOTICE_SIZE);
	result_line(job, &app->session.model, &line);
	app_notice(app, false, "%s", buf_str(&line));
	buf_release(&line);
}

/* What is made or joined is opened as soon as the gateway has told of it. */
static void go_where_it_leads(struct app *app, const struct job *job)
{
	if (job->endpoint == EP_server_create || job->endpoint == EP_invite_accept)
		app->go_server = ((const struct chat_server *)job->items)->id;
	if (job->endpoint == EP_channel_create)
		app->go_channel = ((const struct chat_channel *)job->items)->id;
	/* Whoever made the open channel go does not want to read on in it. */
	if (job->endpoint == EP_channel_delete)
		app->left_channel = job->params.channel_id;
	if (job->endpoint == EP_server_delete ||
		(job->endpoint == EP_member_delete && job->params.user_id == PATH_ME))
		app->left_server = job->params.server_id;
}

/* What was typed and did not work is there again, to be mended or tried once more. */
static void put_back(struct app *app, const char *line, const char *why)
{
	if (!edit_is_empty(&app->compose.edit) || app->compose.editing) {
		app_put_aside(app, line, why);
		return;
	}
	app_notice(app, true, "%s", why);
	edit_set(&app->compose.edit, line);
	app_edited(app);
}

static void done_command(struct job *job)
{
	struct app *app = job->context;

	if (job->endpoint == EP_logout)
		app->logs_out = false;
	if (job->err) {
		put_back(app, job->text, buf_str(&job->why));
		return;
	}
	go_where_it_leads(app, job);
	if (job->endpoint != EP_logout) {
		show_result(app, job);
		return;
	}
	account_log_out(&app->session.account);
	app->wants_login = true;
}

/* --- requests --- */

static void submit(struct app *app, struct job *job)
{
	job->done = done_command;
	job->context = app;
	if (app->session.worker) {
		app->logs_out |= job->endpoint == EP_logout;
		worker_submit(app->session.worker, job);
		return;
	}
	put_back(app, job->text, "you are not logged in: /login or /sign-up");
	job_free(job);
}

static void confirmed(struct app *app, const struct prompt *prompt, const char *answer)
{
	struct job *job = app->asked;

	(void)prompt;
	app->asked = NULL;
	if (job && answer)
		submit(app, job);
	else if (job)
		job_free(job);
}

static void ask(struct app *app, struct job *job)
{
	struct buf question;

	buf_init(&question, NOTICE_SIZE);
	buf_puts(&question, "Really? (y/n) ");
	command_put(&app->session.model, job, &question);
	buf_putc(&question, ' ');
	app_ask(app, buf_str(&question), confirmed);
	app->asked = job;
	buf_release(&question);
}

static bool run_action(struct app *app, const char *name)
{
	enum action action = action_by_name(name);

	if (action == ACTION_NONE || action_info(action)->mode != ACTION_MAIN)
		return false;
	app->key = KEY_NONE;
	/* What they do to the input they would do to the command itself. */
	edit_set(&app->compose.edit, "");
	app_edited(app);
	app->act(app, action);
	return true;
}

bool app_command(struct app *app, const char *line)
{
	enum endpoint_id secret;
	struct buf why;
	struct job *job;
	const char *typed = line;

	line += *line == '/';
	if (run_action(app, line))
		return true;
	buf_init(&why, NOTICE_SIZE);
	job = command_job(&app->session.model, line, &secret, &why);
	if (job)
		job->text = arena_strdup(&job->arena, typed);
	if (job && command_asks(job))
		ask(app, job);
	else if (job)
		submit(app, job);
	else if (secret == EP_login || secret == EP_register)
		login_open(app, secret == EP_register);
	else if (secret != EP_COUNT)
		secret_open(app, secret);
	if (why.len)
		app_notice(app, true, "%s", buf_str(&why));
	buf_release(&why);
	return job || secret != EP_COUNT;
}
