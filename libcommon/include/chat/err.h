#ifndef CHAT_ERR_H
#define CHAT_ERR_H

/* What can go wrong, as one code from the store to the exit status of a command. */
enum chat_err {
	CHAT_OK = 0,
#define ERR(name, status, code, detail) CHAT_ERR_##name,
#include <chat/errors.def>
#undef ERR
	CHAT_ERR_COUNT
};

struct err_info {
	int status;         /* the HTTP status, 0 for what never goes over the wire */
	const char *code;   /* the stable snake_case name */
	const char *detail; /* one sentence for a person, without a full stop */
};

/* The row of err in errors.def; for CHAT_OK {200, "ok", "OK"}. Any thread; never NULL. */
const struct err_info *err_info(enum chat_err err);

/*
 * The error whose code is the given text, as a client reads it from a reply's "code"; CHAT_OK if
 * there is none. Any thread.
 */
enum chat_err err_by_code(const char *code);

#endif
