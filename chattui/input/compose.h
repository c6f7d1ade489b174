#ifndef CHATTUI_COMPOSE_H
#define CHATTUI_COMPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "input/edit.h"
#include "input/recall.h"

#define INPUT_MAX ((size_t)64 << 10) /* bytes; a message has 8000 at most */

/* What Tab goes through: the text from byte `from` on has been completed before. */
struct completion {
	size_t from, end; /* bytes of the input; end 0: nothing was completed just now */
	size_t next;      /* of the candidates */
	char *prefix;
};

/* The message that is being written. */
struct compose {
	struct edit edit;
	bool is_changed;  /* since the draft was saved */
	int64_t draft_at; /* when it is to be saved, of session_now(); 0: it is */
	int64_t editing;  /* the message that it changes; 0: it is a new one */
	struct completion completion;
	struct recall recall;
};

#endif
