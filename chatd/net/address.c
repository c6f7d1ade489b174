#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include "core/map.h"
#include "net/address.h"

static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

static bool is_ipv4(const struct address *address)
{
	return memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

static struct address from_ipv4(const void *bytes)
{
	struct address address;

	memcpy(address.bytes, mapped, sizeof(mapped));
	memcpy(address.bytes + sizeof(mapped), bytes, 4);
	return address;
}

struct address address_of(const struct sockaddr *peer)
{
	struct address address = {0};

	if (peer->sa_family == AF_INET)
		return from_ipv4(&((const struct sockaddr_in *)peer)->sin_addr);
	if (peer->sa_family == AF_INET6)
		memcpy(address.bytes, &((const struct sockaddr_in6 *)peer)->sin6_addr, 16);
	return address;
}

bool address_parse(const char *text, size_t n, struct address *address)
{
	char copy[ADDRESS_TEXT_SIZE];
	struct in_addr ipv4;

	if (n >= sizeof(copy) || memchr(text, '\0', n) != NULL)
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	if (inet_pton(AF_INET, copy, &ipv4) == 1) {
		*address = from_ipv4(&ipv4);
		return true;
	}
	return inet_pton(AF_INET6, copy, address->bytes) == 1;
}

void address_format(const struct address *address, char out[ADDRESS_TEXT_SIZE])
{
	if (is_ipv4(address))
		inet_ntop(AF_INET, address->bytes + sizeof(mapped), out, ADDRESS_TEXT_SIZE);
	else
		inet_ntop(AF_INET6, address->bytes, out, ADDRESS_TEXT_SIZE);
}

int64_t address_key(const struct address *address)
{
	uint64_t half;
	int64_t key;

	memcpy(&half, is_ipv4(address) ? address->bytes + 8 : address->bytes, sizeof(half));
	key = (int64_t)map_hash(half);
	return key == 0 ? 1 : key;
}

/* Whether the first bits of both are the same. */
static bool has_prefix(const struct address *address, const struct address *prefix, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(address->bytes, prefix->bytes, whole) != 0)
		return false;
	return rest == 0 || ((address->bytes[whole] ^ prefix->bytes[whole]) >> (8 - rest)) == 0;
}

/* The digits behind a block's slash; -1 if they are no length of a prefix. */
static int prefix_bits(const char *text, size_t n, int max)
{
	int bits = 0;

	if (n < 1 || n > 3)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		bits = bits * 10 + (text[i] - '0');
	}
	return bits <= max ? bits : -1;
}

/* One item of a list. */
static bool matches(const char *item, size_t n, const struct address *address)
{
	const char *slash = memchr(item, '/', n);
	size_t len = slash == NULL ? n : (size_t)(slash - item);
	struct address prefix;
	int bits = 128, max;

	if (!address_parse(item, len, &prefix))
		return false;
	if (slash != NULL) {
		max = is_ipv4(&prefix) ? 32 : 128;
		bits = prefix_bits(slash + 1, n - len - 1, max);
		if (bits < 0)
			return false;
		bits += 128 - max;
	}
	return has_prefix(address, &prefix, (unsigned)bits);
}

bool address_is_listed(const char *list, const struct address *address)
{
	while (list != NULL && *list != '\0') {
		size_t n = strcspn(list += strspn(list, ", "), ", ");

		if (n > 0 && matches(list, n, address))
			return true;
		list += n;
	}
	return false;
}
