#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <chat/file.h>
#include "config/config.h"
#include "loop.h"
#include "manual.h"
#include "plain.h"
#include "text/glyph.h"

#define WHY_MAX 4096

struct options {
	const char *url, *context, *config;
	bool plain, no_cache;
};

static const char usage[] =
	"Usage: chattui [-c CONTEXT] [--url URL] [--config FILE] [--no-cache] [--plain]\n"
	"\n"
	"  -c, --context NAME  use this context, as chatctl context list has them\n"
	"      --url URL       use the server there (or CHATCTL_URL)\n"
	"      --config FILE   read this instead of ~/.config/chat/chattui.conf\n"
	"      --no-cache      keep nothing on disk: no messages, drafts or unsent messages\n"
	"      --plain         lines instead of a screen, for screen readers and pipes\n"
	"      --version       show the version\n"
	"  -h, --help          show this\n"
	"\n"
	"Accounts are shared with chatctl; F1 shows the keys. See chattui(1).\n";

/* The exit status, or -1 to go on. */
static int parse(int argc, char **argv, struct options *options)
{
	enum { URL = 256, CONFIG, NO_CACHE, PLAIN, VERSION, MANUAL };
	static const struct option longs[] = {
		{"context", required_argument, NULL, 'c'},
		{"url", required_argument, NULL, URL},
		{"config", required_argument, NULL, CONFIG},
		{"no-cache", no_argument, NULL, NO_CACHE},
		{"plain", no_argument, NULL, PLAIN},
		{"version", no_argument, NULL, VERSION},
		{"print-manual", no_argument, NULL, MANUAL},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int option;

	*options = (struct options){0};
	while ((option = getopt_long(argc, argv, "c:h", longs, NULL)) != -1) {
		switch (option) {
		case 'c':
			options->context = optarg;
			break;
		case URL:
			options->url = optarg;
			break;
		case CONFIG:
			options->config = optarg;
			break;
		case NO_CACHE:
			options->no_cache = true;
			break;
		case PLAIN:
			options->plain = true;
			break;
		case VERSION:
			puts("chattui " CHAT_VERSION);
			return 0;
		case MANUAL:
			manual_print();
			return 0;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			return 2;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "chattui: %s is too much; see chattui --help\n", argv[optind]);
	return 2;
}

/* UTF-8 by the locale, or by C.UTF-8 where no locale is set at all: then the terminal says nothing
 * against it. LC_ALL=C asks for ASCII. */
static void set_locale(void)
{
	const char *all = getenv("LC_ALL"), *type = getenv("LC_CTYPE"), *lang = getenv("LANG");
	bool is_set = (all && *all) || (type && *type) || (lang && *lang);

	setlocale(LC_ALL, "");
	if (!is_set)
		setlocale(LC_CTYPE, "C.UTF-8");
	glyph_setup(strcmp(nl_langinfo(CODESET), "UTF-8") != 0);
}

int main(int argc, char **argv)
{
	struct options options;
	struct account account;
	struct config config;
	struct buf why, problems;
	int status = chat_open_standard_streams() ? parse(argc, argv, &options) : 1;

	if (status >= 0)
		return status;
	/* One heap for all threads: two more would only cost memory. */
	mallopt(M_ARENA_MAX, 1);
	umask(077);
	set_locale();
	buf_init(&why, WHY_MAX);
	buf_init(&problems, WHY_MAX);
	if (account_find(&account, options.url, options.context, &why)) {
		fprintf(stderr, "chattui: %s\n", buf_str(&why));
		status = 1;
	} else if (options.plain) {
		status = plain_run(&account, !options.no_cache);
	} else {
		config_init(&config);
		config_load(&config, options.config, &problems);
		status = loop_run(&account, &config, !options.no_cache, buf_str(&problems));
		fputs(buf_str(&problems), stderr);
		config_release(&config);
	}
	account_release(&account);
	buf_release(&why);
	buf_release(&problems);
	return status;
}
