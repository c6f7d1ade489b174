#include "store/mention.h"

#include <string.h>
#include <chat/limits.h>
#include <chat/text.h>

/* The longest username in UTF-8. */
#define NAME_BYTES_MAX (LIMIT_USERNAME_MAX * 4)

/*
 * Behind the code that starts at the backticks p. A run of backticks opens it and the next run of
 * just as many closes it, whether it is `a span` or a ```block``` of lines. What is not closed is
 * no code.
 */
static const char *skip_code(const char *p)
{
	size_t n = strspn(p, "`");
	const char *start = p + n;

	for (p = start; (p = strchr(p, '`')) != NULL; p += strspn(p, "`")) {
		if (strspn(p, "`") == n)
			return p + n;
	}
	return start;
}

/* Whether what stands before the '@' ends a word; in "ada@example.org" it does not. */
static bool is_boundary(const char *text, const char *at)
{
	if (at == text)
		return true;
	do
		at--;
	while (((unsigned char)*at & 0xc0) == 0x80);
	return text_word_char(at) == 0;
}

/* Letters with their marks, digits and signs, as in text_username_fault(). */
static size_t name_length(const char *name)
{
	const char *p = name;
	size_t n;

	while ((n = *p != '\0' && strchr("_.-", *p) != NULL ? 1 : text_word_char(p)) > 0)
		p += n;
	return (size_t)(p - name);
}

void mention_start(struct mention_scan *scan, const char *text)
{
	scan->text = scan->next = text;
}

bool mention_next(struct mention_scan *scan, const char **name, size_t *n)
{
	const char *p = scan->next;

	while (*(p += strcspn(p, "@`")) != '\0') {
		if (*p == '`') {
			p = skip_code(p);
			continue;
		}
		if (!is_boundary(scan->text, p++))
			continue;
		*name = p;
		*n = name_length(p);
		p += *n;
		while (*n > NAME_BYTES_MAX && mention_shorten(*name, n))
			continue;
		if (*n > 0 && *n <= NAME_BYTES_MAX) {
			scan->next = p;
			return true;
		}
	}
	scan->next = p;
	return false;
}

bool mention_shorten(const char *name, size_t *n)
{
	if (*n <= 1 || strchr("_.-", name[*n - 1]) == NULL)
		return false;
	--*n;
	return true;
}
