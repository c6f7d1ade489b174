#ifndef CHAT_ROFF_H
#define CHAT_ROFF_H

struct buf;

/*
 * Appends text for a manual page, from the beginning of a line on and without the end of the last
 * one: what would mean something to roff is escaped, a new sentence begins on a new line, and no
 * line is longer than mandoc's lint likes it. Where there is no space the text stays on its line,
 * so that words may also go into a macro's line.
 */
void roff_put(struct buf *out, const char *text);

#endif
