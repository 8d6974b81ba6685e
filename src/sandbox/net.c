/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/net.h"

#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "os/netlink.h"
#include "os/sys.h"
#include "wire/pool.h"

/*
 * Theory of operation
 *
 * A box has one interface, lo, and one route: every address of the world is local to it. What a
 * program connects to, 203.0.113.5:443 say, thus finds the listener on [::]:443, and the accepted
 * socket's own address is the one that was asked for. The listeners are made here, because a socket
 * belongs to the namespace in which it was made, and are handed out to agentbox-egress, which
 * accepts in the box and connects outside. No process of ours serves inside, and there is no
 * bridge, no tunnel and no packet filter to be fooled.
 *
 * What has no listener is refused by the kernel at once. So that the log knows of it, a packet
 * socket sees the first packet of each such attempt; its filter lets nothing else through, and
 * is locked before the socket leaves.
 *
 * The price: a program in the box cannot listen on a port that is served here.
 */

enum { LO = 1 }; /* the index of the first interface of a namespace, and lo is it */

static struct addr own(const char *text)
{
	struct addr a;
	int r = addr_parse(str_of(text), &a);

	assert(r == 0);
	return a;
}

static void lead_here(struct netlink *nl, const struct addr *source)
{
	netlink_addr_add(nl, LO, source);
	netlink_any_local(nl, LO, source);
}

int net_loopback(bool any, struct err *e)
{
	struct addr own4 = own(POOL_OWN4), own6 = own(POOL_OWN6);
	_cleanup_(netlink_fini) struct netlink nl;
	int r;

	r = netlink_init(&nl);
	if (r < 0)
		return err_set(e, r, "open rtnetlink");
	netlink_link_up(&nl, LO);
	if (any)
		lead_here(&nl, &own4);
	r = netlink_commit(&nl);
	if (r < 0)
		return err_set(e, r, "set up the loopback interface");
	if (!any)
		return 0;

	/* EACCES: switched off by sysctl; EOPNOTSUPP: not in this kernel. Then there is only IPv4.
	 */
	lead_here(&nl, &own6);
	r = netlink_commit(&nl);
	if (r < 0 && r != -EACCES && r != -EOPNOTSUPP)
		return err_set(e, r, "set up IPv6 on the loopback interface");
	return 0;
}

/*
 * One socket for both families, bound to any address. The datagram one says which address each
 * question was sent to, because a resolver drops an answer that comes from another one.
 */
static int open_inet(int type, uint16_t port)
{
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in any4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	const struct sockaddr *any = (const struct sockaddr *)&any6;
	int on = 1, off = 0, level = IPPROTO_IPV6, pktinfo = IPV6_RECVPKTINFO;
	socklen_t len = sizeof(any6);
	_cleanup_fd_ int fd = socket(AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0)
		return -errno;
	if (fd < 0 && errno == EAFNOSUPPORT) {
		fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		any = (const struct sockaddr *)&any4;
		len = sizeof(any4);
		level = IPPROTO_IP;
		pktinfo = IP_PKTINFO;
	}
	if (fd < 0)
		return -errno;
	if (type == SOCK_DGRAM && setsockopt(fd, level, pktinfo, &on, sizeof(on)) < 0)
		return -errno;
	if (bind(fd, any, len) < 0)
		return -errno;
	return fd_steal(&fd);
}

/* Only there: on every other address the port is one that nobody serves. */
static int open_loopback(uint16_t port)
{
	const struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	_cleanup_fd_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0)
		return -errno;
	return fd_steal(&fd);
}

/* The kernel caps the backlog at net.core.somaxconn: 4096 by default. */
static int open_stream(uint16_t port, bool loopback)
{
	_cleanup_fd_ int fd = loopback ? open_loopback(port) : open_inet(SOCK_STREAM, port);

	if (fd < 0)
		return fd;
	if (listen(fd, INT16_MAX) < 0)
		return -errno;
	return fd_steal(&fd);
}

/*
 * What the watch socket lets through, counted from the IP header: the first packet of a TCP
 * connection to a port that is not served, and what is neither TCP nor ICMP, save questions to
 * port 53. Left out is what stays in the box: packets to its own addresses, among which are the
 * answers to all that it sends. lo shows a packet as it leaves and as it comes in: once is enough.
 */
enum { KEEP = 48, PORTS = 49, DROP = 255, KEPT_BYTES = 96 };

#define LOAD(at, size, offset) [at] = BPF_STMT(BPF_LD | BPF_ABS | (size), (uint32_t)(offset))
#define TO(at, target) ((target) == DROP ? DROP : (target) - (at)-1)
#define IF(at, value, yes, no)                                                                     \
	[at] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), TO(at, yes), TO(at, no))
#define GO(at, target) [at] = BPF_STMT(BPF_JMP | BPF_JA, (target) - (at)-1)

