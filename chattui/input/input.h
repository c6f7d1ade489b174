#ifndef CHATTUI_INPUT_H
#define CHATTUI_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <chat/buf.h>
#include "config/key.h"

/*
 * What a terminal sends, taken apart: keys in the encodings of xterm, the VT100, rxvt, screen and
 * the Linux console, bracketed pastes, mouse and focus reports, answers to questions. A sequence it
 * does not know is swallowed whole, so that none is ever typed into a message.
 */
enum input_kind {
	INPUT_KEY,
	INPUT_PASTE,   /* input.paste has it, until the next event */
	INPUT_MOUSE,   /* button, y, x */
	INPUT_FOCUS,   /* focused */
	INPUT_MARGINS, /* the terminal has left and right margins, or not: supported */
};

struct input_event {
	enum input_kind kind;
	chat_key key;
	int button; /* xterm's: 0 left, 64 wheel up, 65 wheel down; -1 released */
	int y, x;   /* from 0 */
	bool focused;
	bool supported;
};

#define INPUT_SEQUENCE 64 /* bytes; longer ones are no key */

struct input {
	unsigned char pending[INPUT_SEQUENCE]; /* the beginning of something */
	size_t n_pending;
	bool pasting;
	struct buf paste;
};

void input_init(struct input *input);
void input_release(struct input *input);

/*
 * Takes bytes, of which *used become known, up to and with the next event. False: all were used and
 * there is no event yet. Ctrl-C that comes alone ends a paste, whose end mark may have been lost.
 */
bool input_feed(
	struct input *input, const char *bytes, size_t n, size_t *used, struct input_event *event);

/*
 * Milliseconds after the last byte when what is incomplete ends: a lone Esc is a key when nothing
 * follows for a moment, and a paste whose end mark was lost has ended when nothing has come for
 * long. 0: nothing is incomplete.
 */
int input_waits(const struct input *input);

/* That time has passed: the event that the pending bytes are alone. False if they are none. */
bool input_timeout(struct input *input, struct input_event *event);

#define INPUT_KEY_MS 40
#define INPUT_PASTE_MS 5000

#endif
