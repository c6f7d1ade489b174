#include "fixture.h"

#include <stdlib.h>

/*
 * Random histories against a model that remembers every row's last change: what store_replay() says
 * of any two points is what the model says, on one page and on many.
 */

#define USERS 6
#define ROWS_MAX 2000
#define STEPS 400

enum kind { SETTINGS, MEMBER, CHANNEL, MESSAGE };

struct row {
	enum kind kind;
	int64_t id; /* of a member the user's */
	int64_t created_rev, rev;
	bool gone;
	size_t channel; /* MESSAGE: its row */
	int64_t author;
	enum chat_role role;
	char text[24]; /* the name or the content */
	char nonce[24];
};

struct model {
	struct fixture f;
	uint64_t seed;
	int64_t server, users[USERS];
	char names[USERS][24];
	struct row rows[ROWS_MAX]; /* 0 the settings, then the members */
	size_t n_rows;
	unsigned serial;
};

static uint64_t next(struct model *m, uint64_t bound)
{
	/* Knuth's MMIX */
	m->seed = m->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (m->seed >> 33) % bound;
}

static struct row *row_add(struct model *m, enum kind kind, int64_t id, int64_t rev)
{
	struct row *row = &m->rows[m->n_rows++];

	if (m->n_rows >= ROWS_MAX)
		abort();
	*row = (struct row){.kind = kind, .id = id, .created_rev = rev, .rev = rev};
	return row;
}

static void new_text(struct model *m, char text[24], const char *what)
{
	snprintf(text, 24, "%s%u", what, ++m->serial);
}

/* A random row of that kind that is still there; NULL if there is none. */
static struct row *pick(struct model *m, enum kind kind)
{
	struct row *found = NULL;
	uint64_t n = 0;

	for (struct row *row = m->rows; row < m->rows + m->n_rows; row++) {
		bool gone = row->gone || (kind == MESSAGE && m->rows[row->channel].gone);

		if (row->kind == kind && !gone && next(m, ++n) == 0)
			found = row;
	}
	return found;
}

static struct row *member_of(struct model *m, size_t user)
{
	return &m->rows[1 + user];
}

static size_t user_index(const struct model *m, int64_t id)
{
	size_t i = 0;

	while (i < USERS - 1 && m->users[i] != id)
		i++;
	return i;
}

/* --- what happens --- */

static void model_init(struct model *m, uint64_t seed)
{
	struct row *row;

	memset(m, 0, sizeof(*m));
	m->seed = seed;
	fixture_init(&m->f);
	for (size_t i = 0; i < USERS; i++) {
		snprintf(m->names[i], sizeof(m->names[i]), "user%zu", i);
		m->users[i] = make_user(&m->f, m->names[i]);
	}
	m->server = make_server(&m->f, m->users[0]);
	row = row_add(m, SETTINGS, m->server, 1);
	memcpy(row->text, "server", 7);
	for (size_t i = 0; i < USERS; i++) {
		row = row_add(m, MEMBER, m->users[i], 0);
		row->gone = i > 0;
	}
	member_of(m, 0)->created_rev = member_of(m, 0)->rev = 2;
	member_of(m, 0)->role = ROLE_OWNER;
	row = row_add(m, CHANNEL, general(&m->f, m->server), 3);
	memcpy(row->text, "general", 8);
}

static void do_send(struct model *m)
{
	struct row *channel = pick(m, CHANNEL), *member = pick(m, MEMBER), *row;
	struct chat_user author = {.id = member->id, .username = "author"};
	struct chat_message_create in = {0};
	struct chat_message message;
	struct place place;
	char text[24], nonce[24];
	int64_t rev;
	bool repeat;

	if (channel == NULL)
		return;
	place = in_channel(&m->f, channel->id, member->id);
	new_text(m, text, "message");
	new_text(m, nonce, "nonce");
	in.content = text;
	in.nonce = next(m, 2) ? nonce : NULL;
	CHECK_INT(store_message_create(m->f.store, &place, &author, &in, m->f.now, &m->f.arena,
			  &message, &repeat, &rev),
		CHAT_OK);
	row = row_add(m, MESSAGE, message.id, rev);
	row->channel = (size_t)(channel - m->rows);
	row->author = member->id;
	memcpy(row->text, text, sizeof(text));
	if (in.nonce != NULL)
		memcpy(row->nonce, nonce, sizeof(nonce));
}

