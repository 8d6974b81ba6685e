/* SPDX-License-Identifier: Apache-2.0 */
#include "os/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "os/sys.h"

static int ask(void)
{
	const struct {
		struct nlmsghdr header;
		struct unix_diag_req body;
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .sdiag_family = AF_UNIX,
			  .udiag_states = ~0U,
			  .udiag_show = UDIAG_SHOW_VFS },
	};
	_cleanup_fd_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0)
		return -errno;
	return fd_steal(&fd);
}

/* The macros of the kernel take const away: here there is none. */
static void add(struct sockets *s, struct nlmsghdr *message)
{
	struct unix_diag_msg *body = NLMSG_DATA(message);
	int left = (int)(message->nlmsg_len - NLMSG_LENGTH(sizeof(*body)));

	for (struct rtattr *at = (void *)(body + 1); RTA_OK(at, left); at = RTA_NEXT(at, left)) {
		const struct unix_diag_vfs *file = RTA_DATA(at);

		if (at->rta_type == UNIX_DIAG_VFS && RTA_PAYLOAD(at) >= sizeof(*file))
			*arena_push(&s->arena, s->inode, s->n) = file->udiag_vfs_ino;
	}
}

/* Returns 1 while there is more, 0 at the end, or -errno. */
static int take(struct sockets *s, int fd)
{
	_Alignas(struct nlmsghdr) char bytes[16 * 1024];
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
	struct nlmsghdr *at = (void *)bytes;

	if (n <= 0)
		return n < 0 && errno == EINTR ? 1 : -EPROTO;
	for (; NLMSG_OK(at, n); at = NLMSG_NEXT(at, n)) {
		if (at->nlmsg_type != SOCK_DIAG_BY_FAMILY)
			return at->nlmsg_type == NLMSG_DONE ? 0 : -EPROTO;
		add(s, at);
	}
	return 1;
}

static void load(struct sockets *s)
{
	_cleanup_fd_ int fd = ask();
	int r = fd < 0 ? fd : 1;

	while (r > 0)
		r = take(s, fd);
	s->asked = true;
	s->known = r == 0;
}

void sockets_forget(struct sockets *s)
{
	arena_fini(&s->arena);
	*s = (struct sockets){ 0 };
}

bool sockets_has(struct sockets *s, const struct stat *st)
{
	if (!s->asked)
		load(s);
	for (size_t i = 0; i < s->n; i++)
		if (s->inode[i] == (uint32_t)st->st_ino) /* the kernel says no more of it */
			return true;
	return false;
}

bool sockets_answers(int dir, const char *name)
{
	_cleanup_fd_ int file = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d", file);
	return file >= 0 && (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 ||
			     errno != ECONNREFUSED);
}
