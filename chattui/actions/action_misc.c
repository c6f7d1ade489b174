/* Actions on the screen as a whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "actions/app.h"
#include "commands/command.h"
#include "view/term.h"

static void toggle(struct app *app, bool *flag)
{
	*flag = !*flag;
	app_layout(app);
}

void action_toggle_tree(struct app *app)
{
	toggle(app, &app->screen.wanted.tree_toggled);
}

void action_toggle_members(struct app *app)
{
	toggle(app, &app->screen.wanted.members_toggled);
}

void action_bare(struct app *app)
{
	toggle(app, &app->screen.wanted.bare);
	if (app->screen.wanted.bare)
		term_set_mouse(false);
	else
		term_set_mouse(app->config.settings.mouse);
}

void action_mouse(struct app *app)
{
	app->config.settings.mouse = !app->config.settings.mouse;
	term_set_mouse(app->config.settings.mouse);
	app_notice(app, false,
		app->config.settings.mouse
			? "the mouse is used here; with Shift it is the terminal's"
			: "the mouse is the terminal's");
}

void action_reconnect(struct app *app)
{
	if (!app->session.gateway || app->session.model.state != GATEWAY_CONNECTING) {
		app_notice(app, false, "the connection is as it should be");
		return;
	}
	gateway_retry(app->session.gateway);
	app_notice(app, false, "trying to connect");
}

void action_redraw(struct app *app)
{
	app->screen.redraw = true;
	app->screen.dirty = PANE_ALL;
}

void action_suspend(struct app *app)
{
	app_save_draft(app);
	session_save(&app->session);
	term_suspend();
	app->screen.redraw = true;
	app_layout(app);
	/* The connection may have died meanwhile. */
	if (app->session.gateway && app->session.model.state == GATEWAY_CONNECTING)
		gateway_retry(app->session.gateway);
}

static void quit_confirmed(struct app *app, const struct prompt *prompt, const char *answer)
{
	(void)prompt;
	app->quits = answer != NULL;
}

void action_quit(struct app *app)
{
	app_ask(app, "Quit? (y/n) ", quit_confirmed);
}

void action_cancel(struct app *app)
{
	if (app->screen.selecting) {
		app_leave_select(app);
	} else if (app->compose.editing) {
		app_end_edit(app);
	} else if (!edit_is_empty(&app->compose.edit)) {
		app->compose.edit.cursor = 0;
		edit_kill(&app->compose.edit, app->compose.edit.text.len);
		app_edited(app);
	} else {
		action_quit(app);
	}
}

/* --- the switcher --- */

enum { KIND_CHANNEL, KIND_SERVER, KIND_PERSON };

static struct channel *latest_channel(const struct server *server)
{
	struct channel *best = server->n_channels ? server->channels[0] : NULL;

	for (size_t i = 1; i < server->n_channels; i++)
		if (server->channels[i]->opened_at > best->opened_at)
			best = server->channels[i];
	return best;
}

static void switch_to(struct app *app, const struct list_item *item)
{
	struct model *model = &app->session.model;
	struct channel *channel = NULL;
	const struct server *server;

	if (item->kind == KIND_PERSON) {
		edit_insert(&app->compose.edit, item->label, strlen(item->label));
		edit_insert(&app->compose.edit, " ", 1);
		app_edited(app);
		return;
	}
	if (item->kind == KIND_CHANNEL) {
		channel = model_channel(model, item->id);
	} else {
		server = model_server(model, item->id);
		channel = server ? latest_channel(server) : NULL;
	}
	if (channel)
		app_open(app, channel);
}

static void add_to_switcher(struct list *list, const char *mark, const char *name,
	const char *detail, int64_t id, int kind, int64_t rank)
{
	struct list_item *item;
	char label[256];

	snprintf(label, sizeof(label), "%s%s", mark, name);
	item = list_add(list, label, detail, id);
	if (!item)
		return;
	item->kind = kind;
	item->rank = rank;
}

/* Where there is news comes first, then where one was last; where one is comes behind. */
static int64_t channel_rank(const struct model *model, const struct channel *channel)
{
	if (channel == model->open)
		return 0;
	return channel->opened_at + (channel->mentions        ? INT64_C(2) << 50
					    : channel->unread ? INT64_C(1) << 50
							      : 1);
}

