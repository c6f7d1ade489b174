#ifndef CHATCTL_COMMANDS_H
#define CHATCTL_COMMANDS_H

#include "command.h"

/* The commands that are more than one call; each is described in command.c's table. */
command_run account_login, account_logout, account_status;
command_run context_add, context_list, context_use, context_remove;
command_run message_send, message_history;
command_run api_run;
command_run tail_run;
command_run complete_run;

#endif
