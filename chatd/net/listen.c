#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <chat/buf.h>
#include "net/listen.h"

static void explain(struct buf *why, const char *host, long port, int error)
{
	if (error == EADDRINUSE)
		buf_printf(why,
			"port %ld on %s is in use: end what listens there, or choose "
			"another with --port",
			port, host);
	else if (error == EACCES)
		buf_printf(why,
			"port %ld is not this user's to take: choose one from 1024 up "
			"with --port",
			port);
	else
		buf_printf(why, "cannot listen on %s port %ld: %s; look at --host and --port", host,
			port, strerror(error));
}

enum chat_err listen_tcp(const char *host, long port, int *fd, struct buf *why)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
	char service[16];
	int fault, on = 1;

	snprintf(service, sizeof(service), "%ld", port);
	fault = getaddrinfo(host, service, &hints, &found);
	if (fault != 0) {
		buf_printf(why, "HOST %s is no address of this machine: %s", host,
			gai_strerror(fault));
		return CHAT_ERR_CONFIG;
	}
	*fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd >= 0 && setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
		bind(*fd, found->ai_addr, found->ai_addrlen) == 0 && listen(*fd, SOMAXCONN) == 0) {
		freeaddrinfo(found);
		return CHAT_OK;
	}
	explain(why, host, port, errno);
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	freeaddrinfo(found);
	return CHAT_ERR_IO;
}

int listen_port(int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		return 0;
	if (address.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)&address)->sin_port);
	return ntohs(((const struct sockaddr_in6 *)&address)->sin6_port);
}
