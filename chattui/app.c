#include "actions/app.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <chat/limits.h>
#include "view/term.h"

#define DRAFT_MS 500                 /* from a key to the disk */
#define INPUT_MAX ((size_t)64 << 10) /* bytes; a message has 8000 at most */

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
			app->redraw = true;
			app_layout(app);
		} else if (bytes[i] == SIGTSTP) {
			app_act(app, ACTION_suspend);
		} else {
			app->quits = true;
		}
	}
}

/* --- state --- */

void app_notice(struct app *app, bool is_error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(app->notice, sizeof(app->notice), format, args);
	va_end(args);
	app->notice_is_error = is_error;
	app->dirty |= PANE_STATUS;
}

static void on_notice(void *context, const char *text, bool is_error)
{
	app_notice(context, is_error, "%s", text);
}

void app_layout(struct app *app)
{
	struct layout_input *wanted = &app->wanted;

	term_size(&wanted->rows, &wanted->cols);
	wanted->tree_cols = (int)app->config.settings.tree_width;
	wanted->member_cols = (int)app->config.settings.members_width;
	wanted->input_rows = pane_input_rows(app, wanted->cols);
	layout_compute(wanted, &app->layout);
	app->scroll.drawn = 0;
	app->dirty = PANE_ALL;
}

struct edit *app_edit(struct app *app)
{
	if (form_is_open(&app->form))
		return &app->form.fields[app->form.current].edit;
	if (list_is_open(&app->list))
		return &app->list.filter;
	if (prompt_is_open(app))
		return &app->prompt.edit;
	return &app->edit;
}

void app_edited(struct app *app)
{
	app->dirty |= PANE_INPUT | PANE_POPUP;
	app->completion.end = 0;
	if (list_is_open(&app->list)) {
		list_update(&app->list);
		return;
	}
	if (form_is_open(&app->form))
		return;
	if (pane_input_rows(app, app->wanted.cols) != app->layout.input.rows)
		app_layout(app);
	if (prompt_is_open(app)) {
		if (app->prompt.changed)
			app->prompt.changed(app, edit_text(&app->prompt.edit));
		return;
	}
	app->edit_changed = true;
	if (!app->draft_at)
		app->draft_at = session_now() + DRAFT_MS;
	if (app->config.settings.typing && !edit_is_empty(&app->edit) &&
		edit_text(&app->edit)[0] != '/' && !app->editing)
		session_typing(&app->session);
}

void app_act(struct app *app, enum action action)
{
	static void (*const actions[])(struct app *) = {
#define ACTION(mode, name, keys, doc) action_##name,
#include "config/actions.def"
#undef ACTION
	};

	actions[action](app);
}

/* --- what comes from the network --- */

static void notify(
	const struct app *app, const struct channel *channel, const struct message *message)
{
	char text[256];
	size_t n = 0;
	struct buf out;

	if (app->config.settings.notify == NOTIFY_OFF || !term_features()->modern)
		return;
	snprintf(text, sizeof(text), "%s in #%s", message->author->name, channel->name);
	buf_init(&out, 1024);
	buf_puts(&out,
		app->config.settings.notify == NOTIFY_OSC9 ? "\033]9;" : "\033]777;notify;chat;");
	while (text[n]) {
		struct glyph glyph;
		char bytes[4];

		n += glyph_next(text + n, strlen(text) - n, &glyph);
		if (glyph.width && glyph.chars[0] != ';')
			buf_append(&out, bytes, glyph_encode(glyph.chars[0], bytes));
	}
	buf_puts(&out, "\a");
	term_send(buf_str(&out), out.len);
	buf_release(&out);
}

/* What was written is not lost: back into the input, or where it is yanked from. */
static void on_edit_failed(void *context, int64_t message_id, const char *content)
{
	struct app *app = context;
	const struct channel *open = app->session.model.open;
	char why[NOTICE_SIZE];

	if (open && edit_is_empty(&app->edit) && history_find(&open->history, message_id)) {
		app->editing = message_id;
		edit_set(&app->edit, content);
		app_layout(app);
		return;
	}
	snprintf(why, sizeof(why), "%s", app->notice);
	app_put_aside(app, content, why);
}

static void on_message(
	void *context, struct channel *channel, const struct message *message, bool mentions_me)
{
	struct app *app = context;

	if (!mentions_me)
		return;
	if (app->config.settings.bell)
		term_bell();
	notify(app, channel, message);
}

static void on_server_gone(void *context, const struct server *server, const char *reason)
{
	if (strcmp(reason, "left") != 0)
		app_notice(context, true, "you are no longer in %s: %s", server->name, reason);
}

/* In the open channel the message itself shows it. */
static void on_failed(void *context, const struct pending *pending)
{
	struct app *app = context;
	const struct channel *channel = model_channel(&app->session.model, pending->channel_id);
	char why[NOTICE_SIZE];

	if (channel && channel == app->session.model.open)
		return;
	snprintf(why, sizeof(why), "not sent%s%s: %s", channel ? " in #" : "",
		channel ? channel->name : "", pending->error);
	if (channel) {
		app_notice(app, true, "%s", why);
		return;
	}
	app_put_aside(app, pending->content, why);
	model_forget(&app->session.model, pending->nonce);
}

static void on_channel_gone(void *context, const struct channel *channel)
{
	struct app *app = context;

	if (channel == app->session.model.open)
		app_notice(app, true, "#%s was deleted", channel->name);
}

