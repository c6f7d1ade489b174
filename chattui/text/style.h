#ifndef CHATTUI_STYLE_H
#define CHATTUI_STYLE_H

#include <stdbool.h>
#include <stdint.h>

enum style {
#define STYLE(name, fallback, doc) STYLE_##name,
#include "text/styles.def"
#undef STYLE
	STYLE_COUNT
};

/* Attributes of text, beside its style. */
enum attr {
	ATTR_BOLD = 1 << 0,
	ATTR_DIM = 1 << 1,
	ATTR_ITALIC = 1 << 2,
	ATTR_UNDERLINE = 1 << 3,
	ATTR_REVERSE = 1 << 4,
	ATTR_SPOILER = 1 << 5, /* drawn as blocks until its message is selected */
};

#define COLOR_DEFAULT (-1)

/* What a style means: colours are 0 to 255 or COLOR_DEFAULT. */
struct look {
	int16_t fg, bg;
	uint8_t attrs; /* of enum attr */
};

struct style_info {
	const char *name;     /* "channel_open" */
	const char *fallback; /* as look_parse takes it */
	const char *doc;      /* "" where the row above speaks for it */
};

/* The row of styles.def; never NULL for a valid style. */
const struct style_info *style_info(enum style style);

/* The style of a name, in which '-' counts as '_'; STYLE_COUNT for none. */
enum style style_by_name(const char *name);

/*
 * Reads "[colour] [on colour] [bold] [dim] [italic] [underline] [reverse]". Colours: default, the
 * eight names, bright- before them, or 0 to 255. NULL, or what is wrong (static).
 */
const char *look_parse(const char *text, struct look *look);

#endif
