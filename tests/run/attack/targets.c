/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"

#ifndef NS_GET_MNTNS_ID
#define NS_GET_MNTNS_ID _IOR(0xb7, 0x5, unsigned long long) /* Linux 6.11 */
#endif

/* The sockets that are served: each is answered with one byte, whatever it says. */
static struct pollfd served[16];
static nfds_t n_served;

static void die(const char *what)
{
	fprintf(stderr, "attack: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void serve(int fd)
{
	if (fd < 0)
		die("make a socket");
	served[n_served++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

static int bound(int family, int type, const void *addr, socklen_t len)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, addr, len) < 0 || (type == SOCK_STREAM && listen(fd, 9) < 0))
		die("bind a socket");
	return fd;
}

static void unix_at(const char *variable, const char *path, int type)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t n = strlen(path);

	if (n >= sizeof(addr.sun_path))
		die(path);
	memcpy(addr.sun_path, path, n);
	if (path[0] == '@')
		addr.sun_path[0] = '\0';
	else
		unlink(path);
	serve(bound(AF_UNIX, type, &addr, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)));
	printf("TARGET_%s=%s\n", variable, path);
}

static int port_of(int fd)
{
	struct sockaddr_in6 addr;
	socklen_t len = sizeof(addr);

	if (getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
		die("getsockname");
	return ntohs(addr.sin6_port); /* at the same place for IPv4 */
}

static void inet_at(const char *variable, int family, int type)
{
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in any4 = { .sin_family = AF_INET };
	int fd = family == AF_INET ? bound(family, type, &any4, sizeof(any4))
				   : bound(family, type, &any6, sizeof(any6));

	serve(fd);
	printf("TARGET_%s=%d\n", variable, port_of(fd));
}

static void secret(const char *variable, const char *dir)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/secret", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, "secret\n", 7) != 7)
		die(path);
	close(fd);
	printf("TARGET_%s=%s\n", variable, dir);
}

static void fresh_dir(const char *variable, char *template)
{
	if (!mkdtemp(template))
		die(template);
	secret(variable, template);
}

static void ipc_objects(void)
{
	char name[64];
	int shm = shmget(IPC_PRIVATE, 4096, 0600), msg = msgget(IPC_PRIVATE, 0600),
	    sem = semget(IPC_PRIVATE, 1, 0600);
	mqd_t mq;

	if (shm < 0 || msg < 0 || sem < 0)
		die("make System V objects");
	printf("TARGET_SHM=%d\nTARGET_MSG=%d\nTARGET_SEM=%d\n", shm, msg, sem);
	snprintf(name, sizeof(name), "/agentbox-attack-%d", (int)getpid());
	mq = mq_open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600, NULL);
	if (mq != (mqd_t)-1)
		printf("TARGET_MQ=%s\n", name);
}

static void mount_namespace(void)
{
	int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	unsigned long long id;

	if (fd >= 0 && ioctl(fd, NS_GET_MNTNS_ID, &id) == 0)
		printf("TARGET_MNTNS=%llu\n", id);
	close(fd);
}

static void answer(int fd)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char byte;
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	if (peer >= 0) {
		send(peer, "!", 1, MSG_NOSIGNAL);
		close(peer);
	} else if (recvfrom(fd, &byte, 1, 0, (struct sockaddr *)&from, &len) >= 0 && len > 2) {
		sendto(fd, "!", 1, MSG_DONTWAIT, (struct sockaddr *)&from, len);
	}
}

int targets_main(const char *dir)
{
	char tmp[] = "/tmp/attack-XXXXXX", shm[] = "/dev/shm/attack-XXXXXX", path[4096];

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	secret("DIR", dir);
	fresh_dir("TMP", tmp);
	fresh_dir("DEVSHM", shm);
	snprintf(path, sizeof(path), "%s/socket", dir);
	unix_at("SOCKET", path, SOCK_STREAM);
	snprintf(path, sizeof(path), "@agentbox-attack-%d", (int)getpid());
	unix_at("ABSTRACT", path, SOCK_STREAM);
	snprintf(path, sizeof(path), "@agentbox-attack-datagram-%d", (int)getpid());
	unix_at("DATAGRAM", path, SOCK_DGRAM);
	unix_at("NEAR", "host-socket", SOCK_STREAM);
	inet_at("TCP", AF_INET, SOCK_STREAM);
	inet_at("UDP", AF_INET, SOCK_DGRAM);
	inet_at("TCP6", AF_INET6, SOCK_STREAM);
	ipc_objects();
	mount_namespace();
	printf("TARGET_PID=%d\n", (int)getpid());
	fflush(stdout);
	close(STDOUT_FILENO);
	for (;;) {
		if (poll(served, n_served, -1) < 0)
			die("poll");
		for (nfds_t i = 0; i < n_served; i++)
			if (served[i].revents)
				answer(served[i].fd);
	}
}
