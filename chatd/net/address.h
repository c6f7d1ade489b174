#ifndef CHATD_ADDRESS_H
#define CHATD_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;

/* An IPv6 address; IPv4's are mapped into it (RFC 4291, section 2.5.5.2). All zero: none, as of a
 * Unix socket's peer. */
struct address {
	unsigned char bytes[16];
};

#define ADDRESS_TEXT_SIZE 46 /* INET6_ADDRSTRLEN */

/* The peer's; none for a family that has no addresses. */
struct address address_of(const struct sockaddr *peer);

/* Reads an address in the usual notation, n bytes; false if it is not one. */
bool address_parse(const char *text, size_t n, struct address *address);

void address_format(const struct address *address, char out[ADDRESS_TEXT_SIZE]);

/* Under which limits count: an IPv4 address is one, and so is an IPv6 /64, which is what a
 * subscriber is given (RFC 6177). Never 0. */
int64_t address_key(const struct address *address);

/*
 * Whether an address is in a list of addresses and CIDR blocks that commas separate
 * ("10.0.0.1, 192.168.0.0/16, fd00::/8"); what is neither matches nothing. list may be NULL.
 */
bool address_is_listed(const char *list, const struct address *address);

#endif
