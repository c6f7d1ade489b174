#include "text/style.h"

#include <stdlib.h>
#include <string.h>

static const struct style_info styles[STYLE_COUNT] = {
#define STYLE(name_, fallback_, doc_) {#name_, fallback_, doc_},
#include "text/styles.def"
#undef STYLE
};

const struct style_info *style_info(enum style style)
{
	return &styles[style];
}

static bool same_name(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b && !(*a == '_' && *b == '-'))
			return false;
	return *a == *b;
}

enum style style_by_name(const char *name)
{
	enum style style = 0;

	while (style < STYLE_COUNT && !same_name(styles[style].name, name))
		style++;
	return style;
}

#define WORD_MAX 32

static bool parse_color(const char *word, int16_t *color)
{
	static const char *const names[] = {
		"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"};
	bool bright = strncmp(word, "bright-", 7) == 0;
	char *end;
	long number;

	if (strcmp(word, "default") == 0) {
		*color = COLOR_DEFAULT;
		return true;
	}
	for (int16_t i = 0; i < 8; i++) {
		if (strcmp(word + (bright ? 7 : 0), names[i]) == 0) {
			*color = (int16_t)(i + (bright ? 8 : 0));
			return true;
		}
	}
	number = strtol(word, &end, 10);
	*color = (int16_t)number;
	return *word >= '0' && *word <= '9' && !*end && number < 256;
}

static uint8_t parse_attr(const char *word)
{
	static const struct {
		const char *name;
		uint8_t attr;
	} names[] = {
		{"bold", ATTR_BOLD},
		{"dim", ATTR_DIM},
		{"italic", ATTR_ITALIC},
		{"underline", ATTR_UNDERLINE},
		{"reverse", ATTR_REVERSE},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(word, names[i].name) == 0)
			return names[i].attr;
	return 0;
}

const char *look_parse(const char *text, struct look *look)
{
	bool background = false;

	*look = (struct look){COLOR_DEFAULT, COLOR_DEFAULT, 0};
	while (*(text += strspn(text, " \t,"))) {
		size_t n = strcspn(text, " \t,");
		char word[WORD_MAX] = "";
		uint8_t attr;

		if (n >= WORD_MAX)
			return "a word is too long";
		memcpy(word, text, n);
		text += n;
		attr = parse_attr(word);
		if (strcmp(word, "on") == 0) {
			background = true;
		} else if (attr) {
			look->attrs |= attr;
		} else if (!parse_color(word, background ? &look->bg : &look->fg)) {
			return "neither a colour nor one of bold, dim, italic, underline, reverse";
		}
	}
	return NULL;
}