void app_attach(struct app *app)
{
	app->session.notice = on_notice;
	app->session.edit_failed = on_edit_failed;
	app->session.context = app;
	app->session.model.on_message = on_message;
	app->session.model.on_server_gone = on_server_gone;
	app->session.model.on_channel_gone = on_channel_gone;
	app->session.model.on_failed = on_failed;
	app->session.model.context = app;
	app->session.model.changes = CHANGE_ALL & ~(unsigned)CHANGE_OPEN;
}

/* The open channel is no more. */
static void channel_gone(struct app *app)
{
	char why[NOTICE_SIZE];

	app->selecting = false;
	snprintf(why, sizeof(why), "%s", *app->notice ? app->notice : "the channel is gone");
	if (!edit_is_empty(&app->edit))
		app_put_aside(app, edit_text(&app->edit), why);
	app_end_edit(app);
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
	if (changes & CHANGE_OPEN)
		channel_gone(app);
	if (!model->open && model->n_servers)
		app_open_any(app);
	if (app->go_server || app->go_channel)
		go_there(app);
	if (changes & CHANGE_OPEN)
		app_layout(app);
	app->dirty |= (changes & CHANGE_TREE ? PANE_TREE | PANE_STATUS | PANE_TITLE : 0) |
		      (changes & CHANGE_MESSAGES ? PANE_MESSAGES | PANE_TITLE : 0) |
		      (changes & CHANGE_MEMBERS ? PANE_MEMBERS : 0) |
		      (changes & CHANGE_TYPING ? PANE_TYPING : 0) |
		      (changes & CHANGE_STATUS ? PANE_STATUS : 0);
	if ((changes & CHANGE_MEMBERS) && app->list.fill) {
		list_refill(&app->list, app);
		list_move(&app->list, 0, pane_list_rows(app));
		app->dirty = PANE_ALL;
	}
	if (app->wants_login && !form_is_open(&app->form)) {
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
	while (n > 0 && at < (size_t)n) {
		bool found = input_feed(&app->keys, bytes + at, (size_t)n - at, &used, &event);

		at += used;
		if (found)
			app_event(app, &event);
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

	if (app->draft_at && app->draft_at <= session_now())
		app_save_draft(app);
	soonest(&at, app->draft_at);
	if (open) {
		size_t before = app->session.model.n_typists;

		model_typing(&app->session.model, open->id, session_now(), typing, &next);
		if (before != app->session.model.n_typists)
			app->dirty |= PANE_TYPING;
		soonest(&at, next);
	}
	if (app->dirty)
		soonest(&at, app_frame_at(app));
	if (input_waits(&app->keys))
		soonest(&at, session_now() + INPUT_TIMEOUT_MS);
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
		{.fd = app->guest ? worker_fd(app->guest) : -1, .events = POLLIN},
	};
	nfds_t n = 3 + session_poll(&app->session, fds + 3);
	struct input_event event;
	int ready = poll(fds, n, timeout);
	unsigned before = app->dirty, asked;

	app->dirty = 0;
	if (ready > 0 && fds[1].revents)
		handle_signals(app);
	if (ready > 0 && fds[0].revents)
		read_keys(app);
	else if (ready == 0 && input_timeout(&app->keys, &event))
		app_event(app, &event);
	asked = app->dirty;
	app->dirty |= before;
	login_work(app);
	session_work(&app->session);
	take_changes(app);
	app_draw_due(app, asked);
}

static void app_init(struct app *app, struct account *account, struct config *config, bool keep,
	int64_t *open_id)
{
	*app = (struct app){.config = *config, .focused = true, .frame_ms = FRAME_MS};
	*config = (struct config){0};
	app->no_cache = !keep;
	input_init(&app->keys);
	rich_init(&app->rich);
	rich_lines_init(&app->lines);
	edit_init(&app->edit, INPUT_MAX);
	app->scroll.follows = true;
	app->wanted.members_toggled = !app->config.settings.members;
	session_init(&app->session, account, keep, open_id);
	app_attach(app);
}

static void app_release(struct app *app)
{
	app_save_draft(app);
	worker_free(app->guest);
	session_release(&app->session);
	free(app->guest_url);
	free(app->guest_name);
	free(app->found);
	free(app->completion.prefix);
	list_close(&app->list);
	form_close(&app->form);
	prompt_close(app);
	if (app->asked)
		job_free(app->asked);
	edit_release(&app->edit);
	input_release(&app->keys);
	rich_release(&app->rich);
	rich_lines_release(&app->lines);
	config_release(&app->config);
}

static void start_screen(struct app *app)
{
	struct settings *settings = &app->config.settings;
	const char *no_color = getenv("NO_COLOR");
	bool color = settings->color == COLOR_ON ||
		     (settings->color == COLOR_AUTO && !(no_color && *no_color));

	view_setup(app->config.looks, color);
	if (settings->links == LINKS_AUTO)
		settings->links = term_features()->hyperlinks ? LINKS_OSC8 : LINKS_NUMBERED;
	if (settings->mouse)
		term_set_mouse(true);
	app_layout(app);
}

int app_run(struct account *account, struct config *config, bool keep, const char *problems)
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
	app_draw(&app, PANE_ALL);
	term_ask_margins();
	buf_init(&why, NOTICE_SIZE);
	app.wants_login = !app.session.account.token;
	if (!app.wants_login && !session_connect(&app.session, &why))
		app_notice(&app, true, "%s", buf_str(&why));
	buf_release(&why);
	take_changes(&app);
	while (!app.quits)
		wait_and_work(&app, timers(&app));
	term_stop();
	app_release(&app);
	return 0;
}
