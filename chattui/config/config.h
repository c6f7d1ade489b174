#ifndef CHATTUI_CONFIG_H
#define CHATTUI_CONFIG_H

#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/conf.h>
#include "config/keymap.h"
#include "text/style.h"

/* The choices by their place among the values. */
enum { SETTING_OFF, SETTING_ON };
enum { COLOR_OFF, COLOR_ON, COLOR_AUTO };
enum { NOTIFY_OFF, NOTIFY_OSC9, NOTIFY_OSC777 };
enum { LINKS_AUTO, LINKS_OSC8, LINKS_NUMBERED };
enum { SCROLL_AUTO, SCROLL_SMOOTH, SCROLL_JUMP };

struct settings {
#define TEXT(name, fallback, help) const char *name;
#define NUMBER(name, fallback, min, max, help) long name;
#define CHOICE(name, fallback, values, help) int name;
#include "config/settings.def"
#undef TEXT
#undef NUMBER
#undef CHOICE
};

struct config {
	struct settings settings;
	struct look looks[STYLE_COUNT];
	struct keymap keymap;
	struct arena arena; /* texts of the settings */
};

/* The rows of settings.def. */
extern const struct conf_table config_settings;

/* The defaults. */
void config_init(struct config *config);
void config_release(struct config *config);

/*
 * Reads a configuration from a descriptor; name is for messages. A line that is wrong is left out:
 * problems gets a line about it, with its number.
 */
void config_read(struct config *config, int fd, const char *name, struct buf *problems);

/* Reads $XDG_CONFIG_HOME/chat/chattui.conf, or the path if it is not NULL; a missing file is fine
 * unless it was named. */
void config_load(struct config *config, const char *path, struct buf *problems);

#endif
