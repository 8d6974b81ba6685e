/* SPDX-License-Identifier: Apache-2.0 */
/* Services of the host and the world, for a box whose profile has no egress. */
#include "attack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"

static struct sockaddr_storage address(const char *text, int port, socklen_t *len)
{
	struct sockaddr_storage storage = { 0 };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&storage;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&storage;

	if (strchr(text, ':')) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		inet_pton(AF_INET6, text, &v6->sin6_addr);
		*len = sizeof(*v6);
	} else {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		inet_pton(AF_INET, text, &v4->sin_addr);
		*len = sizeof(*v4);
	}
	return storage;
}

static int open_to(const struct sockaddr_storage *to, int type, int protocol)
{
	const struct timeval patience = { 2, 0 };
	int fd = socket(to->ss_family, type, protocol);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;
}

static enum outcome connects(const char *text, int port, int protocol)
{
	socklen_t len;
	struct sockaddr_storage to = address(text, port, &len);
	int fd = open_to(&to, SOCK_STREAM, protocol);

	return outcome_of(connect(fd, (struct sockaddr *)&to, len), "connect");
}

/* It answers, whatever it was asked. */
static enum outcome exchanges(const char *text, int port)
{
	socklen_t len;
	struct sockaddr_storage to = address(text, port, &len);
	int fd = open_to(&to, SOCK_DGRAM, 0);
	char byte;

	if (sendto(fd, "?", 1, 0, (struct sockaddr *)&to, len) < 0)
		return refused("sendto");
	return outcome_of(recv(fd, &byte, 1, 0), "recv");
}

static enum outcome loopback(void)
{
	return connects("127.0.0.1", (int)target_number("TCP"), 0);
}

static enum outcome loopback_zero(void)
{
	return connects("0.0.0.0", (int)target_number("TCP"), 0);
}

static enum outcome loopback_other(void)
{
	return connects("127.1.2.3", (int)target_number("TCP"), 0);
}

static enum outcome loopback6(void)
{
	return connects("::1", (int)target_number("TCP6"), 0);
}

static enum outcome loopback_mapped(void)
{
	return connects("::ffff:127.0.0.1", (int)target_number("TCP"), 0);
}

static enum outcome loopback_multipath(void)
{
	return connects("127.0.0.1", (int)target_number("TCP"), IPPROTO_MPTCP);
}

static enum outcome loopback_udp(void)
{
	return exchanges("127.0.0.1", (int)target_number("UDP"));
}

static enum outcome host_address(void)
{
	return connects(target("ADDRESS"), (int)target_number("TCP"), 0);
}

static enum outcome host_address_udp(void)
{
	return exchanges(target("ADDRESS"), (int)target_number("UDP"));
}

static enum outcome web(void)
{
	return connects(target("ADDRESS"), 80, 0);
}

static enum outcome web6(void)
{
	return connects(target("ADDRESS6"), 80, 0);
}

static enum outcome metadata(void)
{
	return connects("169.254.169.254", 80, 0);
}

/* Data in the first packet, before a connection is there. */
static enum outcome fast_open(void)
{
	socklen_t len;
	struct sockaddr_storage to = address("127.0.0.1", (int)target_number("TCP"), &len);
	int fd = open_to(&to, SOCK_STREAM, 0);

	return outcome_of(sendto(fd, "?", 1, MSG_FASTOPEN, (struct sockaddr *)&to, len), "sendto");
}

static enum outcome bind_host(void)
{
	socklen_t len;
	struct sockaddr_storage to = address(target("ADDRESS"), 0, &len);

	return outcome_of(bind(open_to(&to, SOCK_STREAM, 0), (struct sockaddr *)&to, len), "bind");
}

static enum outcome multicast(void)
{
	socklen_t len;
	struct sockaddr_storage to = address("224.0.0.251", 5353, &len);
	int fd = open_to(&to, SOCK_DGRAM, 0);
	struct ip_mreqn group = { .imr_ifindex = 0 };

	inet_pton(AF_INET, "224.0.0.251", &group.imr_multiaddr);
	inet_pton(AF_INET, target("ADDRESS"), &group.imr_address);
	return outcome_of(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)),
			  "IP_ADD_MEMBERSHIP");
}

static enum outcome broadcast(void)
{
	socklen_t len;
	struct sockaddr_storage to = address("255.255.255.255", 67, &len);
	int fd = open_to(&to, SOCK_DGRAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	return outcome_of(sendto(fd, "?", 1, 0, (struct sockaddr *)&to, len), "sendto");
}

static enum outcome resolver(void)
{
	return exchanges("127.0.0.1", 53);
}

static enum outcome unix_to(const char *name, int type)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	int fd = socket(AF_UNIX, type, 0);

