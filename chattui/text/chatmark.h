#ifndef CHATTUI_CHATMARK_H
#define CHATTUI_CHATMARK_H

#include <stddef.h>
#include <chat/buf.h>

/*
 * Appends a message as Markdown that says what people mean by it. CommonMark was made for
 * documents: it goes on with a quote or a list in the line below, takes ">_<" for a quote, a row of
 * dashes for a heading's underline, and "[1]: x" for a definition that is not shown. Here a quote
 * and a list end with their lines, and the rest is shown as it was typed. What stands between ```
 * is left alone.
 */
void chatmark_put(struct buf *out, const char *text, size_t n);

#endif
