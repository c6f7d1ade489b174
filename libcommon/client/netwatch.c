#include "netwatch.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

int netwatch_open(void)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool is_new(const struct nlmsghdr *header)
{
	return header->nlmsg_type == RTM_NEWADDR || header->nlmsg_type == RTM_NEWROUTE;
}

bool netwatch_take(int fd)
{
	union {
		struct nlmsghdr header;
		char bytes[8192];
	} message;
	bool found = false;
	ssize_t n;

	while ((n = recv(fd, &message, sizeof(message), 0)) > 0) {
		const struct nlmsghdr *header = &message.header;

		for (unsigned left = (unsigned)n; NLMSG_OK(header, left);
			header = NLMSG_NEXT(header, left))
			found |= is_new(header);
	}
	/* Some were lost, so anything may have changed. */
	return found || (n < 0 && errno == ENOBUFS);
}
