#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/file.h>
#include <chat/log.h>
#include "app.h"
#include "config.h"
#include "import/import.h"

#define TEXT_BYTES 65536
/* What the heap keeps when it is free: each burst of requests needs it again, and pages given back
 * would be faulted in anew, a tenth of what the burst costs. */
#define HEAP_SPARE_BYTES (8 << 20)

static int print(void (*write)(struct buf *out))
{
	struct buf out;

	buf_init(&out, TEXT_BYTES);
	write(&out);
	fputs(buf_str(&out), stdout);
	buf_release(&out);
	return fflush(stdout) == 0 ? 0 : 1;
}

static int act(enum config_action action, const struct config *config)
{
	switch (action) {
	case CONFIG_HELP:
		return print(config_help);
	case CONFIG_EXAMPLE:
		return print(config_example);
	case CONFIG_MANUAL_FLAGS:
		return print(config_manual_flags);
	case CONFIG_MANUAL_ENV:
		return print(config_manual_env);
	case CONFIG_VERSION:
		return puts("chatd " CHAT_VERSION) >= 0 ? 0 : 1;
	case CONFIG_CHECK:
		return puts("The configuration is good.") >= 0 ? 0 : 1;
	case CONFIG_IMPORT:
		return import_run(
			config->import_url, config->database_url, config->import_skip_bad);
	case CONFIG_RUN:
		break;
	}
	log_init((enum log_level)config->log_level, (enum log_format)config->log_format, stderr);
	signal(SIGPIPE, SIG_IGN);
	(void)mallopt(M_TRIM_THRESHOLD, HEAP_SPARE_BYTES);
	return app_run(config);
}

int main(int argc, char **argv)
{
	enum config_action action;
	struct config config;
	struct arena arena;
	struct buf why;
	int status;

	if (!chat_open_standard_streams())
		return 1;
	arena_init(&arena, 0);
	buf_init(&why, TEXT_BYTES);
	if (config_load(&config, argc, argv, &arena, &action, &why) == CHAT_OK) {
		status = act(action, &config);
	} else {
		fprintf(stderr, "chatd: %s\n", buf_str(&why));
		status = 2;
	}
	buf_release(&why);
	arena_release(&arena);
	return status;
}
