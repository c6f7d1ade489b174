#ifndef CHATCTL_ENDPOINT_COMMAND_H
#define CHATCTL_ENDPOINT_COMMAND_H

#include "ctl.h"

/* Runs a command that is one endpoint; of a list in pages, as many as its limit needs. */
int endpoint_command_run(struct ctl *ctl, const struct invocation *in);

#endif
