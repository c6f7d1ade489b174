#include <chat/conf.h>
#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/lines.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES_MAX 65536
#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"

/* A .env file as it is read. */
struct env {
	const char *path;
	const char *at; /* what is not read yet */
	int line;
	struct buf *why;
};

/* No word of the line goes into the error: it may be a secret. */
static enum chat_err env_fault(const struct env *env, int line, const char *what)
{
	buf_printf(env->why, "%s, line %d: %s", env->path, line, what);
	return CHAT_ERR_CONFIG;
}

static void skip_blanks(struct env *env)
{
	env->at += strspn(env->at, " \t\r");
}

static void skip_line(struct env *env)
{
	env->at += strcspn(env->at, "\n");
}

/* To the next assignment, past comments; false at the end. */
static bool env_next(struct env *env)
{
	for (;;) {
		skip_blanks(env);
		if (*env->at == '#')
			skip_line(env);
		if (*env->at != '\n')
			return *env->at;
		env->at++;
		env->line++;
	}
}

/* A value in quotes, which env->at is at. */
static enum chat_err env_quoted(struct env *env, struct buf *value)
{
	static const char escapes[] = "n\nr\rt\t\"\"\\\\$$";
	char quote = *env->at++;
	int first = env->line;

	for (; *env->at != quote; env->at++) {
		char c = *env->at;

		if (!c)
			return env_fault(env, first, "the quote is not closed");
		if (c == '\n')
			env->line++;
		if (c == '\\' && quote == '"') {
			for (const char *e = escapes; *e; e += 2) {
				if (e[0] == env->at[1]) {
					c = e[1];
					env->at++;
					break;
				}
			}
		}
		buf_putc(value, c);
	}
	env->at++;
	skip_blanks(env);
	if (*env->at == '#')
		skip_line(env);
	if (*env->at && *env->at != '\n')
		return env_fault(env, env->line, "something follows the closing quote");
	return CHAT_OK;
}

/* A value without quotes: to the end of the line, or to a '#' after a blank. */
static void env_bare(struct env *env, struct buf *value)
{
	const char *start = env->at;
	const char *end;

	while (*env->at && *env->at != '\n' &&
		!(*env->at == '#' && (env->at[-1] == ' ' || env->at[-1] == '\t')))
		env->at++;
	end = env->at;
	skip_line(env);
	while (end > start && strchr(" \t\r", end[-1]))
		end--;
	buf_append(value, start, (size_t)(end - start));
}

/* Reads one assignment: name and n for what stands before the '=', value for the rest. */
static enum chat_err env_assignment(
	struct env *env, const char **name, size_t *n, struct buf *value)
{
	static const char export[] = "export";

	if (strncmp(env->at, export, strlen(export)) == 0 &&
		strchr(" \t", env->at[strlen(export)]) && env->at[strlen(export)]) {
		env->at += strlen(export);
		skip_blanks(env);
	}
	*name = env->at;
	*n = strspn(env->at, NAME_CHARACTERS);
	env->at += *n;
	skip_blanks(env);
	if (*n == 0 || *env->at != '=')
		return env_fault(env, env->line, "this is not NAME=value");
	env->at++;
	skip_blanks(env);
	if (*env->at == '"' || *env->at == '\'')
		return env_quoted(env, value);
	env_bare(env, value);
	return CHAT_OK;
}

/* Puts the whole file into text, with LF for line ends. */
static enum chat_err read_whole(int fd, const char *path, struct buf *text, struct buf *why)
{
	struct chat_lines lines;
	enum chat_line end;
	enum chat_err err = CHAT_OK;

	chat_lines_init(&lines, FILE_BYTES_MAX);
	end = chat_lines_rest(&lines, fd, text);
	if (end == CHAT_LINE_FAILED) {
		err = errno == ENOMEM ? CHAT_ERR_NO_MEMORY : CHAT_ERR_IO;
		buf_printf(why, "cannot read %s: %s", path, strerror(errno));
	} else if (end != CHAT_LINE_NONE || !buf_ok(text)) {
		err = CHAT_ERR_CONFIG;
		buf_printf(why, "%s is not a .env file: it %s", path,
			end == CHAT_LINE_NUL ? "has a NUL byte" : "is larger than 64 KiB");
	}
	chat_lines_release(&lines);
	return err;
}

static const struct conf_option *find_name(
	const struct conf_table *table, const char *name, size_t n)
{
	for (size_t i = 0; i < table->n_options; i++)
		if (strlen(table->options[i].name) == n &&
			memcmp(table->options[i].name, name, n) == 0)
			return &table->options[i];
	return NULL;
}

/* Reads assignments to the end and sets those that the table has. */
static enum chat_err env_apply(
	struct env *env, const struct conf_table *table, void *target, struct arena *arena)
{
	struct buf value, where;
	enum chat_err err = CHAT_OK;

	buf_init(&value, FILE_BYTES_MAX);
	buf_init(&where, FILE_BYTES_MAX);
	while (!err && env_next(env)) {
		const struct conf_option *option;
		const char *name;
		int line = env->line;
		size_t n;

		buf_reset(&value);
		err = env_assignment(env, &name, &n, &value);
		if (!err && !buf_ok(&value)) {
			buf_puts(env->why, err_info(CHAT_ERR_NO_MEMORY)->detail);
			err = CHAT_ERR_NO_MEMORY;
		}
		option = err ? NULL : find_name(table, name, n);
		if (!option || value.len == 0)
			continue;
		buf_reset(&where);
		buf_printf(&where, "%s in %s, line %d", option->name, env->path, line);
		err = conf_set(option, target, buf_str(&value), buf_str(&where), arena, env->why);
	}
	buf_release(&where);
	buf_release(&value);
	return err;
}

enum chat_err conf_file(const struct conf_table *table, void *target, const char *path,
	bool required, struct arena *arena, struct buf *why)
{
	struct env env = {.path = path, .line = 1, .why = why};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct buf text;
	enum chat_err err;

	if (fd < 0 && errno == ENOENT && !required)
		return CHAT_OK;
	if (fd < 0) {
		buf_printf(why, "cannot read %s: %s", path, strerror(errno));
		return CHAT_ERR_IO;
	}
	buf_init(&text, FILE_BYTES_MAX);
	err = read_whole(fd, path, &text, why);
	close(fd);
	env.at = buf_str(&text);
	if (!err)
		err = env_apply(&env, table, target, arena);
	buf_release(&text);
	return err;
}
