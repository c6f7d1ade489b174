#include "batch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <chat/gateway.h>
#include <chat/lines.h>
#include <chat/text.h>
#include <chat/time.h>
#include "message.h"
#include "output.h"
#include "progress.h"
#include "request.h"

#define FEW 32   /* lines that are not worth a gateway */
#define AHEAD 64 /* lines that wait for their answer at once */
#define POLL_MAX_MS 60000

struct batch {
	struct ctl *ctl;
	struct call *call;
	struct output *out;
	bool ended; /* no more lines are to be sent */
	size_t sent;
	int64_t bytes; /* of the lines that were taken */
	struct progress progress;

	struct gateway *gateway; /* NULL while the lines are few */
	struct waiting {
		char nonce[33];
		size_t number;
	} waiting[AHEAD]; /* for an answer, in order */
	size_t n_waiting;
	int64_t since;   /* the last answer; of time_mono_us */
	unsigned failed; /* connections in a row */
};

/* Says which line it was. */
static void name_line(struct batch *batch, enum chat_err err, size_t number)
{
	struct buf *why = &batch->ctl->why;
	char *told = strdup(why->len ? buf_str(why) : err_info(err)->detail);

	buf_reset(why);
	buf_printf(why, "line %zu: %s", number, told ? told : "");
	free(told);
}

/* --- sending --- */

static enum chat_err open_gateway(struct batch *batch)
{
	const struct account *account = &batch->ctl->account;
	struct gateway_settings settings = {
		.url = account->url,
		.token = account->token,
		.agent = ctl_agent,
	};

	return gateway_new(&batch->gateway, &settings);
}

static enum chat_err send_ahead(struct batch *batch, const char *text)
{
	struct waiting *waiting = &batch->waiting[batch->n_waiting];
	enum chat_err err =
		gateway_send(batch->gateway, batch->call->params.channel_id, text, waiting->nonce);

	if (err == CHAT_ERR_INVALID && text_is_utf8(text, strlen(text)))
		buf_printf(
			&batch->ctl->why, "a message has at most %d characters", LIMIT_CONTENT_MAX);
	else if (err == CHAT_ERR_INVALID)
		buf_puts(&batch->ctl->why, "content is not valid UTF-8");
	if (err)
		return err;
	if (batch->n_waiting == 0)
		batch->since = time_mono_us();
	waiting->number = batch->ctl->input.number;
	batch->n_waiting++;
	return CHAT_OK;
}

static enum chat_err send_line(struct batch *batch, const char *line, size_t n)
{
	struct ctl *ctl = batch->ctl;
	/* Each message's memory goes with it: the input may be endless. */
	struct arena whole = ctl->arena;
	enum chat_err err = CHAT_OK;
	const char *text;

	arena_init(&ctl->arena, 0);
	text = arena_strndup(&ctl->arena, line, n);
	if (!text) {
		err = CHAT_ERR_NO_MEMORY;
	} else if (++batch->sent <= FEW || request_is_dry(ctl)) {
		batch->call->body[call_field(OBJECT_message_create, "content")] = text;
		err = message_send_one(ctl, batch->call, batch->out);
		fflush(stdout);
	} else {
		err = batch->gateway ? CHAT_OK : open_gateway(batch);
		if (!err)
			err = send_ahead(batch, text);
	}
	arena_release(&ctl->arena);
	ctl->arena = whole;
	if (err)
		name_line(batch, err, ctl->input.number);
	return err;
}

static enum chat_err send_lines(struct batch *batch)
{
	enum chat_err err = CHAT_OK;
	struct chat_lines *input = &batch->ctl->input;
	enum chat_line result;
	const char *line;
	size_t n;

	while (!err && batch->n_waiting < AHEAD && (result = chat_lines_next(input, &line, &n))) {
		batch->bytes += (int64_t)n + 1;
		if (result != CHAT_LINE_TEXT) {
			chat_lines_explain(result, "it", &batch->ctl->why);
			err = CHAT_ERR_INVALID;
			name_line(batch, err, input->number);
		} else if (!chat_text_is_blank(line, n)) {
			err = send_line(batch, line, n);
		}
	}
	/* Where there was room for more, all lines that were read are sent. */
	batch->ended = input->ended && batch->n_waiting < AHEAD;
	return err;
}

/* --- answers --- */

/* The line that was answered, which then waits no more; 0 if there is none. */
static size_t pop_waiting(struct batch *batch, const char *nonce)
{
	size_t i = 0, number;

	while (i < batch->n_waiting && strcmp(batch->waiting[i].nonce, nonce) != 0)
		i++;
	if (i == batch->n_waiting)
		return 0;
	number = batch->waiting[i].number;
	batch->n_waiting--;
	memmove(&batch->waiting[i], &batch->waiting[i + 1],
		(batch->n_waiting - i) * sizeof(batch->waiting[0]));
	return number;
}

