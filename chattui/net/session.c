#include "net/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <chat/limits.h>
#include <chat/text.h>
#include <chat/time.h>

#define SAVE_MS 1000      /* from a change to the disk, */
#define FIRST_SAVE_MS 100 /* and from the first one */
#define READ_MS 500       /* between two read markers */
#define RETRY_MS 3000     /* from a page that did not come to another try */
#define WORK_US 8000      /* for events in a row, so that keys are not kept waiting */
#define NOTICE_SIZE 512
#define KEEP_OPEN 20000 /* messages of the open channel, */
#define KEEP_OTHERS 500 /* and of the others */

int64_t session_now(void)
{
	return time_mono_us() / 1000;
}

void session_notice(struct session *session, bool is_error, const char *format, ...)
{
	char text[NOTICE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (session->notice)
		session->notice(session->context, text, is_error);
}

/* --- beginning and end --- */

static void add_outbox(int64_t channel_id, const char *content, const char *nonce, void *context)
{
	struct session *session = context;

	model_send(&session->model, channel_id, content, nonce, time_now_ms());
}

void session_init(struct session *session, struct account *account, bool keep, int64_t *open_id)
{
	char *path = keep ? account_path(account, "cache") : NULL;
	struct buf why;

	*session = (struct session){.account = *account};
	*account = (struct account){0};
	model_init(&session->model);
	*open_id = 0;
	if (!path)
		return;
	buf_init(&why, NOTICE_SIZE);
	session->cache = cache_open(path, &why);
	if (!session->cache)
		session->no_cache = strdup(buf_str(&why));
	cache_load(session->cache, &session->model, open_id);
	buf_release(&why);
	free(path);
}

void session_release(struct session *session)
{
	session_save(session);
	session_disconnect(session);
	cache_close(session->cache);
	free(session->no_cache);
	model_release(&session->model);
	account_release(&session->account);
	*session = (struct session){0};
}

bool session_connect(struct session *session, struct buf *why)
{
	struct gateway_settings settings = {
		.url = session->account.url,
		.token = session->account.token,
	};
	enum chat_err err;

	session_disconnect(session);
	if (session->cache)
		session->outbox = account_path(&session->account, "outbox");
	settings.outbox = session->outbox;
	session->worker = worker_new(session->account.url, session->account.token);
	err = session->worker ? gateway_new(&session->gateway, &settings) : CHAT_ERR_NO_MEMORY;
	if (err == CHAT_ERR_BUSY) {
		/* Another chattui of this account: two may not send the same messages. */
		session_notice(session, false,
			"this account is open elsewhere here: unsent messages are not kept");
		settings.outbox = NULL;
		err = gateway_new(&session->gateway, &settings);
	}
	if (err) {
		buf_puts(why, err_info(err)->detail);
		return false;
	}
	gateway_outbox(session->gateway, add_outbox, session);
	session->model.state = GATEWAY_CONNECTING;
	session->model.changes |= CHANGE_STATUS;
	return true;
}

void session_disconnect(struct session *session)
{
	worker_free(session->worker);
	session->worker = NULL;
	if (session->gateway)
		gateway_free(session->gateway);
	session->gateway = NULL;
	free(session->outbox);
	session->outbox = NULL;
	session->was_live = session->recounting = false;
	while (session->model.pending)
		model_forget(&session->model, session->model.pending->nonce);
	for (size_t i = 0; i < session->model.n_servers; i++) {
		struct server *server = session->model.servers[i];

		/* What was asked for will not be answered. */
		server->members_load = LOAD_NONE;
		for (size_t j = 0; j < server->n_channels; j++)
			server->channels[j]->history.is_loading = false;
	}
}

/* --- work --- */

nfds_t session_poll(const struct session *session, struct pollfd fds[2])
{
	if (!session->gateway)
		return 0;
	fds[0] = (struct pollfd){.fd = gateway_fd(session->gateway), .events = POLLIN};
	fds[1] = (struct pollfd){.fd = worker_fd(session->worker), .events = POLLIN};
	return 2;
}

/* What must not happen to a cache of another user: its drafts and messages are not this one's. */
static void check_owner(struct session *session, const struct gateway_item *item)
{
	const struct chat_ready *ready = item->data;
	const struct person *self = session->model.self;

	if (item->kind == GATEWAY_EVENT && item->event == EVENT_ready && self &&
		self->id != ready->user->id)
		cache_clear(session->cache);
}

static bool is_live(const struct session *session)
{
	return session->gateway && session->model.state == GATEWAY_LIVE;
}

/* Channels that are not open keep less, and the open one not everything. */
static void trim(struct session *session, const struct gateway_item *item)
{
	const struct chat_message *from = item->data;
	struct channel *channel;
	size_t keep;

	if (item->kind != GATEWAY_EVENT || item->event != EVENT_message)
		return;
	channel = model_channel(&session->model, from->channel_id);
	keep = channel == session->model.open ? KEEP_OPEN : KEEP_OTHERS;
	/* In steps: each one moves all that remains. */
	if (channel && channel->history.count > keep + keep / 4)
		history_trim(&channel->history, keep);
}

/* Something is to be saved, soon. */
static void save_later(struct session *session, unsigned changes)
{
	session->save_changes |= changes & (CHANGE_TREE | CHANGE_MEMBERS);
	/* Whose it is comes with the first snapshot. */
	if (!session->save_at && session->model.self)
		session->save_at = session_now() + (session->has_saved ? SAVE_MS : FIRST_SAVE_MS);
}

bool session_work(struct session *session)
{
	int64_t end = time_mono_us() + WORK_US;
	struct gateway_item *item = NULL;
	bool miscounted = session->model.miscounted;
	unsigned before;

	if (!session->gateway)
		return false;
	worker_collect(session->worker);
	before = session->model.changes;
	while (session->gateway && time_mono_us() < end &&
		(item = gateway_next(session->gateway)) != NULL) {
		session->model.changes = 0;
		check_owner(session, item);
		model_apply(&session->model, item, session_now());
		trim(session, item);
		save_later(session, session->model.changes);
		before |= session->model.changes;
		gateway_item_free(item);
	}
	session->model.changes |= before;
	if (is_live(session) && (!session->was_live || (before & CHANGE_MEMBERS) ||
					session->model.miscounted > miscounted))
		session_refresh(session);
	session->was_live = is_live(session);
	return item != NULL;
}

static void send_read(struct session *session)
{
	if (is_live(session))
		gateway_read(session->gateway, session->read_channel, session->read_id);
	session->read_id = 0;
	session->read_at = session_now();
}

/* Asks once more for what did not come: drawing the messages asks for older pages. */
static void retry(struct session *session)
{
	session->retry_at = 0;
	session->model.changes |= CHANGE_MESSAGES;
	session_refresh(session);
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a && (!b || a < b) ? a : b;
}

int64_t session_due(struct session *session)
{
	int64_t now = session_now();

	if (session->save_at && session->save_at <= now)
		session_save(session);
	if (session->read_id && session->read_at + READ_MS <= now)
		send_read(session);
	if (session->retry_at && session->retry_at <= now)
		retry(session);
	return sooner(session->save_at,
		sooner(session->retry_at, session->read_id ? session->read_at + READ_MS : 0));
}

void session_save(struct session *session)
{
	if (!session->save_at)
		return;
	session->has_saved = true;
	if (!cache_save(session->cache, &session->model, session->save_changes)) {
		session->save_at = session_now() + SAVE_MS;
		return;
	}
	session->save_at = 0;
	session->save_changes = 0;
}

/* --- requests --- */

struct job *session_job(struct session *session, enum endpoint_id endpoint, job_done *done)
{
	return job_new(endpoint, done, session);
}

static void done_notice(struct job *job)
{
	if (job->err)
		session_notice(job->context, true, "%s", buf_str(&job->why));
}

void session_submit(struct session *session, struct job *job)
{
	if (!job->done)
		job->done = done_notice;
	if (session->worker)
		worker_submit(session->worker, job);
	else
		job_free(job);
}

static void done_page(struct job *job)
{
	struct session *session = job->context;
	struct channel *channel = model_channel(&session->model, job->a);

	if (!channel)
		return;
	channel->history.is_loading = false;
	if (job->err) {
		/* Being offline is told by the status line. */
		if (job->err != CHAT_ERR_NETWORK && job->err != CHAT_ERR_TIMEOUT)
			done_notice(job);
		session->retry_at = session_now() + RETRY_MS;
		return;
	}
	model_page(&session->model, job->a, job->b, job->items, job->count, LIMIT_PAGE_MAX);
	save_later(session, 0);
}

/* Asks for messages below `before`, or with 0 for the newest ones. */
static void load_page(struct session *session, struct channel *channel, int64_t before)
{
	struct job *job;

	if (!is_live(session) || channel->gone_why || channel->history.is_loading)
		return;
	job = session_job(session, EP_message_list, done_page);
	job->params.channel_id = job->a = channel->id;
	job->b = before;
	job_set_int(job, "limit", LIMIT_PAGE_MAX);
	if (before)
		job_set_int(job, "before", before);
	channel->history.is_loading = true;
	session_submit(session, job);
}

static void load_members(struct session *session, struct server *server, int64_t after);

static void done_members(struct job *job)
{
	struct session *session = job->context;
	struct server *server = model_server(&session->model, job->a);
	const struct chat_member *members = job->items;

	if (!server)
		return;
	if (job->err) {
		server->members_load = LOAD_NONE;
		session->retry_at = session_now() + RETRY_MS;
		return;
	}
	model_members(&session->model, job->a, members, job->count, job->b == 0);
	save_later(session, CHANGE_MEMBERS);
	if (job->count == LIMIT_PAGE_MAX)
		load_members(session, server, members[job->count - 1].user_id);
}

static void load_members(struct session *session, struct server *server, int64_t after)
{
	struct job *job;

	if (!is_live(session))
		return;
	job = session_job(session, EP_member_list, done_members);
	job->params.server_id = job->a = server->id;
	job->b = after;
	job_set_int(job, "limit", LIMIT_PAGE_MAX);
	if (after)
		job_set_int(job, "after", after);
	server->members_load = LOAD_UNDERWAY;
	session_submit(session, job);
}

static void done_unread(struct job *job)
{
	struct session *session = job->context;

	session->recounting = false;
	/* What has come meanwhile may be counted in the answer or not. */
	if (job->err || session->model.n_arrived != (size_t)job->a)
		session->retry_at = session_now() + RETRY_MS;
	else
		model_recount(&session->model, job->items, job->count);
}

/* Asks for what is unread where it cannot be counted here. */
static void recount(struct session *session)
{
	struct job *job;

	if (!is_live(session) || session->recounting || !session->model.miscounted)
		return;
	job = session_job(session, EP_unread_list, done_unread);
	job->a = (int64_t)session->model.n_arrived;
	session->recounting = true;
	session_submit(session, job);
}

void session_refresh(struct session *session)
{
	struct channel *channel = session->model.open;

	recount(session);
	if (!channel || channel->gone_why)
		return;
	if (!channel->history.is_loaded)
		load_page(session, channel, 0);
	if (channel->server->members_load == LOAD_NONE)
		load_members(session, channel->server, 0);
}

void session_want(struct session *session, size_t first)
{
	struct channel *channel = session->model.open;
	int64_t before;

	if (!channel || !channel->history.is_loaded)
		return;
	before = history_hole(&channel->history, first);
	if (before)
		load_page(session, channel, before);
}

void session_open(struct session *session, struct channel *channel)
{
	if (channel && !channel->history.is_loaded && !channel->opened_now) {
		cache_load_messages(session->cache, &session->model, channel->id);
		channel->opened_now = true;
	}
	model_open(&session->model, channel, time_now_ms());
	save_later(session, CHANGE_TREE);
	session_refresh(session);
}

void session_seen(struct session *session, int64_t message_id)
{
	struct channel *channel = session->model.open;
	int64_t left = 0, mentions = 0;

	if (!channel || channel->gone_why || message_id <= channel->last_read || !is_live(session))
		return;
	for (size_t i = history_index(&channel->history, message_id + 1);
		i < channel->history.count; i++) {
		const struct message *message = &channel->history.items[i];

		if (message->author == session->model.self)
			continue;
		left++;
		mentions += model_mentions_self(&session->model, message);
	}
	model_set_read(&session->model, channel->id, message_id, left, mentions, false);
	if (session->read_id && session->read_channel != channel->id)
		send_read(session);
	session->read_id = message_id;
	session->read_channel = channel->id;
}

const char *session_send(struct session *session, int64_t channel_id, const char *content)
{
	char nonce[33];
	enum chat_err err;

	if (!session->gateway)
		return "you are not logged in";
	if (!model_channel(&session->model, channel_id))
		return "this channel is gone";
	if (text_length(content, strlen(content)) > LIMIT_CONTENT_MAX)
		return "a message has 2000 characters at most";
	err = gateway_send(session->gateway, channel_id, content, nonce);
	if (err)
		return err_info(err)->detail;
	model_send(&session->model, channel_id, content, nonce, time_now_ms());
	session->typed_at = 0;
	/* Who writes does not want to wait for the next try. */
	if (session->model.state == GATEWAY_CONNECTING)
		gateway_retry(session->gateway);
	return NULL;
}

void session_typing(struct session *session)
{
	int64_t now = session_now();

	if (!is_live(session) || !session->model.open || session->model.open->gone_why ||
		(session->typed_at && now - session->typed_at < LIMIT_TYPING_INTERVAL_MS))
		return;
	session->typed_at = now;
	gateway_typing(session->gateway, session->model.open->id);
}

static void done_edit(struct job *job)
{
	struct session *session = job->context;

	if (!job->err) {
		model_put_message(&session->model, job->items, 0);
		return;
	}
	done_notice(job);
	if (session->edit_failed)
		session->edit_failed(session->context, job->a, job_get(job, "content"));
}

void session_edit(struct session *session, const struct message *message, const char *content)
{
	struct job *job = session_job(session, EP_message_update, done_edit);

	job->params.message_id = job->a = message->id;
	job_set(job, "content", content);
	session_submit(session, job);
}

static void done_delete(struct job *job)
{
	struct session *session = job->context;

	if (job->err)
		done_notice(job);
	else
		model_remove_message(&session->model, job->a, job->b, 0);
}

void session_delete(struct session *session, int64_t channel_id, int64_t message_id)
{
	struct job *job = session_job(session, EP_message_delete, done_delete);

	job->params.message_id = job->b = message_id;
	job->a = channel_id;
	session_submit(session, job);
}
