#ifndef CHATTUI_APP_H
#define CHATTUI_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "config/action.h"
#include "config/config.h"
#include "input/edit.h"
#include "input/form.h"
#include "input/input.h"
#include "view/layout.h"
#include "input/list.h"
#include "text/rich.h"
#include "view/scroll.h"
#include "net/session.h"
#include "view/view.h"

/* The parts of the screen, drawn when they are dirty. */
enum pane {
	PANE_TREE = 1 << 0,
	PANE_TITLE = 1 << 1,
	PANE_MESSAGES = 1 << 2,
	PANE_TYPING = 1 << 3,
	PANE_MEMBERS = 1 << 4,
	PANE_STATUS = 1 << 5,
	PANE_INPUT = 1 << 6,
	PANE_POPUP = 1 << 7,
	PANE_ALL = (1 << 8) - 1,
};

#define NOTICE_SIZE 512

/* A line of input in place of the message: a search, a question. */
struct prompt {
	char label[NOTICE_SIZE]; /* empty: there is no prompt */
	struct edit edit;
	bool is_question; /* answered by one key: y, or anything else */
	void (*changed)(struct app *app, const char *text); /* or NULL */
	void (*done)(struct app *app, const char *text);    /* NULL text: no */
};

/* What Tab goes through: the text from byte `from` on has been completed before. */
struct completion {
	size_t from, end; /* bytes of the input; end 0: nothing was completed just now */
	size_t next;      /* of the candidates */
	char *prefix;
};

struct app {
	struct config config;
	struct session session;
	struct input keys;
	struct rich rich;        /* of the message that is laid out just now, */
	struct rich_lines lines; /* and its lines */

	struct layout_input wanted;
	struct layout layout;
	unsigned dirty;       /* of enum pane */
	bool redraw;          /* the whole terminal */
	int64_t drawn_at;     /* when the last frame was sent, of session_now() */
	int64_t frame_ms;     /* to the next one: grows in a flood */
	size_t drawn_arrived; /* model.n_arrived then, */
	size_t arrived;       /* and when it was looked at last */
	int64_t arrived_at;   /* when it grew last, of session_now() */
	bool focused;

	struct scroll scroll;
	bool selecting;
	int64_t selected; /* a message's id, or 0 with selected_nonce */
	char selected_nonce[33];
	char *found; /* what a search looks for, or NULL */

	struct edit edit;
	bool edit_changed; /* since the draft was saved */
	int64_t draft_at;  /* when it is to be saved; 0: it is */
	int64_t editing;   /* the message that the input changes; 0: it is a new one */
	struct completion completion;
	struct prompt prompt;
	struct job *asked; /* what a question is about, or NULL */
	struct list list;
	struct form form;
	struct worker *guest; /* of a login: without a token */
	bool guest_is_done;
	char *guest_url, *guest_name;
	int64_t go_server, go_channel; /* to be opened as soon as they are known; 0: none */

	int64_t last_channel; /* the one before this one */
	char notice[NOTICE_SIZE];
	bool notice_is_error;
	chat_key key;  /* the one that is being dealt with */
	bool was_gone; /* the connection was lost: worth a word when it is back */
	bool quits;
	bool wants_login; /* there is no token, or it is not taken */
	bool logs_out;    /* the server was asked to end the session */
	bool no_cache;
};

/* Runs the program on this terminal; the exit status. account and config are taken over. */
int app_run(struct account *account, struct config *config, bool keep, const char *problems);

/* --- app.c --- */
void app_notice(struct app *app, bool is_error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void app_layout(struct app *app);
/* Makes the session's callbacks the app's. */
void app_attach(struct app *app);

/* The text that keys go to now: message, prompt, filter or field; NULL while there is none. */
struct edit *app_edit(struct app *app);
/* That text was changed. */
void app_edited(struct app *app);

/* Does what an action's row says. */
void app_act(struct app *app, enum action action);

/* --- app_draw.c --- */

#define FRAME_MS 50 /* between two frames at least */

/* Draws panes, now. */
void app_draw(struct app *app, unsigned dirty);

/*
 * Draws what is due. The panes that a key has changed (asked) never wait. In a flood, when more
 * than a screenful comes from one frame to the next, frames become rare.
 */
void app_draw_due(struct app *app, unsigned asked);

/* When the next frame may be drawn that no key asks for, of session_now(). */
int64_t app_frame_at(const struct app *app);

/* --- app_key.c --- */
void app_event(struct app *app, const struct input_event *event);

/* --- channels: action_move.c --- */
void app_open(struct app *app, struct channel *channel);
void app_open_any(struct app *app);
void app_save_draft(struct app *app);
/* The message that was edited is left as it is: the input has its draft again. */
void app_end_edit(struct app *app);
/* Keeps a text that leaves the input to be yanked, and says why. */
void app_put_aside(struct app *app, const char *text, const char *why);
/* Shows a message of the open channel and selects it. */
void app_show_message(struct app *app, int64_t id);

/* --- prompts: prompt.c --- */
void prompt_open(struct app *app, const char *label, void (*done)(struct app *, const char *));
void prompt_ask(struct app *app, const char *question, void (*done)(struct app *, const char *));
void prompt_close(struct app *app);
bool prompt_is_open(const struct app *app);

/* --- login.c --- */
void login_open(struct app *app, bool sign_up);
/* Takes over what the server answers to a login. */
void login_work(struct app *app);
/* The form of an endpoint's secret fields, which no command line takes. */
void secret_open(struct app *app, enum endpoint_id endpoint);

/* --- app_command.c --- */

/* Runs "/words"; false if it is no command, or a wrong one, which a notice tells. */
bool app_command(struct app *app, const char *line);

/* --- drawing: pane_*.c --- */
void pane_tree(struct app *app);
void pane_title(struct app *app);
void pane_messages(struct app *app);
void pane_typing(struct app *app);
void pane_members(struct app *app);
void pane_status(struct app *app);
void pane_input(struct app *app);
void pane_popup(struct app *app);
void pane_borders(struct app *app);
/* Rows that the input wants at this width. */
int pane_input_rows(struct app *app, int cols);
/* The channel on that row of the tree; NULL for none. */
struct channel *pane_tree_at(struct app *app, int y);
/* Rows of the list that is open. */
int pane_list_rows(const struct app *app);

#endif
