#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <chat/limits.h>
#include "actions/app.h"
#include "dispatch.h"
#include "view/term.h"

/* --- signals, as bytes in a pipe --- */

static int signal_pipe[2] = {-1, -1};

static void on_signal(int signal)
{
	int saved = errno;
	unsigned char byte = (unsigned char)signal;
	ssize_t written = write(signal_pipe[1], &byte, 1);

	(void)written;
	errno = saved;
}

static bool catch_signals(void)
{
	static const int signals[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGCONT, SIGTSTP};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK))
		return false;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	return true;
}

static void handle_signals(struct app *app)
{
	unsigned char bytes[64];
	ssize_t n = read(signal_pipe[0], bytes, sizeof(bytes));

	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] == SIGWINCH) {
			app_layout(app);
		} else if (bytes[i] == SIGCONT) {
			/* Somebody else may have written on the screen meanwhile. */
			app->screen.redraw = true;
			app_layout(app);
		} else if (bytes[i] == SIGTSTP) {
			app->act(app, ACTION_suspend);
		} else {
			app->quits = true;
		}
	}
}

/* The open channel is no more, which its page says; who made it go is done with it. */
static void leave_gone(struct app *app)
{
	const struct channel *open = app->session.model.open;

	if (!open || !open->gone_why ||
		(open->id != app->left_channel && open->server->id != app->left_server))
		return;
	app->left_channel = app->left_server = 0;
	app_open_any(app);
}

/* Opens what was made or joined a moment ago. */
static void go_there(struct app *app)
{
	struct server *server = model_server(&app->session.model, app->go_server);
	struct channel *channel = model_channel(&app->session.model, app->go_channel);

	if (server && server->n_channels) {
		channel = server->channels[0];
		app->go_server = 0;
	} else if (channel) {
		app->go_channel = 0;
	}
	if (channel)
		app_open(app, channel);
}

/* The model's changes as panes to be drawn. */
static void take_changes(struct app *app)
{
	struct model *model = &app->session.model;
	unsigned changes = model->changes;

	model->changes = 0;
	if (model->state == GATEWAY_REFUSED && app->session.gateway) {
		session_disconnect(&app->session);
		app->wants_login = true;
		/* A logout also closes the socket, which may be heard before its answer. */
		if (app->logs_out)
			account_log_out(&app->session.account);
		else if (app->session.account.token)
			app_notice(app, true, "%s",
				model->state_err == CHAT_ERR_BAD_TOKEN || !model->state_why
					? "the server does not take this login any more"
					: model->state_why);
		app->logs_out = false;
	}
	leave_gone(app);
	if (!model->open && model->n_servers)
		app_open_any(app);
	if (app->seek && (changes & CHANGE_MESSAGES))
		app_seek(app, app->seek);
	if (app->go_server || app->go_channel)
		go_there(app);
	if (changes & CHANGE_OPEN)
		app_layout(app);
	app->screen.dirty |= (changes & CHANGE_TREE ? PANE_TREE | PANE_STATUS | PANE_TITLE : 0) |
			     (changes & CHANGE_MESSAGES ? PANE_MESSAGES | PANE_TITLE : 0) |
			     (changes & CHANGE_MEMBERS ? PANE_MEMBERS : 0) |
			     (changes & CHANGE_TYPING ? PANE_TYPING : 0) |
			     (changes & CHANGE_STATUS ? PANE_STATUS : 0);
	if ((changes & CHANGE_MEMBERS) && app->dialog.list.fill) {
		list_refill(&app->dialog.list, app);
		list_move(&app->dialog.list, 0, pane_list_rows(&app->screen, &app->dialog.list));
		app->screen.dirty = PANE_ALL;
	}
	if (app->wants_login && !form_is_open(&app->dialog.form)) {
		app->wants_login = false;
		login_open(app, false);
	}
}

/* --- the loop --- */

/* Reads keys and does what they say. */
static void read_keys(struct app *app)
{
	char bytes[4096];
	long n = term_read(bytes, sizeof(bytes));
	size_t at = 0, used;
	struct input_event event;

	if (n < 0)
		app->quits = true;
	app->input_at = session_now();
	while (n > 0 && at < (size_t)n) {
		bool found = input_feed(&app->input, bytes + at, (size_t)n - at, &used, &event);

		at += used;
		if (found)
			dispatch_event(app, &event);
	}
}

static void soonest(int64_t *at, int64_t other)
{
	if (other && (!*at || other < *at))
		*at = other;
}

