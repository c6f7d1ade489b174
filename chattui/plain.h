#ifndef CHATTUI_PLAIN_H
#define CHATTUI_PLAIN_H

#include <stdbool.h>
#include "net/account.h"

/*
 * The client without a screen: messages are printed as lines, and lines that are typed are sent.
 * For screen readers and dumb terminals. The exit status; the account is taken over.
 */
int plain_run(struct account *account, bool keep);

#endif
