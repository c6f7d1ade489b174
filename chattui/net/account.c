#include "net/account.h"

#include <errno.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <chat/cred.h>
#include <chat/rest.h>

#define WHY_MAX 512

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static void wipe(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void account_release(struct account *account)
{
	free(account->context);
	free(account->url);
	free(account->username);
	wipe(account->token);
	free(account->dir);
	*account = (struct account){0};
}

/* A context's token goes to that context's URL and nowhere else. */
static enum chat_err take_context(
	struct account *account, const struct cred *cred, const char *name, struct buf *why)
{
	const struct cred_context *context =
		!name && account->url ? cred_find_url(cred, account->url) : cred_find(cred, name);

	if (!context && name && !cred_name_ok(name)) {
		buf_printf(why, "a context's name has letters, digits, '.', '_' and '-', not %s",
			name);
		return CHAT_ERR_CONFIG;
	}
	if (!context) {
		account->context = copy(name);
		return CHAT_OK;
	}
	account->context = strdup(context->name);
	if (account->url && strcmp(account->url, context->url) != 0)
		return CHAT_OK;
	if (!account->url)
		account->url = strdup(context->url);
	account->username = copy(context->username);
	account->token = copy(context->token);
	return CHAT_OK;
}

enum chat_err account_find(
	struct account *account, const char *url, const char *context, struct buf *why)
{
	const char *token = environment("CHATCTL_TOKEN");
	struct cred cred = {.lock = -1};
	enum chat_err err;

	*account = (struct account){0};
	err = cred_open(&cred, false, why);
	/* A context that the command line names goes before what the environment says. */
	if (!url && !(context && cred_find(&cred, context)))
		url = environment("CHATCTL_URL");
	if (!err && url && !(account->url = rest_url(url, why)))
		err = CHAT_ERR_CONFIG;
	if (!err)
		err = take_context(account, &cred, context, why);
	account->dir = copy(cred.dir);
	cred_release(&cred);
	if (err)
		return err;
	if (token) {
		wipe(account->token);
		account->token = strdup(token);
	}
	if (!account->url)
		account->url = strdup(ACCOUNT_URL);
	return CHAT_OK;
}

enum chat_err account_of_context(struct account *account, const char *context, struct buf *why)
{
	struct cred cred = {.lock = -1};
	enum chat_err err;

	*account = (struct account){0};
	err = cred_open(&cred, false, why);
	if (!err)
		err = take_context(account, &cred, context, why);
	account->dir = copy(cred.dir);
	cred_release(&cred);
	if (!err && !account->url)
		account->url = strdup(ACCOUNT_URL);
	return err;
}

/* A name that no context has yet: default, default2, … */
static void new_name(const struct cred *cred, char *name, size_t size)
{
	snprintf(name, size, "default");
	for (unsigned i = 2; cred_find(cred, name); i++)
		snprintf(name, size, "default%u", i);
}

enum chat_err account_keep(struct account *account, const char *url, const char *username,
	const char *token, struct buf *why)
{
	struct cred cred;
	enum chat_err err = cred_open(&cred, true, why);
	const struct cred_context *same;
	char name[CRED_NAME_MAX + 1];

	if (err)
		return err;
	same = account->context ? cred_find(&cred, account->context) : NULL;
	if (account->context && (!same || strcmp(same->url, url) == 0))
		snprintf(name, sizeof(name), "%s", account->context);
	else
		new_name(&cred, name, sizeof(name));
	err = cred_put(&cred, name, url, username, token);
	if (!err)
		err = cred_save(&cred, why);
	cred_release(&cred);
	if (err)
		return err;
	free(account->context);
	account->context = strdup(name);
	if (url != account->url) {
		free(account->url);
		account->url = strdup(url);
	}
	free(account->username);
	account->username = strdup(username);
	wipe(account->token);
	account->token = strdup(token);
	return CHAT_OK;
}

void account_log_out(struct account *account)
{
	struct cred cred = {.lock = -1};
	struct buf why;
	const struct cred_context *context;

	buf_init(&why, WHY_MAX);
	if (account->context && account->token && !cred_open(&cred, true, &why)) {
		context = cred_find(&cred, account->context);
		if (context && context->token && strcmp(context->token, account->token) == 0 &&
			!cred_put(&cred, account->context, account->url, account->username, NULL))
			cred_save(&cred, &why);
		cred_release(&cred);
	}
	buf_release(&why);
	wipe(account->token);
	account->token = NULL;
}

/* Makes the directory and those above it, for the owner alone. */
static bool make_dirs(const char *dir)
{
	char *path = strdup(dir);
	bool made = path != NULL;

	for (char *slash = path; made && (slash = strchr(slash + 1, '/')) != NULL; *slash = '/') {
		*slash = '\0';
		made = !mkdir(path, 0700) || errno == EEXIST;
	}
	made = made && (!mkdir(path, 0700) || errno == EEXIST);
	free(path);
	return made;
}

/* FNV-1a, to make a name of a URL. */
static uint32_t hash(const char *text)
{
	uint32_t value = 2166136261U;

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 16777619U;
	return value;
}

char *account_path(const struct account *account, const char *name)
{
	char *path;
	int n;

	if (!account->dir || !make_dirs(account->dir))
		return NULL;
	if (account->context)
		n = asprintf(&path, "%s/%s.%s", account->dir, account->context, name);
	else
		n = asprintf(&path, "%s/%08x.%s", account->dir, hash(account->url), name);
	return n < 0 ? NULL : path;
}
