#include "commands.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <chat/cred.h>
#include <chat/time.h>
#include <chat/token.h>
#include "output.h"
#include "request.h"

/* --- changing --- */

/* Opens the contexts to change them, calls change, and puts them on disk. */
static int change_contexts(struct ctl *ctl, const char *name, const char *url,
	bool (*change)(struct cred *cred, const char *name))
{
	struct cred cred;
	enum chat_err err = cred_open(&cred, true, &ctl->why);

	if (!err && change && !change(&cred, name)) {
		buf_printf(&ctl->why, "there is no context %s: see chatctl context list", name);
		err = CHAT_ERR_CONTEXT_NOT_FOUND;
	}
	if (!err && !change && cred_find(&cred, name)) {
		buf_printf(&ctl->why, "there is a context %s already: remove it first", name);
		err = CHAT_ERR_INVALID;
	}
	if (!err && !change)
		err = cred_put(&cred, name, url, NULL, NULL);
	if (!err && !request_is_dry(ctl))
		err = cred_save(&cred, &ctl->why);
	cred_release(&cred);
	return err ? ctl_fail(ctl, err) : EXIT_OK;
}

int context_add(struct ctl *ctl, const struct invocation *in)
{
	const char *name = invocation_value(in, "name");
	char *url = rest_url(invocation_value(in, "server_url"), &ctl->why);
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
	return change_contexts(ctl, invocation_value(in, "name"), NULL, cred_use);
}

int context_remove(struct ctl *ctl, const struct invocation *in)
{
	return change_contexts(ctl, invocation_value(in, "name"), NULL, cred_remove);
}

/* --- listing --- */

struct row {
	const char *name, *url, *username; /* the last may be NULL */
	bool logged_in, current;
	int64_t expires_at; /* of the token; 0: unknown */
};

#define FIELD(field_, type_, flags_)                                                               \
	{                                                                                          \
		.name = #field_, .type = (type_), .flags = (flags_),                               \
		.offset = offsetof(struct row, field_)                                             \
	}

static const struct field fields[] = {
	FIELD(name, FIELD_TEXT, 0),
	FIELD(url, FIELD_TEXT, 0),
	FIELD(username, FIELD_TEXT, FIELD_NULLABLE),
	FIELD(logged_in, FIELD_BOOL, 0),
	FIELD(current, FIELD_BOOL, 0),
	FIELD(expires_at, FIELD_TIME, FIELD_NULLABLE),
};

static const struct object row_object = {
	.name = "context",
	.size = sizeof(struct row),
	.fields = fields,
	.n_fields = sizeof(fields) / sizeof(fields[0]),
};

int context_list(struct ctl *ctl, const struct invocation *in)
{
	struct output out;
	struct cred cred;
	struct row *rows;
	enum chat_err err = cred_open(&cred, false, &ctl->why);

	if (err)
		return ctl_fail(ctl, err);
	if (!output_open_own(&out, ctl, &row_object, true)) {
		cred_release(&cred);
		return ctl_usage(ctl, &in->command);
	}
	rows = arena_array(&ctl->arena, cred.count + 1, sizeof(*rows));
	for (size_t i = 0; rows && i < cred.count; i++) {
		const struct cred_context *context = &cred.contexts[i];
		int64_t expires_at = context->token ? chat_token_expires_at(context->token) : 0;

		rows[i] = (struct row){
			.name = context->name,
			.url = context->url,
			.username = context->username,
			.logged_in = context->token && (!expires_at || expires_at > time_now_ms()),
			.expires_at = expires_at,
			.current = context == cred_find(&cred, NULL),
		};
	}
	if (rows) {
		output_rows(&out, rows, cred.count);
		output_close(&out);
	}
	output_release(&out);
	cred_release(&cred);
	return rows ? EXIT_OK : ctl_fail(ctl, CHAT_ERR_NO_MEMORY);
}
