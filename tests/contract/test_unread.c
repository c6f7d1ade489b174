#include "fixture.h"

#include <stdlib.h>
#include <chat/limits.h>

/* Read markers, unread messages and mentions. */

static struct chat_unread unread_of(struct fixture *f, int64_t user, int64_t channel)
{
	struct chat_unread *list, found = {0};
	size_t count;

	CHECK_INT(store_unread_list(f->store, user, &f->arena, &list, &count), CHAT_OK);
	for (size_t i = 0; i < count; i++) {
		CHECK(i == 0 || list[i].channel_id > list[i - 1].channel_id);
		if (list[i].channel_id == channel)
			found = list[i];
	}
	return found;
}

#define CHECK_UNREAD(f, user, channel, last, n, m)                                                 \
	do {                                                                                       \
		struct chat_unread u_ = unread_of(f, user, channel);                               \
		CHECK_INT(u_.last_read_id, last);                                                  \
		CHECK_INT(u_.unread, n);                                                           \
		CHECK_INT(u_.mentions, m);                                                         \
	} while (0)

static enum chat_err mark(struct fixture *f, int64_t user, int64_t channel, int64_t message,
	struct chat_unread *out, bool *moved)
{
	struct place place = in_channel(f, channel, user);

	return store_read_update(f->store, &place, user, message, out, moved);
}

static void remove_message(struct fixture *f, int64_t message, int64_t user)
{
	struct place place = of_message(f, message, user);
	int64_t rev;

	CHECK_INT(store_message_delete(f->store, &place, &rev), CHAT_OK);
}

static void edit(struct fixture *f, int64_t message, int64_t author, const char *content)
{
	struct place place = of_message(f, message, author);
	struct chat_message_update in = {.content = content};
	struct chat_message out;
	int64_t rev;

	CHECK_INT(
		store_message_update(f->store, &place, author, &in, f->now, &f->arena, &out, &rev),
		CHAT_OK);
}

static int64_t add_channel(struct fixture *f, int64_t server, const char *name)
{
	struct chat_channel_create in = {.name = name};
	struct chat_channel out;
	int64_t rev;

	CHECK_INT(store_channel_create(f->store, server, &in, f->now, &f->arena, &out, &rev),
		CHAT_OK);
	return out.id;
}

static void leave(struct fixture *f, int64_t server, int64_t user)
{
	int64_t rev;

	CHECK_INT(store_member_remove(f->store, server, user, f->now, &rev), CHAT_OK);
}

/* --- markers --- */

static void markers(void)
{
	struct fixture f;
	struct chat_unread out;
	struct place place;
	int64_t ada, bob, server, channel, other, first, second, third;
	bool moved;

	fixture_init(&f);
	ada = make_user(&f, "ada");
	bob = make_user(&f, "bob");
	server = make_server(&f, ada);
	channel = general(&f, server);
	place = in_channel(&f, channel, ada);
	first = send_message(&f, &place, ada, "1", NULL, NULL);
	join(&f, server, bob);
	CHECK_UNREAD(&f, bob, channel, first, 0, 0);
	CHECK_UNREAD(&f, ada, channel, 0, 0, 0);
	second = send_message(&f, &place, ada, "2", NULL, NULL);
	third = send_message(&f, &place, ada, "3", NULL, NULL);
	CHECK_UNREAD(&f, bob, channel, first, 2, 0);

	CHECK_INT(mark(&f, bob, channel, second, &out, &moved), CHAT_OK);
	CHECK(moved);
	CHECK_INT(out.channel_id, channel);
	CHECK_INT(out.server_id, server);
	CHECK_INT(out.last_read_id, second);
	CHECK_INT(out.unread, 1);
	/* Not back, and not where it is already. */
	CHECK_INT(mark(&f, bob, channel, first, &out, &moved), CHAT_OK);
	CHECK(!moved);
	CHECK_INT(out.last_read_id, second);
	CHECK_INT(mark(&f, bob, channel, second, &out, &moved), CHAT_OK);
	CHECK(!moved);
	CHECK_INT(mark(&f, bob, channel, third, &out, &moved), CHAT_OK);
	CHECK(moved);
	CHECK_INT(out.unread, 0);

	/* Only up to a message of this channel that is there. */
	other = add_channel(&f, server, "other");
	CHECK_INT(mark(&f, bob, other, third, &out, &moved), CHAT_ERR_MESSAGE_NOT_FOUND);
	CHECK(!moved);
	CHECK_INT(mark(&f, bob, channel, third + 1, &out, &moved), CHAT_ERR_MESSAGE_NOT_FOUND);
	remove_message(&f, third, ada);
	CHECK_INT(mark(&f, bob, channel, third, &out, &moved), CHAT_ERR_MESSAGE_NOT_FOUND);
	/* The marker stays where it was though its message goes. */
	CHECK_UNREAD(&f, bob, channel, third, 0, 0);
	fixture_release(&f);
}

