#include "manual.h"

#include <stdio.h>
#include <string.h>
#include <chat/buf.h>
#include <chat/roff.h>
#include "config/config.h"

static void put(const char *text)
{
	struct buf roff;

	buf_init(&roff, 4096);
	roff_put(&roff, text);
	fputs(buf_str(&roff), stdout);
	buf_release(&roff);
}

static void put_name(const char *name)
{
	for (; *name; name++)
		fputs(*name == '_' || *name == '-' ? "\\-" : (char[]){*name, '\0'}, stdout);
}

static void print_actions(enum action_mode mode)
{
	struct keymap map;
	struct buf keys;

	keymap_init(&map);
	buf_init(&keys, 512);
	for (enum action action = 0; action < ACTION_COUNT; action++) {
		const struct action_info *info = action_info(action);

		if (info->mode != mode)
			continue;
		buf_reset(&keys);
		keymap_put(&map, action, ", ", &keys);
		fputs(".TP\n.B ", stdout);
		put_name(info->name);
		if (keys.len) {
			fputs("\\fR (", stdout);
			put(buf_str(&keys));
			putchar(')');
		}
		putchar('\n');
		put(info->doc);
		fputs(".\n", stdout);
	}
	buf_release(&keys);
}

static void print_aliases(void)
{
	static const struct {
		const char *word, *meaning;
	} aliases[] = {
#define ALIAS(word_, meaning_) {word_, meaning_},
#include "commands/aliases.def"
#undef ALIAS
	};

	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		fputs(".TP\n.B /", stdout);
		put_name(aliases[i].word);
		fputs("\nis\n.BR \"/", stdout);
		put(aliases[i].meaning);
		fputs("\" .\n", stdout);
	}
}

static void print_settings(void)
{
	struct buf text;

	buf_init(&text, 4096);
	for (size_t i = 0; i < config_settings.n_options; i++) {
		const struct conf_option *option = &config_settings.options[i];

		fputs(".TP\n.B ", stdout);
		put_name(option->name);
		fputs("\\fR = ", stdout);
		put(option->fallback);
		putchar('\n');
		buf_reset(&text);
		buf_puts(&text, option->help);
		if (option->type == CONF_NUMBER)
			buf_printf(&text, " (%ld to %ld)", option->min, option->max);
		if (option->type == CONF_CHOICE) {
			buf_puts(&text, " (");
			for (const char *at = option->values; *at; at++)
				buf_printf(
					&text, "%.*s", *at == '|' ? 2 : 1, *at == '|' ? ", " : at);
			buf_putc(&text, ')');
		}
		put(buf_str(&text));
		fputs(".\n", stdout);
	}
	buf_release(&text);
}

static void print_styles(void)
{
	for (enum style style = 0; style < STYLE_COUNT; style++) {
		const struct style_info *info = style_info(style);

		fputs(".TP\n.B ", stdout);
		put_name(info->name);
		fputs("\\fR = ", stdout);
		put(info->fallback);
		putchar('\n');
		put(*info->doc ? info->doc : "As the one above");
		fputs(".\n", stdout);
	}
}

void manual_print(void)
{
	fputs(".SH KEYS\n", stdout);
	print_actions(ACTION_MAIN);
	fputs(".SS On a selected message\n", stdout);
	print_actions(ACTION_SELECT);
	fputs(".SH SHORT COMMANDS\n", stdout);
	print_aliases();
	fputs(".SH SETTINGS\n.SS [general]\n", stdout);
	print_settings();
	fputs(".SS [colors]\n", stdout);
	print_styles();
}
