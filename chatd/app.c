#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <chat/buf.h>
#include <chat/log.h>
#include <chat/time.h>
#include "api/api.h"
#include "app.h"
#include "config.h"
#include "core/hub.h"
#include "core/metrics.h"
#include "core/presence.h"
#include "net/net.h"

#define WHY_BYTES 1024
#define EXIT_LOST 3

/* Where clients on this machine find it. */
static void put_url(struct buf *out, const struct config *config, int port)
{
	const char *host = config->host;

	if (strcmp(host, "0.0.0.0") == 0)
		host = "127.0.0.1";
	else if (strcmp(host, "::") == 0)
		host = "::1";
	buf_puts(out, config->tls_cert == NULL ? "http://" : "https://");
	buf_printf(out, strchr(host, ':') == NULL ? "%s:%d" : "[%s]:%d", host, port);
}

static void welcome(const struct config *config, int port)
{
	struct buf url;

	log_info("listening", LOG_TEXT("host", config->host), LOG_INT("port", port),
		LOG_TEXT("database", config->database_url), LOG_TEXT("version", CHAT_VERSION));
	if (!config_is_loopback(config->host) && config->tls_cert == NULL &&
		config->trusted_proxies == NULL)
		log_warn("passwords and tokens cross the network in the clear: set TLS_CERT and "
			 "TLS_KEY, or put a proxy with TLS in front and name it in "
			 "TRUSTED_PROXIES");
	if (config->log_format == LOG_FORMAT_JSON)
		return;
	buf_init(&url, WHY_BYTES);
	put_url(&url, config, port);
	printf("chatd %s is ready on %s\n"
	       "\n"
	       "Next, in another terminal:\n"
	       "  chatctl register YOUR_NAME --email YOU@EXAMPLE.ORG --url %s\n"
	       "Documentation of the API: %s/docs\n",
		CHAT_VERSION, buf_str(&url), buf_str(&url), buf_str(&url));
	buf_release(&url);
	fflush(stdout);
}

int app_run(const struct config *config)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));
	struct presence *presence = presence_new();
	struct hub *hub = NULL;
	struct net *net = NULL;
	struct api *api = NULL;
	enum chat_err err = CHAT_ERR_NO_MEMORY;
	struct buf why;
	int status = 1;

	buf_init(&why, WHY_BYTES);
	if (metrics != NULL && presence != NULL)
		hub = hub_new(presence, metrics);
	if (hub != NULL) {
		metrics->started_at = time_mono_ms();
		err = net_new(&net, config, hub, metrics, &why);
	}
	if (err == CHAT_OK)
		err = api_new(&api, config, metrics, presence, net_wake, net_wanted, net, &why);
	if (err == CHAT_OK) {
		welcome(config, net_port(net));
		net_run(net, api);
		log_info("stopped");
		status = api_is_lost(api) ? EXIT_LOST : 0;
	} else {
		fprintf(stderr, "chatd: %s\n", why.len > 0 ? buf_str(&why) : err_info(err)->detail);
	}
	/* The network's connections give their requests back before the workers end. */
	api_free(api);
	net_free(net);
	hub_free(hub);
	presence_free(presence);
	free(metrics);
	buf_release(&why);
	return status;
}
