#ifndef CHATTUI_APP_H
#define CHATTUI_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "config/action.h"
#include "config/config.h"
#include "input/compose.h"
#include "input/dialog.h"
#include "input/input.h"
#include "net/session.h"
#include "view/screen.h"

/* Who is not logged in yet, and asks to be. */
struct guest {
	struct worker *worker; /* without a token; NULL: nobody */
	bool is_done;
	char *url, *name;
};

/* All that actions act on. */
struct app {
	struct config config;
	struct session session;
	struct screen screen;
	struct input input;
	int64_t input_at; /* when the terminal's last bytes came, of session_now() */
	struct compose compose;
	struct dialog dialog;
	struct guest guest;
	/* Does what an action's row says. A pointer, because the table of all actions stands above
	 * them. */
	void (*act)(struct app *app, enum action action);

	struct job *asked;                 /* what a question is about, or NULL */
	int64_t go_server, go_channel;     /* to be opened as soon as they are known; 0: none */
	int64_t left_server, left_channel; /* what the user made go; 0: nothing */
	int64_t last_channel;              /* the one before this one */
	chat_key key;                      /* the one that is being dealt with */
	int64_t seek;                      /* pages are loaded up to this message; 0: no */
	bool quits;
	bool wants_login; /* there is no token, or it is not taken */
	bool logs_out;    /* the server was asked to end the session */
	bool no_cache;
};

/* --- app.c --- */
void app_notice(struct app *app, bool is_error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The state is shown again. */
void app_end_notice(struct app *app);
void app_layout(struct app *app);

/* The text that keys go to now: message, prompt, filter or field; NULL while there is none. */
struct edit *app_edit(struct app *app);
/* That text was changed. */
void app_edited(struct app *app);

/*
 * A line of input in place of the message; and a question that one key answers, whose subject is to
 * be filled in: what is done then is done to it, whatever is open or selected when the answer
 * comes. One that is open is answered with no.
 */
void app_prompt(struct app *app, const char *label, prompt_done *done);
struct prompt_subject *app_ask(struct app *app, const char *question, prompt_done *done);
/* Ends the prompt, if there is one: with what was typed, or no. */
void app_answer(struct app *app, bool given);

/* --- app_attach.c --- */

/* Makes the session's callbacks the app's. */
void app_attach(struct app *app);

/* --- app_channel.c --- */
void app_open(struct app *app, struct channel *channel);
void app_open_any(struct app *app);
void app_save_draft(struct app *app);
/* The input changes that message. */
void app_begin_edit(struct app *app, const struct message *message);
/* The message that was edited is left as it is: the input has its draft again. */
void app_end_edit(struct app *app);
/* Keeps a text that leaves the input to be yanked, and says why. */
void app_put_aside(struct app *app, const char *text, const char *why);

/* Goes to a message of the open channel, or where it would stand, and loads pages until it is
 * there: called again for each. Any key ends that. */
void app_seek(struct app *app, int64_t id);

/* --- app_select.c --- */

/* Selects an entry of the open channel, or what of it is on the screen. */
void app_select(struct app *app, size_t i);
void app_select_visible(struct app *app, bool at_top);
void app_leave_select(struct app *app);
/* Shows a message of the open channel and selects it. */
void app_show_message(struct app *app, int64_t id);
/* The index of what is selected; what has gone is where the next one is now. */
size_t app_selected_index(const struct app *app);
/* What is selected; false if nothing is, and if it has gone, which a notice tells: then its
 * neighbour is selected, in sight. */
bool app_selected(struct app *app, struct entry *entry);

/* --- app_command.c --- */

/* Runs "/words"; false if it is no command, or a wrong one, which a notice tells. */
bool app_command(struct app *app, const char *line);

/* --- login.c --- */
void login_open(struct app *app, bool sign_up);
/* Takes over what the server answers to a login. */
void login_work(struct app *app);
/* The form of an endpoint's secret fields, which no command line takes. */
void secret_open(struct app *app, enum endpoint_id endpoint);

#endif
