#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <libwebsockets.h>
#include <openssl/ssl.h>
#include <chat/buf.h>
#include <chat/limits.h>
#include <chat/log.h>
#include <chat/time.h>
#include "net/link.h"

#define PROTOCOL "bytes"
#define TLS_FAULT                                                                                  \
	"cannot use TLS_CERT and TLS_KEY: both must be readable PEM files that belong together"
/* What one read may bring. */
#define RECEIVE_BYTES 65536
/* The most that a TLS record carries (RFC 8446, section 5.1): what does not fit into the kernel
 * libwebsockets keeps a copy of, so it is given no more at a time. */
#define RECORD_BYTES 16384

struct transport {
	const struct link_events *events;
	struct lws_context *context;
	struct lws_vhost *vhost;
	SSL_CTX *tls; /* the vhost's; NULL in the clear */
	struct link *dead;
};

/* --- what libwebsockets tells --- */

/* Whether libwebsockets still has bytes of its own to send, which only happens with TLS. Reading
 * on, it would go round and round without sending them. */
static bool is_behind(const struct link *link)
{
	return link->transport->tls != NULL && lws_partial_buffered(link->wsi);
}

static void apply_reading(struct link *link)
{
	lws_rx_flow_control(link->wsi, link->reading && !link->dead && !is_behind(link));
}

static void shut(struct link *link)
{
	SSL *ssl = lws_get_ssl(link->wsi);

	if (ssl != NULL)
		SSL_shutdown(ssl);
	shutdown(lws_get_socket_fd(link->wsi), SHUT_WR);
}

static void received(struct link *link, void *bytes, size_t n)
{
	if (!link->heard) {
		/* libwebsockets would end a TLS connection whose protocol it does not know a while
		 * after the handshake. */
		link->heard = true;
		lws_set_timeout(link->wsi, NO_PENDING_TIMEOUT, 0);
	}
	if (!link->dead)
		link->transport->events->received(link, bytes, n);
}

static void writable(struct link *link)
{
	if (link->dead || is_behind(link))
		return;
	if (link->shutting) {
		link->shutting = false;
		shut(link);
	}
	apply_reading(link);
	link->transport->events->writable(link);
}

/* Off the list of those to be closed, if it is in it: it may have died of itself before. */
static void unlist(struct link *link)
{
	if (link->prev_dead == NULL)
		return;
	*link->prev_dead = link->next_dead;
	if (link->next_dead != NULL)
		link->next_dead->prev_dead = link->prev_dead;
	link->prev_dead = NULL;
}

static void destroyed(struct link *link)
{
	unlist(link);
	link->wsi = NULL;
	link->transport->events->closed(link);
}

static int callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n)
{
	struct link *link = wsi == NULL ? NULL : lws_get_opaque_user_data(wsi);

	if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS) {
		((struct transport *)lws_context_user(lws_get_context(wsi)))->tls = user;
		return 0;
	}
	/* Without a wsi of its own yet, the link is still being adopted. */
	if (link == NULL || link->wsi == NULL)
		return 0;
	switch (reason) {
	case LWS_CALLBACK_RAW_RX:
		received(link, in, n);
		break;
	case LWS_CALLBACK_RAW_WRITEABLE:
		writable(link);
		break;
	case LWS_CALLBACK_WSI_DESTROY:
		destroyed(link);
		break;
	default:
		break;
	}
	return 0;
}

static const struct lws_protocols protocols[] = {
	{PROTOCOL, callback, 0, RECEIVE_BYTES, 0, NULL, RECORD_BYTES},
	{NULL, NULL, 0, 0, 0, NULL, 0},
};

/* Most of what it says is about what clients send, who could fill the log with it: only an error a
 * second is worth a warning. */
static void log_lws(int level, const char *line)
{
	static int64_t next; /* us; the loop's alone */
	int64_t now = time_mono_us();
	char text[256];

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(line, "\n"), line);
	if (!(level & LLL_ERR) || now < next) {
		log_debug("libwebsockets", LOG_TEXT("says", text));
		return;
	}
	log_warn("libwebsockets", LOG_TEXT("says", text));
	next = now + 1000000;
}

/* --- the transport --- */

/* Whether a file of TLS can be read; libwebsockets does not say which it cannot. */
static bool is_readable(const char *option, const char *path, struct buf *why)
{
	if (path == NULL || access(path, R_OK) == 0)
		return true;
	buf_printf(why, "%s: %s: %s", option, path, strerror(errno));
	return false;
}

