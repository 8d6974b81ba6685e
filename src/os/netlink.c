/* SPDX-License-Identifier: Apache-2.0 */
#include "os/netlink.h"

#include <assert.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int netlink_init(struct netlink *nl)
{
	*nl = (struct netlink){
		.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE),
	};
	return nl->fd < 0 ? -errno : 0;
}

void netlink_fini(struct netlink *nl)
{
	if (nl->fd >= 0)
		close(nl->fd);
	nl->fd = -1;
}

static struct nlmsghdr *last(struct netlink *nl)
{
	return (void *)(nl->bytes + nl->last);
}

/* Messages and attributes start at multiples of four bytes, and so does what is appended here. */
static void append(struct netlink *nl, const void *bytes, size_t n)
{
	assert(nl->n + NLMSG_ALIGN(n) <= sizeof(nl->bytes));
	memcpy(nl->bytes + nl->n, bytes, n);
	memset(nl->bytes + nl->n + n, 0, NLMSG_ALIGN(n) - n);
	nl->n += NLMSG_ALIGN(n);
}

static void request(struct netlink *nl, uint16_t type, const void *body, size_t n)
{
	struct nlmsghdr header = {
		.nlmsg_len = (uint32_t)(sizeof(header) + n),
		.nlmsg_type = type,
		.nlmsg_flags = NLM_F_REQUEST,
		.nlmsg_seq = ++nl->sequence,
	};

	if (type != RTM_NEWLINK)
		header.nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	nl->last = nl->n;
	append(nl, &header, sizeof(header));
	append(nl, body, n);
}

static void attribute(struct netlink *nl, uint16_t type, const void *value, size_t n)
{
	struct rtattr header = { .rta_len = (uint16_t)RTA_LENGTH(n), .rta_type = type };

	append(nl, &header, sizeof(header));
	append(nl, value, n);
	last(nl)->nlmsg_len = (uint32_t)(nl->n - nl->last);
}

/* The bytes of an address in its own family. */
static struct str bytes_of(const struct addr *a)
{
	return addr_is_v4(a) ? (struct str){ (const char *)a->b + 12, 4 }
			     : (struct str){ (const char *)a->b, 16 };
}

void netlink_link_up(struct netlink *nl, unsigned interface)
{
	struct ifinfomsg body = {
		.ifi_index = (int)interface,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};

	request(nl, RTM_NEWLINK, &body, sizeof(body));
}

void netlink_addr_add(struct netlink *nl, unsigned interface, const struct addr *addr)
{
	struct str bytes = bytes_of(addr);
	struct ifaddrmsg body = {
		.ifa_family = bytes.n == 4 ? AF_INET : AF_INET6,
		.ifa_prefixlen = (uint8_t)(8 * bytes.n),
		.ifa_flags = bytes.n == 4 ? 0 : IFA_F_NODAD,
		.ifa_index = interface,
	};

	request(nl, RTM_NEWADDR, &body, sizeof(body));
	attribute(nl, IFA_LOCAL, bytes.p, bytes.n);
}

void netlink_any_local(struct netlink *nl, unsigned interface, const struct addr *source)
{
	struct str bytes = bytes_of(source);
	struct rtmsg body = {
		.rtm_family = bytes.n == 4 ? AF_INET : AF_INET6,
		.rtm_table = RT_TABLE_LOCAL,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = bytes.n == 4 ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_LOCAL,
	};

	request(nl, RTM_NEWROUTE, &body, sizeof(body));
	attribute(nl, RTA_OIF, &interface, sizeof(interface));
	attribute(nl, RTA_PREFSRC, bytes.p, bytes.n);
}

/*
 * The kernel says what failed without being asked; that all went well it says where NLM_F_ACK is
 * set, which is on the last request alone.
 */
int netlink_commit(struct netlink *nl)
{
	int failed = 0;

	last(nl)->nlmsg_flags |= NLM_F_ACK;
	if (send(nl->fd, nl->bytes, nl->n, 0) < 0)
		return -errno;
	nl->n = 0;
	for (;;) {
		struct {
			struct nlmsghdr header;
			struct nlmsgerr error;
			char request[sizeof(nl->bytes)];
		} answer;
		ssize_t n = recv(nl->fd, &answer, sizeof(answer), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if ((size_t)n < NLMSG_LENGTH(sizeof(answer.error)) ||
		    answer.header.nlmsg_type != NLMSG_ERROR)
			return -EPROTO;
		if (failed == 0)
			failed = answer.error.error;
		if (answer.header.nlmsg_seq == nl->sequence)
			return failed;
	}
}