static const struct sock_filter watch_head[PORTS] = {
	LOAD(0, BPF_W, SKF_AD_OFF + SKF_AD_PKTTYPE),
	IF(1, PACKET_OUTGOING, DROP, 2),
	LOAD(2, BPF_W, SKF_AD_OFF + SKF_AD_PROTOCOL),
	IF(3, ETH_P_IP, 5, 4),
	IF(4, ETH_P_IPV6, 23, DROP),

	LOAD(5, BPF_B, 16), /* destination */
	IF(6, 127, DROP, 7),
	LOAD(7, BPF_W, 16),
	IF(8, 0xc6120002, DROP, 9), /* POOL_OWN4 */
	LOAD(9, BPF_H, 6),
	[10] = BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, DROP, 0), /* a later fragment */
	[11] = BPF_STMT(BPF_LDX | BPF_MSH | BPF_B, 0),		      /* length of the header */
	LOAD(12, BPF_B, 9),
	IF(13, IPPROTO_ICMP, DROP, 14),
	IF(14, IPPROTO_UDP, 15, 17),
	[15] = BPF_STMT(BPF_LD | BPF_IND | BPF_H, 2),
	IF(16, 53, DROP, KEEP),
	IF(17, IPPROTO_TCP, 18, KEEP),
	[18] = BPF_STMT(BPF_LD | BPF_IND | BPF_B, 13),
	[19] = BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12), /* SYN and ACK */
	IF(20, 0x02, 21, DROP),
	[21] = BPF_STMT(BPF_LD | BPF_IND | BPF_H, 2),
	GO(22, PORTS),

	LOAD(23, BPF_W, 24), /* destination */
	IF(24, 0, 25, 31),
	LOAD(25, BPF_W, 28),
	IF(26, 0, 27, 31),
	LOAD(27, BPF_W, 32),
	IF(28, 0, 29, 31),
	LOAD(29, BPF_W, 36),
	IF(30, 1, DROP, 31), /* ::1 */
	LOAD(31, BPF_W, 24),
	IF(32, 0xfd000a9e, 33, 37), /* POOL_OWN6, of which these words are enough */
	LOAD(33, BPF_W, 32),
	IF(34, 0, 35, 37),
	LOAD(35, BPF_W, 36),
	IF(36, 2, DROP, 37),
	LOAD(37, BPF_B, 6), /* an extension header is kept like any other protocol */
	IF(38, IPPROTO_ICMPV6, DROP, 39),
	IF(39, IPPROTO_UDP, 40, 42),
	LOAD(40, BPF_H, 42),
	IF(41, 53, DROP, KEEP),
	IF(42, IPPROTO_TCP, 43, KEEP),
	LOAD(43, BPF_B, 53),
	[44] = BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
	IF(45, 0x02, 46, DROP),
	LOAD(46, BPF_H, 42),
	GO(47, PORTS),
	[KEEP] = BPF_STMT(BPF_RET | BPF_K, KEPT_BYTES),
};

/* Appends the served ports; what jumps to DROP learns where that is. */
static size_t watch_filter(struct sock_filter *insn, const struct listener *listeners, size_t n)
{
	size_t at = PORTS, drop;

	memcpy(insn, watch_head, sizeof(watch_head));
	for (size_t i = 0; i < n; i++)
		if (listeners[i].kind == LISTENER_TCP || listeners[i].kind == LISTENER_DNS_TCP)
			insn[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
								  listeners[i].port, DROP, 0);
	insn[at++] = watch_head[KEEP];
	drop = at;
	insn[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	for (size_t i = 0; i < drop; i++) {
		if (insn[i].jt == DROP)
			insn[i].jt = (uint8_t)(drop - i - 1);
		if (insn[i].jf == DROP)
			insn[i].jf = (uint8_t)(drop - i - 1);
	}
	return at;
}

/* The protocol is given to bind(), not to socket(): nothing arrives before the filter is there. */
static int open_watch(const struct listener *listeners, size_t n)
{
	struct sock_filter insn[PORTS + LISTENERS_MAX + 2];
	struct sock_fprog filter = { .filter = insn };
	struct sockaddr_ll lo = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = LO,
	};
	int on = 1;
	_cleanup_fd_ int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	filter.len = (unsigned short)watch_filter(insn, listeners, n);
	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)); /* since Linux 4.20 */
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)&lo, sizeof(lo)) < 0)
		return -errno;
	return fd_steal(&fd);
}

int net_listen(enum listener_kind kind, uint16_t port, struct listener listeners[LISTENERS_MAX],
	       size_t *n, struct err *e)
{
	int fd = -EINVAL;

	if (*n == LISTENERS_MAX)
		return err_say(e, -ENOSPC, "more than %d listeners", LISTENERS_MAX);
	switch (kind) {
	case LISTENER_TCP:
	case LISTENER_DNS_TCP:
	case LISTENER_PROXY:
		fd = open_stream(port, kind == LISTENER_PROXY);
		break;
	case LISTENER_DNS_UDP:
		fd = open_inet(SOCK_DGRAM, port);
		break;
	case LISTENER_WATCH:
		fd = open_watch(listeners, *n);
		break;
	case LISTENER_NONE:
	case N_LISTENER_KINDS:
		break;
	}
	if (fd < 0)
		return err_set(e, fd, "open the %s on port %d",
			       kind == LISTENER_WATCH ? "watch socket" : "listener", port);
	listeners[(*n)++] = (struct listener){ kind, port, fd };
	return 0;
}
