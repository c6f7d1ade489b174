#ifndef CHAT_MARKUP_H
#define CHAT_MARKUP_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct buf;

/*
 * What a message's text means: CommonMark, as chat_markup_put() prepares it and md4c reads it with
 * chat_markup_flags. Who draws messages and who looks for mentions in them both go this way, so
 * that what is shown as code is what mentions nobody. Code is what backticks enclose and what
 * stands behind a fence, ``` or ~~~, up to a fence that closes it or the message's end; an
 * indented line is none. HTML is text.
 */
extern const unsigned chat_markup_flags;

/*
 * Appends a message of n bytes as Markdown that says what people mean by it. CommonMark was made
 * for documents: it goes on with a quote or a list in the line below, takes ">_<" for a quote, a
 * row of dashes for a heading's underline, and "[1]: x" for a definition that is not shown. Here a
 * quote and a list end with their lines, and the rest is shown as it was typed. What stands behind
 * a fence is left alone. Bytes are only added, at most two for each line. Fails as the buffer does.
 */
bool chat_markup_put(struct buf *out, const char *text, size_t n);

#ifdef __cplusplus
}
#endif

#endif
