/* The body of a form as browsers send it; the first line is its type. */
#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/multipart.h>
#include <chat/object.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
	size_t head = line ? (size_t)(line - data) : 0, n = line ? size - head - 1 : 0;
	char type[256], *body = malloc(n ? n : 1);
	struct chat_login login;
	struct problems problems = {0};
	struct arena arena;
	struct buf form;

	if (!body || !line || head >= sizeof(type)) {
		free(body);
		return 0;
	}
	memcpy(type, data, head);
	type[head] = '\0';
	memcpy(body, line + 1, n);
	buf_init(&form, 4 * n + 1);
	arena_init(&arena, 0);
	/* Whatever the fields are, the form that is made of them is one. */
	if (!chat_multipart_form(type, body, n, &form) &&
		object_decode_form(OBJECT_login, "body", buf_str(&form), form.len, &arena, &login,
			&problems) == CHAT_ERR_NO_MEMORY)
		abort();
	arena_release(&arena);
	buf_release(&form);
	free(body);
	return 0;
}