/* What a joining sets, and what it leaves. */
static void joinings(void)
{
	struct fixture f;
	struct chat_unread out;
	struct place place, there;
	int64_t ada, bob, server, channel, late, first, second, third;
	bool moved;

	fixture_init(&f);
	ada = make_user(&f, "ada");
	bob = make_user(&f, "bob");
	server = make_server(&f, ada);
	channel = general(&f, server);
	place = in_channel(&f, channel, ada);
	first = send_message(&f, &place, ada, "1", NULL, NULL);
	second = send_message(&f, &place, ada, "2", NULL, NULL);
	third = send_message(&f, &place, ada, "3", NULL, NULL);
	remove_message(&f, third, ada);
	join(&f, server, bob);
	/* The newest there was, also after it has gone. */
	CHECK_UNREAD(&f, bob, channel, second, 0, 0);
	remove_message(&f, second, ada);
	CHECK_UNREAD(&f, bob, channel, second, 0, 0);
	CHECK_INT(mark(&f, bob, channel, first, &out, &moved), CHAT_OK);
	CHECK(!moved);

	/* A channel made later is unread from its first message on. */
	late = add_channel(&f, server, "late");
	there = in_channel(&f, late, ada);
	CHECK_UNREAD(&f, bob, late, 0, 0, 0);
	send_message(&f, &there, ada, "@bob", NULL, NULL);
	CHECK_UNREAD(&f, bob, late, 0, 1, 1);

	leave(&f, server, bob);
	CHECK_INT(unread_of(&f, bob, channel).channel_id, 0);
	third = send_message(&f, &place, ada, "@bob", NULL, NULL);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM mentions"), 1); /* the one before */
	join(&f, server, bob);
	CHECK_UNREAD(&f, bob, channel, third, 0, 0);
	CHECK_INT(unread_of(&f, bob, late).unread, 0);
	edit(&f, third, ada, "@bob again");
	CHECK_UNREAD(&f, bob, channel, third, 0, 0);
	fixture_release(&f);
}

/* --- mentions --- */

static void mentions(void)
{
	struct fixture f;
	struct chat_unread out;
	struct place place, bobs;
	int64_t ada, bob, eve, server, channel, id;
	bool moved;

	fixture_init(&f);
	ada = make_user(&f, "ada");
	bob = make_user(&f, "Bob");
	eve = make_user(&f, "eve.");
	server = make_server(&f, ada);
	channel = general(&f, server);
	join(&f, server, bob);
	place = in_channel(&f, channel, ada);
	bobs = in_channel(&f, channel, bob);

	/* Of a member, in any spelling, once, outside of code. */
	id = send_message(&f, &place, ada, "@BOB @bob, @Bob.", NULL, NULL);
	CHECK_UNREAD(&f, bob, channel, 0, 1, 1);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM mentions"), 1);
	send_message(&f, &place, ada, "`@bob` x@bob @bobby @eve. @nobody", NULL, NULL);
	CHECK_UNREAD(&f, bob, channel, 0, 2, 1);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM mentions"), 1);
	/* Not of oneself. */
	send_message(&f, &bobs, bob, "@bob", NULL, NULL);
	CHECK_UNREAD(&f, bob, channel, 0, 2, 1);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM mentions"), 1);
	send_message(&f, &bobs, bob, "@ada", NULL, NULL);
	CHECK_UNREAD(&f, ada, channel, 0, 2, 1);

	/* As the text is now. */
	edit(&f, id, ada, "nobody");
	CHECK_UNREAD(&f, bob, channel, 0, 2, 0);
	edit(&f, id, ada, "_@bob_");
	CHECK_UNREAD(&f, bob, channel, 0, 2, 1);
	remove_message(&f, id, ada);
	CHECK_UNREAD(&f, bob, channel, 0, 1, 0);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM mentions"), 1);

	/* A name that ends in a sign, and the sentence's. */
	join(&f, server, eve);
	id = send_message(&f, &place, ada, "Ask @eve..", NULL, NULL);
	CHECK_UNREAD(&f, eve, channel, id - 1, 1, 1);
	CHECK_INT(mark(&f, eve, channel, id, &out, &moved), CHAT_OK);
	CHECK_INT(out.mentions, 0);
	CHECK_UNREAD(&f, eve, channel, id, 0, 0);
	fixture_release(&f);
}

