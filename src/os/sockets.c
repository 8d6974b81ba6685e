/* SPDX-License-Identifier: Apache-2.0 */
#include "os/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "os/sys.h"

enum { NAMES_MAX = 64 << 20 };

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
			  .udiag_states = 1U << TCP_LISTEN | 1U << TCP_CLOSE, /* of datagrams */
			  .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS },
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
	struct socket_file file = { .name = "" };

	for (struct rtattr *at = (void *)(body + 1); RTA_OK(at, left); at = RTA_NEXT(at, left)) {
		const struct unix_diag_vfs *vfs = RTA_DATA(at);

		if (at->rta_type == UNIX_DIAG_VFS && RTA_PAYLOAD(at) >= sizeof(*vfs))
			file.inode = vfs->udiag_vfs_ino;
		if (at->rta_type == UNIX_DIAG_NAME)
			file.name = arena_strndup(&s->arena, RTA_DATA(at), RTA_PAYLOAD(at));
	}
	if (file.inode)
		*arena_push(&s->arena, s->file, s->n) = file;
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

/* "ffff...: 2 0 10000 1 1 12345 NAME": of a stream that accepts, or of datagrams. */
static void add_named(struct sockets *s, const char *line)
{
	unsigned flags, type;
	int name = 0;

	if (sscanf(line, "%*s %*x %*x %x %x %*x %*u %n", &flags, &type, &name) != 2 || !name)
		return;
	if (line[name] && line[name] != '@' && (flags & __SO_ACCEPTCON || type == SOCK_DGRAM))
		*arena_push(&s->arena, s->file, s->n) = (struct socket_file){ .name = line + name };
}

static int load_names(struct sockets *s)
{
	_cleanup_fd_ int fd = open("/proc/net/unix", O_RDONLY | O_CLOEXEC);
	struct str text, line;
	int r = fd < 0 ? -errno : read_whole(fd, NAMES_MAX, &s->arena, &text);

	while (r == 0 && text.n) {
		str_cut(text, '\n', &line, &text);
		add_named(s, arena_strndup(&s->arena, line.p, line.n));
	}
	return r;
}

static int load(struct sockets *s)
{
	_cleanup_fd_ int fd = ask();
	int r = fd < 0 ? fd : 1;

	while (r > 0)
		r = take(s, fd);
	s->known = r == 0;
	return s->known ? 0 : load_names(s);
}

int sockets_load(struct sockets *s)
{
	if (!s->asked)
		s->error = load(s);
	s->asked = true;
	return s->error;
}

void sockets_forget(struct sockets *s)
{
	arena_fini(&s->arena);
	*s = (struct sockets){ 0 };
}

bool sockets_has(struct sockets *s, const struct stat *st)
{
	sockets_load(s);
	for (size_t i = 0; i < s->n; i++)
		if (s->file[i].inode == (uint32_t)st->st_ino)
			return true;
	return !s->known;
}

bool sockets_find(const struct socket_file *file, const char *dir, char *path, size_t size)
{
	char link[32];
	struct stat st;
	ssize_t n;
	_cleanup_fd_ int in = -1, fd = -1;

	if (file->name[0] != '/')
		in = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = openat(in, file->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode) ||
	    (file->inode && (uint32_t)st.st_ino != file->inode))
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, size - 1);
	path[n < 0 ? 0 : n] = '\0';
	return n > 0;
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
