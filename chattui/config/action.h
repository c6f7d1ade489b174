#ifndef CHATTUI_ACTION_H
#define CHATTUI_ACTION_H

struct app;

enum action {
#define ACTION(mode, name, keys, doc) ACTION_##name,
#include "config/actions.def"
#undef ACTION
	ACTION_COUNT,
	ACTION_NONE = ACTION_COUNT
};

enum action_mode { ACTION_MAIN, ACTION_SELECT };

#define ACTION_NAME_SIZE 32

struct action_info {
	const char *name; /* "next-unread" */
	enum action_mode mode;
	const char *keys; /* by default, with spaces between them */
	const char *doc;
};

/* The row of actions.def; never NULL for a valid action. */
const struct action_info *action_info(enum action action);

/* The action of a name, in which '_' counts as '-'; ACTION_NONE for none. */
enum action action_by_name(const char *name);

/* action_next_unread() and so on: what the rows do. */
#define ACTION(mode, name, keys, doc) void action_##name(struct app *app);
#include "config/actions.def"
#undef ACTION

#endif