/* Of two imported names that fold alike the one that is spelled so is meant. */
static void twins(void)
{
	struct fixture f;
	struct place place;
	int64_t ada, big, small, server, channel;

	fixture_init(&f);
	ada = make_user(&f, "ada");
	big = make_user(&f, "Sam");
	small = make_user(&f, "sally");
	server = make_server(&f, ada);
	channel = general(&f, server);
	join(&f, server, big);
	join(&f, server, small);
	run_sql(f.store, "UPDATE users SET username = 'sam', username_fold = 'sam',"
			 " username_twin = id WHERE username = 'sally'");
	place = in_channel(&f, channel, ada);
	send_message(&f, &place, ada, "@sam", NULL, NULL);
	CHECK_UNREAD(&f, big, channel, 0, 1, 0);
	CHECK_UNREAD(&f, small, channel, 0, 1, 1);
	send_message(&f, &place, ada, "@SAM", NULL, NULL);
	CHECK_UNREAD(&f, big, channel, 0, 2, 1);
	CHECK_UNREAD(&f, small, channel, 0, 2, 1);
	fixture_release(&f);
}

/* However much a message names, what it costs has a bound. */
static void many_mentions(void)
{
	struct fixture f;
	struct place place;
	char content[2001] = "", name[24];
	size_t n = 0;
	int64_t ada, server;

	fixture_init(&f);
	ada = make_user(&f, "ada");
	server = make_server(&f, ada);
	for (int i = 0; i < 150; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		join(&f, server, make_user(&f, name));
		n += (size_t)snprintf(content + n, sizeof(content) - n, "@%s ", name);
	}
	place = in_channel(&f, general(&f, server), ada);
	send_message(&f, &place, ada, content, NULL, NULL);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM mentions"), 100);
	fixture_release(&f);
}

/* --- upkeep --- */

static void purging(void)
{
	struct fixture f;
	struct chat_unread out;
	struct place place;
	int64_t ada, bob, server, channel, other, id, rev, removed;
	bool moved;

	fixture_init(&f);
	ada = make_user(&f, "ada");
	bob = make_user(&f, "bob");
	server = make_server(&f, ada);
	join(&f, server, bob);
	channel = general(&f, server);
	other = add_channel(&f, server, "other");
	for (int i = 0; i < 2; i++) {
		place = in_channel(&f, i == 0 ? channel : other, ada);
		id = send_message(&f, &place, ada, "@bob", NULL, NULL);
		CHECK_INT(mark(&f, bob, place.channel_id, id, &out, &moved), CHAT_OK);
		CHECK_INT(mark(&f, ada, place.channel_id, id, &out, &moved), CHAT_OK);
	}
	CHECK_INT(store_channel_delete(f.store, &place, f.now, &rev), CHAT_OK);
	do
		CHECK_INT(store_purge(f.store, f.now, 1, &removed), CHAT_OK);
	while (removed > 0);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM mentions"), 1);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM reads"), 2);
	CHECK_INT(store_server_delete(f.store, server, f.now, &rev), CHAT_OK);
	do
		CHECK_INT(store_purge(f.store, f.now, 1, &removed), CHAT_OK);
	while (removed > 0);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM mentions"), 0);
	CHECK_INT(ask(f.store, "SELECT count(*) FROM reads"), 0);
	fixture_release(&f);
}

