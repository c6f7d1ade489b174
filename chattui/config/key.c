#include "config/key.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "text/glyph.h"

static const char *const names[] = {
#define X(name, text) text,
	KEYS(X)
#undef X
};

#define N_NAMES (sizeof(names) / sizeof(names[0]))

static const struct {
	const char *text;
	chat_key modifier;
} modifiers[] = {
	{"C-", KEY_CTRL},
	{"M-", KEY_ALT},
	{"S-", KEY_SHIFT},
	{"Ctrl-", KEY_CTRL},
	{"Alt-", KEY_ALT},
	{"Shift-", KEY_SHIFT},
};

/* The modifier that the text begins with, and its length; KEY_NONE for none. */
static chat_key parse_modifier(const char *text, size_t n, size_t *length)
{
	for (size_t i = 0; i < sizeof(modifiers) / sizeof(modifiers[0]); i++) {
		*length = strlen(modifiers[i].text);
		if (n > *length && strncasecmp(text, modifiers[i].text, *length) == 0)
			return modifiers[i].modifier;
	}
	return KEY_NONE;
}

static chat_key parse_base(const char *text, size_t n)
{
	uint32_t point;

	for (size_t i = 0; i < N_NAMES; i++)
		if (strlen(names[i]) == n && strncasecmp(text, names[i], n) == 0)
			return KEY_NAMES_BEGIN + 1 + (chat_key)i;
	if (n == 5 && strncasecmp(text, "Space", 5) == 0)
		return ' ';
	return n > 0 && glyph_decode(text, n, &point) == n && point > ' ' ? point : KEY_NONE;
}

chat_key key_parse(const char *text, size_t n)
{
	chat_key key = 0, modifier;
	size_t length;
	chat_key base;

	while ((modifier = parse_modifier(text, n, &length)) != KEY_NONE) {
		key |= modifier;
		text += length;
		n -= length;
	}
	base = parse_base(text, n);
	if (base == KEY_NONE)
		return KEY_NONE;
	if ((key & KEY_CTRL) && base >= 'A' && base <= 'Z')
		base += 'a' - 'A';
	return key | base;
}

void key_format(chat_key key, char out[KEY_TEXT_SIZE])
{
	chat_key base = key & KEY_BASE;
	char encoded[5] = "";
	const char *name = encoded;

	if (base > KEY_NAMES_BEGIN && base < KEY_NAMES_END) {
		name = names[base - KEY_NAMES_BEGIN - 1];
	} else if (base == ' ') {
		name = "Space";
	} else {
		if ((key & KEY_CTRL) && base >= 'a' && base <= 'z')
			base -= 'a' - 'A';
		glyph_encode(base, encoded);
	}
	snprintf(out, KEY_TEXT_SIZE, "%s%s%s%s", key & KEY_CTRL ? "Ctrl-" : "",
		key & KEY_ALT ? "Alt-" : "", key & KEY_SHIFT ? "Shift-" : "", name);
}
