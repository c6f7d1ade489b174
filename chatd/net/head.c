#include "net/head.h"

#include <string.h>
#include "net/scan.h"
#include "net/target.h"

enum {
	METHOD_MAX = 32,        /* bytes, more than any registered one has */
	LENGTH_DIGITS_MAX = 18, /* so that it fits an int64_t */
};

/* A head as far as it was read. */
struct reader {
	const char *at, *end;
	struct head *head;
	unsigned seen; /* rows of the table of fields, a bit each */
	bool close, keep;
};

/* A field's value may have all but control characters, and tabs. */
static const char *skip_value(const char *at, const char *end)
{
	const uint64_t ones = 0x0101010101010101, tops = 0x80 * ones;
	uint64_t word;

	/* Eight bytes at a time, until one of them is below ' ' or DEL. */
	for (; end - at >= (ptrdiff_t)sizeof(word); at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		if (((word - ' ' * ones) & ~word & tops) != 0 ||
			(((word ^ 0x7f * ones) - ones) & ~word & tops) != 0)
			break;
	}
	while (at < end && ((unsigned char)*at >= ' ' || *at == '\t') && *at != 0x7f)
		at++;
	return at;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct slice trim(struct slice text)
{
	while (text.len > 0 && is_blank(text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && is_blank(text.at[text.len - 1]))
		text.len--;
	return text;
}

static enum head_result refuse(struct reader *reader, enum chat_err err)
{
	reader->head->err = err;
	return HEAD_REFUSED;
}

/* --- fields --- */

bool head_next_element(struct slice *list, struct slice *element)
{
	while (list->len > 0) {
		const char *end = list->at + list->len, *comma = memchr(list->at, ',', list->len);

		*element = trim(slice_of(list->at, comma ? comma : end));
		*list = slice_of(comma ? comma + 1 : end, end);
		if (element->len > 0)
			return true;
	}
	return false;
}

static enum chat_err read_host(struct reader *reader, struct slice value)
{
	(void)reader;
	return target_is_host(value) ? CHAT_OK : CHAT_ERR_BAD_REQUEST;
}

static enum chat_err read_length(struct reader *reader, struct slice value)
{
	int64_t length = 0;

	if (value.len == 0 || value.len > LENGTH_DIGITS_MAX || !is_all(value, SCAN_DIGIT))
		return CHAT_ERR_BAD_REQUEST;
	for (size_t i = 0; i < value.len; i++)
		length = length * 10 + (value.at[i] - '0');
	reader->head->length = length;
	return CHAT_OK;
}

static enum chat_err read_coding(struct reader *reader, struct slice value)
{
	(void)reader;
	return value.len > 0 ? CHAT_OK : CHAT_ERR_BAD_REQUEST;
}

static enum chat_err read_connection(struct reader *reader, struct slice value)
{
	struct slice option;

	while (head_next_element(&value, &option)) {
		if (!is_all(option, SCAN_TOKEN))
			return CHAT_ERR_BAD_REQUEST;
		reader->close |= slice_is(option, "close");
		reader->keep |= slice_is(option, "keep-alive");
		reader->head->upgrade |= slice_is(option, "upgrade");
	}
	return CHAT_OK;
}

static enum chat_err read_expect(struct reader *reader, struct slice value)
{
	struct slice expectation;
	bool known = false;

	while (head_next_element(&value, &expectation)) {
		known = slice_is(expectation, "100-continue");
		if (!known)
			break;
	}
	reader->head->expect |= known;
	return known ? CHAT_OK : CHAT_ERR_EXPECTATION_FAILED;
}

/* Rows that are asked for. */
enum { HOST, CONTENT_LENGTH, TRANSFER_ENCODING };

#define FIELD(name, once, read)                                                                    \
	{                                                                                          \
		name, sizeof(name) - 1, once, read                                                 \
	}

/* The fields that say how to go on, and others that may be there once: of two, who is to say which
 * one counts? */
static const struct {
	const char *name;
	size_t len;
	bool once;
	enum chat_err (*read)(struct reader *reader, struct slice value);
} fields[] = {
	[HOST] = FIELD("host", true, read_host),
	[CONTENT_LENGTH] = FIELD("content-length", true, read_length),
	[TRANSFER_ENCODING] = FIELD("transfer-encoding", false, read_coding),
	FIELD("connection", false, read_connection),
	FIELD("expect", false, read_expect),
	FIELD("authorization", true, NULL),
	FIELD("content-type", true, NULL),
	FIELD("idempotency-key", true, NULL),
	FIELD("origin", true, NULL),
	FIELD("sec-websocket-key", true, NULL),
	FIELD("sec-websocket-version", true, NULL),
};

#undef FIELD

static enum chat_err note_field(struct reader *reader, const struct head_field *field)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (field->name.len != fields[i].len || !slice_is(field->name, fields[i].name))
			continue;
		if (fields[i].once && (reader->seen & 1u << i) != 0)
			return CHAT_ERR_BAD_REQUEST;
		reader->seen |= 1u << i;
		return fields[i].read ? fields[i].read(reader, field->value) : CHAT_OK;
	}
	return CHAT_OK;
}