/* --- random histories against counting one by one --- */

#define USERS 4
#define SERVERS 2
#define CHANNELS_MAX 24
#define MESSAGES_MAX 2000
#define STEPS 600

struct model {
	struct fixture f;
	uint64_t seed;
	int64_t users[USERS], servers[SERVERS];
	bool in[USERS][SERVERS];
	struct {
		int64_t id;
		size_t server;
		bool gone;
		int64_t last_read[USERS];
	} channels[CHANNELS_MAX];
	size_t n_channels;
	struct {
		int64_t id;
		size_t channel, author;
		bool gone, mentions[USERS];
	} messages[MESSAGES_MAX];
	size_t n_messages;
};

static size_t next(struct model *m, size_t bound)
{
	/* Knuth's MMIX */
	m->seed = m->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (size_t)(m->seed >> 33) % bound;
}

static void model_join(struct model *m, size_t user, size_t server)
{
	m->in[user][server] = true;
	for (size_t c = 0; c < m->n_channels; c++)
		m->channels[c].last_read[user] *= m->channels[c].server != server;
	for (size_t i = 0; i < m->n_messages; i++) {
		size_t c = m->messages[i].channel;

		if (m->channels[c].server == server && !m->messages[i].gone &&
			m->messages[i].id > m->channels[c].last_read[user])
			m->channels[c].last_read[user] = m->messages[i].id;
	}
}

static void model_init(struct model *m, uint64_t seed)
{
	char name[16];

	memset(m, 0, sizeof(*m));
	m->seed = seed;
	fixture_init(&m->f);
	for (size_t i = 0; i < USERS; i++) {
		snprintf(name, sizeof(name), "user%zu", i);
		m->users[i] = make_user(&m->f, name);
	}
	for (size_t i = 0; i < SERVERS; i++) {
		m->servers[i] = make_server(&m->f, m->users[0]);
		m->channels[m->n_channels].id = general(&m->f, m->servers[i]);
		m->channels[m->n_channels++].server = i;
		m->in[0][i] = true;
	}
}

/* A text that mentions some, and whom it does. */
static void write_text(struct model *m, size_t i, char text[64])
{
	size_t server = m->channels[m->messages[i].channel].server, n = 0;

	n += (size_t)snprintf(text, 64, "%zu", next(m, 1000000));
	for (size_t user = 0; user < USERS; user++) {
		bool named = next(m, 3) == 0;

		if (named)
			n += (size_t)snprintf(text + n, 64 - n, " @User%zu", user);
		m->messages[i].mentions[user] =
			named && m->in[user][server] && user != m->messages[i].author;
	}
}

static void say(struct model *m, size_t user, size_t c)
{
	struct place place = in_channel(&m->f, m->channels[c].id, m->users[user]);
	size_t i = m->n_messages++;
	char text[64];

	m->messages[i].channel = c;
	m->messages[i].author = user;
	write_text(m, i, text);
	m->messages[i].id = send_message(&m->f, &place, m->users[user], text, NULL, NULL);
}

