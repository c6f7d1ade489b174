#ifndef CHATTUI_LOOP_H
#define CHATTUI_LOOP_H

#include <stdbool.h>

struct account;
struct config;

/* Runs the program on this terminal; the exit status. account and config are taken over. */
int loop_run(struct account *account, struct config *config, bool keep, const char *problems);

#endif