static void do_edit(struct model *m)
{
	struct row *row = pick(m, MESSAGE);
	struct chat_message_update in;
	struct chat_message message;
	struct place place;

	if (row == NULL)
		return;
	place = of_message(&m->f, row->id, m->users[0]);
	new_text(m, row->text, "edited");
	in.content = row->text;
	CHECK_INT(store_message_update(m->f.store, &place, row->author, &in, m->f.now, &m->f.arena,
			  &message, &row->rev),
		CHAT_OK);
}

static void do_delete(struct model *m)
{
	struct row *row = pick(m, MESSAGE);
	struct place place;

	if (row == NULL)
		return;
	place = of_message(&m->f, row->id, m->users[0]);
	CHECK_INT(store_message_delete(m->f.store, &place, &row->rev), CHAT_OK);
	row->gone = true;
}

static void do_channel_create(struct model *m)
{
	struct chat_channel_create in;
	struct chat_channel channel;
	struct row *row;
	char text[24];
	int64_t rev;

	new_text(m, text, "channel");
	in = (struct chat_channel_create){.name = text};
	CHECK_INT(store_channel_create(
			  m->f.store, m->server, &in, m->f.now, &m->f.arena, &channel, &rev),
		CHAT_OK);
	row = row_add(m, CHANNEL, channel.id, rev);
	memcpy(row->text, text, sizeof(text));
}

static void do_channel_change(struct model *m)
{
	struct row *row = pick(m, CHANNEL);
	struct chat_channel_update in;
	struct chat_channel channel;
	struct place place;

	if (row == NULL)
		return;
	place = in_channel(&m->f, row->id, m->users[0]);
	if (next(m, 3) == 0) {
		CHECK_INT(store_channel_delete(m->f.store, &place, m->f.now, &row->rev), CHAT_OK);
		row->gone = true;
		return;
	}
	new_text(m, row->text, "renamed");
	in = (struct chat_channel_update){.name = row->text};
	CHECK_INT(store_channel_update(m->f.store, &place, &in, &m->f.arena, &channel, &row->rev),
		CHAT_OK);
}

/* Comes, goes, or gets another role. */
static void do_member(struct model *m)
{
	size_t user = 1 + (size_t)next(m, USERS - 1);
	struct row *row = member_of(m, user);

	if (row->gone) {
		CHECK_INT(try_join(&m->f, m->server, row->id, &row->rev), CHAT_OK);
		row->created_rev = row->rev;
		row->role = ROLE_MEMBER;
		row->gone = false;
	} else if (next(m, 2) == 0) {
		row->role = row->role == ROLE_ADMIN ? ROLE_MEMBER : ROLE_ADMIN;
		CHECK_INT(
			store_member_set_role(m->f.store, m->server, row->id, row->role, &row->rev),
			CHAT_OK);
	} else {
		CHECK_INT(store_member_remove(m->f.store, m->server, row->id, m->f.now, &row->rev),
			CHAT_OK);
		row->gone = true;
	}
}

static void do_rename(struct model *m)
{
	size_t user = (size_t)next(m, USERS);
	struct chat_user_update in = {.username = m->names[user]};
	struct member_change *changes;
	struct chat_user self;
	size_t count;

	new_text(m, m->names[user], "named");
	CHECK_INT(store_user_update(
			  m->f.store, m->users[user], &in, &m->f.arena, &self, &changes, &count),
		CHAT_OK);
	CHECK_INT(count, member_of(m, user)->gone ? 0 : 1);
	if (count == 1)
		member_of(m, user)->rev = changes[0].rev;
}

static void do_settings(struct model *m)
{
	struct row *row = &m->rows[0];
	struct chat_server_update in = {.name = row->text};
	struct chat_server server;

	new_text(m, row->text, "server");
	CHECK_INT(store_server_update(m->f.store, m->server, &in, &m->f.arena, &server, &row->rev),
		CHAT_OK);
}

