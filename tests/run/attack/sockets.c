/* SPDX-License-Identifier: Apache-2.0 */
/* Families, types and protocols of sockets that the box does without. */
#include "attack.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

#define HIGH (1UL << 32)

/* With the capabilities of a network namespace of its own, if it can be had. */
static enum outcome opens(unsigned long family, unsigned long type, unsigned long protocol)
{
	long fd = syscall(SYS_socket, family, type, protocol);

	if (fd >= 0)
		return GOT_THROUGH;
	take_namespaces(CLONE_NEWNET);
	fd = syscall(SYS_socket, family, type, protocol);
	return outcome_of(fd, "socket");
}

#define SOCKETS(X)                                                                                 \
	X(vsock, AF_VSOCK, SOCK_STREAM, 0)                                                         \
	X(vsock_datagram, AF_VSOCK, SOCK_DGRAM, 0)                                                 \
	X(vsock_high, AF_VSOCK | HIGH, SOCK_STREAM, 0)                                             \
	X(alg, AF_ALG, SOCK_SEQPACKET, 0)                                                          \
	X(packet, AF_PACKET, SOCK_DGRAM, 0)                                                        \
	X(packet_raw, AF_PACKET, SOCK_RAW, 0)                                                      \
	X(packet_by_inet, AF_INET, SOCK_PACKET, 0)                                                 \
	X(raw_icmp, AF_INET, SOCK_RAW, IPPROTO_ICMP)                                               \
	X(raw_icmp6, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)                                           \
	X(raw_any, AF_INET, SOCK_RAW, IPPROTO_RAW)                                                 \
	X(raw_flags, AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP)                \
	X(raw_high, AF_INET, SOCK_RAW | HIGH, IPPROTO_TCP)                                         \
	X(sctp, AF_INET, SOCK_STREAM, IPPROTO_SCTP)                                                \
	X(sctp_packets, AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP)                                     \
	X(dccp, AF_INET, SOCK_DCCP, IPPROTO_DCCP)                                                  \
	X(udplite, AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE)                                           \
	X(smc, AF_SMC, SOCK_STREAM, 0)                                                             \
	X(rds, AF_RDS, SOCK_SEQPACKET, 0)                                                          \
	X(tipc, AF_TIPC, SOCK_STREAM, 0)                                                           \
	X(bluetooth, AF_BLUETOOTH, SOCK_RAW, 1)                                                    \
	X(can, AF_CAN, SOCK_RAW, 1)                                                                \
	X(key, AF_KEY, SOCK_RAW, 2)                                                                \
	X(kcm, AF_KCM, SOCK_DGRAM, 0)                                                              \
	X(xdp, AF_XDP, SOCK_RAW, 0)                                                                \
	X(qipcrtr, AF_QIPCRTR, SOCK_DGRAM, 0)                                                      \
	X(nfc, AF_NFC, SOCK_SEQPACKET, 1)                                                          \
	X(phonet, AF_PHONET, SOCK_DGRAM, 0)                                                        \
	X(caif, AF_CAIF, SOCK_SEQPACKET, 0)                                                        \
	X(x25, AF_X25, SOCK_SEQPACKET, 0)                                                          \
	X(ax25, AF_AX25, SOCK_SEQPACKET, 0)                                                        \
	X(pppox, AF_PPPOX, SOCK_STREAM, 0)                                                         \
	X(llc, AF_LLC, SOCK_STREAM, 0)                                                             \
	X(mctp, 45, SOCK_DGRAM, 0)                                                                 \
	X(audit, AF_NETLINK, SOCK_DGRAM, NETLINK_AUDIT)                                            \
	X(generic, AF_NETLINK, SOCK_DGRAM, NETLINK_GENERIC)                                        \
	X(sock_diag, AF_NETLINK, SOCK_DGRAM, NETLINK_SOCK_DIAG)                                    \
	X(xfrm, AF_NETLINK, SOCK_DGRAM, NETLINK_XFRM)                                              \
	X(netfilter, AF_NETLINK, SOCK_DGRAM, NETLINK_NETFILTER)                                    \
	X(connector, AF_NETLINK, SOCK_DGRAM, NETLINK_CONNECTOR)                                    \
	X(uevent, AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT)                                  \
	X(crypto, AF_NETLINK, SOCK_DGRAM, NETLINK_CRYPTO)                                          \
	X(rdma, AF_NETLINK, SOCK_DGRAM, NETLINK_RDMA)                                              \
	X(netlink_raw, AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG)

#define DEFINE(name, family, type, protocol)                                                       \
	static enum outcome name(void)                                                             \
	{                                                                                          \
		return opens(family, type, protocol);                                              \
	}
SOCKETS(DEFINE)

static enum outcome pair_tipc(void)
{
	int pair[2];

	return outcome_of(socketpair(AF_TIPC, SOCK_STREAM, 0, pair), "socketpair");
}

#define ROWS(name, family, type, protocol) { "socket-" #name, #family " " #type, name },

static const struct attack rows[] = {
	SOCKETS(ROWS){ "socket-pair-tipc", "AF_TIPC by socketpair", pair_tipc },
};

const struct attacks attacks_sockets = { "sockets", rows, LEN(rows) };