static void act(struct model *m)
{
	size_t user = next(m, USERS), c = next(m, m->n_channels), server = m->channels[c].server;
	size_t i = m->n_messages > 0 ? next(m, m->n_messages) : 0, action = next(m, 16);
	bool is_there = i < m->n_messages && !m->messages[i].gone &&
			!m->channels[m->messages[i].channel].gone;
	struct chat_unread out;
	struct place place;
	char text[64];
	int64_t *last, rev;
	bool moved;

	if (action < 7 && m->in[user][server] && !m->channels[c].gone) {
		/* Now and then one says a lot, so that counts meet their bound. */
		for (size_t n = next(m, 32) == 0 ? 70 : 1; n > 0; n--)
			say(m, user, c);
	} else if (action < 9 && is_there) {
		write_text(m, i, text);
		edit(&m->f, m->messages[i].id, m->users[0], text);
	} else if (action < 11 && is_there) {
		remove_message(&m->f, m->messages[i].id, m->users[0]);
		m->messages[i].gone = true;
	} else if (action < 13 && is_there) {
		c = m->messages[i].channel;
		if (!m->in[user][m->channels[c].server])
			return;
		last = &m->channels[c].last_read[user];
		CHECK_INT(mark(&m->f, m->users[user], m->channels[c].id, m->messages[i].id, &out,
				  &moved),
			CHAT_OK);
		CHECK_INT(moved, m->messages[i].id > *last);
		*last = moved ? m->messages[i].id : *last;
		CHECK_INT(out.last_read_id, *last);
	} else if (action < 14 && user > 0) {
		if (m->in[user][server]) {
			leave(&m->f, m->servers[server], m->users[user]);
			m->in[user][server] = false;
		} else {
			join(&m->f, m->servers[server], m->users[user]);
			model_join(m, user, server);
		}
	} else if (action < 15 && m->n_channels < CHANNELS_MAX) {
		m->channels[m->n_channels].id = add_channel(&m->f, m->servers[server], "more");
		m->channels[m->n_channels++].server = server;
	} else if (next(m, 8) == 0 && !m->channels[c].gone) {
		place = in_channel(&m->f, m->channels[c].id, m->users[0]);
		CHECK_INT(store_channel_delete(m->f.store, &place, m->f.now, &rev), CHAT_OK);
		m->channels[c].gone = true;
	}
}

/* What the user should read of the channel. */
static struct chat_unread expected(const struct model *m, size_t user, size_t c)
{
	struct chat_unread out = {.channel_id = m->channels[c].id};
	int above = 0;

	out.server_id = m->servers[m->channels[c].server];
	out.last_read_id = m->channels[c].last_read[user];
	for (size_t i = 0; i < m->n_messages; i++) {
		if (m->messages[i].channel != c || m->messages[i].gone ||
			m->messages[i].id <= out.last_read_id)
			continue;
		out.more = ++above > LIMIT_UNREAD_MAX;
		out.unread += m->messages[i].author != user && !out.more;
		out.mentions += m->messages[i].author != user && m->messages[i].mentions[user] &&
				out.mentions < LIMIT_UNREAD_MAX;
	}
	return out;
}

static void check_user(struct model *m, size_t user)
{
	struct chat_unread *list;
	size_t count, at = 0;

	CHECK_INT(
		store_unread_list(m->f.store, m->users[user], &m->f.arena, &list, &count), CHAT_OK);
	for (size_t c = 0; c < m->n_channels; c++) {
		struct chat_unread want = expected(m, user, c);

		if (m->channels[c].gone || !m->in[user][m->channels[c].server])
			continue;
		if (!CHECK(at < count))
			return;
		CHECK_INT(list[at].channel_id, want.channel_id);
		CHECK_INT(list[at].server_id, want.server_id);
		CHECK_INT(list[at].last_read_id, want.last_read_id);
		CHECK_INT(list[at].unread, want.unread);
		CHECK_INT(list[at].mentions, want.mentions);
		CHECK_INT(list[at].more, want.more);
		at++;
	}
	CHECK_INT(count, at);
}

static void histories(void)
{
	static struct model m;

	for (uint64_t seed = 1; seed <= 5; seed++) {
		int before = test_failures;

		model_init(&m, seed);
		for (int i = 0; i < STEPS && test_failures == before; i++) {
			act(&m);
			for (size_t user = 0; i % 10 == 0 && user < USERS; user++)
				check_user(&m, user);
		}
		if (test_failures != before)
			fprintf(stderr, "  with seed %llu\n", (unsigned long long)seed);
		fixture_release(&m.f);
	}
}

int main(void)
{
	RUN(markers);
	RUN(joinings);
	RUN(mentions);
	RUN(twins);
	RUN(many_mentions);
	RUN(purging);
	RUN(histories);
	return test_end();
}