/* Does what is due by the clock; milliseconds to sleep at most, -1 for until something comes. */
static int timers(struct app *app)
{
	const struct channel *open = app->session.model.open;
	const struct person *typing[TYPISTS_MAX];
	int64_t now, at = session_due(&app->session), next = 0;

	if (app->compose.draft_at && app->compose.draft_at <= session_now())
		app_save_draft(app);
	soonest(&at, app->compose.draft_at);
	if (*app->screen.notice && app->screen.notice_at + NOTICE_MS <= session_now())
		app_end_notice(app);
	if (*app->screen.notice)
		soonest(&at, app->screen.notice_at + NOTICE_MS);
	if (open) {
		size_t before = app->session.model.n_typists;

		model_typing(&app->session.model, open->id, session_now(), typing, &next);
		if (before != app->session.model.n_typists)
			app->screen.dirty |= PANE_TYPING;
		soonest(&at, next);
	}
	if (app->screen.dirty)
		soonest(&at, screen_frame_at(&app->screen));
	if (input_waits(&app->input))
		soonest(&at, app->input_at + input_waits(&app->input));
	if (app->session.model.changes)
		return 0;
	now = session_now();
	if (!at)
		return -1;
	return at <= now ? 0 : (int)(at - now);
}

static void wait_and_work(struct app *app, int timeout)
{
	struct pollfd fds[5] = {
		{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = signal_pipe[0], .events = POLLIN},
		{.fd = app->guest.worker ? worker_fd(app->guest.worker) : -1, .events = POLLIN},
	};
	nfds_t n = 3 + session_poll(&app->session, fds + 3);
	struct input_event event;
	int ready = poll(fds, n, timeout);
	unsigned before = app->screen.dirty, asked;

	app->screen.dirty = 0;
	if (ready > 0 && fds[1].revents)
		handle_signals(app);
	if (ready > 0 && fds[0].revents)
		read_keys(app);
	else if (input_waits(&app->input) &&
		 session_now() >= app->input_at + input_waits(&app->input) &&
		 input_timeout(&app->input, &event))
		dispatch_event(app, &event);
	asked = app->screen.dirty;
	app->screen.dirty |= before;
	login_work(app);
	session_work(&app->session);
	take_changes(app);
	screen_draw_due(&app->screen, &app->compose, &app->dialog, asked);
}

static void app_init(struct app *app, struct account *account, struct config *config, bool keep,
	int64_t *open_id)
{
	*app = (struct app){.config = *config, .act = dispatch_action};
	*config = (struct config){0};
	app->no_cache = !keep;
	screen_init(&app->screen, &app->session, &app->config);
	input_init(&app->input);
	edit_init(&app->compose.edit, INPUT_MAX);
	session_init(&app->session, account, keep, open_id);
	app_attach(app);
	recall_init(
		&app->compose.recall, keep ? account_path(&app->session.account, "history") : NULL);
}

static void app_release(struct app *app)
{
	app_save_draft(app);
	worker_free(app->guest.worker);
	session_release(&app->session);
	free(app->guest.url);
	free(app->guest.name);
	free(app->compose.completion.prefix);
	list_close(&app->dialog.list);
	form_close(&app->dialog.form);
	edit_release(&app->compose.edit);
	recall_release(&app->compose.recall);
	input_release(&app->input);
	screen_release(&app->screen);
	config_release(&app->config);
}

static void start_screen(struct app *app)
{
	struct settings *settings = &app->config.settings;
	const char *no_color = getenv("NO_COLOR");
	bool color = settings->color == COLOR_ON ||
		     (settings->color == COLOR_AUTO && !(no_color && *no_color));

	view_setup(app->config.looks, color, settings->bidi != 0);
	if (settings->links == LINKS_AUTO)
		settings->links = term_features()->hyperlinks ? LINKS_OSC8 : LINKS_NUMBERED;
	if (settings->mouse)
		term_set_mouse(true);
	app_layout(app);
}

int loop_run(struct account *account, struct config *config, bool keep, const char *problems)
{
	struct app app;
	struct channel *open;
	int64_t open_id;
	const char *wrong = term_start();
	struct buf why;

	if (wrong || !catch_signals()) {
		fprintf(stderr, "chattui: %s\n", wrong ? wrong : strerror(errno));
		return 1;
	}
	app_init(&app, account, config, keep, &open_id);
	start_screen(&app);
	open = model_channel(&app.session.model, open_id);
	if (open)
		app_open(&app, open);
	if (app.session.no_cache)
		app_notice(&app, true, "%s", app.session.no_cache);
	if (*problems)
		app_notice(&app, true, "%.*s", (int)strcspn(problems, "\n"), problems);
	/* What was last known is on the screen before anything is asked. */
	screen_draw(&app.screen, &app.compose, &app.dialog, PANE_ALL);
	term_ask_margins();
	buf_init(&why, NOTICE_SIZE);
	app.wants_login = !app.session.account.token;
	if (!app.wants_login && !session_connect(&app.session, &why))
		app_notice(&app, true, "%s", buf_str(&why));
	buf_release(&why);
	take_changes(&app);
	while (!app.quits)
		wait_and_work(&app, timers(&app));
	app_answer(&app, false);
	term_stop();
	app_release(&app);
	return 0;
}
