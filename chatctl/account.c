#include "commands.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <chat/cred.h>
#include <chat/token.h>
#include "call.h"
#include "output.h"
#include "request.h"

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
		err = CHAT_ERR_USAGE;
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

/* Who one is to the server, as data. */
struct status {
	const char *url, *context, *user; /* context: NULL for CHATCTL_TOKEN's */
	int64_t expires_at;               /* of the token; 0: unknown */
};

#define FIELD(field_, type_, flags_)                                                               \
	{                                                                                          \
		.name = #field_, .type = (type_), .flags = (flags_),                               \
		.offset = offsetof(struct status, field_)                                          \
	}

static const struct field status_fields[] = {
	FIELD(url, FIELD_TEXT, 0),
	FIELD(context, FIELD_TEXT, FIELD_NULLABLE),
	FIELD(user, FIELD_TEXT, 0),
	FIELD(expires_at, FIELD_TIME, FIELD_NULLABLE),
};

static const struct object status_object = {
	.name = "status",
	.size = sizeof(struct status),
	.fields = status_fields,
	.n_fields = sizeof(status_fields) / sizeof(status_fields[0]),
};

static int print_status(struct ctl *ctl, const struct account *account, const char *username)
{
	const struct status status = {
		.url = account->url,
		.context = account->token_given ? NULL : account->context,
		.user = username,
		.expires_at = chat_token_expires_at(account->token),
	};
	struct output out;

	if (!output_open_own(&out, ctl, &status_object, false))
		return ctl_usage(ctl, NULL);
	output_rows(&out, &status, 1);
	output_close(&out);
	output_release(&out);
	return EXIT_OK;
}

int account_status(struct ctl *ctl, const struct invocation *in)
{
	const struct chat_user *user;
	const char *from;
	void *items = NULL;
	size_t count;
	enum chat_err err = ctl_connect(ctl);

	(void)in;
	if (!err && request_is_dry(ctl)) {
		err = request_dry_path(ctl, endpoint_info(EP_user_self)->path);
		return err ? ctl_fail(ctl, err) : EXIT_OK;
	}
	if (!err)
		err = request_get(ctl, EP_user_self, NULL, NULL, &items, &count);
	from = ctl->account.token_given ? "CHATCTL_TOKEN" : ctl->account.context;
	if (err == CHAT_ERR_NOT_LOGGED_IN) {
		buf_printf(&ctl->why, "Not logged in to %s", ctl->account.url);
		return ctl_fail(ctl, err);
	}
	if (err)
		return ctl_fail(ctl, err);
	user = items;
	if (ctl->options.format_given)
		return print_status(ctl, &ctl->account, user->username);
	return output_notice(ctl, "Logged in to %s as %s, id %lld (%s%s)", ctl->account.url,
		user->username, (long long)user->id, ctl->account.token_given ? "" : "context ",
		from);
}