static void step(struct model *m)
{
	static void (*const actions[])(struct model *) = {
		do_send,
		do_send,
		do_send,
		do_send,
		do_edit,
		do_edit,
		do_delete,
		do_channel_create,
		do_channel_change,
		do_member,
		do_member,
		do_rename,
		do_settings,
	};

	actions[next(m, sizeof(actions) / sizeof(*actions))](m);
}

/* --- what is to be told of it --- */

static const enum event_id events[][3] = {
	[SETTINGS] = {EVENT_server_update, EVENT_server_update, EVENT_server_update},
	[MEMBER] = {EVENT_member_join, EVENT_member_update, EVENT_member_leave},
	[CHANNEL] = {EVENT_channel_create, EVENT_channel_update, EVENT_channel_delete},
	[MESSAGE] = {EVENT_message, EVENT_message_update, EVENT_message_delete},
};

static const struct row *row_after(const struct model *m, int64_t rev)
{
	const struct row *found = NULL;

	for (const struct row *row = m->rows; row < m->rows + m->n_rows; row++) {
		if (row->rev > rev && (found == NULL || row->rev < found->rev) &&
			!(row->kind == MESSAGE && m->rows[row->channel].gone))
			found = row;
	}
	return found;
}

static int64_t newest_in(const struct model *m, const struct row *channel)
{
	int64_t id = 0;

	for (const struct row *row = m->rows; row < m->rows + m->n_rows; row++) {
		if (row->kind == MESSAGE && !row->gone && &m->rows[row->channel] == channel)
			id = row->id;
	}
	return id;
}

static bool check_message(const struct model *m, const struct row *row, int64_t viewer,
	const struct chat_message *message)
{
	bool own = viewer == row->author && row->nonce[0] != '\0';

	return CHECK_INT(message->id, row->id) && CHECK_STR(message->content, row->text) &&
	       CHECK_INT(message->channel_id, m->rows[row->channel].id) &&
	       CHECK_INT(message->user_id, row->author) &&
	       CHECK_STR(message->nonce, own ? row->nonce : NULL) &&
	       CHECK_STR(message->user->username, m->names[user_index(m, row->author)]) &&
	       CHECK_STR(message->user->email, NULL);
}

static bool check_data(
	const struct model *m, const struct row *row, int64_t viewer, const struct change *change)
{
	const struct chat_message_ref *message = change->data;
	const struct chat_channel_ref *channel_ref = change->data;
	const struct chat_member_ref *member_ref = change->data;
	const struct chat_channel *channel = change->data;
	const struct chat_member *member = change->data;
	const struct chat_server *server = change->data;

	switch (change->event) {
	case EVENT_message_delete:
		return CHECK_INT(message->id, row->id) &&
		       CHECK_INT(message->channel_id, m->rows[row->channel].id);
	case EVENT_channel_delete:
		return CHECK_INT(channel_ref->id, row->id) &&
		       CHECK_INT(channel_ref->server_id, m->server);
	case EVENT_member_leave:
		return CHECK_INT(member_ref->user_id, row->id) &&
		       CHECK_INT(member_ref->server_id, m->server);
	case EVENT_channel_create:
	case EVENT_channel_update:
		return CHECK_INT(channel->id, row->id) && CHECK_STR(channel->name, row->text) &&
		       CHECK_INT(channel->last_message_id, newest_in(m, row));
	case EVENT_member_join:
	case EVENT_member_update:
		return CHECK_INT(member->user_id, row->id) && CHECK_INT(member->role, row->role) &&
		       CHECK_STR(member->user->username, m->names[user_index(m, row->id)]);
	case EVENT_server_update:
		return CHECK_INT(server->id, m->server) && CHECK_STR(server->name, row->text);
	default:
		return check_message(m, row, viewer, change->data);
	}
}

