#ifndef CHATD_NET_HEAD_H
#define CHATD_NET_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <chat/err.h>
#include "net/slice.h"

/*
 * The heads of HTTP/1.0 and 1.1 requests, as RFC 9112 and RFC 9110 write them and no other way:
 * what two readers could take for different things is refused. Nothing is copied or allocated, and
 * nothing is kept between calls. Any thread.
 */

enum {
	HEAD_LINE_MAX = 8192,     /* bytes of a target, and of a field's line without its CRLF */
	HEAD_BYTES_MAX = 16384,   /* from the first byte to the end of the empty line */
	HEAD_FIELDS_MAX = 64,     /* lines, not names */
	HEAD_ARGUMENTS_MAX = 100, /* what '&' separates in a query */
};

struct head_field {
	struct slice name, value; /* the value without the white space around it */
};

struct head {
	struct slice method, target;
	struct slice path,
		query;   /* as they were sent, percent-encoded, without the '?'; of an absolute
			    target what follows its authority; the path is never empty */
	int64_t length;  /* of the body in bytes; -1 when none was given */
	unsigned minor;  /* of HTTP/1.x */
	bool keep_alive; /* the connection may serve another request */
	bool upgrade;    /* Connection names it */
	bool expect;     /* the client waits for 100 Continue */
	unsigned n_fields;
	struct head_field fields[HEAD_FIELDS_MAX];
	enum chat_err err; /* of HEAD_REFUSED */
};

enum head_result { HEAD_MORE, HEAD_DONE, HEAD_REFUSED };

/*
 * Reads the head at the start of n bytes. HEAD_DONE: it takes *used of them, and the slices of
 * *head point into them (an empty path of an absolute target apart). HEAD_MORE: to be called again
 * with these bytes and further ones. HEAD_REFUSED: head->err says why, and no further bytes could
 * change that; where the next request would start is not known. method, with minor and fields, is
 * there as far as it was read, else empty.
 */
enum head_result head_parse(const char *bytes, size_t n, struct head *head, size_t *used);

/* The value of the first field of this name, which is given in lower case; .at is NULL if there is
 * none. */
struct slice head_find(const struct head *head, const char *lower_name);

/* How many fields have this name. */
size_t head_count(const struct head *head, const char *lower_name);

/* Takes the next element off a comma-separated list, without the white space around it; false at
 * the end. Empty elements are passed over. */
bool head_next_element(struct slice *list, struct slice *element);

/* A place in the list that all fields of a name are together (RFC 9110, section 5.3); at first 0.
 */
struct head_list {
	unsigned n_fields; /* that were looked at */
	struct slice rest; /* of the last one of them */
};

/* The same for such a list, whose name is given in lower case. */
bool head_next_of(const struct head *head, const char *lower_name, struct head_list *list,
	struct slice *element);

/*
 * Decodes a path of a head that was read, and terminates it: out has room for path.len + 1 bytes.
 * Returns the length. It has no control characters. %2F stays as it is: as data it separates no
 * segments (RFC 3986, section 2.2).
 */
size_t head_decode_path(struct slice path, char *out);

#endif
