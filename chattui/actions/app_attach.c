/* What the session tells, on its way to the user. */
#include <stdio.h>
#include <string.h>
#include "actions/app.h"
#include "view/term.h"

static void on_notice(void *context, const char *text, bool is_error)
{
	app_notice(context, is_error, "%s", text);
}

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

	if (open && edit_is_empty(&app->compose.edit) && history_find(&open->history, message_id)) {
		app->compose.editing = message_id;
		edit_set(&app->compose.edit, content);
		app_layout(app);
		return;
	}
	snprintf(why, sizeof(why), "%s", app->screen.notice);
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
	struct app *app = context;
	const struct channel *open = app->session.model.open;

	/* The open channel's page itself says so. */
	if (strcmp(reason, "left") != 0 && !(open && open->server == server))
		app_notice(app, true, "you are no longer in %s: %s", server->name, reason);
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

void app_attach(struct app *app)
{
	app->session.notice = on_notice;
	app->session.edit_failed = on_edit_failed;
	app->session.context = app;
	app->session.model.on_message = on_message;
	app->session.model.on_server_gone = on_server_gone;
	app->session.model.on_failed = on_failed;
	app->session.model.context = app;
	app->session.model.changes = CHANGE_ALL & ~(unsigned)CHANGE_OPEN;
}
