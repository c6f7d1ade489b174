#include <arpa/inet.h>
#include <netinet/in.h>
#include "net/address.h"

#include "test.h"

static struct address parse(const char *text)
{
	struct address address = {0};

	CHECK(address_parse(text, strlen(text), &address));
	return address;
}

static void what_is_one(void)
{
	static const char *const good[] = {"1.2.3.4", "::1", "::", "2001:db8::1", "::ffff:1.2.3.4"};
	static const char *const bad[] = {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256",
		" 1.2.3.4", "1.2.3.4 ", "1.2.3.4:80", "[::1]", "::1%eth0", "localhost", "1.2.3.4/8",
		":::", "unknown", "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb"};
	struct address address;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK(address_parse(good[i], strlen(good[i]), &address));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!address_parse(bad[i], strlen(bad[i]), &address));
	CHECK(!address_parse("1.2.3.4\0x", 9, &address));
	CHECK(address_parse("1.2.3.4, 5", 7, &address));
}

static void formats(const char *text, const char *want)
{
	struct address address = parse(text);
	char out[ADDRESS_TEXT_SIZE];

	address_format(&address, out);
	CHECK_STR(out, want);
}

static void formatted(void)
{
	formats("1.2.3.4", "1.2.3.4");
	formats("::ffff:1.2.3.4", "1.2.3.4");
	formats("2001:DB8:0:0:0:0:0:1", "2001:db8::1");
}

static void of_a_peer(void)
{
	struct sockaddr_in ipv4 = {.sin_family = AF_INET};
	struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
	struct sockaddr local = {.sa_family = AF_UNIX};
	struct address address;
	char out[ADDRESS_TEXT_SIZE];

	inet_pton(AF_INET, "10.1.2.3", &ipv4.sin_addr);
	inet_pton(AF_INET6, "::ffff:10.1.2.3", &ipv6.sin6_addr);
	address = address_of((const struct sockaddr *)&ipv4);
	address_format(&address, out);
	CHECK_STR(out, "10.1.2.3");
	address = address_of((const struct sockaddr *)&ipv6);
	address_format(&address, out);
	CHECK_STR(out, "10.1.2.3");
	address = address_of(&local);
	CHECK(memcmp(&address, &(struct address){{0}}, sizeof(address)) == 0);
}

static bool same_key(const char *a, const char *b)
{
	struct address one = parse(a), two = parse(b);

	return address_key(&one) == address_key(&two);
}

static void what_limits_count(void)
{
	CHECK(same_key("1.2.3.4", "::ffff:1.2.3.4"));
	CHECK(!same_key("1.2.3.4", "1.2.3.5"));
	CHECK(same_key("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"));
	CHECK(!same_key("2001:db8:1:2::1", "2001:db8:1:3::1"));
	CHECK(!same_key("::1", "1.2.3.4"));
}

static bool listed(const char *list, const char *text)
{
	struct address address = parse(text);

	return address_is_listed(list, &address);
}

static void lists(void)
{
	static const char list[] = "10.0.0.1, 192.168.4.0/22,fd00::/8 ,, ::1,172.16.0.0/12";

	CHECK(listed(list, "10.0.0.1") && !listed(list, "10.0.0.2"));
	CHECK(listed(list, "192.168.7.255") && !listed(list, "192.168.8.0"));
	CHECK(listed(list, "fdff:1::") && !listed(list, "fe00::"));
	CHECK(listed(list, "::1") && !listed(list, "::2"));
	CHECK(listed(list, "172.31.255.255") && !listed(list, "172.32.0.0"));
	CHECK(listed("0.0.0.0/0", "8.8.8.8") && !listed("0.0.0.0/0", "2001:db8::1"));
	CHECK(listed("::/0", "8.8.8.8") && listed("::/0", "2001:db8::1"));
	CHECK(listed("1.2.3.4/32", "1.2.3.4") && !listed("1.2.3.4/32", "1.2.3.5"));
	CHECK(!listed("1.2.3.4/33,1.2.3.4/,1.2.3.4/-1,1.2.3.4/1x,x/8,/8", "1.2.3.4"));
	CHECK(!listed(NULL, "1.2.3.4") && !listed("", "1.2.3.4"));
}

int main(void)
{
	RUN(what_is_one);
	RUN(formatted);
	RUN(of_a_peer);
	RUN(what_limits_count);
	RUN(lists);
	return test_end();
}
