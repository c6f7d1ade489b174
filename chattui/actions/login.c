/* Becoming another user: logging in, signing up, contexts; and what else asks for passwords. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <chat/cred.h>
#include <chat/rest.h>
#include "actions/app.h"

/* --- the answer --- */

/* All that belonged to the account before goes. Takes the other over. */
static void begin_session(struct app *app, struct account *account)
{
	struct buf why;
	int64_t open_id;

	buf_init(&why, NOTICE_SIZE);
	app_answer(app, false);
	app_save_draft(app);
	session_release(&app->session);
	session_init(&app->session, account, !app->no_cache, &open_id);
	app_attach(app);
	recall_release(&app->compose.recall);
	recall_init(&app->compose.recall,
		app->no_cache ? NULL : account_path(&app->session.account, "history"));
	app->screen.selecting = false;
	app->compose.editing = 0;
	app->last_channel = app->go_server = app->go_channel = 0;
	app->left_server = app->left_channel = 0;
	edit_set(&app->compose.edit, "");
	app->compose.is_changed = false;
	scroll_end(&app->screen);
	app->wants_login = !app->session.account.token;
	if (!app->wants_login && !session_connect(&app->session, &why))
		app_notice(app, true, "%s", buf_str(&why));
	buf_release(&why);
	app_layout(app);
}

static void done_login(struct job *job)
{
	struct app *app = job->context;
	const struct chat_token *token = job->items;
	struct buf why;

	app->screen.dirty |= PANE_ALL;
	if (!form_is_open(&app->dialog.form) || !app->dialog.form.busy)
		return; /* it was left meanwhile */
	if (job->err) {
		form_fail(&app->dialog.form, buf_str(&job->why));
		return;
	}
	buf_init(&why, NOTICE_SIZE);
	if (account_keep(&app->session.account, app->guest.url, app->guest.name,
		    token->access_token, &why)) {
		form_fail(&app->dialog.form, buf_str(&why));
	} else {
		form_close(&app->dialog.form);
		app->guest.is_done = true;
	}
	buf_release(&why);
}

static void log_in(struct app *app, const char *password)
{
	struct job *job = job_new(EP_login, done_login, app);

	job_set(job, "username", app->guest.name);
	job_set(job, "password", password);
	worker_submit(app->guest.worker, job);
}

static void done_register(struct job *job)
{
	struct app *app = job->context;

	app->screen.dirty |= PANE_ALL;
	if (!form_is_open(&app->dialog.form) || !app->dialog.form.busy)
		return; /* it was left meanwhile */
	if (job->err)
		form_fail(&app->dialog.form, buf_str(&job->why));
	else
		log_in(app, form_value(&app->dialog.form, app->dialog.form.count - 1));
}

void login_work(struct app *app)
{
	struct account account;

	if (!app->guest.worker)
		return;
	worker_collect(app->guest.worker);
	if (!app->guest.is_done)
		return;
	worker_free(app->guest.worker);
	app->guest.worker = NULL;
	app->guest.is_done = false;
	account = app->session.account;
	app->session.account = (struct account){0};
	begin_session(app, &account);
}

/* --- contexts --- */

static void use_context(struct app *app, const struct list_item *item)
{
	struct account account;
	struct buf why;

	buf_init(&why, NOTICE_SIZE);
	if (account_of_context(&account, item->label, &why)) {
		app_notice(app, true, "%s", buf_str(&why));
		account_release(&account);
	} else {
		begin_session(app, &account);
	}
	buf_release(&why);
}

void action_context(struct app *app)
{
	struct cred cred;
	struct buf why;
	char detail[512];

	buf_init(&why, NOTICE_SIZE);
	if (cred_open(&cred, false, &why))
		app_notice(app, true, "%s", buf_str(&why));
	else
		list_open(&app->dialog.list, "Contexts", use_context);
	for (size_t i = 0; i < cred.count; i++) {
		const struct cred_context *context = &cred.contexts[i];

		snprintf(detail, sizeof(detail), "%s%s%s%s",
			context->username ? context->username : "", context->username ? " at " : "",
			context->url, context->token ? "" : ", logged out");
		list_add(&app->dialog.list, context->name, detail, 0);
	}
	if (list_is_open(&app->dialog.list))
		list_update(&app->dialog.list);
	cred_release(&cred);
	buf_release(&why);
	app->screen.dirty |= PANE_ALL;
}

