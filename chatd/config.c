#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/random.h>
#include "config.h"

#define KEY_BYTES_MIN 32

static const struct conf_option options[] = {
#define OPTION(name, type, field, fallback, min, max, values, argument, help)                      \
	{#name, CONF_##type, fallback, min, max, values, offsetof(struct config, field), argument, \
		help},
#include "options.def"
#undef OPTION
};

static const struct conf_table table = {options, sizeof(options) / sizeof(options[0])};

/* Keys that the original published: with one of them anybody can sign tokens. */
static const char *const placeholders[] = {
	"your-secret-key-change-this-in-production",
	"your-super-secret-key-change-this-in-production",
	"your-secret-key-here",
};

const char *config_algorithm(const struct config *config)
{
	static const char *const names[] = {"HS256", "HS384", "HS512"};

	return names[config->algorithm];
}

bool config_is_loopback(const char *host)
{
	return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 ||
	       strcmp(host, "localhost") == 0;
}

void config_help(struct buf *out)
{
	buf_puts(out,
		"Usage: chatd [OPTION]...\n"
		"       chatd import URL [--skip-bad] [OPTION]...\n"
		"Serve the chat: REST and WebSocket, with SQLite inside.\n\n"
		"import takes users, servers, members, channels and messages out of the FastAPI\n"
		"backend's database at URL (sqlite:///./old.db, sqlite:////absolute/old.db) into\n"
		"the new one that DATABASE_URL names. The old one is only read. Rows that do not\n"
		"fit are named and stop it; with --skip-bad it goes on without them.\n\n"
		"Each option is also read from the environment and from .env, by its name in\n"
		"capitals with _ for -. The command line goes before the environment, and that\n"
		"before .env.\n\n");
	conf_help(&table, out);
	buf_puts(out, "  --env-file FILE\n"
		      "      Read this file instead of .env\n"
		      "  --check-config\n"
		      "      Check the configuration and the database's address, then end\n"
		      "  --print-env\n"
		      "      Print a .env file with every option at its default\n"
		      "  --help, --version\n"
		      "      Print this, or the version\n");
}

void config_example(struct buf *out)
{
	conf_example(&table, out);
}

void config_manual_flags(struct buf *out)
{
	conf_manual(&table, true, out);
}

void config_manual_env(struct buf *out)
{
	conf_manual(&table, false, out);
}

static bool is_flag(const char *arg, const char *flag)
{
	return strcmp(arg, flag) == 0;
}

/* Looks for what is not in the table: actions, and where the .env file is. */
static enum chat_err scan_flags(
	int argc, char **argv, enum config_action *action, const char **env_file, struct buf *why)
{
	if (argc > 1 && is_flag(argv[1], "import"))
		*action = CONFIG_IMPORT;
	for (int i = 1; i < argc; i++) {
		if (is_flag(argv[i], "--help") || is_flag(argv[i], "-h"))
			*action = CONFIG_HELP;
		else if (is_flag(argv[i], "--version"))
			*action = CONFIG_VERSION;
		else if (is_flag(argv[i], "--print-env"))
			*action = CONFIG_EXAMPLE;
		else if (is_flag(argv[i], "--print-manual-flags"))
			*action = CONFIG_MANUAL_FLAGS;
		else if (is_flag(argv[i], "--print-manual-env"))
			*action = CONFIG_MANUAL_ENV;
		else if (is_flag(argv[i], "--check-config"))
			*action = CONFIG_CHECK;
		else if (strncmp(argv[i], "--env-file=", 11) == 0)
			*env_file = argv[i] + 11;
		else if (is_flag(argv[i], "--env-file") && i + 1 < argc)
			*env_file = argv[++i];
		else if (is_flag(argv[i], "--env-file")) {
			buf_puts(why, "--env-file needs the name of a file");
			return CHAT_ERR_CONFIG;
		}
	}
	return CHAT_OK;
}

/* Takes what only `chatd import` has: a URL and a flag. */
static bool load_import(struct config *config, const char *arg)
{
	if (is_flag(arg, "--skip-bad"))
		config->import_skip_bad = true;
	else if (arg[0] != '-' && config->import_url == NULL)
		config->import_url = arg;
	else
		return false;
	return true;
}

static enum chat_err load_arguments(struct config *config, int argc, char **argv, bool import,
	struct arena *arena, struct buf *why)
{
	for (int i = import ? 2 : 1; i < argc;) {
		enum chat_err err;

		if (import && load_import(config, argv[i])) {
			i++;
			continue;
		}
		if (is_flag(argv[i], "--check-config") ||
			strncmp(argv[i], "--env-file=", 11) == 0) {
			i++;
			continue;
		}
		if (is_flag(argv[i], "--env-file")) {
			i += 2;
			continue;
		}
		err = conf_argument(&table, config, argc, argv, &i, arena, why);
		if (err != CHAT_OK)
			return err;
	}
	return CHAT_OK;
}

/* --- the key --- */

static bool is_placeholder(const char *key)
{
	for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++) {
		if (strcmp(key, placeholders[i]) == 0)
			return true;
	}
	return false;
}

static enum chat_err check_key(const struct config *config, struct buf *why)
{
	bool lenient =
		config_is_loopback(config->host) && strcmp(config->environment, "production") != 0;
	const char *fault = NULL;

