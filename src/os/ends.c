/* SPDX-License-Identifier: Apache-2.0 */
#include "os/ends.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* sock_diag(7): a socket is found by its addresses, without a look at the others. */

int ends_open(void)
{
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	return fd < 0 ? -errno : fd;
}

/* Of IPv4 only the part that is not the prefix of its mapped form. */
static void put(const struct addr *addr, bool v4, __be32 out[4])
{
	memcpy(out, addr->b + (v4 ? 12 : 0), v4 ? 4 : 16);
}

uint32_t ends_find(int fd, const struct ends *ends)
{
	const bool v4 = addr_is_v4(&ends->client);
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 body;
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			    .nlmsg_flags = NLM_F_REQUEST },
		.body = { .sdiag_family = v4 ? AF_INET : AF_INET6,
			  .sdiag_protocol = IPPROTO_TCP,
			  .idiag_states = ~0U,
			  .id = { .idiag_sport = htons(ends->client_port),
				  .idiag_dport = htons(ends->server_port),
				  .idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE } } },
	};
	struct {
		struct nlmsghdr header;
		struct inet_diag_msg body;
		char rest[512]; /* attributes */
	} answer;
	ssize_t n;

	put(&ends->client, v4, request.body.id.idiag_src);
	put(&ends->server, v4, request.body.id.idiag_dst);
	if (send(fd, &request, sizeof(request), MSG_DONTWAIT) < 0)
		return 0;
	n = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT);
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(answer.body)) ||
	    answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return 0;
	return answer.body.idiag_inode;
}

int ends_read(int fd, bool peer, struct addr *addr, uint16_t *port)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at = { 0 };
	socklen_t len = sizeof(at);

	if ((peer ? getpeername(fd, &at.any, &len) : getsockname(fd, &at.any, &len)) < 0)
		return -errno;
	*addr = (struct addr){ { [10] = 0xff, 0xff } };
	if (at.any.sa_family == AF_INET)
		memcpy(addr->b + 12, &at.v4.sin_addr, 4);
	else if (at.any.sa_family == AF_INET6)
		memcpy(addr->b, &at.v6.sin6_addr, sizeof(addr->b));
	else
		return -EAFNOSUPPORT;
	*port = ntohs(at.any.sa_family == AF_INET ? at.v4.sin_port : at.v6.sin6_port);
	return 0;
}
