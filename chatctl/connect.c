#include "ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <chat/cred.h>
#include "sanitize.h"

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static bool is_visible(const char *text)
{
	while (*text > ' ' && *text < 0x7f)
		text++;
	return !*text;
}

/*
 * A context's token goes to that context's URL and nowhere else. So a URL that was given picks the
 * context of that URL, and with another URL than its own a context gives no token.
 */
static enum chat_err use_context(struct ctl *ctl, const struct cred *cred, const char *url)
{
	struct account *account = &ctl->account;
	const char *name = ctl->options.globals[GLOBAL_CONTEXT];
	const struct cred_context *context =
		!name && url ? cred_find_url(cred, url) : cred_find(cred, name);

	if (!context && name) {
		buf_printf(&ctl->why, "there is no context %s: see chatctl context list", name);
		return CHAT_ERR_CONTEXT_NOT_FOUND;
	}
	account->url = url;
	if (!context)
		return CHAT_OK;
	account->context = arena_strdup(&ctl->arena, context->name);
	if (!url)
		account->url = arena_strdup(&ctl->arena, context->url);
	if (!url || !strcmp(url, context->url)) {
		account->username = arena_strdup(&ctl->arena, context->username);
		account->token = arena_strdup(&ctl->arena, context->token);
	}
	return CHAT_OK;
}

static enum chat_err find_account(struct ctl *ctl)
{
	const char *given = ctl->options.globals[GLOBAL_URL];
	const char *token = environment("CHATCTL_TOKEN");
	enum chat_err err = CHAT_OK;
	char *url = NULL;
	struct cred cred = {.lock = -1};

	ctl->account = (struct account){0};
	/* What the command line says goes before what the environment says. */
	if (!given && !ctl->options.globals[GLOBAL_CONTEXT])
		given = environment("CHATCTL_URL");
	if (given) {
		url = rest_url(given, &ctl->why);
		if (!url)
			return CHAT_ERR_USAGE;
	}
	if (!url || !token || ctl->options.globals[GLOBAL_CONTEXT]) {
		err = cred_open(&cred, false, &ctl->why);
		if (!err)
			err = use_context(ctl, &cred, url);
		cred_release(&cred);
	}
	if (url)
		ctl->account.url = arena_strdup(&ctl->arena, url);
	else if (!ctl->account.url)
		ctl->account.url = CTL_URL;
	free(url);
	if (token) {
		ctl->account.token = token;
		ctl->account.token_given = true;
		/* Such a token would not stay within its header. */
		if (!err && !is_visible(token))
			err = CHAT_ERR_BAD_TOKEN;
	}
	return err;
}

static void print_trace(void *context, char kind, const char *line)
{
	struct buf shown;

	(void)context;
	buf_init(&shown, 1 << 20);
	buf_printf(&shown, "%c ", kind);
	sanitize_put(&shown, line, strlen(line), "");
	fprintf(stderr, "%s\n", buf_str(&shown));
	buf_release(&shown);
}

enum chat_err ctl_connect(struct ctl *ctl)
{
	const struct options *options = &ctl->options;
	struct rest_config config = {
		.agent = ctl_agent,
		.retries = options->retries,
		.timeout_ms = options->timeout_ms,
		.trace = options->globals[GLOBAL_VERBOSE] ? print_trace : NULL,
		.cancel = ctl->cancel,
	};
	struct buf identity;
	enum chat_err err;

	if (ctl->account.url)
		return CHAT_OK;
	err = find_account(ctl);
	if (err)
		return err;
	config.url = ctl->account.url;
	config.token = ctl->account.token;
	/* In the shell the kept connection serves the next line too, if that asks for the same. */
	buf_init(&identity, ctl->rest_identity.max);
	buf_printf(&identity, "%s %s %u %lld %d", config.url, config.token ? config.token : "",
		config.retries, (long long)config.timeout_ms, config.trace != NULL);
	if (!ctl->rest || strcmp(buf_str(&identity), buf_str(&ctl->rest_identity)) != 0) {
		rest_free(ctl->rest);
		ctl->rest = rest_new(&config);
	}
	buf_release(&ctl->rest_identity);
	ctl->rest_identity = identity;
	return ctl->rest ? CHAT_OK : CHAT_ERR_NO_MEMORY;
}
