#include "special.h"

#include <stdlib.h>
#include <string.h>
#include <chat/cred.h>
#include "call.h"
#include "output.h"

/* --- login and logout --- */

/*
 * Connects for a login: its context need not exist yet. *name is the context that -c asks for, or
 * NULL.
 */
static enum chat_err connect_for_login(struct ctl *ctl, const char **name)
{
	struct cred cred;
	enum chat_err err = cred_open(&cred, false, &ctl->why);

	*name = ctl->options.globals[GLOBAL_CONTEXT];
	if (err)
		return err;
	if (*name && !cred_name_ok(*name)) {
		buf_printf(&ctl->why,
			"a context's name has letters, digits, '.', '_' and '-', not %s", *name);
		err = CHAT_ERR_INVALID;
	} else if (*name && !cred_find(&cred, *name)) {
		ctl->options.globals[GLOBAL_CONTEXT] = NULL;
	}
	cred_release(&cred);
	return err ? err : ctl_connect(ctl);
}

/* A name that no context has yet: default, default2, … */
static const char *new_name(struct ctl *ctl, const struct cred *cred)
{
	const char *name = "default";

	for (unsigned i = 2; name && cred_find(cred, name); i++)
		name = arena_printf(&ctl->arena, "default%u", i);
	return name;
}

/* Keeps the token in the context `name`, or where the login's server has one, or in a new one. */
static enum chat_err keep_token(
	struct ctl *ctl, const char **name, const char *username, const char *token)
{
	struct cred cred;
	bool chosen = *name != NULL;
	enum chat_err err = cred_open(&cred, true, &ctl->why);

	if (err)
		return err;
	if (!*name) {
		const struct cred_context *same = cred_find(&cred, ctl->account.context);

		if (ctl->account.context && same && !strcmp(same->url, ctl->account.url))
			*name = ctl->account.context;
		else
			*name = new_name(ctl, &cred);
	}
	err = *name ? cred_put(&cred, *name, ctl->account.url, username, token)
		    : CHAT_ERR_NO_MEMORY;
	if (!err && !chosen)
		cred_use(&cred, *name);
	if (!err)
		err = cred_save(&cred, &ctl->why);
	cred_release(&cred);
	return err;
}

int account_login(struct ctl *ctl, const struct invocation *in)
{
	const char *name, *username;
	struct call call;
	bool sent;
	void *items;
	size_t count;
	enum chat_err err = connect_for_login(ctl, &name);

	if (!err)
		err = call_prepare(ctl, in, &call);
	if (!err)
		err = call_send(ctl, in->command.endpoint, &call, &sent, &items, &count);
	if (err)
		return ctl_fail(ctl, err);
	if (!sent)
		return EXIT_OK;
	username = call.body[call_field(OBJECT_login, "username")];
	err = keep_token(ctl, &name, username, ((const struct chat_token *)items)->access_token);
	if (err)
		return ctl_fail(ctl, err);
	return output_notice(
		ctl, "Logged in to %s as %s (context %s)", ctl->account.url, username, name);
}

static enum chat_err forget_token(struct ctl *ctl)
{
	struct cred cred;
	struct cred_context *context;
	enum chat_err err = cred_open(&cred, true, &ctl->why);

	if (err)
		return err;
	context = cred_find(&cred, ctl->account.context);
	/* Somebody may have logged in again meanwhile. */
	if (context && context->token && !strcmp(context->token, ctl->account.token)) {
		err = cred_put(&cred, ctl->account.context, context->url, context->username, NULL);
		if (!err)
			err = cred_save(&cred, &ctl->why);
	}
	cred_release(&cred);
	return err;
}

int account_logout(struct ctl *ctl, const struct invocation *in)
{
	struct call call = {0};
	void *items;
	size_t count;
	bool sent = false;
	enum chat_err err = ctl_connect(ctl);

	if (!err)
		err = call_send(ctl, in->command.endpoint, &call, &sent, &items, &count);
	/* A token that the server takes no more is as good as revoked. */
	if (err == CHAT_ERR_BAD_TOKEN) {
		buf_reset(&ctl->why);
		err = CHAT_OK;
		sent = true;
	}
	if (!err && sent && !ctl->account.token_given && ctl->account.context)
		err = forget_token(ctl);
	if (err)
		return ctl_fail(ctl, err);
	return sent ? output_notice(ctl, "Logged out of %s", ctl->account.url) : EXIT_OK;
}

