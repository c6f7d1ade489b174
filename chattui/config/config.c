#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <ini.h>
#include <chat/lines.h>
#include <chat/text.h>

#define LINE_BYTES 190 /* what inih takes at once (INI_MAX_LINE) less what it adds */

static const struct conf_option options[] = {
#define TEXT(name_, fallback_, help_)                                                              \
	{.name = #name_,                                                                           \
		.type = CONF_TEXT,                                                                 \
		.fallback = fallback_,                                                             \
		.offset = offsetof(struct settings, name_),                                        \
		.argument = "TEXT",                                                                \
		.help = help_},
#define NUMBER(name_, fallback_, min_, max_, help_)                                                \
	{.name = #name_,                                                                           \
		.type = CONF_NUMBER,                                                               \
		.fallback = fallback_,                                                             \
		.min = min_,                                                                       \
		.max = max_,                                                                       \
		.offset = offsetof(struct settings, name_),                                        \
		.argument = "NUMBER",                                                              \
		.help = help_},
#define CHOICE(name_, fallback_, values_, help_)                                                   \
	{.name = #name_,                                                                           \
		.type = CONF_CHOICE,                                                               \
		.fallback = fallback_,                                                             \
		.values = values_,                                                                 \
		.offset = offsetof(struct settings, name_),                                        \
		.help = help_},
#include "config/settings.def"
#undef TEXT
#undef NUMBER
#undef CHOICE
};

const struct conf_table config_settings = {options, sizeof(options) / sizeof(options[0])};

void config_init(struct config *config)
{
	struct buf why;

	*config = (struct config){0};
	arena_init(&config->arena, 0);
	keymap_init(&config->keymap);
	for (enum style style = 0; style < STYLE_COUNT; style++)
		look_parse(style_info(style)->fallback, &config->looks[style]);
	buf_init(&why, 256);
	conf_defaults(&config_settings, &config->settings, &why);
	buf_release(&why);
}

void config_release(struct config *config)
{
	arena_release(&config->arena);
}

/* A file on its way through inih, which calls back without a line number. */
struct reader {
	struct config *config;
	struct chat_lines lines;
	int fd;
	const char *name;
	struct buf *problems;
	int line; /* the one that was read last */
};

static void complain(struct reader *reader, const char *what, const char *word)
{
	buf_printf(reader->problems, "%s:%d: %s%s%s\n", reader->name, reader->line, what,
		word ? ": " : "", word ? word : "");
}

static const struct conf_option *find_setting(const char *name)
{
	for (size_t i = 0; i < config_settings.n_options; i++) {
		const char *a = options[i].name, *b = name;

		while (*a && (*a == *b || (*a == '_' && *b == '-')))
			a++, b++;
		if (!*a && !*b)
			return &options[i];
	}
	return NULL;
}

static void read_setting(struct reader *reader, const char *name, const char *value)
{
	const struct conf_option *option = find_setting(name);
	struct buf why;

	if (!option) {
		complain(reader, "there is no such setting", name);
		return;
	}
	buf_init(&why, 512);
	if (conf_set(option, &reader->config->settings, value, name, &reader->config->arena, &why))
		complain(reader, buf_str(&why), NULL);
	buf_release(&why);
}

static void read_key(struct reader *reader, const char *name, const char *value)
{
	enum action action = action_by_name(name);
	const char *wrong;

	if (action == ACTION_NONE) {
		complain(reader, "there is no such action", name);
		return;
	}
	wrong = keymap_bind(&reader->config->keymap, action, value);
	if (wrong)
		complain(reader, "not a key", wrong);
}

static void read_color(struct reader *reader, const char *name, const char *value)
{
	enum style style = style_by_name(name);
	struct look look;
	const char *wrong;

	if (style == STYLE_COUNT) {
		complain(reader, "there is nothing of this name to colour", name);
		return;
	}
	wrong = look_parse(value, &look);
	if (wrong)
		complain(reader, value, wrong);
	else
		reader->config->looks[style] = look;
}

static int on_value(void *context, const char *section, const char *name, const char *value)
{
	struct reader *reader = context;

	if (strcmp(section, "general") == 0)
		read_setting(reader, name, value);
	else if (strcmp(section, "keys") == 0)
		read_key(reader, name, value);
	else if (strcmp(section, "colors") == 0 || strcmp(section, "colours") == 0)
		read_color(reader, name, value);
	else
		complain(reader, "not in one of the sections [general], [keys], [colors]", name);
	return 1;
}

/* True for a line that inih makes nothing of: neither a comment, a section nor name = value. */
static bool is_wrong(const char *line)
{
	line += strspn(line, " \t\r\n");
	if (!*line || *line == '#' || *line == ';')
		return false;
	if (*line == '[')
		return !strchr(line, ']');
	return !strpbrk(line, "=:");
}

/* inih's fgets: one line at a time, counted. What is no line of a configuration becomes a comment,
 * so that inih goes on. */
static char *read_line(char *out, int size, void *context)
{
	struct reader *reader = context;
	enum chat_line found;
	const char *line;
	size_t n;

	found = chat_lines_read(&reader->lines, reader->fd, &line, &n);
	if (found == CHAT_LINE_NONE || found == CHAT_LINE_FAILED)
		return NULL;
	reader->line = (int)reader->lines.number;
	if (found == CHAT_LINE_LONG || (found == CHAT_LINE_TEXT && (int)n + 2 > size))
		complain(reader, "the line is too long", NULL);
	else if (found != CHAT_LINE_TEXT)
		complain(reader, "the line has a NUL byte", NULL);
	else if (!text_is_utf8(line, n))
		complain(reader, "not UTF-8", NULL);
	else if (is_wrong(line))
		complain(reader, "neither [section] nor name = value", NULL);
	else {
		/* Indented lines would go on with the value before. */
		snprintf(out, (size_t)size, "%s\n", line + strspn(line, " \t"));
		return out;
	}
	memcpy(out, "#\n", 3);
	return out;
}

void config_read(struct config *config, int fd, const char *name, struct buf *problems)
{
	struct reader reader = {.config = config, .fd = fd, .name = name, .problems = problems};

	chat_lines_init(&reader.lines, LINE_BYTES);
	ini_parse_stream(read_line, &reader, on_value, &reader);
	chat_lines_release(&reader.lines);
}

static char *default_path(void)
{
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	char *path;
	int n;

	if (config && *config == '/')
		n = asprintf(&path, "%s/chat/chattui.conf", config);
	else
		n = asprintf(&path, "%s/.config/chat/chattui.conf", home ? home : "");
	return n < 0 ? NULL : path;
}

void config_load(struct config *config, const char *path, struct buf *problems)
{
	char *found = path ? strdup(path) : default_path();
	int fd = found ? open(found, O_RDONLY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		config_read(config, fd, basename(found), problems);
		close(fd);
	} else if (path || errno != ENOENT) {
		buf_printf(
			problems, "%s: %s\n", found ? found : "the configuration", strerror(errno));
	}
	free(found);
}
