#ifndef CHATCTL_HELP_H
#define CHATCTL_HELP_H

#include "ctl.h"

/* Prints the help of what a command line names: a command, a noun, or everything; returns the exit
 * status. With -o json, the commands as data. */
int help_print(struct ctl *ctl, const struct invocation *in);

/* The command "help": the same for the words in the list. */
int help_run(struct ctl *ctl, const struct invocation *in);

#endif
