#ifndef CHAT_TEXT_H
#define CHAT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* True when the n bytes are valid UTF-8 (RFC 3629: no surrogates, nothing overlong). */
bool text_is_utf8(const char *text, size_t n);

/* Bytes of a code point in UTF-8, at most. */
#define TEXT_UTF8_MAX 4

/* Writes the code point, which is no surrogate, without a NUL; returns how many bytes it took. */
size_t text_put_utf8(char out[TEXT_UTF8_MAX], uint32_t c);

/*
 * True when the n bytes show nothing: they have only white space, control characters and what
 * Unicode ignores where it cannot be shown (U+200B, Hangul fillers), and a few more that are blank
 * by design (U+2800). No bytes at all show nothing. Bytes that are no UTF-8 count as shown.
 */
bool chat_text_is_blank(const char *text, size_t n);

/* Unicode code points in n bytes of valid UTF-8. */
size_t text_length(const char *text, size_t n);

/*
 * The form under which names are compared: NFKC, case-folded, NFKC again (Unicode's
 * toNFKC_Casefold but for the default ignorables, which no name may have). NULL without memory.
 * The result belongs to the arena.
 */
char *text_fold(const char *text, struct arena *arena);

/* The text in NFC, in the arena; NULL without memory. */
char *text_nfc(const char *text, struct arena *arena);

/*
 * NULL when text can be a new username: letters with their marks, digits, '_', '.' and '-', in
 * NFC, of one script (Japanese, Korean and Chinese writing count as one each: UTS 39, section 5.1).
 * Otherwise what is wrong with it, as a sentence; static. Does not look at the length.
 */
const char *text_username_fault(const char *text);

/* Bytes of the character that text (valid UTF-8) starts with, if it is a letter, a letter's mark or
 * a digit; else, or at the end, 0. */
size_t text_word_char(const char *text);

/* NULL when text looks like an email address (one '@' with something on both sides, no spaces, no
 * control characters); otherwise what is wrong, static. */
const char *text_email_fault(const char *text);

/* What a hexadecimal digit stands for, in either case; -1 for any other character. */
int text_hex_digit(char c);

/*
 * Decodes %XX, and '+' as a space where plus is true, from n bytes into out, which takes n + 1
 * bytes; the count of bytes written without the NUL, or -1 when a % is not followed by two digits.
 */
long text_percent_decode(const char *text, size_t n, bool plus, char *out);

struct buf;

/* Appends text, percent-encoding all but RFC 3986's unreserved characters. */
bool text_percent_encode(struct buf *out, const char *text);

/*
 * Appends text, broken at its spaces so that no line passes 80 columns, and a line end. indent is
 * what every line but the first begins with; column is where the first begins. A byte is a column.
 */
bool chat_text_wrap(struct buf *out, const char *text, const char *indent, size_t column);

/* Edit distance (insertions, deletions, substitutions and swaps of neighbours) for "did you mean";
 * bytes count, not code points. Texts beyond 63 bytes are as far as their lengths. */
size_t text_distance(const char *a, const char *b);

#endif
