#include "stream.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "hook.h"
#include "sanitize.h"

#define LINE_BYTES_MAX 1048576 /* a message is at most some 25 kB */

/* A message, as --json and the columns know it, with what is said of it beside. */
struct row {
	struct chat_message message; /* first, so that its fields are where its table has them */
	const char *channel, *scope, *event;
	int64_t rev;
};

#define FIELD(field_, type_, flags_)                                                               \
	{                                                                                          \
		.name = #field_, .type = (type_), .flags = (flags_),                               \
		.offset = offsetof(struct row, field_)                                             \
	}

static const struct field beside[] = {
	FIELD(channel, FIELD_TEXT, FIELD_NULLABLE),
	FIELD(event, FIELD_TEXT, 0),
	FIELD(scope, FIELD_TEXT, 0),
	FIELD(rev, FIELD_INT, FIELD_NULLABLE),
};

/* The table of both. */
static void make_object(struct stream *stream)
{
	const struct object *message = object_info(OBJECT_message);
	size_t n = message->n_fields, more = sizeof(beside) / sizeof(beside[0]);

	memcpy(stream->fields, message->fields, n * sizeof(stream->fields[0]));
	memcpy(stream->fields + n, beside, sizeof(beside));
	stream->line = (struct object){
		.name = "line",
		.size = sizeof(struct row),
		.fields = stream->fields,
		.n_fields = n + more,
	};
}

bool stream_open(struct stream *stream, struct ctl *ctl, const char *command, bool named)
{
	/* A document has an end; a stream may have none. */
	if (ctl->options.format == FORMAT_JSON || (!ctl->options.format_given && !ctl->out_tty))
		ctl->options.format = FORMAT_NDJSON;
	*stream = (struct stream){
		.ctl = ctl,
		.human = ctl->options.format == FORMAT_TABLE,
		.command = command,
		.named = named,
		.left = -1,
	};
	make_object(stream);
	if (!output_open_own(&stream->out, ctl, &stream->line, true))
		return false;
	if (!ctl->options.fields) {
		stream->out.whole = true;
		output_choose(&stream->out, named ? "id created_at channel user content"
						  : "id created_at user content");
	}
	return true;
}

void stream_release(struct stream *stream)
{
	output_release(&stream->out);
}

bool stream_is_done(const struct stream *stream)
{
	return stream->left == 0 || ferror(stdout);
}

/* The colour of a name, always the same one; 31 to 36 are readable on dark and on light. */
static unsigned color_of(int64_t user_id)
{
	return 31 + (unsigned)(user_id % 6);
}

/* Lines of a text, those after the first below it. */
static void put_text(struct buf *line, const char *text, size_t indent)
{
	for (;; text++) {
		size_t n = strcspn(text, "\n");

		sanitize_put(line, text, n, "\t");
		text += n;
		if (!*text)
			break;
		buf_printf(line, "\n%*s", (int)indent, "");
	}
}

/* "10:02 ACME:#general alice  hi all" */
static void print_human(const struct stream *stream, const struct stream_item *item)
{
	const struct chat_message *message = item->message;
	const char *channel = item->channel ? item->channel : "?";
	bool color = stream->ctl->out_color;
	time_t seconds = (time_t)(message->created_at / 1000);
	struct buf line;
	struct tm tm;
	char at[16] = "      ";

	buf_init(&line, LINE_BYTES_MAX);
	if (seconds && localtime_r(&seconds, &tm))
		strftime(at, sizeof(at), "%H:%M ", &tm);
	buf_puts(&line, at);
	if (stream->named) {
		sanitize_put(&line, channel, strlen(channel), "");
		buf_putc(&line, ' ');
	}
	if (item->event == EVENT_message_delete) {
		buf_printf(&line, "message %lld was deleted", (long long)message->id);
	} else {
		if (color)
			buf_printf(&line, "\033[%um", color_of(message->user_id));
		sanitize_put(&line, message->user->username, strlen(message->user->username), "");
		if (color)
			buf_puts(&line, "\033[0m");
		buf_puts(&line, "  ");
		put_text(&line, message->content, strlen(at));
		if (item->event == EVENT_message_update)
			buf_printf(&line, " (message %lld edited)", (long long)message->id);
	}
	buf_putc(&line, '\n');
	fwrite(buf_str(&line), 1, line.len, stdout);
	buf_release(&line);
}

/* The members that JSON has behind those of the message. */
static void put_beside(struct buf *more, const struct row *row)
{
	buf_puts(more, ",\"channel\":");
	if (row->channel)
		buf_put_json_string(more, row->channel);
	else
		buf_puts(more, "null");
	buf_printf(more, ",\"event\":\"%s\",\"scope\":\"%s\",\"rev\":", row->event, row->scope);
	if (row->rev)
		buf_put_int(more, row->rev);
	else
		buf_puts(more, "null");
}

static void print_row(struct stream *stream, const struct stream_item *item)
{
	bool deleted = item->event == EVENT_message_delete;
	char scope[32];
	struct row row = {
		.message = *item->message,
		.channel = item->channel,
		.scope = scope,
		.event = event_info(item->event)->name,
		.rev = item->rev,
	};
	struct chat_message_ref ref = {item->message->id, item->message->channel_id};
	struct buf more;

	snprintf(scope, sizeof(scope), "s%lld", (long long)item->server_id);
	buf_init(&more, LINE_BYTES_MAX);
	put_beside(&more, &row);
	stream->out.more = buf_str(&more);
	stream->out.id = OBJECT_message;
	/* Of a deletion there is no more. */
	if (deleted && stream->out.whole && stream->out.format == FORMAT_NDJSON) {
		stream->out.id = OBJECT_message_ref;
		output_rows(&stream->out, &ref, 1);
	} else {
		output_rows(&stream->out, &row, 1);
	}
	stream->out.more = NULL;
	buf_release(&more);
}

void stream_show(struct stream *stream, const struct stream_item *item)
{
	if (stream->command)
		hook_run(stream->command, item);
	else if (stream->human)
		print_human(stream, item);
	else
		print_row(stream, item);
	fflush(stdout);
	if (stream->left > 0)
		stream->left--;
}
