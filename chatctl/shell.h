#ifndef CHATCTL_SHELL_H
#define CHATCTL_SHELL_H

#include "ctl.h"

/* The command "shell": reads command lines from a terminal until its end. */
int shell_run(struct ctl *ctl, const struct invocation *in);

/* Runs the lines of a file ("-": of standard input) up to the first that fails; returns its exit
 * status. */
int shell_file(struct ctl *ctl, const char *path);

#endif
