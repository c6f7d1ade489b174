#ifndef CHATTUI_DISPATCH_H
#define CHATTUI_DISPATCH_H

#include "actions/app.h"
#include "input/input.h"

/* Does what an action's row says. */
void dispatch_action(struct app *app, enum action action);

/* Does what a key, the mouse or the terminal asks for. */
void dispatch_event(struct app *app, const struct input_event *event);

#endif
