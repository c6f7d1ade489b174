/* Actions that write: the line editor, sending, completing. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chat/lines.h>
#include "actions/app.h"
#include "commands/command.h"
#include "view/term.h"

/* Moves the cursor of what is written now. */
static void move_to(struct app *app, size_t cursor)
{
	app_edit(app)->cursor = cursor;
	app->screen.dirty |= PANE_INPUT | PANE_POPUP;
}

static void kill_to(struct app *app, size_t to)
{
	edit_kill(app_edit(app), to);
	app_edited(app);
}

void action_left(struct app *app)
{
	move_to(app, edit_left(app_edit(app)));
}

void action_right(struct app *app)
{
	move_to(app, edit_right(app_edit(app)));
}

void action_word_left(struct app *app)
{
	move_to(app, edit_word_left(app_edit(app)));
}

void action_word_right(struct app *app)
{
	move_to(app, edit_word_right(app_edit(app)));
}

void action_line_start(struct app *app)
{
	move_to(app, edit_line_start(app_edit(app)));
}

void action_line_end(struct app *app)
{
	move_to(app, edit_line_end(app_edit(app)));
}

void action_backspace(struct app *app)
{
	edit_backspace(app_edit(app));
	app_edited(app);
}

void action_delete_right(struct app *app)
{
	edit_delete(app_edit(app));
	app_edited(app);
}

void action_kill_left(struct app *app)
{
	kill_to(app, edit_line_start(app_edit(app)));
}

void action_kill_right(struct app *app)
{
	kill_to(app, edit_line_end(app_edit(app)));
}

void action_kill_word_left(struct app *app)
{
	kill_to(app, edit_word_left(app_edit(app)));
}

void action_kill_word_right(struct app *app)
{
	kill_to(app, edit_word_right(app_edit(app)));
}

void action_yank(struct app *app)
{
	edit_yank(app_edit(app));
	app_edited(app);
}

/* --- lines --- */

/* The byte in the line that ends before `end` which is as far from the line's start. */
static size_t same_column(const char *text, size_t start, size_t end, size_t column)
{
	size_t at = start;

	while (at < end && glyph_width(text + start, at - start) < column)
		at += glyph_cluster(text + at, end - at);
	return at;
}

/* Begins to edit the user's own last message. */
static void edit_last(struct app *app)
{
	const struct model *model = &app->session.model;
	const struct history *history = model->open ? &model->open->history : NULL;

	for (size_t i = history ? history->count : 0; i-- > 0;) {
		const struct message *message = &history->items[i];

		if (message->author != model->self)
			continue;
		app_begin_edit(app, message);
		return;
	}
}

void action_up(struct app *app)
{
	struct edit *edit = &app->compose.edit;
	const char *text = edit_text(edit);
	size_t start = edit_line_start(edit), column, line;

	if (edit_is_empty(edit)) {
		edit_last(app);
		return;
	}
	if (start == 0)
		return;
	column = glyph_width(text + start, edit->cursor - start);
	for (line = start - 1; line > 0 && text[line - 1] != '\n';)
		line--;
	move_to(app, same_column(text, line, start - 1, column));
}

void action_down(struct app *app)
{
	struct edit *edit = &app->compose.edit;
	const char *text = edit_text(edit);
	size_t start = edit_line_start(edit), next = edit_line_end(edit) + 1;
	size_t column = glyph_width(text + start, edit->cursor - start);

	if (next <= edit->text.len)
		move_to(app, same_column(text, next, next + strcspn(text + next, "\n"), column));
}

void action_new_line(struct app *app)
{
	edit_insert(&app->compose.edit, "\n", 1);
	app_edited(app);
}

/* --- sending --- */

static void clear_input(struct app *app)
{
	edit_set(&app->compose.edit, "");
	app_edited(app);
	app->compose.is_changed = true;
	app_save_draft(app);
}

