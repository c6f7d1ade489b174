#include <chat/err.h>

#include <string.h>

static const struct err_info err_table[CHAT_ERR_COUNT] = {
	[CHAT_OK] = {200, "ok", "OK"},
#define ERR(name, status, code, detail) [CHAT_ERR_##name] = {status, code, detail},
#include <chat/errors.def>
#undef ERR
};

const struct err_info *err_info(enum chat_err err)
{
	if ((unsigned int)err >= CHAT_ERR_COUNT)
		err = CHAT_ERR_INTERNAL;
	return &err_table[err];
}

enum chat_err err_by_code(const char *code)
{
	for (unsigned int i = CHAT_OK + 1; i < CHAT_ERR_COUNT; i++)
		if (strcmp(err_table[i].code, code) == 0)
			return (enum chat_err)i;
	return CHAT_OK;
}
