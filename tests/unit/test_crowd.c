/* A crowd's costs, by counting what is sent to how many: they grow as the crowd does, and the stack
 * does not grow at all. */

#include <pthread.h>
#include "core/outbound.h"
#include "hub.h"

enum { CROWD = 5000, STACK_BYTES = 256 * 1024 };

/* The linker puts it before the real one (see CMakeLists.txt). */
void __real_outbound_send(struct hub *, struct session *, struct packet *);
void __wrap_outbound_send(struct hub *, struct session *, struct packet *);

static long long sends;

void __wrap_outbound_send(struct hub *of, struct session *session, struct packet *packet)
{
	sends++;
	__real_outbound_send(of, session, packet);
}

static struct session **open_crowd(int64_t n)
{
	struct session **crowd = calloc((size_t)n, sizeof(struct session *));

	open_hub();
	for (int64_t i = 0; i < n; i++)
		crowd[i] = open_session(i + 1, HERE, CHANNEL);
	for (int64_t i = 0; i < n; i++) {
		/* As if everybody had been told of everybody. */
		hub->presence_budget = 0;
		crowd[i]->occupant->seen = true;
		CHECK(admit(crowd[i], HERE));
	}
	hub_tick(hub, 0);
	return crowd;
}

static void close_crowd(struct session **crowd, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		end(crowd[i]);
	free(crowd);
	close_hub();
}

/* Fills the queues of the first `slow` of n, then sends one message; returns the sends. */
static long long overflow(int64_t n, int64_t slow)
{
	struct session **crowd = open_crowd(n);
	struct packet *big = calloc(1, sizeof(*big) + LIMIT_QUEUE_BYTES_MAX);
	struct event *event;
	long long count;

	big->refs = 1;
	big->len = LIMIT_QUEUE_BYTES_MAX;
	for (int64_t i = 0; i < n; i++) {
		hush(crowd[i]);
		if (i < slow)
			hub_send(hub, crowd[i], big);
	}
	event = message(HERE, ALICE, 1, EVENT_message, NULL);
	event->channel_id = CHANNEL;
	sends = 0;
	hub_publish(hub, event);
	count = sends;
	event_free(event);
	for (int64_t i = 0; i < n; i++) {
		CHECK_INT(crowd[i]->state, i < slow ? SESSION_CLOSING : SESSION_LIVE);
		/* Who keeps up is told of each that has gone. */
		if (i >= slow && i % 1000 == 0)
			CHECK_INT(waiting(crowd[i], "user_leave"), slow);
	}
	packet_unref(big);
	close_crowd(crowd, n);
	return count;
}

static void *overflow_all(void *result)
{
	*(long long *)result = overflow(2 * CROWD, 2 * CROWD);
	return NULL;
}

static void a_crowd_that_overflows_costs_a_send_each(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	long long twice = 0;
	int err;

	CHECK_INT(overflow(CROWD, CROWD), CROWD);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	err = pthread_create(&thread, &attributes, overflow_all, &twice);
	/* The thread checks too, so nothing is checked beside it. */
	if (err == 0)
		pthread_join(thread, NULL);
	CHECK_INT(err, 0);
	pthread_attr_destroy(&attributes);
	CHECK_INT(twice, 2 * CROWD);
}

/* Many user_leave events go out as few packets. */
static void those_who_stay_are_told_of_many_together(void)
{
	long long once = overflow(2000, 1000), twice = overflow(4000, 2000);

	CHECK(once < 2000 + 1000 * 10);
	CHECK(twice < 4000 + 2000 * 20);
}

/* A channel or a server that ends has nobody left to be told. */
static void the_end_of_a_channel_tells_nobody(void)
{
	static const enum event_id ends[] = {EVENT_channel_delete, EVENT_server_delete};
	struct session **crowd;

	for (size_t i = 0; i < 2; i++) {
		crowd = open_crowd(CROWD);
		sends = 0;
		publish(EVENT_KIND_WIRE, ends[i], 0);
		CHECK_INT(sends, 0);
		CHECK_INT(crowd[0]->close_code, CLOSE_NO_CHANNEL);
		CHECK_INT(crowd[CROWD - 1]->close_code, CLOSE_NO_CHANNEL);
		close_crowd(crowd, CROWD);
	}
}

int main(void)
{
	RUN(a_crowd_that_overflows_costs_a_send_each);
	RUN(those_who_stay_are_told_of_many_together);
	RUN(the_end_of_a_channel_tells_nobody);
	return test_end();
}
