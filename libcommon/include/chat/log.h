#ifndef CHAT_LOG_H
#define CHAT_LOG_H

#include <stdint.h>
#include <stdio.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* One named value of a log line; text == NULL means the number. */
struct log_field {
	const char *name;
	const char *text;
	int64_t number;
};

#define LOG_TEXT(name, value) log_field_text((name), (value))
#define LOG_INT(name, value) ((struct log_field){(name), NULL, (value)})

/* A function, because compilers warn where a macro compares an array or a literal with NULL. */
static inline struct log_field log_field_text(const char *name, const char *value)
{
	return (struct log_field){name, value ? value : "", 0};
}

/* Where and how to log; until it is called: text, INFO, standard error. The file stays the
 * caller's. Call before other threads start. */
void log_init(enum log_level level, enum log_format format, FILE *file);

/*
 * Writes one line: time, level, message, and the fields. Control characters in them are escaped,
 * so that nothing a client sends can forge a line. A whole line is one write of at most PIPE_BUF
 * bytes: what does not fit ends in an ellipsis. Allocates nothing, keeps errno. Any thread.
 *
 *	log_info("listening", LOG_TEXT("host", host), LOG_INT("port", port));
 */
#define log_error(...) LOG_CALL_(LOG_LEVEL_ERROR, __VA_ARGS__, LOG_END_)
#define log_warn(...) LOG_CALL_(LOG_LEVEL_WARN, __VA_ARGS__, LOG_END_)
#define log_info(...) LOG_CALL_(LOG_LEVEL_INFO, __VA_ARGS__, LOG_END_)
#define log_debug(...) LOG_CALL_(LOG_LEVEL_DEBUG, __VA_ARGS__, LOG_END_)

/* Fields end with the one whose name is NULL. */
void log_write(enum log_level level, const char *message, const struct log_field *fields);

#define LOG_END_ ((struct log_field){0})
#define LOG_CALL_(level, message, ...)                                                             \
	log_write((level), (message), (const struct log_field[]){__VA_ARGS__})

#endif