/* --- lines: HEAD_DONE where the whole of one was read --- */

static enum head_result read_crlf(struct reader *reader)
{
	for (const char *c = "\r\n"; *c != '\0'; c++) {
		if (reader->at == reader->end)
			return HEAD_MORE;
		if (*reader->at++ != *c)
			return refuse(reader, CHAT_ERR_BAD_REQUEST);
	}
	return HEAD_DONE;
}

/* A word and the space behind it. */
static enum head_result read_word(struct reader *reader, unsigned class, size_t max,
	enum chat_err too_long, struct slice *word)
{
	const char *start = reader->at, *stop = skip(start, reader->end, class);

	*word = slice_of(start, stop);
	if (word->len > max)
		return refuse(reader, too_long);
	if (stop == reader->end)
		return HEAD_MORE;
	if (word->len == 0 || *stop != ' ')
		return refuse(reader, CHAT_ERR_BAD_REQUEST);
	reader->at = stop + 1;
	return HEAD_DONE;
}

/* HTTP-version and the end of its line. */
static enum head_result read_version(struct reader *reader, char *major, char *minor)
{
	static const char form[] = "HTTP/0.0";
	const char *start = reader->at;
	enum head_result result;

	for (size_t i = 0; i < sizeof(form) - 1; i++, reader->at++) {
		if (reader->at == reader->end)
			return HEAD_MORE;
		if (form[i] == '0' ? !is_in(*reader->at, SCAN_DIGIT) : *reader->at != form[i])
			return refuse(reader, CHAT_ERR_BAD_REQUEST);
	}
	result = read_crlf(reader);
	*major = start[5];
	*minor = start[7];
	return result;
}

static enum chat_err judge_method(struct slice method)
{
	static const char *const served[] = {
		"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"};
	enum { N = sizeof(served) / sizeof(served[0]), ALLOWED = N - 2 };

	for (size_t i = 0; i < N; i++)
		if (is_exactly(method, served[i]))
			return i < ALLOWED ? CHAT_OK : CHAT_ERR_METHOD_NOT_ALLOWED;
	return CHAT_ERR_METHOD_UNKNOWN;
}

static enum head_result read_request_line(struct reader *reader)
{
	struct head *head = reader->head;
	enum head_result result;
	struct slice method;
	enum chat_err err;
	char major, minor;

	result = read_word(reader, SCAN_TOKEN, METHOD_MAX, CHAT_ERR_METHOD_UNKNOWN, &method);
	if (result != HEAD_DONE)
		return result;
	head->method = method;
	result = read_word(
		reader, SCAN_TARGET, HEAD_LINE_MAX, CHAT_ERR_TARGET_TOO_LONG, &head->target);
	if (result != HEAD_DONE)
		return result;
	result = read_version(reader, &major, &minor);
	if (result != HEAD_DONE)
		return result;
	if (major != '1' || minor > '1')
		return refuse(reader, CHAT_ERR_VERSION_UNSUPPORTED);
	head->minor = (unsigned)(minor - '0');
	err = judge_method(method);
	if (err == CHAT_OK)
		err = target_read(head);
	return err == CHAT_OK ? HEAD_DONE : refuse(reader, err);
}

static enum head_result read_field(struct reader *reader)
{
	struct head *head = reader->head;
	const char *line = reader->at, *colon, *stop;
	struct head_field *field;
	enum head_result result;
	enum chat_err err;