/* --- the forms --- */

static bool start_guest(struct app *app, const char *url, const char *name)
{
	struct buf why;

	buf_init(&why, NOTICE_SIZE);
	worker_free(app->guest.worker);
	app->guest.worker = NULL;
	free(app->guest.url);
	free(app->guest.name);
	app->guest.name = strdup(name);
	app->guest.url = rest_url(url, &why);
	if (app->guest.url)
		app->guest.worker = worker_new(app->guest.url, NULL);
	else
		form_fail(&app->dialog.form, buf_str(&why));
	buf_release(&why);
	return app->guest.worker != NULL;
}

static void submit_login(struct app *app, struct form *form)
{
	form->busy = start_guest(app, form_value(form, 0), form_value(form, 1));
	if (form->busy)
		log_in(app, form_value(form, 2));
}

static void submit_sign_up(struct app *app, struct form *form)
{
	struct job *job;

	if (strcmp(form_value(form, 3), form_value(form, 4)) != 0) {
		form_fail(form, "the two passwords are not the same");
		return;
	}
	form->busy = start_guest(app, form_value(form, 0), form_value(form, 1));
	if (!form->busy)
		return;
	job = job_new(EP_register, done_register, app);
	job_set(job, "username", form_value(form, 1));
	job_set(job, "email", form_value(form, 2));
	job_set(job, "password", form_value(form, 3));
	worker_submit(app->guest.worker, job);
}

void login_open(struct app *app, bool sign_up)
{
	struct form *form = &app->dialog.form;
	const struct account *account = &app->session.account;
	/* What is filled in already in the other of the two forms. */
	bool other = form_is_open(form) && form->other;
	char *url = strdup(other ? form_value(form, 0) : account->url);
	char *name = other ? strdup(form_value(form, 1)) : NULL;

	list_close(&app->dialog.list);
	form_open(form, sign_up ? "Make an account" : "Log in",
		sign_up ? submit_sign_up : submit_login);
	form_add(form, "Server", url, false);
	form_add(form, "Name", name || sign_up ? name : account->username, false);
	if (sign_up)
		form_add(form, "Email", NULL, false);
	form_add(form, "Password", NULL, true);
	if (sign_up)
		form_add(form, "Once more", NULL, true);
	form->other = sign_up ? action_login : action_sign_up;
	form->hint = sign_up ? "Tab: next   Enter: make it   F2: log in   Esc: leave"
			     : "Tab: next   Enter: log in   F2: make an account   Esc: leave";
	free(url);
	free(name);
	app->screen.dirty |= PANE_ALL;
}

void action_login(struct app *app)
{
	login_open(app, false);
}

void action_sign_up(struct app *app)
{
	login_open(app, true);
}

/* --- other secrets --- */

static void done_secret(struct job *job)
{
	struct app *app = job->context;

	app->screen.dirty |= PANE_ALL;
	if (form_is_open(&app->dialog.form) && app->dialog.form.busy) {
		if (job->err) {
			form_fail(&app->dialog.form, buf_str(&job->why));
			return;
		}
		form_close(&app->dialog.form);
	}
	app_notice(app, job->err != CHAT_OK, "%s", job->err ? buf_str(&job->why) : "done");
}

static void submit_secret(struct app *app, struct form *form)
{
	struct job *job;

	if (!app->session.worker)
		return;
	job = job_new((enum endpoint_id)form->subject, done_secret, app);
	for (size_t i = 0; i < form->count; i++)
		job_set(job, object_info(endpoint_info(job->endpoint)->request)->fields[i].name,
			form_value(form, i));
	form->busy = true;
	worker_submit(app->session.worker, job);
}

void secret_open(struct app *app, enum endpoint_id endpoint)
{
	const struct endpoint *info = endpoint_info(endpoint);
	const struct object *object = object_info(info->request);

	form_open(&app->dialog.form, info->summary, submit_secret);
	app->dialog.form.subject = (int)endpoint;
	for (size_t i = 0; i < object->n_fields; i++)
		form_add(&app->dialog.form, object->fields[i].doc, NULL,
			(object->fields[i].flags & FIELD_SECRET) != 0);
	app->screen.dirty |= PANE_ALL;
}
