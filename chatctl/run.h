#ifndef CHATCTL_RUN_H
#define CHATCTL_RUN_H

#include "ctl.h"

/* Runs one command line (without the program's name) and returns its exit status. */
int run_command(struct ctl *ctl, int argc, char **argv);

#endif
