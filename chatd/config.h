#ifndef CHATD_CONFIG_H
#define CHATD_CONFIG_H

#include <stdbool.h>
#include <chat/conf.h>

struct arena;
struct buf;

typedef const char *config_TEXT;
typedef const char *config_SECRET;
typedef long config_NUMBER;
typedef int config_CHOICE;

/* What options.def says, one field a row. The texts live in the arena given to config_load(). */
struct config {
#define OPTION(name, type, field, fallback, min, max, values, argument, help) config_##type field;
#include "options.def"
#undef OPTION
	const char *import_url; /* of `chatd import URL` */
	bool import_skip_bad;
};

enum config_action {
	CONFIG_RUN,
	CONFIG_CHECK,
	CONFIG_HELP,
	CONFIG_VERSION,
	CONFIG_EXAMPLE,
	CONFIG_MANUAL_FLAGS,
	CONFIG_MANUAL_ENV,
	CONFIG_IMPORT
};

/*
 * Reads the command line, the environment and .env (or --env-file) over the defaults, checks what
 * belongs together, and finds or makes the key. *action: what the command line asks for. On an
 * error why is one line that says what to do.
 */
enum chat_err config_load(struct config *config, int argc, char **argv, struct arena *arena,
	enum config_action *action, struct buf *why);

/* "HS256" and so on. */
const char *config_algorithm(const struct config *config);

/* True when only this machine can reach the address. */
bool config_is_loopback(const char *host);

/* The texts of --help and of --print-env, a .env file with every option. */
void config_help(struct buf *out);
void config_example(struct buf *out);

/* The options as lists for the manual pages chatd(8) and chat.env(5). */
void config_manual_flags(struct buf *out);
void config_manual_env(struct buf *out);

#endif