static void save_edited(struct app *app, const char *text)
{
	const struct channel *channel = app->session.model.open;
	const struct message *message =
		channel ? history_find(&channel->history, app->compose.editing) : NULL;

	if (!message)
		app_put_aside(app, text, "the message is gone");
	else if (*text && strcmp(message->content, text) != 0)
		session_edit(&app->session, message, text);
	app_end_edit(app);
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t\n")] == '\0';
}

static void recall(struct app *app, int step)
{
	struct compose *compose = &app->compose;
	const char *line = compose->editing
				   ? NULL
				   : recall_step(&compose->recall, step, edit_text(&compose->edit));

	if (!line)
		return;
	edit_set(&compose->edit, line);
	app_edited(app);
}

void action_history_previous(struct app *app)
{
	recall(app, 1);
}

void action_history_next(struct app *app)
{
	recall(app, -1);
}

void action_send(struct app *app)
{
	const char *text = edit_text(&app->compose.edit);
	const struct channel *channel = app->session.model.open;
	const char *why = NULL;

	if (is_blank(text) && !app->compose.editing)
		return;
	/* What one was writing does not go elsewhere because the place has gone. */
	if (channel && channel->gone_why && (*text != '/' || text[1] == '/')) {
		app_notice(app, true, "not sent: #%s %s", channel->name, channel->gone_why);
		return;
	}
	if (app->compose.editing) {
		save_edited(app, text);
		return;
	}
	if (*text == '/' && text[1] != '/') {
		char *line = strdup(text);

		if (line && !command_is_secret(line + 1))
			recall_add(&app->compose.recall, line);

		/* The command may open another channel: what it was written in is empty then. */
		if (line && app_command(app, line) &&
			strcmp(edit_text(&app->compose.edit), line) == 0)
			clear_input(app);
		free(line);
		return;
	}
	if (!channel)
		why = "open a channel first";
	else
		why = session_send(&app->session, channel->id, text + (*text == '/'));
	if (why) {
		app_notice(app, true, "%s", why);
		return;
	}
	recall_add(&app->compose.recall, text);
	clear_input(app);
	scroll_end(&app->screen);
}

/* --- $EDITOR --- */

/* Runs the editor on the file; false if it ended badly. The shell splits $EDITOR into words. */
static bool run_editor(const char *path)
{
	const char *editor = getenv("VISUAL");
	char command[1024];
	pid_t child;
	int status;

	if (!editor || !*editor)
		editor = getenv("EDITOR");
	snprintf(command, sizeof(command), "%s \"$1\"", editor && *editor ? editor : "vi");
	child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", command, "sh", path, (char *)NULL);
		_exit(127);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0)
		;
	return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void read_back(struct app *app, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct buf text, why;
	struct chat_lines lines;
	enum chat_line end;

	chat_lines_init(&lines, INPUT_MAX);
	buf_init(&text, INPUT_MAX);
	buf_init(&why, NOTICE_SIZE);
	end = chat_lines_rest(&lines, fd, &text);
	while (text.len && text.data[text.len - 1] == '\n')
		buf_truncate(&text, text.len - 1);
	if (end != CHAT_LINE_NONE)
		chat_lines_explain(end, "a line", &why);
	else if (!buf_ok(&text))
		buf_puts(&why, "that is too long");
	if (why.len > 0)
		app_notice(app, true, "the message is as it was: %s", buf_str(&why));
	else
		edit_set(&app->compose.edit, buf_str(&text));
	buf_release(&why);
	chat_lines_release(&lines);
	buf_release(&text);
	if (fd >= 0)
		close(fd);
}

void action_editor(struct app *app)
{
	char path[] = "/tmp/chattui-XXXXXX.md";
	int fd = mkostemps(path, 3, O_CLOEXEC);
	const char *text = edit_text(&app->compose.edit);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	if (!written) {
		app_notice(app, true, "no file for the editor could be made in /tmp");
		return;
	}
	term_leave();
	if (run_editor(path))
		read_back(app, path);
	else
		app_notice(app, true, "the editor failed: the message is as it was");
	term_return();
	unlink(path);
	app->screen.redraw = true;
	app_edited(app);
}