	strncpy(addr.sun_path, name, sizeof(addr.sun_path) - 1);
	if (name[0] == '@')
		addr.sun_path[0] = '\0';
	if (type == SOCK_DGRAM)
		return outcome_of(sendto(fd, "?", 1, 0, (struct sockaddr *)&addr, len), "sendto");
	return outcome_of(connect(fd, (struct sockaddr *)&addr, len), "connect");
}

static enum outcome path_socket(void)
{
	return unix_to(target("SOCKET"), SOCK_STREAM);
}

static enum outcome abstract_socket(void)
{
	return unix_to(target("ABSTRACT"), SOCK_STREAM);
}

static enum outcome abstract_datagram(void)
{
	return unix_to(target("DATAGRAM"), SOCK_DGRAM);
}

/* Context 2 is the host of a virtual machine, 1 the machine itself: nobody need listen. */
static enum outcome hypervisor(void)
{
	struct sockaddr_vm to = { .svm_family = AF_VSOCK, .svm_port = 9, .svm_cid = 1 };
	int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

	if (fd < 0)
		return refused("socket");
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		perror("connect");
	return GOT_THROUGH;
}

static enum outcome interfaces(void)
{
	struct ifaddrs *list = NULL;
	char text[INET_ADDRSTRLEN];

	if (getifaddrs(&list) < 0)
		return refused("getifaddrs");
	for (struct ifaddrs *i = list; i; i = i->ifa_next)
		if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET &&
		    inet_ntop(AF_INET, &((struct sockaddr_in *)i->ifa_addr)->sin_addr, text,
			      sizeof(text)) &&
		    strncmp(text, "127.", 4) != 0)
			return GOT_THROUGH;
	errno = ENXIO;
	return refused("any other interface");
}

static int interface_request(unsigned long request, short flags)
{
	struct ifreq ifr = { .ifr_flags = flags };

	strcpy(ifr.ifr_name, "lo");
	return ioctl(socket(AF_INET, SOCK_DGRAM, 0), request, &ifr);
}

static enum outcome interface_changed(void)
{
	return outcome_of(interface_request(SIOCSIFFLAGS, IFF_UP), "SIOCSIFFLAGS");
}

static enum outcome tcp_list(void)
{
	char path[] = "/proc/net/tcp", line[512], port[16];
	FILE *file = fopen(path, "r");

	snprintf(port, sizeof(port), ":%04lX ", target_number("TCP"));
	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, port))
			return GOT_THROUGH;
	return refused("it is not in /proc/net/tcp");
}

static enum outcome host_tcp_list(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/net/tcp", target("PID"));
	return reads(path);
}

static const char users[] = "the kernel refuses it to users";

static const struct attack rows[] = {
	{ "loopback", "a service on 127.0.0.1", loopback },
	{ "loopback-zero", "the same as 0.0.0.0", loopback_zero },
	{ "loopback-other", "the same as 127.1.2.3", loopback_other },
	{ "loopback-mapped", "the same as ::ffff:127.0.0.1", loopback_mapped },
	{ "loopback6", "a service on ::1", loopback6 },
	{ "loopback-multipath", "the same by MPTCP", loopback_multipath },
	{ "loopback-udp", "one over UDP", loopback_udp },
	{ "fast-open", "data before a connection", fast_open },
	{ "host-address", "a service on the host's address", host_address },
	{ "host-address-udp", "the same over UDP", host_address_udp },
	{ "web", "a web server", web },
	{ "web6", "the same over IPv6", web6 },
	{ "metadata", "credentials of a cloud machine", metadata },
	{ "bind-host", "a port of the host", bind_host },
	{ "multicast", "the host's neighbours", multicast },
	{ "broadcast", "all of them", broadcast, BY_NOBODY, "the tests' network has no broadcast" },
	{ "resolver", "a name server", resolver, BY_NOBODY, "the tests' network has none" },
	{ "path-socket", "a socket in the home", path_socket },
	{ "abstract-socket", "an abstract socket", abstract_socket },
	{ "abstract-datagram", "the same with datagrams", abstract_datagram },
	{ "hypervisor", "a way below the machine", hypervisor },
	{ "interfaces", "addresses of the host", interfaces },
	{ "interface-changed", "another network", interface_changed, BY_ROOT, users },
	{ "tcp-list", "connections of the host", tcp_list },
	{ "host-tcp-list", "the same by process", host_tcp_list },
};

const struct attacks attacks_network = { "network", rows, LEN(rows) };