/* Replays from `from` on in pages and compares each change; false after the first difference. */
static bool check_replay(struct model *m, int64_t viewer, int64_t base, int64_t from, int64_t limit)
{
	const struct row *row = row_after(m, from);
	int64_t now = server_rev(&m->f, m->server);
	bool complete = false, ok = true;

	while (!complete && ok) {
		struct change *list;
		size_t count;
		int64_t to = 0;

		ok = CHECK_INT(store_replay(m->f.store, m->server, viewer, base, from, limit,
				       &m->f.arena, &list, &count, &to, &complete),
			CHAT_OK);
		ok = ok && CHECK(count <= (size_t)limit) && CHECK(complete || to > from) &&
		     CHECK(to <= now);
		for (size_t i = 0; i < count && ok; i++, row = row_after(m, row->rev)) {
			int as = row == NULL || row->gone ? 2 : row->created_rev > base ? 0 : 1;

			ok = CHECK(row != NULL) && CHECK_INT(list[i].rev, row->rev) &&
			     CHECK(list[i].rev <= to) &&
			     CHECK_INT(list[i].event, events[row->kind][as]) &&
			     check_data(m, row, viewer, &list[i]);
		}
		/* What is not on this page is above it. */
		ok = ok && CHECK(row == NULL || row->rev > to);
		from = to;
	}
	return ok && CHECK(row == NULL) && CHECK_INT(from, now);
}

static void check_all(struct model *m)
{
	static const int64_t limits[] = {10000, 1, 2, 7};
	int64_t now = server_rev(&m->f, m->server);

	for (int i = 0; i < 4; i++) {
		int64_t base = (int64_t)next(m, (uint64_t)now + 1);
		int64_t from = base + (int64_t)next(m, (uint64_t)(now - base) + 1);
		int64_t viewer = m->users[next(m, USERS)];

		if (i == 0)
			base = from = 0;
		for (size_t j = 0; j < sizeof(limits) / sizeof(*limits); j++) {
			if (!check_replay(m, viewer, base, from, limits[j]))
				fprintf(stderr, "  base %lld, from %lld, limit %lld\n",
					(long long)base, (long long)from, (long long)limits[j]);
		}
	}
	arena_reset(&m->f.arena);
}

static void histories(void)
{
	static struct model m;

	for (uint64_t seed = 1; seed <= 5; seed++) {
		int before = test_failures;

		model_init(&m, seed);
		for (int i = 1; i <= STEPS && test_failures == before; i++) {
			step(&m);
			if (i % 40 == 0)
				check_all(&m);
		}
		if (test_failures != before)
			fprintf(stderr, "  with seed %llu\n", (unsigned long long)seed);
		fixture_release(&m.f);
	}
}

/* Of a channel that was deleted and purged nothing is left to tell but that. */
static void purged(void)
{
	static struct model m;
	struct row *row = &m.rows[1 + USERS];
	struct place place;
	int64_t removed;

	model_init(&m, 1);
	do_channel_create(&m);
	for (int i = 0; i < 20; i++)
		do_send(&m);
	place = in_channel(&m.f, row->id, m.users[0]);
	CHECK_INT(store_channel_delete(m.f.store, &place, m.f.now, &row->rev), CHAT_OK);
	row->gone = true;
	check_all(&m);
	CHECK_INT(store_purge(m.f.store, m.f.now, 1000, &removed), CHAT_OK);
	CHECK(removed > 0);
	check_all(&m);
	fixture_release(&m.f);
}

static void refusals(void)
{
	struct fixture f;
	struct change *list;
	size_t count;
	int64_t ada, server, rev, to;
	bool complete;

	fixture_init(&f);
	ada = make_user(&f, "ada");
	server = make_server(&f, ada);
	CHECK_INT(store_replay(f.store, server + 1, ada, 0, 0, 10, &f.arena, &list, &count, &to,
			  &complete),
		CHAT_ERR_SERVER_NOT_FOUND);
	CHECK(!complete);
	/* Up to date. */
	CHECK_INT(store_replay(
			  f.store, server, ada, 3, 3, 10, &f.arena, &list, &count, &to, &complete),
		CHAT_OK);
	CHECK(complete);
	CHECK_INT(count, 0);
	CHECK_INT(to, 3);
	CHECK_INT(store_server_delete(f.store, server, f.now, &rev), CHAT_OK);
	CHECK_INT(store_replay(
			  f.store, server, ada, 3, 3, 10, &f.arena, &list, &count, &to, &complete),
		CHAT_ERR_SERVER_NOT_FOUND);
	fixture_release(&f);
}

int main(void)
{
	RUN(histories);
	RUN(purged);
	RUN(refusals);
	return test_end();
}
