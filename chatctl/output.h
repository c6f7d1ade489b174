#ifndef CHATCTL_OUTPUT_H
#define CHATCTL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <chat/buf.h>
#include <chat/object.h>
#include "ctl.h"

#define OUTPUT_COLUMNS_MAX 16

/* Objects of one kind on their way to standard output, in the format that the user wants. */
struct output {
	const struct ctl *ctl;
	enum format format;
	enum object_id id; /* OBJECT_none: of chatctl's own */
	const struct object *object;
	bool is_list;
	bool whole; /* as JSON all of it, as the protocol has it, not the columns alone */
	size_t columns[OUTPUT_COLUMNS_MAX]; /* indexes of the object's fields */
	size_t n_columns;
	const char *more; /* members (,"name":value) for each whole JSON object; mostly NULL */
	size_t rows;      /* printed so far */
	struct buf json;  /* of FORMAT_JSON, until the end */
};

/* is_list: whether there may be other than one. False when --json names a field that the object
 * does not have; ctl->why then says which it has. */
bool output_open(struct output *out, struct ctl *ctl, enum object_id id, bool is_list);

/* The same for an object of chatctl's own, with texts, numbers and truths. */
bool output_open_own(
	struct output *out, struct ctl *ctl, const struct object *object, bool is_list);

/* The columns where --json does not choose them: names of fields, with spaces between. */
void output_choose(struct output *out, const char *names);

/* Prints count structs that lie one after another. */
void output_rows(struct output *out, const void *items, size_t count);

/* Prints what the format has at the end. */
void output_close(struct output *out);
void output_release(struct output *out);

/* All at once; returns the exit status. */
int output_print(struct ctl *ctl, enum object_id id, bool is_list, const void *items, size_t count);

/* A sentence for a person, in the user's format. */
int output_notice(struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints text that may be anybody's: on a terminal inert, elsewhere as it is. */
void output_text(const struct ctl *ctl, const char *text, size_t n);

/* The names of the columns that an object has by default, separated by spaces. */
void output_put_columns(struct buf *out, enum object_id id);

/* The index of the field that -o id prints. */
size_t output_id_field(const struct object *object);

#endif