/* RFC 7301, section 3.2: a client that offers only other protocols is refused by an alert. */
static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *n,
	const unsigned char *offers, unsigned offers_len, void *context)
{
	static const unsigned char http[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
	unsigned char *chosen;

	(void)ssl;
	(void)context;
	if (SSL_select_next_proto(&chosen, n, http, sizeof(http), offers, offers_len) !=
		OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static void configure_tls(SSL_CTX *tls)
{
	SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_alpn_select_cb(tls, select_protocol, NULL);
}

static enum chat_err create(struct transport *transport, struct ev_loop *loop, const char *cert,
	const char *key, struct buf *why)
{
	struct lws_context_creation_info info = {0};
	void *loops[] = {loop};

	info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
	info.protocols = protocols;
	info.user = transport;
	info.gid = -1;
	info.uid = -1;
	info.foreign_loops = loops;
	info.options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	if (cert != NULL) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = cert;
		info.ssl_private_key_filepath = key;
	}
	info.alpn = "http/1.1";
	info.pt_serv_buf_size = RECEIVE_BYTES;
	info.timeout_secs = LIMIT_HANDSHAKE_MS / 1000;
	/* What goes wrong here is said below. */
	lws_set_log_level(0, NULL);
	transport->context = lws_create_context(&info);
	if (transport->context != NULL)
		transport->vhost = lws_create_vhost(transport->context, &info);
	lws_set_log_level(LLL_ERR | LLL_WARN, log_lws);
	if (transport->context == NULL)
		buf_puts(why, "libwebsockets does not start: is its part for libev installed "
			      "(Debian's libwebsockets-evlib-ev)?");
	else if (transport->vhost == NULL)
		buf_puts(why, TLS_FAULT);
	return transport->vhost == NULL ? CHAT_ERR_IO : CHAT_OK;
}

enum chat_err transport_new(struct transport **out, struct ev_loop *loop,
	const struct link_events *events, const char *cert, const char *key, struct buf *why)
{
	struct transport *transport;
	enum chat_err err;

	if (!is_readable("TLS_CERT", cert, why) || !is_readable("TLS_KEY", key, why))
		return CHAT_ERR_CONFIG;
	transport = calloc(1, sizeof(*transport));
	if (transport == NULL)
		return CHAT_ERR_NO_MEMORY;
	transport->events = events;
	err = create(transport, loop, cert, key, why);
	if (err != CHAT_OK) {
		transport_free(transport);
		return err;
	}
	if (transport->tls != NULL)
		configure_tls(transport->tls);
	*out = transport;
	return CHAT_OK;
}

void transport_free(struct transport *transport)
{
	if (transport == NULL)
		return;
	if (transport->context != NULL)
		lws_context_destroy(transport->context);
	free(transport);
}

static bool load_pair(SSL_CTX *tls, const char *cert, const char *key)
{
	return SSL_CTX_use_certificate_chain_file(tls, cert) == 1 &&
	       SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) == 1 &&
	       SSL_CTX_check_private_key(tls) == 1;
}

enum chat_err transport_renew(
	struct transport *transport, const char *cert, const char *key, struct buf *why)
{
	SSL_CTX *trial;
	bool fits;

	if (!is_readable("TLS_CERT", cert, why) || !is_readable("TLS_KEY", key, why))
		return CHAT_ERR_CONFIG;
	/* What fails half-way would leave a certificate with another's key. */
	trial = SSL_CTX_new(TLS_server_method());
	fits = trial != NULL && load_pair(trial, cert, key);
	SSL_CTX_free(trial);
	if (fits && load_pair(transport->tls, cert, key))
		return CHAT_OK;
	buf_puts(why, TLS_FAULT);
	return CHAT_ERR_CONFIG;
}

bool transport_adopt(struct transport *transport, int fd, struct link *link)
{
	lws_adopt_desc_t info = {
		.vh = transport->vhost,
		.type = LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL,
		.fd.sockfd = fd,
		.vh_prot_name = PROTOCOL,
		.opaque = link,
	};

	*link = (struct link){.transport = transport, .reading = true};
	link->wsi = lws_adopt_descriptor_vhost_via_info(&info);
	return link->wsi != NULL;
}

void transport_sweep(struct transport *transport)
{
	struct link *link;

	while ((link = transport->dead) != NULL) {
		unlist(link);
		lws_set_timeout(link->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
	}
}

void transport_tick(struct transport *transport)
{
	lws_cancel_service(transport->context);
}

bool transport_is_encrypted(const struct transport *transport)
{
	return transport->tls != NULL;
}

/* --- a link --- */

static size_t send_plain(struct link *link, const void *bytes, size_t n)
{
	ssize_t sent = send(lws_get_socket_fd(link->wsi), bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent >= 0)
		return (size_t)sent;
	if (errno != EAGAIN && errno != EINTR)
		link_close(link);
	return 0;
}

static size_t send_encrypted(struct link *link, const unsigned char *bytes, size_t n)
{
	size_t sent = 0;

	while (sent < n && !lws_partial_buffered(link->wsi)) {
		size_t part = n - sent < RECORD_BYTES ? n - sent : RECORD_BYTES;

		/* Raw bytes are neither changed nor written in front of. */
		if (lws_write(link->wsi, (unsigned char *)bytes + sent, part, LWS_WRITE_RAW) < 0) {
			link_close(link);
			return sent;
		}
		sent += part;
	}
	if (is_behind(link))
		apply_reading(link);
	return sent;
}

size_t link_send(struct link *link, const void *bytes, size_t n)
{
	size_t sent;

	if (link->dead)
		return 0;
	sent = link->transport->tls != NULL ? send_encrypted(link, bytes, n)
					    : send_plain(link, bytes, n);
	if (sent < n && !link->dead)
		lws_callback_on_writable(link->wsi);
	return sent;
}

void link_set_reading(struct link *link, bool on)
{
	if (link->reading == on || link->dead)
		return;
	link->reading = on;
	apply_reading(link);
}

void link_shutdown(struct link *link)
{
	if (link->dead)
		return;
	link->shutting = is_behind(link);
	if (!link->shutting)
		shut(link);
}

void link_close(struct link *link)
{
	if (link->dead)
		return;
	link->dead = true;
	lws_rx_flow_control(link->wsi, 0);
	link->next_dead = link->transport->dead;
	link->prev_dead = &link->transport->dead;
	if (link->next_dead != NULL)
		link->next_dead->prev_dead = &link->next_dead;
	link->transport->dead = link;
}

bool link_is_reset(const struct link *link)
{
	struct pollfd poll_fd = {.fd = lws_get_socket_fd(link->wsi)};

	return link->dead ||
	       (poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & (POLLERR | POLLHUP)) != 0);
}
