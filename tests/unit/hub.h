#ifndef TEST_HUB_H
#define TEST_HUB_H

/* A hub of its own for each test, with sessions that nobody writes to the network. */

#include <stdlib.h>
#include "core/hub_state.h"
#include "core/metrics.h"
#include "core/presence.h"
#include "test.h"

enum { ALICE = 1, BOB = 2, GUEST = 3, HERE = 7, ELSEWHERE = 8, CHANNEL = 70 };

static struct presence *presence;
static struct metrics metrics;
static struct hub *hub;

static inline void open_hub(void)
{
	presence = presence_new();
	hub = hub_new(presence, &metrics);
	hub_tick(hub, 0); /* the presence budget of the first tick */
}

static inline void close_hub(void)
{
	hub_free(hub);
	presence_free(presence);
}

/* channel 0: a gateway */
static inline struct session *open_session(int64_t user, int64_t server, int64_t channel)
{
	struct principal principal = {.user_id = user};

	return hub_open(hub, &principal, server, channel, false, NULL);
}

/* Whether it is live after that. */
static inline bool admit_at(struct session *session, int64_t server, int64_t rev)
{
	struct admission admission = {
		.username = session->principal.user_id == ALICE ? "alice" : "bob",
		.servers = &server,
		.revs = &rev,
		.n_servers = 1,
	};

	hub_admit(hub, session, &admission);
	return session->state == SESSION_LIVE;
}

static inline bool admit(struct session *session, int64_t server)
{
	return admit_at(session, server, 0);
}

static inline void end(struct session *session)
{
	hub_gone(hub, session, 0);
}

/* How many frames with this text wait, also within packets of several. */
static inline int waiting(const struct session *session, const char *text)
{
	const struct packet_queue *queue = &session->queue;
	int found = 0;

	for (unsigned i = queue->head; i != queue->tail; i++) {
		const struct packet *packet = queue->ring[i & (queue->capacity - 1)];
		const char *at = packet->bytes, *end = packet->bytes + packet->len;

		while ((at = memmem(at, (size_t)(end - at), text, strlen(text))) != NULL) {
			found++;
			at += strlen(text);
		}
	}
	return found;
}

static inline void publish(enum event_kind kind, enum event_id id, int64_t user)
{
	struct event *event = event_new(kind);

	event->id = id;
	event->user_id = user;
	event->server_id = HERE;
	event->channel_id = CHANNEL;
	if (kind == EVENT_KIND_USER)
		event->username = strdup("bob");
	else
		event->packet = packet_new("{\"type\":\"told\"}", 15);
	hub_publish(hub, event);
	event_free(event);
}

/* <+server> or <-server> for a user who joins or is out; user 0: for everybody. */
static inline void publish_membership(enum event_id id, int64_t user, int64_t server, int64_t rev)
{
	struct event *event = event_new(EVENT_KIND_WIRE);
	char text[24];
	int n = snprintf(
		text, sizeof(text), "<%s%d>", id == EVENT_server_create ? "+" : "-", (int)server);

	event->id = id;
	event->user_id = user;
	event->server_id = server;
	event->rev = rev;
	event->packet = packet_new(text, (size_t)n);
	hub_publish(hub, event);
	event_free(event);
}

/* A change of a rev, whose frame is the rev. */
static inline void publish_change(int64_t rev)
{
	struct event *event = event_new(EVENT_KIND_WIRE);
	char text[24];

	event->id = EVENT_server_update;
	event->server_id = HERE;
	event->rev = rev;
	event->packet = packet_new(text, (size_t)snprintf(text, sizeof(text), "<%d>", (int)rev));
	hub_publish(hub, event);
	event_free(event);
}

/* The store's page of these revs. */
static inline void answer(struct session *session, int64_t from, int64_t to)
{
	struct replay_change changes[8];
	struct replay replay = {HERE, changes, 0, from, to, 0};
	char text[24];

	for (int64_t rev = from + 1; rev <= to; rev++)
		changes[replay.count++] = (struct replay_change){
			packet_new(text, (size_t)snprintf(text, sizeof(text), "<%d>", (int)rev)),
			rev};
	gateway_replayed(hub, session, &replay);
	for (size_t i = 0; i < replay.count; i++)
		packet_unref(changes[i].packet);
}

/* Puts so many bytes into the session's queue. */
static inline void fill(struct session *session, size_t n)
{
	char *text = calloc(1, n);
	struct packet *packet = packet_new(text, n);

	hub_send(hub, session, packet);
	packet_unref(packet);
	free(text);
}

/* A message of the user's, whose frame is <the rev>, its own [the rev]; behind it the rest. */
static inline struct event *message(
	int64_t server, int64_t user, int rev, enum event_id id, struct event *rest)
{
	struct event *event = event_new(EVENT_KIND_WIRE);
	char text[24];

	event->id = id;
	event->server_id = server;
	event->user_id = user;
	event->rev = rev;
	event->packet = packet_new(text, (size_t)snprintf(text, sizeof(text), "<%d>", rev));
	event->own = packet_new(text, (size_t)snprintf(text, sizeof(text), "[%d]", rev));
	event->next = rest;
	return event;
}

/* The payloads that wait, in their order; each is shorter than 126 bytes. */
static inline const char *heard(const struct session *session)
{
	static char text[256];
	const struct packet_queue *queue = &session->queue;
	size_t n = 0;

	for (unsigned i = queue->head; i != queue->tail; i++) {
		const struct packet *packet = queue->ring[i & (queue->capacity - 1)];

		for (size_t at = 0; at < packet->len; at += 2u + (unsigned)packet->bytes[at + 1])
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%.*s",
				packet->bytes[at + 1], packet->bytes + at + 2);
	}
	text[n] = '\0';
	return text;
}

/* Forgets what waits, which is of presence. */
static inline void hush(struct session *session)
{
	while (packet_queue_first(&session->queue) != NULL)
		packet_queue_pop(&session->queue);
}

#endif