	if (is_placeholder(config->secret_key))
		fault = "is a published placeholder, with which anybody can sign tokens";
	else if (strlen(config->secret_key) < KEY_BYTES_MIN)
		fault = "is shorter than 32 bytes";
	if (fault == NULL || (lenient && config->secret_key[0] != '\0'))
		return CHAT_OK;
	buf_printf(why,
		"SECRET_KEY %s: make one with `openssl rand -hex 32`, or leave it out and "
		"chatd makes and keeps one",
		fault);
	return CHAT_ERR_CONFIG;
}

/* Where the key is kept: beside the database's file, or in the working directory. */
static const char *key_path(const struct config *config, struct arena *arena)
{
	const char *prefix = "sqlite:///";

	if (strncmp(config->database_url, prefix, strlen(prefix)) == 0)
		return arena_printf(arena, "%s.key", config->database_url + strlen(prefix));
	return "chatd.key";
}

static enum chat_err read_key(int fd, struct config *config, struct arena *arena)
{
	char key[256];
	ssize_t n = read(fd, key, sizeof(key));

	while (n > 0 && (key[n - 1] == '\n' || key[n - 1] == '\r'))
		n--;
	if (n < 0)
		return CHAT_ERR_IO;
	config->secret_key = arena_strndup(arena, key, (size_t)n);
	return config->secret_key == NULL ? CHAT_ERR_NO_MEMORY : CHAT_OK;
}

/* Makes a key and writes it to a file that nobody else can read and that did not exist. */
static enum chat_err write_key(const char *path, struct config *config, struct arena *arena)
{
	char key[65];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool written;

	if (fd < 0)
		return CHAT_ERR_IO;
	random_hex(key, 256);
	written = dprintf(fd, "%s\n", key) == 65 && fsync(fd) == 0;
	if (close(fd) != 0 || !written) {
		unlink(path);
		return CHAT_ERR_IO;
	}
	config->secret_key = arena_strdup(arena, key);
	return config->secret_key == NULL ? CHAT_ERR_NO_MEMORY : CHAT_OK;
}

static enum chat_err find_key(struct config *config, struct arena *arena, struct buf *why)
{
	const char *path = key_path(config, arena);
	enum chat_err err;
	int fd;

	if (path == NULL)
		return CHAT_ERR_NO_MEMORY;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		err = read_key(fd, config, arena);
		close(fd);
	} else {
		err = errno == ENOENT ? write_key(path, config, arena) : CHAT_ERR_IO;
	}
	if (err == CHAT_OK && config->secret_key[0] == '\0') {
		buf_printf(why,
			"%s should have the key, and is empty: remove it and chatd makes "
			"another",
			path);
		return CHAT_ERR_CONFIG;
	}
	if (err != CHAT_OK)
		buf_printf(why, "cannot keep a key in %s: %s: %s", path, strerror(errno),
			errno == ENOENT ? "make its folder, or set another DATABASE_URL"
					: "make its folder writable, or set SECRET_KEY");
	return err;
}

/* --- all together --- */

static enum chat_err check(const struct config *config, bool import, struct buf *why)
{
	if (import && config->import_url == NULL) {
		buf_puts(why, "import needs the URL of the database to read: "
			      "chatd import sqlite:///./old.db");
		return CHAT_ERR_CONFIG;
	}
	if ((config->tls_cert == NULL) != (config->tls_key == NULL)) {
		buf_puts(why, "TLS_CERT and TLS_KEY go together: set both or neither");
		return CHAT_ERR_CONFIG;
	}
	if (strncmp(config->database_url, "sqlite:///", 10) != 0 ||
		config->database_url[10] == '\0') {
		buf_puts(why, "DATABASE_URL is not one that chatd knows: write sqlite:///./chat.db "
			      "for a file here, or sqlite:////var/lib/chat/chat.db");
		return CHAT_ERR_CONFIG;
	}
	return CHAT_OK;
}

enum chat_err config_load(struct config *config, int argc, char **argv, struct arena *arena,
	enum config_action *action, struct buf *why)
{
	const char *env_file = NULL;
	enum chat_err err;
	bool import;

	*action = CONFIG_RUN;
	*config = (struct config){0};
	err = conf_defaults(&table, config, why);
	if (err == CHAT_OK)
		err = scan_flags(argc, argv, action, &env_file, why);
	import = *action == CONFIG_IMPORT;
	if (err != CHAT_OK || (*action != CONFIG_RUN && *action != CONFIG_CHECK && !import))
		return err;
	err = conf_file(
		&table, config, env_file == NULL ? ".env" : env_file, env_file != NULL, arena, why);
	if (err == CHAT_OK)
		err = conf_environment(&table, config, arena, why);
	if (err == CHAT_OK)
		err = load_arguments(config, argc, argv, import, arena, why);
	if (err == CHAT_OK)
		err = check(config, import, why);
	if (err == CHAT_OK && config->secret_key == NULL && *action == CONFIG_RUN)
		err = find_key(config, arena, why);
	if (err == CHAT_OK && config->secret_key != NULL && !import)
		err = check_key(config, why);
	return err;
}
