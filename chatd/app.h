#ifndef CHATD_APP_H
#define CHATD_APP_H

struct config;

/* Puts the parts together and serves until a signal; returns the exit status: 0, 1 if it could not
 * start, 3 if the database's file was taken away. */
int app_run(const struct config *config);

#endif