/* As often as a request is repeated, so often the connection is made anew. */
static enum chat_err on_state(struct batch *batch, const struct gateway_item *item)
{
	if (item->state == GATEWAY_LIVE || (item->state == GATEWAY_CONNECTING &&
						   batch->failed++ < batch->ctl->options.retries))
		return CHAT_OK;
	if (item->err != CHAT_ERR_BAD_TOKEN)
		buf_printf(&batch->ctl->why, "%s: %s", err_info(item->err)->detail, item->error);
	if (batch->n_waiting > 0)
		name_line(batch, item->err, batch->waiting[0].number);
	batch->n_waiting = 0;
	return item->err;
}

static enum chat_err on_item(struct batch *batch, const struct gateway_item *item)
{
	size_t number;

	switch (item->kind) {
	case GATEWAY_STATE:
		return on_state(batch, item);
	case GATEWAY_SENT:
		batch->failed = 0;
		batch->since = time_mono_us();
		pop_waiting(batch, item->nonce);
		output_rows(batch->out, item->data, 1);
		return CHAT_OK;
	case GATEWAY_FAILED:
		number = pop_waiting(batch, item->nonce);
		buf_puts(&batch->ctl->why, item->error);
		name_line(batch, item->err, number);
		return item->err;
	default:
		return CHAT_OK;
	}
}

static enum chat_err receive_items(struct batch *batch)
{
	struct gateway_item *item;
	enum chat_err err = CHAT_OK;

	while (!err && batch->gateway && (item = gateway_next(batch->gateway))) {
		err = on_item(batch, item);
		gateway_item_free(item);
	}
	fflush(stdout);
	return err;
}

/* Waits for input where there is room for it, and for answers. Where more lines may wait, all that
 * were read are under way. */
static enum chat_err wait_for_more(struct batch *batch)
{
	int64_t bound = batch->ctl->options.timeout_ms; /* 0: none */
	int64_t left = bound - (time_mono_us() - batch->since) / 1000;
	bool room = !batch->ended && batch->n_waiting < AHEAD;
	enum chat_err err;
	struct pollfd fds[] = {
		{.fd = room ? STDIN_FILENO : -1, .events = POLLIN},
		{.fd = batch->gateway ? gateway_fd(batch->gateway) : -1, .events = POLLIN},
	};

	if (batch->ctl->cancel && *batch->ctl->cancel)
		return CHAT_ERR_TIMEOUT;
	if (!bound || batch->n_waiting == 0 || left > POLL_MAX_MS)
		left = POLL_MAX_MS;
	if (left <= 0) {
		name_line(batch, CHAT_ERR_TIMEOUT, batch->waiting[0].number);
		return CHAT_ERR_TIMEOUT;
	}
	if (poll(fds, 2, (int)left) < 0)
		return errno == EINTR ? CHAT_OK : CHAT_ERR_IO;
	if (!fds[0].revents)
		return CHAT_OK;
	err = chat_lines_fill(&batch->ctl->input, STDIN_FILENO);
	if (err == CHAT_ERR_IO)
		buf_printf(&batch->ctl->why, "cannot read standard input: %s", strerror(errno));
	return err;
}

/* After a failure: sends no more, but tells of what is under way. The failure stays the first. */
static void finish(struct batch *batch)
{
	char *why = strdup(buf_str(&batch->ctl->why));

	batch->ended = true;
	while (batch->n_waiting > 0 && !wait_for_more(batch))
		receive_items(batch);
	buf_reset(&batch->ctl->why);
	buf_puts(&batch->ctl->why, why ? why : "");
	free(why);
}

enum chat_err batch_send(struct ctl *ctl, struct call *call, struct output *out)
{
	struct batch batch = {.ctl = ctl, .call = call, .out = out};
	struct stat st;
	enum chat_err err = CHAT_OK;

	progress_init(&batch.progress, ctl,
		!fstat(STDIN_FILENO, &st) && S_ISREG(st.st_mode) ? st.st_size : 0);
	while (!err && (!batch.ended || batch.n_waiting > 0)) {
		err = send_lines(&batch);
		if (!err && (!batch.ended || batch.n_waiting > 0))
			err = wait_for_more(&batch);
		if (!err)
			err = receive_items(&batch);
		progress_show(&batch.progress, batch.bytes, out->rows);
	}
	progress_clear(&batch.progress);
	if (err && err != CHAT_ERR_TIMEOUT)
		finish(&batch);
	gateway_free(batch.gateway);
	return err;
}
