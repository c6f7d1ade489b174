#include <stdlib.h>
#include <string.h>
#include "app.h"
#include "command.h"

#define RESULT_MAX ((size_t)1 << 20)

/* Shows lines: one as a notice, more in a list to read. */
static void show_lines(struct app *app, const char *title, char *text)
{
	char *line = text, *end;

	if (!*text) {
		app_notice(app, false, "done");
		return;
	}
	end = strchr(text, '\n');
	if (end && !end[1]) {
		*end = '\0';
		app_notice(app, false, "%s", text);
		return;
	}
	list_open(&app->list, title, NULL);
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		list_add(&app->list, line, NULL, 0);
		line = end + 1;
	}
	list_update(&app->list);
	app->dirty |= PANE_ALL;
}

/* What is made or joined is opened as soon as the gateway has told of it. */
static void go_where_it_leads(struct app *app, const struct job *job)
{
	if (job->endpoint == EP_server_create || job->endpoint == EP_invite_accept)
		app->go_server = ((const struct chat_server *)job->items)->id;
	if (job->endpoint == EP_channel_create)
		app->go_channel = ((const struct chat_channel *)job->items)->id;
}

static void done_command(struct job *job)
{
	struct app *app = job->context;
	struct buf text;
	char *lines;

	if (job->err) {
		app_notice(app, true, "%s", buf_str(&job->why));
		return;
	}
	go_where_it_leads(app, job);
	if (job->endpoint == EP_logout) {
		app->wants_login = true;
		return;
	}
	buf_init(&text, RESULT_MAX);
	command_result(job, &text);
	lines = strdup(buf_str(&text));
	if (lines)
		show_lines(app, endpoint_info(job->endpoint)->summary, lines);
	free(lines);
	buf_release(&text);
}

static bool run_action(struct app *app, const char *name)
{
	enum action action = action_by_name(name);

	if (action == ACTION_NONE || action_info(action)->mode != ACTION_MAIN)
		return false;
	app->key = KEY_NONE;
	/* What they do to the input they would do to the command itself. */
	edit_set(&app->edit, "");
	app_edited(app);
	app_act(app, action);
	return true;
}

bool app_command(struct app *app, const char *line)
{
	enum endpoint_id secret;
	struct buf why;
	struct job *job;

	line += *line == '/';
	if (run_action(app, line))
		return true;
	buf_init(&why, NOTICE_SIZE);
	job = command_job(&app->session.model, line, &secret, &why);
	if (job && app->session.worker) {
		job->done = done_command;
		job->context = app;
		worker_submit(app->session.worker, job);
	} else if (job) {
		buf_puts(&why, "you are not logged in");
		job_free(job);
		job = NULL;
	} else if (secret == EP_login || secret == EP_register) {
		login_open(app, secret == EP_register);
	} else if (secret != EP_COUNT) {
		secret_open(app, secret);
	}
	if (why.len)
		app_notice(app, true, "%s", buf_str(&why));
	buf_release(&why);
	return job || secret != EP_COUNT;
}