static void fill_switcher(struct app *app)
{
	const struct model *model = &app->session.model;
	const struct server *here = model->open ? model->open->server : NULL;
	struct list *list = &app->dialog.list;

	for (size_t i = 0; i < model->n_servers; i++) {
		const struct server *server = model->servers[i];

		for (size_t j = 0; j < server->n_channels; j++) {
			const struct channel *channel = server->channels[j];

			add_to_switcher(list, "#", channel->name, server->name, channel->id,
				KIND_CHANNEL, channel_rank(model, channel));
		}
		add_to_switcher(list, "", server->name, "server", server->id, KIND_SERVER, -1);
	}
	for (size_t i = 0; here && i < here->n_members; i++)
		add_to_switcher(list, "@", here->members[i].person->name, "mention",
			here->members[i].person->id, KIND_PERSON, -2);
}

void action_switcher(struct app *app)
{
	list_open(&app->dialog.list, "Go to", switch_to);
	app->dialog.list.fill = fill_switcher;
	list_refill(&app->dialog.list, app);
	app->screen.dirty |= PANE_ALL;
}

/* --- help --- */

#define KEYS_MOST 40 /* columns for the keys of one action */

static void add_heading(struct list *list, const char *text)
{
	list_add(list, "", NULL, 0);
	list_add(list, text, NULL, 0);
}

/* Of many keys the first and the last one: "Alt-1 to Alt-9". */
static void shorten(struct buf *keys)
{
	const char *all = buf_str(keys), *last = strrchr(all, ' ');
	char text[2 * KEY_TEXT_SIZE + 8];

	if (keys->len < KEYS_MOST || !last)
		return;
	snprintf(text, sizeof(text), "%.*s to%s", (int)strcspn(all, ","), all, last);
	buf_reset(keys);
	buf_puts(keys, text);
}

static void add_actions(struct app *app, enum action_mode mode)
{
	struct buf keys;

	buf_init(&keys, 256);
	for (enum action action = 0; action < ACTION_COUNT; action++) {
		const struct action_info *info = action_info(action);

		if (info->mode != mode)
			continue;
		buf_reset(&keys);
		keymap_put(&app->config.keymap, action, ", ", &keys);
		if (!keys.len)
			buf_printf(&keys, "/%s", info->name);
		shorten(&keys);
		list_add(&app->dialog.list, buf_str(&keys), info->doc, 0);
	}
	buf_release(&keys);
}

void action_help(struct app *app)
{
	struct list *list = &app->dialog.list;
	const char *words, *summary;
	char line[128];

	list_open(list, "Help: type to find, PgDn for more, Esc to leave", NULL);
	list_add(list, "Keys", NULL, 0);
	add_actions(app, ACTION_MAIN);
	add_heading(list, "Keys on a selected message");
	add_actions(app, ACTION_SELECT);
	add_heading(list, "Commands");
	for (size_t i = 0; (words = command_at(i, &summary)) != NULL; i++) {
		/* The actions stand above, with their keys. */
		if (action_by_name(words) != ACTION_NONE)
			continue;
		snprintf(line, sizeof(line), "/%s", words);
		list_add(list, line, summary, 0);
	}
	list_update(list);
	app->screen.dirty |= PANE_ALL;
}

/* --- making things --- */

static void submit_line(struct app *app, struct form *form, const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "/%s %s", command, form_value(form, 0));
	form_close(form);
	app_command(app, line);
	app->screen.dirty |= PANE_ALL;
}

static void submit_server(struct app *app, struct form *form)
{
	submit_line(app, form, "server create");
}

static void submit_channel(struct app *app, struct form *form)
{
	submit_line(app, form, "channel create");
}

void action_new_server(struct app *app)
{
	form_open(&app->dialog.form, "A new server", submit_server);
	form_add(&app->dialog.form, "Name", NULL, false);
	app->screen.dirty |= PANE_ALL;
}

void action_new_channel(struct app *app)
{
	form_open(&app->dialog.form, "A new channel in this server", submit_channel);
	form_add(&app->dialog.form, "Name", NULL, false);
	app->screen.dirty |= PANE_ALL;
}