	if (head->n_fields == HEAD_FIELDS_MAX)
		return refuse(reader, CHAT_ERR_HEAD_TOO_LARGE);
	colon = stop = skip(line, reader->end, SCAN_TOKEN);
	if (colon < reader->end && colon > line && *colon == ':')
		stop = skip_value(colon + 1, reader->end);
	if (stop - line > HEAD_LINE_MAX)
		return refuse(reader, CHAT_ERR_HEAD_TOO_LARGE);
	if (stop == reader->end)
		return HEAD_MORE;
	if (stop == colon)
		return refuse(reader, CHAT_ERR_BAD_REQUEST);
	reader->at = stop;
	result = read_crlf(reader);
	if (result != HEAD_DONE)
		return result;
	field = &head->fields[head->n_fields++];
	field->name = slice_of(line, colon);
	field->value = trim(slice_of(colon + 1, stop));
	err = note_field(reader, field);
	return err == CHAT_OK ? HEAD_DONE : refuse(reader, err);
}

/* What only the whole of the fields can tell. */
static enum chat_err judge(struct reader *reader)
{
	struct head *head = reader->head;

	head->keep_alive = !reader->close && (head->minor >= 1 || reader->keep);
	/* RFC 9110, sections 7.8 and 10.1.1: HTTP/1.0 has neither. */
	head->upgrade &= head->minor >= 1;
	head->expect &= head->minor >= 1;
	if (head->minor >= 1 && (reader->seen & 1u << HOST) == 0)
		return CHAT_ERR_BAD_REQUEST;
	if ((reader->seen & 1u << TRANSFER_ENCODING) == 0)
		return CHAT_OK;
	if (head->minor == 0 || (reader->seen & 1u << CONTENT_LENGTH) != 0)
		return CHAT_ERR_BAD_REQUEST;
	if (head_count(head, "transfer-encoding") == 1 &&
		slice_is(head_find(head, "transfer-encoding"), "chunked"))
		return CHAT_ERR_LENGTH_REQUIRED;
	return CHAT_ERR_CODING_UNKNOWN;
}

static enum head_result read_head(struct reader *reader)
{
	enum head_result result = HEAD_DONE;
	enum chat_err err;

	/* An empty line before a request is passed over (RFC 9112, section 2.2). */
	if (reader->at < reader->end && *reader->at == '\r')
		result = read_crlf(reader);
	if (result == HEAD_DONE)
		result = read_request_line(reader);
	while (result == HEAD_DONE && reader->at < reader->end && *reader->at != '\r')
		result = read_field(reader);
	if (result == HEAD_DONE)
		result = read_crlf(reader);
	if (result != HEAD_DONE)
		return result;
	err = judge(reader);
	return err == CHAT_OK ? HEAD_DONE : refuse(reader, err);
}

enum head_result head_parse(const char *bytes, size_t n, struct head *head, size_t *used)
{
	size_t limit = n < HEAD_BYTES_MAX ? n : HEAD_BYTES_MAX;
	struct reader reader = {.at = bytes, .end = bytes + limit, .head = head};
	enum head_result result;

	head->method = head->target = head->path = head->query = (struct slice){"", 0};
	head->length = -1;
	head->minor = 1;
	head->keep_alive = head->upgrade = head->expect = false;
	head->n_fields = 0;
	head->err = CHAT_OK;
	result = read_head(&reader);
	if (result == HEAD_MORE && limit == HEAD_BYTES_MAX)
		result = refuse(&reader, CHAT_ERR_HEAD_TOO_LARGE);
	*used = result == HEAD_DONE ? (size_t)(reader.at - bytes) : 0;
	return result;
}

struct slice head_find(const struct head *head, const char *lower_name)
{
	for (unsigned i = 0; i < head->n_fields; i++)
		if (slice_is(head->fields[i].name, lower_name))
			return head->fields[i].value;
	return (struct slice){NULL, 0};
}

size_t head_count(const struct head *head, const char *lower_name)
{
	size_t n = 0;

	for (unsigned i = 0; i < head->n_fields; i++)
		n += slice_is(head->fields[i].name, lower_name);
	return n;
}

bool head_next_of(const struct head *head, const char *lower_name, struct head_list *list,
	struct slice *element)
{
	while (!head_next_element(&list->rest, element)) {
		const struct head_field *field;

		if (list->n_fields == head->n_fields)
			return false;
		field = &head->fields[list->n_fields++];
		if (slice_is(field->name, lower_name))
			list->rest = field->value;
	}
	return true;
}
