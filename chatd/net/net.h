#ifndef CHATD_NET_H
#define CHATD_NET_H

#include <stdbool.h>
#include <chat/err.h>

struct api;
struct buf;
struct config;
struct hub;
struct metrics;
struct request;

/* The network: HTTP and WebSockets, on one thread with one loop. */
struct net;

/* Listens at once, but serves only in net_run(). On an error why is one line for a person. */
enum chat_err net_new(struct net **net, const struct config *config, struct hub *hub,
	struct metrics *metrics, struct buf *why);
void net_free(struct net *net);

/* The port that was taken. */
int net_port(const struct net *net);

/* Serves until SIGTERM or SIGINT, then lets what is under way end for a few seconds. */
void net_run(struct net *net, struct api *api);

/* Whether whoever asked is still there. context: the net. The loop's thread. */
bool net_wanted(void *context, const struct request *request);

/* Wakes the loop to collect answers. context: the net. Any thread. */
void net_wake(void *context);

#endif
