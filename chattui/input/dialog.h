#ifndef CHATTUI_DIALOG_H
#define CHATTUI_DIALOG_H

#include "input/form.h"
#include "input/list.h"
#include "input/prompt.h"

/* What is asked of the user in front of everything else: at most one of them takes the keys, a form
 * before a list before a prompt. */
struct dialog {
	struct prompt prompt;
	struct list list;
	struct form form;
};

#endif
