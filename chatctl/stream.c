#include "stream.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include "sanitize.h"

#define LINE_BYTES_MAX 1048576 /* a message is at most some 25 kB */

bool stream_open(struct stream *stream, struct ctl *ctl, int64_t count)
{
	/* A document has an end; a stream may have none. */
	if (ctl->options.format == FORMAT_JSON || (!ctl->options.format_given && !ctl->out_tty))
		ctl->options.format = FORMAT_NDJSON;
	*stream = (struct stream){
		.ctl = ctl,
		.human = ctl->options.format == FORMAT_TABLE,
		.left = count,
	};
	return output_open(&stream->out, ctl, OBJECT_message, true);
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

/* "10:02 #general alice  hi all", further lines of a message below its first. */
static void print_human(
	const struct stream *stream, const char *channel, const struct chat_message *message)
{
	bool color = stream->ctl->out_color;
	time_t seconds = (time_t)(message->created_at / 1000);
	struct buf line;
	struct tm tm;
	char at[16] = "";

	buf_init(&line, LINE_BYTES_MAX);
	if (localtime_r(&seconds, &tm))
		strftime(at, sizeof(at), "%H:%M ", &tm);
	buf_puts(&line, at);
	if (stream->named) {
		buf_putc(&line, '#');
		sanitize_put(&line, channel ? channel : "?", strlen(channel ? channel : "?"), "");
		buf_putc(&line, ' ');
	}
	if (color)
		buf_printf(&line, "\033[%um", color_of(message->user_id));
	sanitize_put(&line, message->user->username, strlen(message->user->username), "");
	if (color)
		buf_puts(&line, "\033[0m");
	buf_puts(&line, "  ");
	for (const char *text = message->content;; text++) {
		size_t n = strcspn(text, "\n");

		sanitize_put(&line, text, n, "\t");
		text += n;
		if (!*text)
			break;
		buf_printf(&line, "\n%*s", (int)strlen(at), "");
	}
	buf_putc(&line, '\n');
	fwrite(buf_str(&line), 1, line.len, stdout);
	buf_release(&line);
}

void stream_show(struct stream *stream, const char *channel, int64_t server_id,
	const struct chat_message *message, int64_t rev)
{
	char more[64];
	int n = snprintf(more, sizeof(more), ",\"scope\":\"s%lld\"", (long long)server_id);

	if (rev)
		snprintf(more + n, sizeof(more) - (size_t)n, ",\"rev\":%lld", (long long)rev);
	stream->out.more = more;
	if (stream->human)
		print_human(stream, channel, message);
	else
		output_rows(&stream->out, message, 1);
	stream->out.more = NULL;
	fflush(stdout);
	if (stream->left > 0)
		stream->left--;
}
