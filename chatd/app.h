#ifndef CHATD_APP_H
#define CHATD_APP_H

struct config;

/* Puts the parts together and serves until a signal; returns the exit status. */
int app_run(const struct config *config);

#endif
