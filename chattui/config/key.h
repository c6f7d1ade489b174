#ifndef CHATTUI_KEY_H
#define CHATTUI_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A key: a Unicode code point or one of the names below, with modifiers. Ctrl with a letter is
 * KEY_CTRL and the small letter; Shift counts only with named keys.
 */
typedef uint32_t chat_key;

#define KEY_NONE 0u
#define KEY_ALT 0x01000000u
#define KEY_CTRL 0x02000000u
#define KEY_SHIFT 0x04000000u
#define KEY_NAMED 0x00200000u /* above every code point */
#define KEY_BASE 0x00ffffffu

#define KEYS(X)                                                                                    \
	X(ENTER, "Enter")                                                                          \
	X(TAB, "Tab")                                                                              \
	X(ESC, "Esc")                                                                              \
	X(BACKSPACE, "Backspace")                                                                  \
	X(UP, "Up")                                                                                \
	X(DOWN, "Down")                                                                            \
	X(LEFT, "Left")                                                                            \
	X(RIGHT, "Right")                                                                          \
	X(HOME, "Home")                                                                            \
	X(END, "End")                                                                              \
	X(PGUP, "PgUp")                                                                            \
	X(PGDN, "PgDn")                                                                            \
	X(INSERT, "Insert")                                                                        \
	X(DELETE, "Delete")                                                                        \
	X(F1, "F1")                                                                                \
	X(F2, "F2")                                                                                \
	X(F3, "F3")                                                                                \
	X(F4, "F4")                                                                                \
	X(F5, "F5")                                                                                \
	X(F6, "F6")                                                                                \
	X(F7, "F7")                                                                                \
	X(F8, "F8")                                                                                \
	X(F9, "F9")                                                                                \
	X(F10, "F10")                                                                              \
	X(F11, "F11")                                                                              \
	X(F12, "F12")

enum key_name {
	KEY_NAMES_BEGIN = KEY_NAMED,
#define X(name, text) KEY_##name,
	KEYS(X)
#undef X
		KEY_NAMES_END
};

/* Reads "C-k", "M-Enter", "Alt-Shift-Up", "F1", "j": KEY_NONE for what is no key. */
chat_key key_parse(const char *text, size_t n);

#define KEY_TEXT_SIZE 32

/* "Ctrl-K", "Alt-Enter", "F1", "j". */
void key_format(chat_key key, char out[KEY_TEXT_SIZE]);

#endif
