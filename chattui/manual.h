#ifndef CHATTUI_MANUAL_H
#define CHATTUI_MANUAL_H

/* Prints the parts of chattui(1) that come from the tables: keys, settings, colours. */
void manual_print(void);

#endif
