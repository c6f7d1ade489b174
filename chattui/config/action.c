#include "config/action.h"

#include <stdbool.h>
#include <stddef.h>

/* Rows are spelled as C names and shown with dashes. */
static char names[ACTION_COUNT][ACTION_NAME_SIZE];

static struct action_info actions[ACTION_COUNT] = {
#define ACTION(mode_, name_, keys_, doc_) {#name_, ACTION_##mode_, keys_, doc_},
#include "config/actions.def"
#undef ACTION
};

const struct action_info *action_info(enum action action)
{
	struct action_info *info = &actions[action];

	if (info->name != names[action]) {
		for (size_t i = 0; info->name[i] && i < ACTION_NAME_SIZE - 1; i++)
			names[action][i] = info->name[i] == '_' ? '-' : info->name[i];
		info->name = names[action];
	}
	return info;
}

static bool same_name(const char *name, const char *typed)
{
	for (; *name && *typed; name++, typed++)
		if (*name != *typed && !(*name == '-' && *typed == '_'))
			return false;
	return *name == *typed;
}

enum action action_by_name(const char *name)
{
	enum action action = 0;

	while (action < ACTION_COUNT && !same_name(action_info(action)->name, name))
		action++;
	return action;
}