int account_status(struct ctl *ctl, const struct invocation *in)
{
	const struct chat_user *user;
	const char *from;
	void *items = NULL;
	size_t count;
	enum chat_err err = ctl_connect(ctl);

	(void)in;
	if (!err && ctl_is_dry(ctl)) {
		err = ctl_dry_path(ctl, endpoint_info(EP_user_self)->path);
		return err ? ctl_fail(ctl, err) : EXIT_OK;
	}
	if (!err)
		err = ctl_get(ctl, EP_user_self, NULL, NULL, &items, &count);
	from = ctl->account.token_given ? "CHATCTL_TOKEN" : ctl->account.context;
	if (err == CHAT_ERR_NOT_LOGGED_IN) {
		buf_printf(&ctl->why, "Not logged in to %s", ctl->account.url);
		return ctl_fail(ctl, err);
	}
	if (err)
		return ctl_fail(ctl, err);
	user = items;
	return output_notice(ctl, "Logged in to %s as %s, id %lld (%s%s)", ctl->account.url,
		user->username, (long long)user->id, ctl->account.token_given ? "" : "context ",
		from);
}

/* --- contexts --- */

/* Opens the contexts to change them, calls change, and puts them on disk. */
static int change_contexts(struct ctl *ctl, const char *name, const char *url,
	bool (*change)(struct cred *cred, const char *name))
{
	struct cred cred;
	enum chat_err err = cred_open(&cred, true, &ctl->why);

	if (!err && change && !change(&cred, name)) {
		buf_printf(&ctl->why, "there is no context %s: see chatctl context list", name);
		err = CHAT_ERR_CONFIG;
	}
	if (!err && !change && cred_find(&cred, name)) {
		buf_printf(&ctl->why, "there is a context %s already: remove it first", name);
		err = CHAT_ERR_INVALID;
	}
	if (!err && !change)
		err = cred_put(&cred, name, url, NULL, NULL);
	if (!err && !ctl_is_dry(ctl))
		err = cred_save(&cred, &ctl->why);
	cred_release(&cred);
	return err ? ctl_fail(ctl, err) : EXIT_OK;
}

int context_add(struct ctl *ctl, const struct invocation *in)
{
	const char *name = args_value(in, "name");
	char *url = rest_url(args_value(in, "server_url"), &ctl->why);
	int status;

	if (!url || !cred_name_ok(name)) {
		if (url)
			buf_puts(&ctl->why,
				"a context's name has letters, digits, '.', '_' and '-'");
		free(url);
		return ctl_usage(ctl, &in->command);
	}
	status = change_contexts(ctl, name, url, NULL);
	free(url);
	return status;
}

int context_use(struct ctl *ctl, const struct invocation *in)
{
	return change_contexts(ctl, args_value(in, "name"), NULL, cred_use);
}

int context_remove(struct ctl *ctl, const struct invocation *in)
{
	return change_contexts(ctl, args_value(in, "name"), NULL, cred_remove);
}

static void put_context_json(struct buf *out, const struct cred_context *context, bool current)
{
	buf_puts(out, "{\"name\":");
	buf_put_json_string(out, context->name);
	buf_puts(out, ",\"url\":");
	buf_put_json_string(out, context->url);
	buf_puts(out, ",\"username\":");
	if (context->username)
		buf_put_json_string(out, context->username);
	else
		buf_puts(out, "null");
	buf_printf(out, ",\"logged_in\":%s,\"current\":%s}", context->token ? "true" : "false",
		current ? "true" : "false");
}

static void put_context(const struct ctl *ctl, struct buf *out, const struct cred_context *context,
	bool current, bool first)
{
	const char *username = context->username ? context->username : "";
	const char *state = context->token ? "logged in" : "logged out";

	switch (ctl->options.format) {
	case FORMAT_JSON:
		buf_puts(out, first ? "" : ",");
		put_context_json(out, context, current);
		break;
	case FORMAT_NDJSON:
		put_context_json(out, context, current);
		buf_putc(out, '\n');
		break;
	case FORMAT_ID:
		buf_printf(out, "%s\n", context->name);
		break;
	case FORMAT_TSV:
		buf_printf(out, "%s\t%s\t%s\t%s\t%s\n", context->name, context->url, username,
			state, current ? "current" : "");
		break;
	case FORMAT_TABLE:
		buf_printf(out, "%c %-16s %-32s %-20s %s\n", current ? '*' : ' ', context->name,
			context->url, username, state);
		break;
	}
}

int context_list(struct ctl *ctl, const struct invocation *in)
{
	bool json = ctl->options.format == FORMAT_JSON;
	struct cred cred;
	struct buf text;
	enum chat_err err = cred_open(&cred, false, &ctl->why);

	(void)in;
	if (err)
		return ctl_fail(ctl, err);
	buf_init(&text, 1 << 22);
	buf_puts(&text, json ? "[" : "");
	for (size_t i = 0; i < cred.count; i++) {
		const struct cred_context *context = &cred.contexts[i];

		put_context(ctl, &text, context, context == cred_find(&cred, NULL), i == 0);
	}
	buf_puts(&text, json ? "]\n" : "");
	output_text(ctl, buf_str(&text), text.len);
	buf_release(&text);
	cred_release(&cred);
	return EXIT_OK;
}
