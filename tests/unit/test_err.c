#include <chat/err.h>

#include "test.h"

static void rows(void)
{
	CHECK_INT(err_info(CHAT_OK)->status, 200);
	CHECK_STR(err_info(CHAT_OK)->code, "ok");
	CHECK_INT(err_info(CHAT_ERR_NONCE_REUSED)->status, 409);
	CHECK_STR(err_info(CHAT_ERR_NONCE_REUSED)->code, "nonce_reused");
	CHECK_STR(err_info(CHAT_ERR_USERNAME_REGISTERED)->detail, "Username already registered");
	CHECK_INT(err_info(CHAT_ERR_NO_MEMORY)->status, 0);
}

static void out_of_range(void)
{
	CHECK(err_info(CHAT_ERR_COUNT) == err_info(CHAT_ERR_INTERNAL));
	CHECK(err_info((enum chat_err)9999) == err_info(CHAT_ERR_INTERNAL));
}

/* Every row is complete and is found by its own code, so no code stands twice. */
static void codes_are_unique(void)
{
	for (unsigned int i = CHAT_OK + 1; i < CHAT_ERR_COUNT; i++) {
		const struct err_info *info = err_info((enum chat_err)i);
		size_t n = strlen(info->detail);

		CHECK_INT(err_by_code(info->code), i);
		CHECK(info->status == 0 || (info->status >= 400 && info->status < 600));
		CHECK_INT(strspn(info->code, "abcdefghijklmnopqrstuvwxyz_"), strlen(info->code));
		CHECK(n > 0 && info->detail[n - 1] != '.');
	}
}

static void unknown_codes(void)
{
	CHECK_INT(err_by_code(""), CHAT_OK);
	CHECK_INT(err_by_code("ok"), CHAT_OK);
	CHECK_INT(err_by_code("Not_Member"), CHAT_OK);
	CHECK_INT(err_by_code("not_member "), CHAT_OK);
}

int main(void)
{
	RUN(rows);
	RUN(out_of_range);
	RUN(codes_are_unique);
	RUN(unknown_codes);
	return test_end();
}
