#ifndef CHATTUI_MARKDOWN_H
#define CHATTUI_MARKDOWN_H

#include <stdbool.h>
#include <stddef.h>

struct rich;

struct markdown_options {
	const char *self; /* one's own username: mentions of it stand out; NULL for none */
	bool marks;       /* keep the marks of code and emphasis: without colours they tell it */
	bool number;      /* links that hide their URL get a number and a line that shows it */
};

/*
 * Appends a message as people write it in chat: CommonMark without HTML, with line breaks kept,
 * ~~strike~~, ||spoilers||, bare links and @mentions. What Markdown would hide is shown as written.
 */
void markdown_put(
	struct rich *rich, const char *text, size_t n, const struct markdown_options *options);

#endif
